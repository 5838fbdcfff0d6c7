"""A course as its author wrote it, read but not yet rendered: what `loader` makes and everything else reads."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lms_app.courses.issues import Issue
from lms_app.courses.questions import Question
from lms_app.courses.schema import Data

FACT = re.compile(r"\{\{\s*fact\.(?P<key>[\w.-]+)\s*\}\}")
INCLUDE = re.compile(r"\{\{\s*include\s+(?P<target>\S+?)\s*\}\}")
DEEPEST = 3


@dataclass(frozen=True)
class Page:
    """One Markdown file. `body` is all after the front matter, from line `first`.

    `text` is what readers see as running text: a lesson with a mark in place of each self-check, the intro of a quiz.
    """

    file: str
    lang: str
    data: Data
    body: str
    first: int
    text: str
    questions: tuple[Question, ...] = ()

    def hashes(self) -> tuple[str, str]:
        """What `translation_of_hash` may say: of the body as it stands, or without blank lines around it."""
        return tuple(hashlib.sha256(t.encode()).hexdigest()[:12] for t in (self.body, self.body.strip()))  # type: ignore[return-value]


@dataclass(frozen=True)
class Document:
    """A lesson, quiz, bank or handout in the languages it has; `name` is its path in the folder without language."""

    kind: str
    name: str
    position: int
    pages: Mapping[str, Page]
    lang: str

    @property
    def original(self) -> Page:
        return self.pages.get(self.lang) or next(iter(self.pages.values()))

    @property
    def slug(self) -> str:
        return str(self.original.data.values.get("id", ""))

    def page(self, lang: str) -> Page:
        """The page in a language, else the original."""
        return self.pages.get(lang, self.original)


@dataclass(frozen=True)
class Entry:
    """A source or a fact, with the place where it is written."""

    values: Mapping[str, Any]
    file: str
    line: int


@dataclass(frozen=True)
class Folder:
    """A whole course as written."""

    id: str
    path: Path
    course: Data
    translated: Data | None
    documents: tuple[Document, ...]
    media: Mapping[str, bytes]
    snippets: Mapping[str, str]
    sources: Mapping[str, Entry]
    facts: Mapping[str, Entry]
    digest: str
    issues: tuple[Issue, ...]

    @property
    def lang(self) -> str:
        return str(self.course.values.get("lang") or "vi")

    def of(self, kind: str) -> list[Document]:
        """Documents of one kind in order; lessons marked `draft` are not part of the course."""
        return [d for d in self.documents if d.kind == kind and not d.original.data.values.get("draft")]

    def find(self, kind: str, slug: str) -> Document | None:
        return next((d for d in self.of(kind) if d.slug == slug), None)

    def fact(self, key: str, lang: str) -> str | None:
        """A fact's words in a language, else in the course's."""
        text = self.facts[key].values.get("text") if key in self.facts else None
        return str(text.get(lang) or text.get(self.lang) or "") if isinstance(text, dict) else None

    def expand(self, text: str, lang: str, _trail: tuple[str, ...] = ()) -> str:
        """Put included files and facts in place; what cannot be found stays as written (the checker names it)."""
        if len(_trail) < DEEPEST:
            text = INCLUDE.sub(lambda found: self._included(found, lang, _trail), text)
        return FACT.sub(lambda found: self.fact(found["key"], lang) or found[0], text)

    def _included(self, found: re.Match[str], lang: str, trail: tuple[str, ...]) -> str:
        target = found["target"]
        snippet = self.snippets.get(target)
        if snippet is None or target in trail:
            return found[0]
        translated = self.snippets.get(re.sub(r"\.md$", f".{lang}.md", target), snippet)
        return self.expand(translated.strip(), lang, (*trail, target))
