"""A small sound course as files, and one change at a time."""

from datetime import date
from pathlib import Path

from lms_app.courses.checker import check
from lms_app.courses.loader import load

TODAY = date(2026, 11, 24)
FILES = {
    "course.yml": """\
id: cc-09
title: Khóa học mẫu
summary: Một khóa học ngắn.
lang: vi
audience: [CC]
minutes: 15
tiet: 1
version: "2026.11"
owner: Sở Khoa học và Công nghệ
status: published
objectives:
  - Làm được một việc.
completion:
  lessons: all
  quizzes: [kiem-tra]
sources: [vb-1]
""",
    "sources.yml": """\
sources:
  - id: vb-1
    act: 1/QĐ-UBND
    date: 2026-01-01
    title: Quyết định mẫu
    checked_on: 2026-11-01
    status: in_force
""",
    "facts.yml": """\
facts:
  ty-le:
    text: {vi: "năm 2026: 10%", en: "in 2026: 10%"}
    level: F
    valid_to: 2026-12-31
""",
    "01-bai.md": """\
---
id: bai-mot
title: Bài một
minutes: 10
---

Mở bài {{ fact.ty-le }}, xem [tờ](shared/to.md) và [mục](#muc-mot).

## Mục một

![Một hình](media/x.svg)

> [!question]
> ## Hỏi gì? {#tu-1}
>
> - [x] Đúng
> - [ ] Sai
""",
    "90-kiem-tra.quiz.md": """\
---
id: kiem-tra
title: Bài kiểm tra
draw:
  - {bank: nh-mot, count: 1}
---

Quy định.
""",
    "bank/mot.quiz.md": """\
---
id: nh-mot
title: Ngân hàng một
---

## Câu một? {#q-1 reread=bai-mot#muc-mot}

- [x] Đúng
- [ ] Sai
""",
    "shared/to.md": "---\nid: to\ntitle: Tờ phát tay\n---\n\nChữ.\n",
    "media/x.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="200"></svg>',
}


def make_folder(root: Path) -> Path:
    """The sound course, written out."""
    folder = root / "cc-09"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> Path:
    text = (folder / name).read_text()
    assert old in text, (name, old)
    (folder / name).write_text(text.replace(old, new, 1))
    return folder


def found(folder: Path, *, publishing: bool = False) -> list[str]:
    """`file:line code` of every issue, the file without the course's name."""
    issues = check(load(folder), TODAY, publishing=publishing)
    return [f"{issue.file.removeprefix('cc-09/')}:{issue.line} {issue.code}" for issue in issues]
