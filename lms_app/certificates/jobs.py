"""What is done when a course was completed, and when a certificate's PDF is owed."""

from uuid import UUID

from lms_app.certificates import signing
from lms_app.certificates.design import BadDesign
from lms_app.certificates.queries import files as sent
from lms_app.certificates.queries import notices, register
from lms_app.certificates.service import batches, claims, files, issuers, issuing, revoking, sealing
from lms_app.certificates.service.notices import owe_reminders, written
from lms_app.core import mail, outbound, outbox, storage
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Conflict, Invalid, OutOfService
from lms_app.core.site import settings
from lms_app.web.i18n import Local

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


def withdraw(row: outbox.Row) -> None:
    """`learning.withdrawn`: revoke what was issued for it."""
    revoking.withdraw(UUID(row.payload["enrolment"]), row.payload["reason"], row.payload["by"])


def notify(row: outbox.Row) -> outbox.Outcome:
    """`certificates.notice`: a mail to the holder. Nobody to write to is no fault."""
    with reading():
        told = notices.told(UUID(row.payload["certificate"]))
    if told is None or told.email is None:
        return outbox.DONE
    site = settings()
    subject, text = written(told, row.payload["what"], site.url, Local(site).day)
    return mail.deliver(told.email, subject, text)


def remind() -> None:
    """Periodic: whoever's certificate ends soon is told once."""
    with transaction():
        owe_reminders(issuers.today())


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
            issuing.owe_files([one])
        for one in sorted(one for one, file in done.items() if file.level == signing.BASIC):
            sealing.owe_time_stamp(one)
    return outbox.DONE


def timestamp(row: outbox.Row) -> outbox.Outcome:
    """`certificates.timestamp`: ask the server, store, write down. The file before it stays known as given out."""
    with reading():
        issued = register.by_id(UUID(row.payload["certificate"]))
        given = sent.by_digest(issued.file_sha256) if issued else None
    if issued is None or given is None or given.level != signing.BASIC:
        return outbox.DONE
    try:
        sealed = signing.timed(storage.get(issued.file_key), signing.TimeServer(settings().tsa_url))
    except (outbound.Unreachable, signing.NoStamp) as error:
        return outbox.again(f"time stamp server: {error}", host_fault=True)
    except signing.SealFault as error:
        return outbox.hold(f"time stamp: {error}")
    storage.put(issued.file_key, sealed.content)
    with transaction():
        files.keep(issued.id, issued.file_key, sealed.content, sealed.level, given.key_id)
    return outbox.DONE
