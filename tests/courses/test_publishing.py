import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from lms_app.core import storage
from lms_app.core.audit import AuditEntry
from lms_app.core.db import db, rows, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.courses import queries, service
from lms_app.courses.models import Course, CourseVersion, LessonText, Media
from tests.web import Browser

GOLD = Path(__file__).parents[1] / "material" / "cc-04"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The gold course with the two things mended that keep it from being published."""
    made = tmp_path / "cc-04"
    shutil.copytree(GOLD, made)
    replace(made / "course.yml", "status: draft", "status: published")
    replace(made / "course.yml", ", bvdlcn-hien-hanh]", "]")
    replace(made / "04-du-lieu-ca-nhan.md", "[bvdlcn-hien-hanh, ", "[")
    return made


@pytest.fixture(autouse=True)
def day() -> Iterator[None]:
    with time_machine.travel("2026-11-24T03:00:00+00:00", tick=False):
        yield


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def publish(folder: Path) -> service.Published:
    with transaction():
        return service.publish(folder, "test")


def test_a_course_with_errors_is_not_published(app: Flask) -> None:
    with pytest.raises(service.NotPublishable) as refused, transaction():
        service.publish(GOLD, "test")
    assert {issue.code for issue in refused.value.issues} == {"not-published", "source-pending"}
    assert db.session.scalar(select(func.count()).select_from(Course)) == 0


def test_publishing_writes_every_text_in_both_languages(app: Flask, folder: Path) -> None:
    done = publish(folder)
    assert (done.number, done.is_new) == (1, True)
    found = queries.course("cc-04", "vi")
    assert found is not None
    assert (found.lessons, found.audience, found.periods, found.status) == (2, "CC", 2, "published")
    assert [q.slug for q in queries.quizzes(done.version_id, "en")] == ["kiem-tra"]
    assert len(queries.pool(done.version_id, "nh-lua-dao")) == 10
    english = queries.lesson(done.version_id, "lua-dao", "en")
    fallback = queries.lesson(done.version_id, "du-lieu-ca-nhan", "en")
    assert english is not None
    assert fallback is not None
    assert (english.text_lang, fallback.text_lang) == ("en", "vi")
    assert english.title == "Scams by message, e-mail and phone call"
    assert 'aria-label="Important"' in english.html
    assert english.checks == ["tu-dia-chi", "tu-cuoc-goi"]
    assert english.checks_body["tu-cuoc-goi"]["stem"] == "What do you do first?"
    assert "<!--check:tu-dia-chi-->" in english.html
    assert english.sources[0] == {
        "act": "01-KH/BCĐTW",
        "date": "2025-03-21",
        "title": "Kế hoạch triển khai phong trào “Bình dân học vụ số”",
        "url": None,
        "checked_on": "2026-11-23",
        "status": "in_force",
    }


def test_a_translation_keeps_the_anchors_of_the_original(app: Flask, folder: Path) -> None:
    done = publish(folder)
    texts = [queries.lesson(done.version_id, "lua-dao", lang) for lang in ("vi", "en")]
    for text in texts:
        assert text is not None
        assert '<h2 id="bon-buoc-truoc-khi-lam-theo">' in text.html


def test_facts_trainer_notes_links_and_pictures_are_settled(app: Flask, folder: Path) -> None:
    done = publish(folder)
    lesson = queries.lesson(done.version_id, "lua-dao", "vi")
    assert lesson is not None
    assert "năm 2026: 100%" in lesson.html
    assert "{{" not in lesson.html
    assert "Trên lớp" not in lesson.html
    assert 'href="/courses/cc-04/handouts/to-tai-ban"' in lesson.html
    digest = db.session.scalar(select(Media.digest))
    assert digest is not None
    assert f'src="/courses/cc-04/media/{digest[:8]}/doc-dia-chi.svg"' in lesson.html
    assert storage.get(f"media/{digest}.svg").startswith(b"<svg")
    assert lesson.kilobytes > 8


def test_keys_are_apart_from_words_and_free_of_language(app: Flask, folder: Path) -> None:
    done = publish(folder)
    found = {q.slug: q for bank in ("nh-lua-dao", "nh-du-lieu-ca-nhan") for q in queries.pool(done.version_id, bank)}
    assert found["ld-so-trong-tin"].key == {"right": ["d"], "options": ["a", "b", "c", "d"], "partial": False}
    assert found["dl-dem-cot"].key == {"ranges": [["5", "5"]]}
    assert found["ld-thu-tu"].key == {"sequence": ["a", "b", "c", "d"]}
    assert found["ld-lo-lam"].key["pairs"] == {"a": "x1", "b": "x2", "c": "x3", "d": "x4"}
    gap = queries.question(found["ld-kenh-khac"].id, "vi")
    assert gap is not None
    assert gap.body["gaps"] == [
        "Trước khi làm theo một yêu cầu bất ngờ, anh chị hỏi lại bằng một kênh ",
        ".",
    ]
    assert gap.key["gaps"][0]["nodiacritics"] is True


def test_the_same_content_makes_no_new_version(app: Flask, folder: Path) -> None:
    first = publish(folder)
    path = folder / "course.yml"
    path.write_text(path.read_text().replace("\n", "\r\n"))
    second = publish(folder)
    assert (second.is_new, second.version_id) == (False, first.version_id)
    assert db.session.scalar(select(func.count()).select_from(CourseVersion)) == 1


def test_a_change_makes_a_new_version_and_leaves_the_old_one_alone(app: Flask, folder: Path) -> None:
    first = publish(folder)
    before = [tuple(found) for found in rows(select(LessonText.html, LessonText.title, LessonText.checks))]
    replace(folder / "04-du-lieu-ca-nhan.md", "\n## ", "\nCâu mới.\n\n## ")
    with time_machine.travel("2026-12-05T03:00:00+00:00", tick=False):
        second = publish(folder)
    assert (second.number, second.is_new) == (2, True)
    still = {tuple(map(str, found)) for found in rows(select(LessonText.html, LessonText.title, LessonText.checks))}
    assert {tuple(map(str, found)) for found in before} <= still
    days = {found.slug: _day(second, found.slug) for found in queries.outline(second.version_id, "vi")}
    assert days == {"lua-dao": date(2026, 11, 24), "du-lieu-ca-nhan": date(2026, 12, 5)}
    old = queries.version(first.version_id, "vi")
    assert old is not None
    assert old.number == 1


def _day(done: service.Published, slug: str) -> date:
    found = queries.lesson(done.version_id, slug, "vi")
    assert found is not None
    day: date = found.updated_on
    return day


def test_going_back_to_earlier_content_goes_back_to_its_version(app: Flask, folder: Path) -> None:
    first = publish(folder)
    replace(folder / "course.yml", "tiet: 2", "tiet: 3")
    publish(folder)
    replace(folder / "course.yml", "tiet: 3", "tiet: 2")
    again = publish(folder)
    assert (again.version_id, again.number, again.is_new) == (first.version_id, 1, False)
    newest = queries.course("cc-04", "vi")
    assert newest is not None
    assert newest.version_id == first.version_id


def test_retiring_changes_the_status_and_makes_no_version(app: Flask, folder: Path, web: Browser) -> None:
    publish(folder)
    replace(folder / "course.yml", "status: published", "status: retired")
    assert publish(folder).is_new is False
    assert "An toàn thông tin" not in web.get("/courses").text


def test_publishing_owes_the_news_upward_and_is_audited(app: Flask, folder: Path) -> None:
    done = publish(folder)
    publish(folder)
    owed = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == "courses.published")).all()
    assert [row.payload for row in owed] == [{"course": "cc-04", "version": str(done.version_id)}]
    notes = db.session.scalars(select(AuditEntry)).all()
    assert [(n.actor, n.action, n.subject) for n in notes] == [("test", "course.publish", "cc-04")]


def test_titles_keep_fixed_terms_on_one_line(app: Flask, folder: Path) -> None:
    replace(folder / "course.yml", "title: An toàn", "title: Chuyển đổi số và an toàn")
    publish(folder)
    found = queries.course("cc-04", "vi")
    assert found is not None
    assert found.title.startswith("Chuyển\u00a0đổi\u00a0số và an toàn")
    assert [c.id for c in queries.search_catalogue("chuyen doi so", "", "vi")] == ["cc-04"]


def test_a_gap_takes_the_words_of_every_language(app: Flask, folder: Path) -> None:
    (folder / "bank" / "lua-dao.quiz.en.md").write_text(
        "---\nid: nh-lua-dao\ntitle: Questions\nlang: en\n---\n\n"
        "## Before acting, ask through [[another|a different]] channel. {#ld-kenh-khac nodiacritics}\n\n"
        "> [!answer]\n> Any channel of your own choice.\n"
    )
    done = publish(folder)
    found = next(q for q in queries.pool(done.version_id, "nh-lua-dao") if q.slug == "ld-kenh-khac")
    accepted = found.key["gaps"][0]["accepted"]
    assert accepted[0] == "khác"
    assert {"another", "a different"} <= set(accepted)
