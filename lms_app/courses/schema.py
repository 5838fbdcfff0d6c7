"""The keys of every kind of file (course-format §3 and §8). A key that is not here is an error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard

import yaml

from lms_app.courses.issues import Issue

Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Key:
    """`wanted` says in both languages what the value must be."""

    fits: Check
    wanted: tuple[str, str]
    required: bool = False
    inner: "Mapping[str, Key] | None" = None


def is_day(value: Any) -> TypeGuard[date]:
    """A day, not a moment: YAML reads `2026-11-01 10:00` as the latter."""
    return isinstance(value, date) and not isinstance(value, datetime)


def _text(*, required: bool = False) -> Key:
    return Key(
        lambda v: isinstance(v, str) and bool(v.strip()), ("chữ (đặt trong ngoặc kép nếu cần)", "text"), required
    )


def _number(least: int = 0, most: int = 100_000, *, required: bool = False) -> Key:
    wanted = (f"số nguyên từ {least} đến {most}", f"a whole number from {least} to {most}")
    return Key(lambda v: isinstance(v, int) and not isinstance(v, bool) and least <= v <= most, wanted, required)


def _list(*, required: bool = False) -> Key:
    fits: Check = lambda v: isinstance(v, list) and all(isinstance(item, str) for item in v)  # noqa: E731
    return Key(fits, ("danh sách chữ", "a list of texts"), required)


def _one_of(*words: str, required: bool = False) -> Key:
    named = ", ".join(words)
    return Key(lambda v: v in words, (f"một trong: {named}", f"one of: {named}"), required)


def _map(inner: "Mapping[str, Key]", *, required: bool = False) -> Key:
    return Key(lambda v: isinstance(v, dict), ("một nhóm khóa", "a mapping"), required, inner)


def _or_null(key: Key) -> Key:
    return Key(lambda v: v is None or key.fits(v), key.wanted, key.required, key.inner)


ANYTHING = Key(lambda _v: True, ("", ""))
FLAG = Key(lambda v: isinstance(v, bool), ("true hoặc false", "true or false"))
DAY = Key(is_day, ("ngày dạng 2026-11-23", "a day like 2026-11-23"))
LESSONS = Key(lambda v: v == "all" or isinstance(v, list), ("all hoặc danh sách id", "all or a list of ids"))
SHUFFLE = Key(
    lambda v: isinstance(v, list) and all(item in ("questions", "options") for item in v),
    ("danh sách gồm questions, options", "a list of questions, options"),
)
DRAW_LINE = {
    "bank": _text(required=True),
    "count": _number(1, 200, required=True),
    "tag": _text(),
    "difficulty": _number(1, 3),
}
COURSE = {
    "id": _text(required=True),
    "title": _text(required=True),
    "summary": _text(required=True),
    "lang": _one_of("vi", "en"),
    "audience": _list(required=True),
    "level": _number(1, 3),
    "minutes": _number(1, required=True),
    "tiet": _number(),
    "version": _text(required=True),
    "owner": _text(required=True),
    "reviewers": _list(),
    "status": _one_of("draft", "review", "published", "retired", required=True),
    "objectives": _list(required=True),
    "prerequisites": _list(),
    "completion": _map({"lessons": LESSONS, "quizzes": _list()}, required=True),
    "certificate": _or_null(
        _map(
            {
                "kind": _one_of("COMPLETION", "PROGRAMME"),
                "template": _text(),
                "language": _one_of("vi", "en", "vi-en"),
                "valid_months": _or_null(_number(1, 600)),
                "refresher": _or_null(_text()),
                "approval": FLAG,
                "issuer": _text(),
            }
        )
    ),
    "sources": _list(),
    "license": _text(),
    "tags": _list(),
    "lti": _map({"grade": _one_of("best", "last", "first")}),
}
TRANSLATED_COURSE = {
    "title": _text(required=True),
    "summary": _text(required=True),
    "objectives": _list(),
    "lang": _text(),
}
LESSON = {
    "id": _text(required=True),
    "title": _text(required=True),
    "minutes": _number(1, 600, required=True),
    "objectives": _list(),
    "complete": _one_of("read", "check", "manual"),
    "lang": _one_of("vi", "en"),
    "sources": _list(),
    "translation_of_hash": Key(lambda v: isinstance(v, str | int), ("12 chữ số thập lục", "12 hex digits")),
    "draft": FLAG,
}
QUIZ = {
    "id": _text(required=True),
    "title": _text(required=True),
    "pass": _number(1, 100),
    "attempts": _or_null(_number(1, 100)),
    "minutes": _number(1, 600),
    "limit": _or_null(_number(1, 600)),
    "shuffle": SHUFFLE,
    "draw": Key(lambda v: isinstance(v, list), ("danh sách các dòng {bank, count}", "a list of {bank, count}")),
    "show": _map({"score": FLAG, "wrong": FLAG, "key": _one_of("never", "after_pass", "after_last")}),
    "cooldown_hours": _number(0, 8760),
    "acknowledge": _text(),
    "lang": _one_of("vi", "en"),
    "sources": _list(),
    "translation_of_hash": LESSON["translation_of_hash"],
}
BANK = {key: QUIZ[key] for key in ("id", "title", "lang", "sources", "translation_of_hash")}
HANDOUT = {
    "id": _text(required=True),
    "title": _text(required=True),
    "print": _one_of("one-page"),
    "lang": _one_of("vi", "en"),
    "sources": _list(),
    "translation_of_hash": LESSON["translation_of_hash"],
}
SOURCE = {
    "id": _text(required=True),
    "act": _or_null(_text()),
    "date": _or_null(DAY),
    "title": _text(required=True),
    "issuer": _or_null(_text()),
    "url": _or_null(_text()),
    "checked_on": _or_null(DAY),
    "reading": _or_null(_text()),
    "status": _one_of("in_force", "replaced", "pending", required=True),
    "replaced_by": _or_null(_text()),
    "used_in": _list(),
}
FACT = {
    "text": _map({"vi": _text(required=True), "en": _text()}, required=True),
    "level": _one_of("F", "P", "R"),
    "valid_from": _or_null(DAY),
    "valid_to": _or_null(DAY),
    "used_in": _list(),
    "source": _or_null(_text()),
} | dict.fromkeys(("value", "unit", "says", "year", "title", "note"), ANYTHING)
SOURCES_FILE = {"sources": ANYTHING}
FACTS_FILE = {"facts": ANYTHING, "house_rules": ANYTHING}


@dataclass(frozen=True)
class Data:
    """A mapping read from YAML, with the line of each key (dotted for inner ones)."""

    file: str
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    first: int

    def line(self, key: str) -> int:
        return self.lines.get(key, self.first)


def read(text: str, file: str, issues: list[Issue], first: int = 1) -> Data:
    """Parse YAML that begins at line `first` of `file`. Keys given twice and bad syntax become issues."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or error)
        issues.append(Issue(file, first + (mark.line if mark else 0), "yaml", {"why": why}))
        return Data(file, {}, {}, first)
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        issues.append(Issue(file, first, "yaml", {"why": "a mapping of keys is needed"}))
        return Data(file, {}, {}, first)
    lines: dict[str, int] = {}
    _lines(node, "", first, lines, Issue(file, first, "yaml"), issues)
    return Data(file, values, lines, first)


