"""A checked folder -> what the rows of a version hold: texts rendered, keys apart from words. Writes nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms_app.core.text import fold
from lms_app.courses import targets
from lms_app.courses.folder import Document, Folder, Page
from lms_app.courses.questions import Option, Question
from lms_app.courses.quiz_format import GAP
from lms_app.courses.rendering import Rendered, Renderer

LANGUAGES = ("vi", "en")
GLUED = (
    "chuyển đổi số",
    "dịch vụ công",
    "chính quyền số",
    "kinh tế số",
    "xã hội số",
    "kỹ năng số",
    "chữ ký số",
    "dữ liệu số",
    "một cửa",
    "dữ liệu",
)
"""Terms of two or three syllables that a title keeps on one line (frontend §5)."""

PASS_MARK = 60
"""When a course says nothing (course-format §8)."""

SHOW = {"score": True, "wrong": True, "key": "after_pass"}
CERTIFICATE = {"kind": "COMPLETION", "template": "default", "valid_months": None}
MINUTES_A_QUESTION = 1.5


def glue(title: str) -> str:
    """Fixed terms with U+00A0 between their syllables."""
    for term in GLUED:
        for form in (term, term.capitalize()):
            title = title.replace(form, form.replace(" ", "\u00a0"))
    return title


@dataclass(frozen=True)
class Text:
    """A document in one language of the pages; `lang` is the language it is really in."""

    lang: str
    title: str
    page: Page


class Composer:
    """Renders the texts of one folder; each page once, however many languages fall back to it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._renderers = {lang: Renderer(targets.context(folder, lang)) for lang in {*LANGUAGES, folder.lang}}
        self._rendered: dict[str, Rendered] = {}

    def text(self, document: Document, lang: str) -> Text:
        page = document.page(lang)
        return Text(page.lang, glue(str(page.data.values["title"])), page)

    def rendered(self, document: Document, lang: str) -> Rendered:
        """The running text of a lesson or handout. A translation gets the original's heading ids."""
        page = document.page(lang)
        if page.file not in self._rendered:
            original = document.original
            anchors = [] if page is original else [a for a, _words in self.rendered(document, original.lang).anchors]
            text = self.folder.expand(page.text, page.lang)
            self._rendered[page.file] = self._renderers[page.lang].page(text, anchors)
        return self._rendered[page.file]

    def block(self, text: str, lang: str) -> str:
        return self._renderers[lang].block(self.folder.expand(text, lang))

    def inline(self, text: str, lang: str) -> str:
        return self._renderers[lang].inline(self.folder.expand(text, lang))

    def kilobytes(self, document: Document, lang: str) -> int:
        """What the lesson brings: its HTML and its pictures, as they are before compression."""
        found = self.rendered(document, lang)
        context = targets.context(self.folder, document.page(lang).lang)
        pictures = sum(context.pictures[name].size for name in found.pictures if name in context.pictures)
        return math.ceil((len(found.html.encode()) + pictures) / 1024)

    def body(self, question: Question, original: Question, lang: str) -> dict[str, Any]:
        """`QuestionText.body`; `lang` is the language of `question`, the key is the original's."""
        return {
            "kind": question.kind,
            "key": original.key,
            "stem": self.inline(GAP.sub("…", question.stem), lang),
            "situation": self.block(question.situation, lang),
            "options": [self._option(option, lang) for option in question.options],
            "answer": self.block(question.answer, lang),
            "wrong": [{"value": w.value, "feedback": self.block(w.feedback, lang)} for w in question.wrong],
            "rows": [{"id": row.id, "html": self.inline(row.text, lang)} for row in question.rows],
            "choices": [{"id": choice.id, "html": self.inline(choice.text, lang)} for choice in question.choices],
            "columns": [self._renderers[lang].plain(column) for column in question.columns],
            "gaps": self._pieces(question, lang),
            "unit": question.unit,
            "reread": self._reread(original, lang),
        }

    def _option(self, option: Option, lang: str) -> dict[str, str]:
        return {
            "id": option.id,
            "html": self.inline(option.text, lang),
            "feedback": self.block(option.feedback, lang),
        }

    def _pieces(self, question: Question, lang: str) -> list[str]:
        if question.kind != "gap":
            return []
        stem = self.folder.expand(question.stem, lang)
        return [self._renderers[lang].plain(piece) for piece in GAP.split(stem)[::2]]

    def _reread(self, question: Question, lang: str) -> dict[str, str] | None:
        """Where to read again; the title is the heading's words, else the lesson's title."""
        slug, _mark, anchor = question.reread.partition("#")
        document = self.folder.find("lesson", slug) if slug else None
        if document is None:
            return None
        words = dict(self.rendered(document, lang).anchors)
        return {"lesson": slug, "anchor": anchor, "title": words.get(anchor) or self.text(document, lang).title}

    def question(self, document: Document, original: Question, lang: str) -> tuple[str, dict[str, Any]]:
        """The language a question is really in, and its body: translated, else the original's words."""
        page = document.page(lang)
        found = next((q for q in page.questions if q.slug == original.slug), None)
        if found is None:
            page, found = document.original, original
        return page.lang, self.body(found, original, page.lang) | {"key": self.key(document, original)}

    def key(self, document: Document, original: Question) -> dict[str, Any]:
        """The key of a question in all languages: a gap takes the words of each, whatever page it was answered on."""
        if original.kind != "gap":
            return original.key
        pages = (document.page(lang) for lang in LANGUAGES)
        versions = [q.key["gaps"] for page in pages for q in page.questions if q.slug == original.slug]
        alike = [gaps for gaps in versions if len(gaps) == len(original.gaps)]
        words = [
            list(dict.fromkeys(word for gap in same for word in gap["accepted"])) for same in zip(*alike, strict=True)
        ]
        return {"gaps": [{**gap, "accepted": found} for gap, found in zip(original.key["gaps"], words, strict=True)]}

    def sources(self, document: Document) -> list[dict[str, Any]]:
        """The sources that a lesson names, in its order."""
        named = document.original.data.values.get("sources") or []
        return [_source(self.folder.sources[str(slug)].values) for slug in named if str(slug) in self.folder.sources]


