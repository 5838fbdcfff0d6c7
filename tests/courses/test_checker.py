import hashlib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms_app.courses.checker import check
from lms_app.courses.issues import MESSAGES, Issue
from lms_app.courses.loader import load
from lms_app.courses.wording import old_placement, syllables
from tests.courses.folders import FILES, TODAY, edit, found, make_folder

LESSON, BANK, QUIZ = "01-bai.md", "bank/mot.quiz.md", "90-kiem-tra.quiz.md"


def test_a_sound_course_has_no_issue(tmp_path: Path) -> None:
    assert found(make_folder(tmp_path), publishing=True) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "issue"),
    [
        ("course.yml", "lang: vi", "color: red", "course.yml:4 unknown-key"),
        ("course.yml", "owner: Sở Khoa học và Công nghệ\n", "", "course.yml:1 missing-key"),
        ("course.yml", 'version: "2026.11"', "version: 2026.11", "course.yml:8 wrong-value"),
        ("course.yml", "status: published", "status: open", "course.yml:10 wrong-value"),
        ("course.yml", "  lessons: all", "  lesson: all", "course.yml:14 unknown-key"),
        ("course.yml", "id: cc-09", "id: cc-10", "course.yml:1 course-id"),
        ("course.yml", "[kiem-tra]", "[cuoi-khoa]", "course.yml:15 unknown-quiz"),
        ("course.yml", "lessons: all", "lessons: [bai-hai]", "course.yml:14 unknown-lesson"),
        ("course.yml", "[vb-1]", "[vb-2]", "course.yml:16 unknown-source"),
        ("course.yml", "audience: [CC]", "audience: [CC", "course.yml:6 yaml"),
        ("sources.yml", "act: 1/QĐ-UBND", "act: null", "sources.yml:2 source-incomplete"),
        ("sources.yml", "date: 2026-01-01", "date: null", "sources.yml:2 source-incomplete"),
        ("sources.yml", "in_force", "pending", "sources.yml:2 source-pending"),
        ("sources.yml", "in_force", "replaced", "sources.yml:2 source-replaced"),
        ("sources.yml", "2026-11-01", "2025-11-01", "sources.yml:2 source-old"),
        ("sources.yml", "    title:", "    note: x\n    title:", "sources.yml:5 unknown-key"),
        ("facts.yml", "level: F", "level: P", f"{LESSON}:7 fact-level"),
        ("facts.yml", "2026-12-31", "2026-01-31", f"{LESSON}:7 fact-old"),
        (LESSON, "fact.ty-le", "fact.khac", f"{LESSON}:7 unknown-fact"),
        (LESSON, "shared/to.md", "shared/khac.md", f"{LESSON}:7 broken-link"),
        (LESSON, "#muc-mot", "#muc-hai", f"{LESSON}:7 broken-link"),
        (LESSON, "media/x.svg", "media/y.svg", f"{LESSON}:11 broken-link"),
        (LESSON, "![Một hình]", "![]", f"{LESSON}:11 no-alt"),
        (LESSON, "## Mục một", "### Mục một", f"{LESSON}:9 heading"),
        (LESSON, "## Mục một", "# Mục một", f"{LESSON}:9 heading"),
        (LESSON, "Mở bài", "{{ include shared/khac.md }}", f"{LESSON}:7 include"),
        (LESSON, "Mở bài", "Mở <b>bài</b>", f"{LESSON}:7 raw-html"),
        (LESSON, "Mở bài", "Gọi 0912345678", f"{LESSON}:7 personal-data"),
        (LESSON, "Mở bài", "Gọi 0912 345 678", f"{LESSON}:7 personal-data"),
        (LESSON, "Mở bài", "Thuỷ lợi", f"{LESSON}:7 tone"),
        (LESSON, "Mở bài", "UBND huyện", f"{LESSON}:7 district"),
        (LESSON, "Mở bài", unicodedata.normalize("NFD", "Mở bài"), f"{LESSON}:7 nfc"),
        (LESSON, "minutes: 10", "minutes: 30", f"{LESSON}:4 minutes"),
        (LESSON, "- [ ] Sai", "- [x] Sai", f"{LESSON}:14 all-right"),
        (LESSON, "{#tu-1}", "{#q-1}", f"{BANK}:6 duplicate-id"),
        (LESSON, "id: bai-mot", "id: Bai_Mot", f"{LESSON}:2 bad-id"),
        (LESSON, "---\nid", "id", f"{LESSON}:1 front-matter"),
        (BANK, "{#q-1", "{", f"{BANK}:6 missing-id"),
        (BANK, "#muc-mot", "#muc-hai", f"{BANK}:6 reread"),
        (BANK, "reread=bai-mot", "reread=bai-hai", f"{BANK}:6 reread"),
        (BANK, "- [x] Đúng", "- [ ] Đúng", f"{BANK}:6 no-right"),
        (QUIZ, "count: 1", "count: 2", f"{QUIZ}:5 few-questions"),
        (QUIZ, "count: 1", "count: 1, tag: khac", f"{QUIZ}:5 few-questions"),
        (QUIZ, "nh-mot", "nh-hai", f"{QUIZ}:5 unknown-bank"),
        (QUIZ, "count: 1", "number: 1", f"{QUIZ}:5 unknown-key"),
        (QUIZ, "draw:", "pass: 101\ndraw:", f"{QUIZ}:4 wrong-value"),
        (QUIZ, "draw:\n  - {bank: nh-mot, count: 1}\n", "", f"{QUIZ}:2 pass"),
        ("media/x.svg", "></svg>", "><script>1</script></svg>", "media/x.svg:1 svg"),
        ("media/x.svg", "</svg>", f"<!--{'x' * 62_000}--></svg>", "media/x.svg:1 image-weight"),
    ],
)
def test_each_mistake_is_named_with_file_and_line(tmp_path: Path, name: str, old: str, new: str, issue: str) -> None:
    assert issue in found(edit(make_folder(tmp_path), name, old, new))