def _lines(node: yaml.Node, path: str, first: int, lines: dict[str, int], at: Issue, issues: list[Issue]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{path}{key.value}"
            line = first + key.start_mark.line
            if name in lines:
                issues.append(Issue(at.file, line, "yaml", {"why": f"{name}: twice"}))
            lines[name] = line
            _lines(value, f"{name}.", first, lines, at, issues)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[f"{path}{number}"] = first + value.start_mark.line
            _lines(value, f"{path}{number}.", first, lines, at, issues)


def check(
    data: Data, keys: Mapping[str, Key], issues: list[Issue], path: str = "", values: Mapping[str, Any] | None = None
) -> None:
    """Unknown keys, missing keys, wrong values: each one an issue on its line.

    `values` is the inner mapping at `path` (dotted, ending with a dot); without it, all of `data`.
    """
    values = data.values if values is None else values
    for name in values:
        if name not in keys:
            known = {"key": f"{path}{name}", "known": ", ".join(keys)}
            issues.append(Issue(data.file, data.line(f"{path}{name}"), "unknown-key", known))
    for name, key in keys.items():
        if name in values:
            _value(data, key, values[name], issues, f"{path}{name}")
        elif key.required:
            issues.append(Issue(data.file, data.line(path.rstrip(".")), "missing-key", {"key": f"{path}{name}"}))


def _value(data: Data, key: Key, value: Any, issues: list[Issue], path: str) -> None:
    if not key.fits(value):
        wanted = {"key": path, "wanted": key.wanted[0], "wanted_en": key.wanted[1]}
        issues.append(Issue(data.file, data.line(path), "wrong-value", wanted))
    elif key.inner is not None and value is not None:
        check(data, key.inner, issues, f"{path}.", value)
