"""What is done when a course was completed, and when a certificate's PDF is owed."""

from uuid import UUID

from lms_app.certificates.design import BadDesign
from lms_app.certificates.queries import register
from lms_app.certificates.service import batches, claims, files
from lms_app.core import outbox, storage
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Conflict, Invalid

ROUNDS = 20


def complete(row: outbox.Row) -> None:
    """`learning.completed`: certify it at once, or keep a claim until its bearer has seen the name."""
    claims.complete(UUID(row.payload["enrolment"]))


def issue_waiting(row: outbox.Row) -> None:
    """`accounts.named`: the person has confirmed the name, so whatever was completed is certified now."""
    for enrolment_id in sorted(register.uncertified(UUID(row.payload["person"])), key=str):
        claims.hand_over(enrolment_id)


def issue_due() -> None:
    """Periodic: what waited its hours for a word on the name is certified under the name as it stands."""
    for _ in range(ROUNDS):
        with transaction():
            handed = claims.hand_over_due()
        if handed < claims.MOST:
            return


def certify(row: outbox.Row) -> outbox.Outcome:
    """`certificates.claim`: issue, or hold with a sentence for the officer. Again: nothing, it is certified."""
    try:
        with transaction():
            claims.certify(UUID(row.payload["enrolment"]))
    except (BadDesign, Invalid, Conflict) as error:
        return outbox.hold(str(error))
    return outbox.DONE


def work_batch(row: outbox.Row) -> None:
    """`certificates.batch`: issue its next chunk; the row of the one after it is owed in the same transaction."""
    batches.work(UUID(row.payload["batch"]))


def follow(row: outbox.Row) -> None:
    """`learning.moved`: the enrolment is another person's now, so its certificate stands in that one's list."""
    register.move(UUID(row.payload["enrolment"]), UUID(row.payload["person"]))


def render(row: outbox.Row) -> outbox.Outcome:
    """`certificates.render`: read, draw with no transaction open, store, write down. Again: the same bytes."""
    with reading():
        issued = register.by_id(UUID(row.payload["certificate"]))
    if issued is None:
        return outbox.hold("certificate not found")
    try:
        content = files.draw(issued)
    except (BadDesign, Invalid) as error:
        return outbox.hold(str(error))
    key = files.key_of(issued)
    storage.put(key, content)
    with transaction():
        files.keep(issued.id, key, content)
    return outbox.DONE