def test_earlier_draws_are_taken_off_a_bank(tmp_path: Path) -> None:
    folder = edit(make_folder(tmp_path), QUIZ, "count: 1}", "count: 1}\n  - {bank: nh-mot, count: 1, difficulty: 1}")
    assert found(folder) == [f"{QUIZ}:6 few-questions"]


def test_a_draft_may_wait_for_its_sources_but_not_be_published(tmp_path: Path) -> None:
    folder = edit(make_folder(tmp_path), "sources.yml", "in_force", "pending")
    edit(folder, "course.yml", "status: published", "status: draft")
    assert [issue.severity for issue in check(load(folder), TODAY)] == ["warning"]
    strict = check(load(folder), TODAY, publishing=True)
    assert {(issue.code, issue.severity) for issue in strict} == {
        ("not-published", "error"),
        ("source-pending", "error"),
    }


def test_a_right_option_that_is_always_longest_gives_itself_away(tmp_path: Path) -> None:
    questions = "".join(
        f"\n## Câu {n}? {{#q-{n}}}\n\n- [x] Một câu dài hơn hẳn\n- [ ] Ngắn\n- [ ] Gọn\n" for n in range(1, 6)
    )
    folder = edit(make_folder(tmp_path), BANK, FILES[BANK][FILES[BANK].index("\n## ") :], questions)
    assert found(folder) == [f"{BANK}:2 longest-right"]


def test_includes_may_not_run_in_a_circle(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "shared" / "a.md").write_text("{{ include shared/b.md }}\n")
    (folder / "shared" / "b.md").write_text("{{ include shared/a.md }}\n")
    edit(folder, LESSON, "Mở bài", "{{ include shared/a.md }}")
    assert found(folder) == [f"{LESSON}:7 include"]


