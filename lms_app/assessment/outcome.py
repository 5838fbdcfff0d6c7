"""What may be said after an attempt: the verdict, what was wrong and why, the key if the quiz gives it, what next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lms_app.assessment import entrance, feedback, paper, queries
from lms_app.assessment.terms import Entry, Terms
from lms_app.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page after an attempt shows. `wrong` is empty where the quiz does not tell.

    `certificate`: the code of the one issued.
    """

    attempt: Any
    head: Any
    quiz: Any
    terms: Terms
    entry: Entry
    completed_at: datetime | None
    certificate: str | None
    unread: list[Any]
    right: list[tuple[int, Any]]
    total: int
    wrong: list[feedback.Finding]
    reread: list[dict[str, str]]
    text_lang: str

    @property
    def completed(self) -> bool:
        return self.completed_at is not None

    @property
    def ran_out(self) -> bool:
        return self.attempt.deadline is not None and self.attempt.submitted_at >= self.attempt.deadline


def tell(person_id: UUID, course_id: str, number: int | None, lang: str) -> Outcome:
    """About one submitted attempt, the newest if no number is given. Raises `NotFound` if there is none."""
    enrolment = entrance.mine(person_id, course_id)
    found = entrance.look(enrolment, lang)
    attempt = next((a for a in reversed(found.attempts) if number in {None, a.number}), None)
    if attempt is None:
        raise NotFound("Chưa có kết quả của lượt làm này. Hãy mở bài kiểm tra và nộp bài trước.")
    quiz = queries.quiz(attempt.quiz_id, lang)
    terms = Terms.read(quiz.settings)
    items = queries.sheet(attempt.id, lang)
    with_key = terms.shows_key(found.entry)
    missed = [item for item in items if (item.points or 0) < item.worth]
    return Outcome(
        attempt=attempt,
        head=queries.head(attempt.version_id, lang),
        quiz=quiz,
        terms=terms,
        entry=found.entry,
        completed_at=enrolment.completed_at,
        certificate=enrolment.certificate,
        unread=found.unread,
        right=[(item.position, paper.stem(item.body)) for item in items if item not in missed],
        total=len(items),
        wrong=[feedback.find(item, with_key=with_key) for item in missed] if terms.wrong else [],
        reread=_reread(missed),
        text_lang=items[0].text_lang if items else lang,
    )


def _reread(missed: list[Any]) -> list[dict[str, str]]:
    """Where to read again, each place once, in the order of the questions."""
    places = [item.body["reread"] for item in missed if item.body.get("reread")]
    return list({(place["lesson"], place["anchor"]): place for place in places}.values())
