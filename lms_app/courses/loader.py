"""A course's folder -> frozen values. Nothing is raised for what an author wrote: each problem becomes an `Issue`."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lms_app.courses import markup, quiz_format, schema
from lms_app.courses.folder import Document, Entry, Folder, Page
from lms_app.courses.issues import Issue
from lms_app.courses.questions import Question
from lms_app.courses.schema import Data

SHARED = "_shared"
FORMAT = "2"
"""Part of every digest: raise it when rendering changes so much that courses must be published anew."""

FRONT = re.compile(r"\A---\n(?P<yaml>.*?)\n---(?:\n|\Z)", re.DOTALL)
CHECK = re.compile(r"^>\s*\[!question\]\s*$", re.IGNORECASE)
POSITION = re.compile(r"^(\d+)-")
KEYS = {"lesson": schema.LESSON, "quiz": schema.QUIZ, "bank": schema.BANK, "handout": schema.HANDOUT}
IGNORED = {"README.md", "Makefile", "LICENSE"}


@dataclass
class _Reading:
    """What is gathered while the folder is read."""

    root: Path
    id: str
    issues: list[Issue] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    found: dict[tuple[str, str], dict[str, Page]] = field(default_factory=dict)
    snippets: dict[str, str] = field(default_factory=dict)

    def text(self, path: Path) -> str | None:
        """The file as NFC with plain line ends; None (and an issue) when there is none or it is not UTF-8."""
        name = str(path.relative_to(self.root))
        try:
            raw = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            self.issues.append(Issue(name, 1, "encoding"))
            return None
        for at, line in enumerate(raw.split("\n"), 1):
            if not unicodedata.is_normalized("NFC", line):
                self.issues.append(Issue(name, at, "nfc"))
            if any("\ue000" <= c <= "\uf8ff" or c == "\x00" for c in line):
                self.issues.append(Issue(name, at, "private-use"))
        self.texts[name] = unicodedata.normalize("NFC", re.sub("[\ue000-\uf8ff\x00]", "", raw))
        return self.texts[name]

    def yaml(self, path: Path, keys: Mapping[str, schema.Key], *, required: bool = False) -> Data | None:
        text = self.text(path)
        name = str(path.relative_to(self.root))
        if text is None:
            if required:
                self.issues.append(Issue(name, 1, "no-file"))
            return None
        data = schema.read(text, name, self.issues)
        if data.values:
            schema.check(data, keys, self.issues)
        return data


def load(path: Path) -> Folder:
    """Read a course's folder and the `_shared` folder beside it."""
    reading = _Reading(path.parent, path.name)
    course = reading.yaml(path / "course.yml", schema.COURSE, required=True)
    course = course or Data(f"{path.name}/course.yml", {}, {}, 1)
    translated = reading.yaml(path / "course.en.yml", schema.TRANSLATED_COURSE)
    sources, facts = _entries(reading, path)
    lang = str(course.values.get("lang") or "vi")
    for file in sorted(p for p in path.rglob("*") if _is_ours(p)):
        _file(reading, file, file.relative_to(path), lang)
    for file in sorted((path.parent / SHARED).rglob("*.md")):
        _snippet(reading, file, f"{SHARED}/{file.relative_to(path.parent / SHARED)}")
    return Folder(
        id=path.name,
        path=path,
        course=course,
        translated=translated,
        documents=tuple(_documents(reading, lang)),
        media=reading.media,
        snippets=reading.snippets,
        sources=sources,
        facts=facts,
        digest=_digest(reading),
        issues=tuple(reading.issues),
    )


def _is_ours(path: Path) -> bool:
    """A link could bring any file of the machine into a course."""
    return path.is_file() and not path.is_symlink() and not path.name.startswith(".")


def _file(reading: _Reading, file: Path, inside: Path, lang: str) -> None:
    top = inside.parts[0] if len(inside.parts) > 1 else ""
    if inside.suffix == ".yml" or inside.name in IGNORED:
        return
    if top == "media" and len(inside.parts) == 2:  # noqa: PLR2004 - media/<name>
        reading.media[inside.name] = file.read_bytes()
    elif inside.suffix != ".md":
        reading.issues.append(Issue(str(file.relative_to(reading.root)), 1, "unknown-file"))
    elif top == "shared":
        if (text := _snippet(reading, file, str(inside))) is not None and FRONT.match(text):
            _page(reading, file, inside, "handout", lang)
    else:
        is_quiz = ".quiz." in inside.name
        _page(reading, file, inside, "bank" if top == "bank" else "quiz" if is_quiz else "lesson", lang)


def _snippet(reading: _Reading, file: Path, name: str) -> str | None:
    text = reading.text(file)
    if text is not None:
        reading.snippets[name] = FRONT.sub("", text)
    return text