def test_an_include_brings_its_text(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "shared" / "a.md").write_text("Chữ chung.\n")
    edit(folder, LESSON, "Mở bài", "{{ include shared/a.md }}")
    assert found(folder) == []
    assert load(folder).expand("{{ include shared/a.md }}", "vi") == "Chữ chung."


def test_a_translation_is_compared_with_its_original(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    original = FILES[LESSON]
    body = original.split("---\n", 2)[2]
    said = hashlib.sha256(body.encode()).hexdigest()[:12]
    english = original.replace("minutes: 10\n", f'minutes: 10\nlang: en\ntranslation_of_hash: "{said}"\n')
    (folder / "01-bai.en.md").write_text(english)
    assert found(folder) == []
    edit(folder, "01-bai.en.md", "- [ ] Sai", "- [ ] Sai\n> - [ ] Sai nữa")
    assert found(folder) == ["01-bai.en.md:16 translated-key"]
    edit(folder, LESSON, "Mở bài", "Mở bài mới")
    assert "01-bai.en.md:6 translation-drift" in found(folder)


def test_a_folder_without_course_yml_is_one_sentence_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "cc-09").mkdir()
    assert found(tmp_path / "cc-09") == ["course.yml:1 no-file", "course.yml:1 no-lesson"]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / LESSON).write_bytes("Bài".encode("utf-16"))
    assert f"{LESSON}:1 encoding" in found(folder)


@pytest.mark.parametrize(
    ("new", "old"), [("thuỷ", "thủy"), ("hoá", "hóa"), ("khoẻ", "khỏe"), ("Hoà", "Hòa"), ("XOÁ", "XÓA")]
)
def test_the_old_tone_placement_is_proposed(new: str, old: str) -> None:
    assert old_placement(new) == old


@pytest.mark.parametrize("text", ["quý một", "toán", "hóa", "khoác", "không còn cấp huyện", "`thuỷ`", "mã 12345678"])
def test_what_is_right_is_left_alone(tmp_path: Path, text: str) -> None:
    assert found(edit(make_folder(tmp_path), LESSON, "Mở bài", text)) == []


def test_reading_length_leaves_out_what_is_not_read() -> None:
    assert (
        syllables(
            "Một hai ba.\n\n![Mô tả dài](media/x.svg)\n\n> [!trainer]\n> cho giảng viên\n\n| Bốn | Năm |\n|---|---|"
        )
        == 5
    )


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_every_sentence_takes_its_values_in_both_languages(code: str) -> None:
    names = {name: "x" for text in MESSAGES[code] for name in _names(text)}
    text = str(Issue("cc-09/x.md", 3, code, names))
    assert text.startswith(f"cc-09/x.md:3: [{code}] ")
    assert " / " in text


def _names(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("%(")[1:]]


KEYS = [
    (name, at) for name in FILES for at, line in enumerate(FILES[name].split("\n")) if ":" in line and "{#" not in line
]
ODD = ("5", "null", "[{a: 1}]", "{2: {a.b: 1}}", "2026-01-01 10:00:00", "[[]]", "true", "x", "- x", "", "[")


@given(st.sampled_from(KEYS), st.sampled_from(ODD))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_of_any_key_crashes_the_checker(tmp_path: Path, where: tuple[str, int], odd: str) -> None:
    folder = make_folder(tmp_path)
    lines = FILES[where[0]].split("\n")
    lines[where[1]] = f"{lines[where[1]].split(':')[0]}: {odd}"
    (folder / where[0]).write_text("\n".join(lines))
    found(folder, publishing=True)


def test_a_link_to_a_file_outside_is_not_followed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (tmp_path / "secret.svg").write_text(FILES["media/x.svg"])
    (folder / "media" / "x.svg").unlink()
    (folder / "media" / "x.svg").symlink_to(tmp_path / "secret.svg")
    assert found(folder) == [f"{LESSON}:11 broken-link"]
