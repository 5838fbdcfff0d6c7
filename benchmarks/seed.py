"""People, twelve courses of eight long lessons, and open attempts: enough that no index and no cache is flattered."""

from collections.abc import Mapping

from sqlalchemy import insert, update

from lms_app.accounts.models import Person
from lms_app.app import create_app
from lms_app.assessment import service as assessment
from lms_app.core.clock import now
from lms_app.core.db import db, make_wal, row, transaction
from lms_app.core.ids import new_id
from lms_app.core.settings import Settings
from lms_app.core.text import name_key
from lms_app.courses.models import LessonText
from lms_app.learning.service import studying as learning
from tests import make

COURSES = 12
LESSONS = 8
QUESTIONS = 10
ATTEMPTS = 50
LESSON_BYTES = 12_000
PASSWORD = "demo-2026"
COURSE = "khoa-1"
LESSON = "bai-4"
PARAGRAPH = (
    "<p>Công chức xã tiếp nhận hồ sơ trên Cổng dịch vụ công, kiểm tra thành phần, ký số và trả kết quả điện tử. "
    "Khi hồ sơ thiếu, <strong>nêu rõ giấy tờ cần bổ sung</strong> trong một lần, không để dân đi lại nhiều lần.</p>\n"
)


def fill(environment: Mapping[str, str], people: int) -> str:
    """Make everything in an empty database; the e-mail of somebody in the midst of a lesson and of a test."""
    with create_app(Settings.from_env(environment)).app_context():
        make_wal(db.engine)
        db.create_all()
        _be_empty()
        for number in range(1, COURSES + 1):
            make.course(f"khoa-{number}", lessons=LESSONS, questions=QUESTIONS, title=f"Kỹ năng số, phần {number}")
        _lengthen_lessons()
        _add_people(people)
        learners = [
            make.person(f"Nguyễn Văn {number}", email=f"hoc{number}@coquan.example") for number in range(ATTEMPTS)
        ]
        for learner in learners:
            with transaction():
                learning.read_all(learning.enrol(learner.id, COURSE))
                assessment.start(learner.id, COURSE, acknowledged=True)
        for number in range(2, COURSES // 2):
            with transaction():
                learning.enrol(learners[0].id, f"khoa-{number}")
        db.session.remove()
        db.engine.dispose()
    return "hoc0@coquan.example"


def _be_empty() -> None:
    if row(db.select(Person.id).limit(1)) is not None:
        raise SystemExit("LMS_DATABASE_URL names a database that holds people. Give the benchmark an empty one.")
    db.session.rollback()


def _lengthen_lessons() -> None:
    body = PARAGRAPH * (LESSON_BYTES // len(PARAGRAPH.encode()) + 1)
    with transaction():
        db.session.execute(update(LessonText).values(html=f'<h2 id="muc-1">Mục 1</h2>\n{body}', kilobytes=12))


def _add_people(count: int) -> None:
    values = [
        {
            "id": new_id(),
            "email": f"nguoi-{number}@coquan.example",
            "name": (name := f"Trần Thị {number}"),
            "sort_key": name_key(name),
            "locale": "vi",
            "epoch": 0,
            "active": True,
            "created_at": now(),
        }
        for number in range(count)
    ]
    with transaction():
        db.session.execute(insert(Person), values)