def _source(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: values.get(key) for key in ("act", "date", "title", "url", "checked_on", "status")}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in kept.items()}


def course_text(folder: Folder, lang: str) -> dict[str, Any]:
    """Title, summary, objectives and what search looks in."""
    values: Mapping[str, Any] = folder.course.values
    if lang != folder.lang and folder.translated is not None:
        values = {**values, **folder.translated.values}
    words = [folder.id, values["title"], values["summary"], *values.get("tags", []), *values.get("objectives", [])]
    return {
        "title": glue(values["title"]),
        "summary": values["summary"].strip(),
        "objectives": list(values.get("objectives", [])),
        "search": fold(" ".join(words).replace("-", " ") + " " + folder.id),
    }


def version(folder: Folder) -> dict[str, Any]:
    """The columns of a version that come from course.yml."""
    values = folder.course.values
    rule = values["completion"]
    return {
        "digest": folder.digest,
        "label": values["version"],
        "audience": ",".join(values["audience"]),
        "level": values.get("level", 1),
        "minutes": values["minutes"],
        "periods": values.get("tiet", 0),
        "lessons": len(folder.of("lesson")),
        "owner": values["owner"],
        "grade": values.get("lti", {}).get("grade", "best"),
        "rule": {"lessons": rule.get("lessons", "all"), "quizzes": list(rule.get("quizzes", []))},
        "certificate": CERTIFICATE | values["certificate"] if values.get("certificate") else {},
    }


def settings(quiz: Document) -> dict[str, Any]:
    """A quiz's settings with every key present: see `courses.models.Quiz`."""
    values = quiz.original.data.values
    draw = list(values.get("draw") or [])
    count = sum(line["count"] for line in draw) or len(quiz.original.questions)
    return {
        "pass": values.get("pass", PASS_MARK),
        "attempts": values.get("attempts"),
        "minutes": values.get("minutes") or math.ceil(count * MINUTES_A_QUESTION),
        "limit": values.get("limit"),
        "shuffle": list(values.get("shuffle") or []),
        "draw": draw,
        "show": SHOW | (values.get("show") or {}),
        "cooldown_hours": values.get("cooldown_hours", 0),
    }
