"""Plain typed builders. Each makes rows that a real path could have made, and flushes them."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from argon2 import PasswordHasher

from lms_app.accounts.models import Employment, Person, Role
from lms_app.certificates.models import Certificate
from lms_app.certificates.service import issuing as certificates
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.text import fold, name_key
from lms_app.courses.models import (
    Course,
    CourseText,
    CourseVersion,
    Lesson,
    LessonText,
    Question,
    QuestionText,
    Quiz,
    QuizText,
)
from lms_app.learning.models import Enrolment
from lms_app.organisations.models import Headcount, Unit

_number = count(1)
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("demo-2026")


def add(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def person(name: str = "Lê Văn Tám", *roles: str, email: str | None = None, **values: Any) -> Person:
    """Somebody who can sign in with the password demo-2026."""
    made: Person = add(
        Person(
            email=email or f"nguoi{next(_number)}@coquan.example",
            name=name,
            sort_key=name_key(name),
            password_hash=_HASH,
            created_at=now(),
            **values,
        )
    )
    for role in roles:
        add(Role(person_id=made.id, name=role))
    return made


def unit(
    name: str = "Văn phòng HĐND và UBND xã An Bình", below: Unit | None = None, kind: str = "commune", **values: Any
) -> Unit:
    made: Unit = add(
        Unit(
            code=values.pop("code", f"u{next(_number)}"),
            name=name,
            kind=kind,
            parent_id=below.id if below else None,
            **values,
        )
    )
    return made


def employment(
    who: Person,
    where: Unit,
    position: str = "Chuyên viên",
    group: str = "CC",
    since: date = date(2024, 1, 1),
    **values: Any,
) -> Employment:
    made: Employment = add(
        Employment(person_id=who.id, unit_id=where.id, position=position, group=group, since=since, **values)
    )
    return made


def hr(where: Unit | None = None, email: str | None = None) -> Person:
    """An HR officer of one unit with all below it, or of everybody."""
    made = person("Phạm Ngọc Lan", email=email)
    add(Role(person_id=made.id, name="hr", unit_id=where.id if where else None))
    return made


def headcount(where: Unit, ld: int = 0, ct: int = 0, cc: int = 10, on: date = date(2026, 1, 1)) -> Headcount:
    made: Headcount = add(
        Headcount(
            unit_id=where.id,
            on=on,
            ld=ld,
            ct=ct,
            cc=cc,
            source="QĐ giao biên chế 2026",
            entered_at=now(),
            entered_by="Phạm Ngọc Lan",
        )
    )
    return made


# ---- courses: rows written straight, without a folder; `lms_app.courses.service.publish` is tested with real folders

LANGUAGES = ("vi", "en")


def course(
    course_id: str = "cc-01",
    *,
    lessons: int = 2,
    questions: int = 4,
    pass_: int = 60,
    kinds: Sequence[str] = ("single",),
    checks: int = 0,
    title: str = "Kỹ năng số cơ bản",
    status: str = "published",
    audience: str = "CC",
    grade: str = "best",
    rule: dict[str, Any] | None = None,
    certificate: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
) -> CourseVersion:
    """A published course: lessons `bai-1` ..., bank `nh-mot`, questions `cau-1` ..., quiz `kiem-tra`.

    `kinds` are taken in turn.
    The right answers: single b; multiple a and c; numeric 5 (4,9 to 5,1); gap TTHC; order a b c; match a-x1, b-x2.
    `checks`: self-checks `tu-1` ... in each lesson, which then asks for them (`complete: check`). Called again for the
    same id it makes the next version. `settings` overrides single keys of the quiz's settings.
    """
    before = db.session.get(Course, course_id)
    number = before.version + 1 if before else 1
    if before:
        before.version, before.status = number, status
    else:
        add(Course(id=course_id, status=status, version=1))
    version = CourseVersion(
        course_id=course_id,
        number=number,
        digest=f"{number:064x}",
        label="2026.11",
        audience=audience,
        level=1,
        minutes=60,
        periods=2,
        lessons=lessons,
        owner="Sở Khoa học và Công nghệ",
        grade=grade,
        rule=rule or {"lessons": "all", "quizzes": ["kiem-tra"]},
        certificate=certificate or {"kind": "COMPLETION", "template": "default", "valid_months": None},
        published_at=now(),
    )
    db.session.add(version)
    db.session.flush()
    for lang in LANGUAGES:
        name = title if lang == "vi" else f"{title} (English)"
        db.session.add(
            CourseText(
                version_id=version.id,
                lang=lang,
                title=name,
                summary="Tóm tắt khóa học.",
                objectives=["Làm được việc một.", "Làm được việc hai."],
                search=fold(name),
            )
        )
    for at in range(1, lessons + 1):
        _lesson(version, at, [f"tu-{at}-{n}" if at > 1 else f"tu-{n}" for n in range(1, checks + 1)])
    _quiz(version, questions, {"pass": pass_} | (settings or {}))
    for at in range(1, questions + 1):
        _question(version, at, kinds[(at - 1) % len(kinds)])
    db.session.commit()
    return version


def _lesson(version: CourseVersion, at: int, checks: list[str]) -> None:
    made = Lesson(
        version_id=version.id,
        slug=f"bai-{at}",
        position=at,
        minutes=10,
        complete="check" if checks else "read",
        checks=checks,
        updated_on=date(2026, 11, 1),
    )
    db.session.add(made)
    db.session.flush()
    bodies = {slug: body("single", n) for n, slug in enumerate(checks, 1)}
    marks = "".join(f"<!--check:{slug}-->" for slug in checks)
    for lang, word in zip(LANGUAGES, ("Bài", "Lesson"), strict=True):
        html = f'<p class="lead">{word} {at}.</p>\n<h2 id="muc-1">Mục 1</h2>\n<p>Nội dung.</p>\n{marks}'
        db.session.add(
            LessonText(
                lesson_id=made.id,
                lang=lang,
                text_lang=lang,
                title=f"{word} số {at}" if lang == "vi" else f"{word} {at}",
                html=html,
                checks=bodies,
                sources=[],
                kilobytes=4,
            )
        )


def _quiz(version: CourseVersion, questions: int, settings: dict[str, Any]) -> None:
    usual = {
        "attempts": 3,
        "minutes": 20,
        "limit": None,
        "shuffle": [],
        "draw": [{"bank": "nh-mot", "count": questions}],
        "show": {"score": True, "wrong": True, "key": "after_pass"},
        "cooldown_hours": 0,
    }
    made = Quiz(version_id=version.id, slug="kiem-tra", position=90, settings=usual | settings)
    db.session.add(made)
    db.session.flush()
    for lang, title in zip(LANGUAGES, ("Bài kiểm tra cuối khóa", "Final test"), strict=True):
        db.session.add(
            QuizText(quiz_id=made.id, lang=lang, text_lang=lang, title=title, intro="<p>Quy định.</p>", acknowledge="")
        )


def _question(version: CourseVersion, at: int, kind: str) -> None:
    found = body(kind, at)
    made = Question(
        version_id=version.id,
        home="nh-mot",
        slug=f"cau-{at}",
        position=at,
        kind=kind,
        points=1,
        difficulty=1 + at % 3,
        tags=["chan" if at % 2 == 0 else "le"],
        key=found["key"],
    )
    db.session.add(made)
    db.session.flush()
    for lang in LANGUAGES:
        db.session.add(QuestionText(question_id=made.id, lang=lang, text_lang=lang, body=found))


KEYS: dict[str, dict[str, Any]] = {
    "single": {"right": ["b"], "options": ["a", "b", "c"], "partial": False},
    "multiple": {"right": ["a", "c"], "options": ["a", "b", "c"], "partial": False},
    "numeric": {"ranges": [["4.9", "5.1"]]},
    "gap": {"gaps": [{"accepted": ["TTHC"], "exact": False, "nodiacritics": True}]},
    "order": {"sequence": ["a", "b", "c"]},
    "match": {"pairs": {"a": "x1", "b": "x2"}, "choices": ["x1", "x2", "x3"], "partial": False},
}


def body(kind: str, at: int = 1) -> dict[str, Any]:
    """A `QuestionText.body` of one kind, complete as publishing writes it."""
    choosing = kind in {"single", "multiple", "order"}
    options = [{"id": i, "html": f"Phương án {i}", "feedback": f"<p>Vì {i}.</p>"} for i in "abc"] if choosing else []
    matching = kind == "match"
    return {
        "kind": kind,
        "key": KEYS[kind],
        "stem": f"Câu hỏi số {at}?" if kind != "gap" else f"Câu {at}: viết tắt là ….",
        "situation": "",
        "options": options,
        "answer": "<p>Đây là quy tắc.</p>",
        "wrong": [{"value": "4", "feedback": "<p>Thiếu một.</p>"}] if kind == "numeric" else [],
        "rows": [{"id": i, "html": f"Việc {i}"} for i in "ab"] if matching else [],
        "choices": [{"id": f"x{n}", "html": f"Cách {n}"} for n in (1, 2, 3)] if matching else [],
        "columns": ["Việc", "Cách"] if matching else [],
        "gaps": [f"Câu {at}: viết tắt là ", "."] if kind == "gap" else [],
        "unit": "",
        "reread": {"lesson": "bai-1", "anchor": "muc-1", "title": "Bài số 1"},
    }


# ---- certificates


def completed(who: Person, version: CourseVersion, at: datetime | None = None) -> Enrolment:
    """An enrolment completed a moment ago, or at that time, whose certificate is not issued yet."""
    at = at or now()
    made: Enrolment = add(
        Enrolment(
            person_id=who.id,
            course_id=version.course_id,
            version_id=version.id,
            enrolled_at=at,
            seen_at=at,
            completed_at=at,
            completed_version_id=version.id,
        )
    )
    return made


def certificate(who: Person | None = None, version: CourseVersion | None = None) -> Certificate:
    """Issued, its PDF still owed (`outbox.drain()` makes it)."""
    enrolment = completed(who or person(), version or course())
    made = certificates.issue(enrolment.id)
    db.session.commit()
    return made
