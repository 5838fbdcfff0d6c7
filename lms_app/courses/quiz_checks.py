"""Rules about questions, banks and draws."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lms_app.courses import schema
from lms_app.courses.folder import Document, Folder, Page
from lms_app.courses.issues import Issue
from lms_app.courses.questions import Question

ENOUGH = 4
"""Fewer single-choice questions than this say nothing about lengths."""


def check(folder: Folder, anchors: Mapping[str, Sequence[str]]) -> Iterator[Issue]:
    for document in folder.documents:
        for page in document.pages.values():
            yield from _reread(page, anchors)
            if page is not document.original:
                yield from _translated(document.original, page)
        if document.kind == "bank":
            yield from _longest(document.original)
        if document.kind == "quiz":
            yield from _quiz(folder, document)


def _reread(page: Page, anchors: Mapping[str, Sequence[str]]) -> Iterator[Issue]:
    for question in page.questions:
        lesson, mark, anchor = question.reread.partition("#")
        if question.reread and (lesson not in anchors or (mark and anchor not in anchors[lesson])):
            known = ", ".join(anchors.get(lesson, anchors))
            yield Issue(page.file, question.line, "reread", {"target": question.reread, "known": known})


def _translated(original: Page, page: Page) -> Iterator[Issue]:
    known = {question.slug: question for question in original.questions}
    for question in page.questions:
        first = known.get(question.slug)
        if first is None:
            yield Issue(page.file, question.line, "translated-id", {"id": question.slug})
        elif not same_key(first, question):
            yield Issue(page.file, question.line, "translated-key", {"id": question.slug})


def same_key(first: Question, second: Question) -> bool:
    """Whether an answer to one may be scored by the key of the other; the words of a gap may differ."""
    if first.kind != second.kind:
        return False
    return len(first.gaps) == len(second.gaps) if first.kind == "gap" else first.key == second.key


def _longest(page: Page) -> Iterator[Issue]:
    singles = [q for q in page.questions if q.kind == "single" and len(q.options) > 1]
    longest = [q for q in singles if _right_is_longest(q)]
    chance = sum(1 / len(q.options) for q in singles)
    if len(singles) >= ENOUGH and len(longest) > chance + 1:
        yield Issue(page.file, page.data.first, "longest-right", {"n": len(longest), "all": len(singles)})


def _right_is_longest(question: Question) -> bool:
    right = max((len(o.text) for o in question.options if o.right), default=0)
    return all(len(o.text) < right for o in question.options if not o.right)


def _quiz(folder: Folder, quiz: Document) -> Iterator[Issue]:
    data = quiz.original.data
    draws = data.values.get("draw") or []
    if not draws and not quiz.original.questions:
        yield Issue(data.file, data.line("draw"), "pass")
    if not isinstance(draws, list):
        return
    found: list[Issue] = []
    for at, line in enumerate(draws):
        if isinstance(line, dict):
            schema.check(data, schema.DRAW_LINE, found, f"draw.{at}.", line)
        else:
            found.append(_not_a_line(data, at))
    yield from found
    for at in range(0 if found else len(draws)):
        yield from _draw(folder, data, at)


def _not_a_line(data: schema.Data, at: int) -> Issue:
    wanted = {"key": f"draw.{at}", "wanted": "{bank, count}", "wanted_en": "{bank, count}"}
    return Issue(data.file, data.line(f"draw.{at}"), "wrong-value", wanted)


def _draw(folder: Folder, data: schema.Data, at: int) -> Iterator[Issue]:
    """Later lines exclude what was drawn; the worst case counts: earlier lines took what this one needs."""
    lines = data.values["draw"]
    line = lines[at]
    bank = folder.find("bank", line["bank"])
    place = data.line(f"draw.{at}")
    if bank is None:
        yield Issue(data.file, place, "unknown-bank", {"id": line["bank"]})
        return
    fitting = [q for q in bank.original.questions if _fits(q, line)]
    before = [other for other in lines[:at] if other.get("bank") == line["bank"]]
    taken = sum(min(other.get("count", 0), sum(_fits(q, other) for q in fitting)) for other in before)
    if line["count"] > len(fitting) - taken:
        values = {"bank": line["bank"], "has": max(0, len(fitting) - taken), "wanted": line["count"]}
        yield Issue(data.file, place, "few-questions", values)


def _fits(question: Question, line: Mapping[str, Any]) -> bool:
    return line.get("tag", "") in {"", *question.tags} and line.get("difficulty") in {None, question.difficulty}
