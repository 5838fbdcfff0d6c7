"""What the outbox and the clock ask of learning: enrolling by assignment, due days, reminders."""

from datetime import date
from uuid import UUID

from lms_app.core import mail, outbox
from lms_app.core.db import reading, transaction
from lms_app.learning.queries import assigning
from lms_app.learning.service import enrolling, reminding


def enrol(row: outbox.Row) -> None:
    """`learning.assign`: one piece of an assignment's people."""
    enrolling.enrol(UUID(row.payload["assignment"]), _people(row))


def renew_due(row: outbox.Row) -> None:
    """`learning.due`: one piece of an assignment's enrolments; what owes the next is put in the same transaction."""
    enrolling.renew_due(UUID(row.payload["assignment"]), UUID(row.payload["after"]))


def meet(row: outbox.Row) -> None:
    """`accounts.staffed`: people have new posts."""
    enrolling.meet(_people(row))


def sweep() -> None:
    """Periodic: whoever is meant by an open assignment and was not met at the door. Looks without a lock."""
    with reading():
        missing = {one.id: enrolling.missing(one.id) for one in assigning.in_state("open")}
    for assignment_id, people in missing.items():
        if people:
            with transaction():
                enrolling.owe(assignment_id, people)


def remind_due() -> None:
    """Periodic: what the rule asks for today."""
    with reading():
        wanted = reminding.due_today()
    with transaction():
        reminding.owe_automatic(wanted)


def owe_reminders(row: outbox.Row) -> None:
    """`learning.reminders`: one piece of people to remind."""
    about = row.payload
    on = date.fromisoformat(about["on"])
    reminding.owe(UUID(about["assignment"]), about["kind"], on, _people(row), about["by"])


def remind(row: outbox.Row) -> outbox.Outcome:
    """`learning.remind`: one letter. Taken again after a crash it is not sent: see `service.reminding.begin`."""
    reminder_id = UUID(row.payload["reminder"])
    with reading():
        letter, why = reminding.read(reminder_id)
    with transaction():
        is_ours = reminding.begin(reminder_id, why)
    if letter is None or not is_ours:
        return outbox.DONE
    outcome = mail.deliver(letter.to, letter.subject, letter.text, stop=letter.stop)
    with transaction():
        return reminding.finish(reminder_id, outcome)


def _people(row: outbox.Row) -> list[UUID]:
    return [UUID(one) for one in row.payload["people"]]
