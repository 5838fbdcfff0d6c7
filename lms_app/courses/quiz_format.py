"""The quiz syntax (course-format §4 and §8): lines of Markdown -> questions. Nothing is rendered here.

A problem becomes an `Issue` beside the questions. Option ids are a, b, c ... in source order; choices of a
match are x1, x2 ...; the source order of an `order` question is the right one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from lms_app.core.text import fold
from lms_app.courses.issues import Issue
from lms_app.courses.questions import RANGE, Gap, Option, Question, Wrong, letter, number, wrong_value

HEADING = re.compile(r"^##\s+(?P<stem>.*?)\s*(?<!\{)(?:\{(?P<attributes>[^{}]*)\})?\s*$")
OPTION = re.compile(r"^[-*]\s+\[(?P<mark>[ xX])\]\s+(?P<text>.*)$")
STEP = re.compile(r"^\d+[.)]\s+(?P<text>.*)$")
NUMERIC = re.compile(r"^=\s*(?P<text>\S.*)$")
WRONG = re.compile(r"^!\s+(?P<text>\S.*)$")
ANSWER = re.compile(r"^>\s*\[!answer\]\s*$", re.IGNORECASE)
BLANK = re.compile(r"^_{4,}\s*$")
GAP = re.compile(r"\[\[([^\[\]]+)\]\]")
FENCE = re.compile(r"^\s*(```|~~~)")
ATTRIBUTE = re.compile(r'#(?P<id>\S+)|(?P<key>\w+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))|(?P<flag>\w+)|(?P<other>\S+)')
SLUG = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
FLAGS = {"order", "match", "exact", "nodiacritics"}


def parse(text: str, file: str, first: int = 1) -> tuple[str, list[Question], list[Issue]]:
    """The text before the first question, the questions, and what is wrong. `first`: line of `text`'s first line."""
    intro: list[str] = []
    blocks: list[tuple[int, list[str]]] = []
    fenced = False
    for at, line in enumerate(text.split("\n"), first):
        fenced ^= bool(FENCE.match(line))
        if not fenced and line.startswith("## "):
            blocks.append((at, [line]))
        else:
            (blocks[-1][1] if blocks else intro).append(line)
    issues: list[Issue] = []
    questions = [_Reader(file, at, lines, issues).question() for at, lines in blocks]
    return "\n".join(intro).strip(), questions, issues


@dataclass
class _Item:
    """An option, step or known wrong answer while its indented lines are still being read."""

    text: str
    line: int
    right: bool = False
    feedback: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        inner = line.strip()
        if inner.startswith(">"):
            self.feedback.append(inner[1:].removeprefix(" "))
        elif self.feedback:
            self.feedback.append(inner)
        else:
            self.text += "\n" + inner

    def told(self) -> str:
        return "\n".join(self.feedback).strip()


