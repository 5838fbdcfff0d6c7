from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask

from tests.courses.folders import edit, make_folder


@pytest.fixture(autouse=True)
def day() -> Iterator[None]:
    with time_machine.travel("2026-11-24T03:00:00+00:00", tick=False):
        yield


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A sound course in a courses' folder of its own."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, courses=tmp_path)
    yield make_folder(tmp_path)
    app.extensions["settings"] = settings


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["courses", *words])


def test_check_is_content_with_a_sound_course(app: Flask, folder: Path) -> None:
    done = run(app, "check", str(folder))
    assert (done.exit_code, done.output) == (0, "1 khóa học, 0 lỗi, 0 cảnh báo / 1 courses, 0 errors, 0 warnings\n")


def test_check_names_file_line_and_how_to_mend_in_both_languages(app: Flask, folder: Path) -> None:
    edit(folder, "01-bai.md", "![Một hình]", "![]")
    edit(folder, "01-bai.md", "Mở bài", "Thuỷ lợi")
    done = run(app, "check")
    assert done.exit_code == 1
    tone, alt, summary = done.output.splitlines()
    assert tone == (
        "cc-09/01-bai.md:7: [tone] “Thuỷ”: đặt dấu kiểu cũ, viết “Thủy”. / "
        '"Thuỷ": use the old tone placement, "Thủy". (cảnh báo / warning)'
    )
    assert alt == (
        "cc-09/01-bai.md:11: [no-alt] Ảnh chưa có lời mô tả. Viết ![mô tả](tệp), hoặc {.decor} nếu ảnh chỉ để "
        "trang trí. / The picture has no alt text. Write ![text](file), or {.decor} for decoration."
    )
    assert summary == "1 khóa học, 1 lỗi, 1 cảnh báo / 1 courses, 1 errors, 1 warnings"


def test_publish_says_the_version_and_then_that_nothing_changed(app: Flask, folder: Path) -> None:
    assert run(app, "publish", "cc-09").output == "cc-09: phiên bản 1 đã xuất bản / published\n"
    assert run(app, "publish", "--all").output == "cc-09: phiên bản 1 không đổi / unchanged\n"
    edit(folder, "course.yml", "tiet: 1", "tiet: 2")
    assert run(app, "publish", "cc-09").output == "cc-09: phiên bản 2 đã xuất bản / published\n"
    assert run(app, "list").output == "cc-09\tpublished\t2\t2026-11-24\tKhóa học mẫu\n"


def test_publish_refuses_a_broken_folder_with_the_same_lines(app: Flask, folder: Path) -> None:
    edit(folder, "01-bai.md", "![Một hình]", "![]")
    done = run(app, "publish", "cc-09")
    assert done.exit_code == 1
    assert done.output.startswith("cc-09/01-bai.md:11: [no-alt] ")
    assert done.output.splitlines()[-1].startswith("cc-09: chưa xuất bản, ")
    assert run(app, "list").output == ""


def test_publish_all_leaves_drafts_alone(app: Flask, folder: Path) -> None:
    edit(folder, "course.yml", "status: published", "status: draft")
    done = run(app, "publish", "--all")
    assert (done.exit_code, done.output) == (0, "")
    assert "[not-published]" in run(app, "publish", "cc-09").output


@pytest.mark.parametrize("words", [(), ("khong-co",), ("../x",)])
def test_publish_wants_a_course_that_is_there(app: Flask, folder: Path, words: tuple[str, ...]) -> None:
    assert run(app, "publish", *words).exit_code == 2
