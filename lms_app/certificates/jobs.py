"""What is done when a course was completed, and when a certificate's PDF is owed."""

from uuid import UUID

from lms_app.certificates.queries import register
from lms_app.certificates.service import files, issuing
from lms_app.core import outbox, storage
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Conflict, OutOfService


def issue(row: outbox.Row) -> None:
    """`learning.completed`: enter it into the register, in the transaction that marks the row done.

    A name that only a learning platform told waits for its bearer's word (`issue_waiting`).
    """
    enrolment_id = UUID(row.payload["enrolment"])
    if register.is_named(enrolment_id):
        issuing.issue(enrolment_id)


def issue_waiting(row: outbox.Row) -> None:
    """`accounts.named`: the person has confirmed the name, so whatever was completed is certified now."""
    for enrolment_id in register.waiting_for_name(UUID(row.payload["person"])):
        issuing.issue(enrolment_id)


def follow(row: outbox.Row) -> None:
    """`learning.moved`: the enrolment is another person's now, so its certificate stands in that one's list."""
    register.move(UUID(row.payload["enrolment"]), UUID(row.payload["person"]))


def render(row: outbox.Row) -> outbox.Outcome:
    """`certificates.render`: make the PDF of one certificate, or of a run. Again: the same, or signed anew.

    Drawn, sealed and stored with no transaction open; then one writes all of them down. What cannot be drawn is held
    for a person: of a run it gets a row of its own, so that the others go on.
    """
    ids = [UUID(one) for one in row.payload.get("certificates") or [row.payload["certificate"]]]
    try:
        with reading():
            found = {one.id: one for one in register.by_ids(ids)}
            made = dict(zip(found, files.make_many(list(found.values())), strict=True))
        done = {one: file for one, file in made.items() if isinstance(file, files.Made)}
        for one, file in done.items():
            storage.put(files.key_of(found[one]), file.content)
    except (Conflict, OutOfService) as error:
        return outbox.again(str(error))
    left = [one for one in ids if one not in done]
    if left and len(ids) == 1:
        return outbox.hold(str(made.get(ids[0], "certificate not found")))
    with transaction():
        for one, file in done.items():
            files.keep(one, files.key_of(found[one]), file.content, file.level, file.key_id)
        for one in sorted(left):
            outbox.put(issuing.RENDER, f"{issuing.RENDER}/{one}", "local", {"certificate": str(one)})
    return outbox.DONE