class _Reader:
    """Reads the lines of one question; each kind of line has its own method."""

    def __init__(self, file: str, at: int, lines: Sequence[str], issues: list[Issue]) -> None:
        self.file, self.at, self.lines, self.issues = file, at, lines, issues
        self.options: list[_Item] = []
        self.steps: list[_Item] = []
        self.wrong: list[_Item] = []
        self.numbers: list[tuple[int, str]] = []
        self.table: list[tuple[int, str]] = []
        self.answer: list[str] = []
        self.situation: list[str] = []
        self.current: _Item | None = None
        self.answering = self.free = self.fenced = False

    def issue(self, code: str, line: int | None = None, **values: Any) -> None:
        self.issues.append(Issue(self.file, line or self.at, code, values))

    def question(self) -> Question:
        made = self._head()
        for at, line in enumerate(self.lines[1:], self.at + 1):
            self._line(at, line)
        return self._kind(replace(made, situation=_text(self.situation), answer=_text(self.answer)))

    def _head(self) -> Question:
        found = HEADING.match(self.lines[0])
        stem, attributes = (found["stem"], found["attributes"] or "") if found else (self.lines[0][3:], "")
        values: dict[str, Any] = {}
        self.flags: set[str] = set()
        for part in ATTRIBUTE.finditer(attributes):
            self._attribute(part, values)
        slug = values.pop("slug", "")
        if not slug:
            self.issue("missing-id", proposal="-".join(re.findall(r"[a-z0-9]+", fold(stem))[:5]) or "cau-1")
        elif not SLUG.match(slug):
            self.issue("bad-id", id=slug)
        return Question(slug=slug, line=self.at, stem=stem, **values)

    def _attribute(self, part: re.Match[str], values: dict[str, Any]) -> None:
        key, value = part["key"], part["quoted"] if part["quoted"] is not None else part["plain"]
        if part["id"]:
            values["slug"] = part["id"]
        elif part["flag"] in FLAGS:
            self.flags.add(part["flag"])
        elif key == "tags":
            values["tags"] = tuple(value.split())
        elif key == "reread":
            values["reread"] = value
        elif key == "partial" and value in {"yes", "no"}:
            values["partial"] = value == "yes"
        elif key == "points" and re.fullmatch(r"[1-9]\d?", value):
            values["points"] = int(value)
        elif key == "difficulty" and value in {"1", "2", "3"}:
            values["difficulty"] = int(value)
        else:
            self.issue("attribute", name=part[0])

    def _line(self, at: int, line: str) -> None:
        if self.answering and line.startswith(">"):
            self.answer.append(line[1:].removeprefix(" "))
            return
        self.answering = False
        if self.current and (line.startswith(("  ", "\t")) or not line.strip()):
            if line.strip():
                self.current.take(line)
            return
        self.current = None
        self.fenced ^= bool(FENCE.match(line))
        if self.fenced or not self._mark(at, line):
            self._plain(at, line)

    def _mark(self, at: int, line: str) -> bool:
        """Take a line that means something in a question; False for plain text."""
        if ANSWER.match(line):
            self.answering = True
        elif found := OPTION.match(line):
            self._open(self.options, found["text"], at, right=found["mark"] != " ")
        elif found := NUMERIC.match(line):
            self.numbers.append((at, found["text"].strip()))
        elif found := WRONG.match(line):
            self._open(self.wrong, found["text"].strip(), at)
        elif "order" in self.flags and (found := STEP.match(line)):
            self._open(self.steps, found["text"], at)
        elif "match" in self.flags and line.startswith("|"):
            self.table.append((at, line))
        elif BLANK.match(line):
            self.free = True
            self.issue("free-text", at)
        else:
            return False
        return True

    def _open(self, into: list[_Item], text: str, at: int, *, right: bool = False) -> None:
        self.current = _Item(text, at, right)
        into.append(self.current)

    def _plain(self, at: int, line: str) -> None:
        begun = self.options or self.steps or self.numbers or self.table or self.answer
        if begun and line.strip():
            self.issue("stray-text", at)
        else:
            self.situation.append(line)

    def _kind(self, made: Question) -> Question:
        kinds = {
            "options": bool(self.options),
            "number": bool(self.numbers),
            "gap": bool(GAP.search(made.stem)),
            "order": "order" in self.flags,
            "match": "match" in self.flags,
        }
        found = [name for name, is_there in kinds.items() if is_there]
        if len(found) > 1:
            self.issue("mixed-kinds", kinds=", ".join(found))
        elif not found and not self.free:
            self.issue("no-answer")
        return self._with_wrong(self._filled(made, found[0] if found else ""))

    def _filled(self, made: Question, kind: str) -> Question:
        if kind == "options":
            return self._choosing(made)
        if kind == "number":
            return self._numeric(made)
        if kind == "gap":
            return self._gaps(made)
        if kind == "order":
            return self._order(made)
        return self._match(made) if kind == "match" else made

    def _choosing(self, made: Question) -> Question:
        right = sum(item.right for item in self.options)
        if len(self.options) < 2:  # noqa: PLR2004 - a choice needs two
            self.issue("few-options")
        elif not right:
            self.issue("no-right")
        elif right == len(self.options):
            self.issue("all-right")
        return replace(made, kind="single" if right <= 1 else "multiple", options=_options(self.options))

    def _order(self, made: Question) -> Question:
        if len(self.steps) < 2:  # noqa: PLR2004 - an order needs two
            self.issue("few-options")
        return replace(made, kind="order", options=_options(self.steps))

    def _numeric(self, made: Question) -> Question:
        ranges, unit = [], ""
        for at, text in self.numbers:
            found = RANGE.match(text)
            low = number(found["low"]) if found else None
            high = number(found["high"]) if found and found["high"] else low
            if found is None or low is None or high is None or Decimal(low) > Decimal(high):
                self.issue("bad-number", at, text=text)
                continue
            ranges.append((low, high))
            unit = found["unit"].strip() or unit
        return replace(made, kind="numeric", ranges=tuple(ranges), unit=unit)

    def _gaps(self, made: Question) -> Question:
        gaps = tuple(
            Gap(
                tuple(word.strip() for word in found.split("|") if word.strip()),
                exact="exact" in self.flags,
                nodiacritics="nodiacritics" in self.flags,
            )
            for found in GAP.findall(made.stem)
        )
        if not all(gap.accepted for gap in gaps):
            self.issue("no-answer")
        return replace(made, kind="gap", gaps=gaps)

    def _match(self, made: Question) -> Question:
        cells = [(at, _cells(line)) for at, line in self.table]
        head, lines = (cells[0][1], cells[2:]) if len(cells) > 2 else ((), [])  # noqa: PLR2004 - head, rule, rows
        full = [(at, row) for at, row in lines if len(row) == 2 and row[1]]  # noqa: PLR2004 - two columns
        texts = list(dict.fromkeys(row[1] for _at, row in full))
        choices = tuple(Option(f"x{n}", text) for n, text in enumerate(texts, 1))
        asked = [(at, row) for at, row in full if row[0]]
        rows = tuple(Option(letter(n), row[0], line=at) for n, (at, row) in enumerate(asked))
        if len(full) != len(lines) or len(rows) < 2:  # noqa: PLR2004
            self.issue("match-table", self.table[0][0] if self.table else None)
        pairs = {row.id: f"x{texts.index(cells[1]) + 1}" for row, (_at, cells) in zip(rows, asked, strict=True)}
        return replace(made, kind="match", rows=rows, choices=choices, columns=tuple(head), pairs=pairs)

    def _with_wrong(self, made: Question) -> Question:
        found = []
        for item in self.wrong:
            value = wrong_value(made, item.text)
            if value is None:
                self.issue("wrong-key", item.line, text=item.text)
            else:
                found.append(Wrong(value, item.told(), item.line))
        return replace(made, wrong=tuple(found))


def _options(items: Sequence[_Item]) -> tuple[Option, ...]:
    return tuple(
        Option(letter(at), item.text.strip(), item.told(), item.right, item.line) for at, item in enumerate(items)
    )


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")