def _page(reading: _Reading, file: Path, inside: Path, kind: str, lang: str) -> None:
    name = str(file.relative_to(reading.root))
    text = reading.texts.get(name) or reading.text(file)
    if text is None:
        return
    front = FRONT.match(text)
    if front is None:
        reading.issues.append(Issue(name, 1, "front-matter"))
        return
    data = schema.read(front["yaml"], name, reading.issues, first=2)
    schema.check(data, KEYS[kind], reading.issues)
    body, first = text[front.end() :], text[: front.end()].count("\n") + 1
    parts = inside.name.split(".")[1:-1]
    own = next((part for part in parts if part != "quiz"), lang)
    slug = data.values.get("id")
    if isinstance(slug, str) and not quiz_format.SLUG.match(slug):
        reading.issues.append(Issue(name, data.line("id"), "bad-id", {"id": slug}))
    shown = body
    questions: list[Question] = []
    if kind in {"quiz", "bank"}:
        shown, questions, found = quiz_format.parse(body, name, first)
        reading.issues.extend(found)
    elif kind == "lesson":
        shown, questions = _cut_checks(reading, body, name, first)
    key = (kind, str(inside.with_name(inside.name.split(".")[0])))
    reading.found.setdefault(key, {})[own] = Page(name, own, data, body, first, shown, tuple(questions))


def _cut_checks(reading: _Reading, body: str, file: str, first: int) -> tuple[str, list[Question]]:
    """Take the self-checks out of a lesson and leave a mark for each."""
    kept: list[str] = []
    questions: list[Question] = []
    for at, lines in _blocks(body.split("\n")):
        if not CHECK.match(lines[0]):
            kept.extend(lines)
            continue
        inner = "\n".join(line[1:].removeprefix(" ") for line in lines[1:])
        stray, found, issues = quiz_format.parse(inner, file, first + at + 1)
        if stray or not found:
            reading.issues.append(Issue(file, first + at, "no-answer"))
        reading.issues.extend(issues)
        questions.extend(found)
        kept.extend(["", *(f"{markup.check_mark(q.slug)}\n" for q in found)])
    return "\n".join(kept), questions


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines one by one, but a whole self-check together; `at` counts from 0."""
    at, fenced = 0, False
    while at < len(lines):
        end = at + 1
        fenced ^= bool(quiz_format.FENCE.match(lines[at]))
        if not fenced and CHECK.match(lines[at]):
            while end < len(lines) and lines[end].startswith(">"):
                end += 1
        yield at, lines[at:end]
        at = end


def _documents(reading: _Reading, lang: str) -> Iterator[Document]:
    places: dict[str, int] = {}
    for (kind, name), pages in sorted(reading.found.items(), key=lambda item: _order(item[0][1])):
        places[kind] = places.get(kind, 0) + 1
        yield Document(kind, name, places[kind], pages, lang)


def _order(name: str) -> list[tuple[int, str]]:
    """2-x before 10-y, in folders and in files."""
    return [(int(found[1]) if (found := POSITION.match(part)) else 10**6, part) for part in name.split("/")]


def _entries(reading: _Reading, path: Path) -> tuple[dict[str, Entry], dict[str, Entry]]:
    sources: dict[str, Entry] = {}
    facts: dict[str, Entry] = {}
    for folder in (path.parent / SHARED, path):
        if data := reading.yaml(folder / "sources.yml", schema.SOURCES_FILE):
            _take(data, "sources", schema.SOURCE, reading.issues, sources)
        if data := reading.yaml(folder / "facts.yml", schema.FACTS_FILE):
            _take(data, "facts", schema.FACT, reading.issues, facts)
    return sources, facts


def _take(data: Data, name: str, keys: Mapping[str, schema.Key], issues: list[Issue], into: dict[str, Entry]) -> None:
    found = data.values.get(name) or []
    if not isinstance(found, list | dict):
        wanted = {"key": name, "wanted": "một danh sách hoặc nhóm khóa", "wanted_en": "a list or a mapping"}
        issues.append(Issue(data.file, data.line(name), "wrong-value", wanted))
        return
    pairs = found.items() if isinstance(found, dict) else enumerate(found)
    for place, values in pairs:
        path = f"{name}.{place}"
        if not isinstance(values, dict):
            wanted = {"key": path, "wanted": "một nhóm khóa", "wanted_en": "a mapping"}
            issues.append(Issue(data.file, data.line(path), "wrong-value", wanted))
            continue
        schema.check(data, keys, issues, f"{path}.", values)
        key = str(values.get("id") if isinstance(place, int) else place)
        into[key] = Entry(values, data.file, data.line(path))


def _digest(reading: _Reading) -> str:
    """Of all source files, normalised. `status` is no content: retiring a course makes no version."""
    digest = hashlib.sha256(FORMAT.encode())
    for name, text in sorted(reading.texts.items()):
        kept = [line.rstrip() for line in text.split("\n")]
        if name == f"{reading.id}/course.yml":
            kept = [line for line in kept if not line.startswith(("status:", "#"))]
        content = "\n".join(kept).strip()
        digest.update(f"\0{name.removeprefix(reading.id)}\0{content}".encode())
    for name, data in sorted(reading.media.items()):
        digest.update(f"\0media/{name}\0".encode() + hashlib.sha256(data).digest())
    return digest.hexdigest()
