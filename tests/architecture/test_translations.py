"""Every sentence a person can meet has its English, in one place, with the same values in it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment, nodes

from lms_app.core.errors import LmsError, SettingsError
from tests.architecture.tree import APP, modules, name_of, templates

FOLDER = APP / "web" / "translations"
SUBSET = APP / "web" / "static" / "fonts" / "literata-600-vi.txt"
COMMANDS = re.compile(r"/cli(/\w+)?\.py$")
VALUES = re.compile(r"%\((\w+)\)[sd]")
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
DATA = {
    "lms_app/core/settings.py": "the default organisation is a name, not a sentence",
    "lms_app/core/text.py": "the alphabet",
    "lms_app/accounts/forms/columns.py": "headers that the lists of offices have, in whatever language they are read",
    "lms_app/certificates/design.py": "what `flask certificates check` tells designers, who write Vietnamese",
    "lms_app/certificates/service/listing.py": "the register is kept in Vietnamese whoever reads it",
    "lms_app/certificates/service/outside.py": "headers that the lists of offices have; its errors are translated",
    "lms_app/certificates/sandbox.py": "what `flask certificates check` tells designers, who write Vietnamese",
    "lms_app/certificates/filling.py": "what a file says of its signature, beside a Vietnamese signature",
    "lms_app/certificates/pdf.py": "the alphabet",
    "lms_app/certificates/wording.py": "what is printed stands in the certificate's own language",
    "lms_app/certificates/sheet.py": "what is printed stands in the certificate's own language",
    "lms_app/certificates/badges.py": "a credential stands in the certificate's own language",
    "lms_app/certificates/trials.py": "names of made-up people",
    "lms_app/courses/compose.py": "terms that a title keeps on one line",
    "lms_app/courses/issues.py": "what `flask courses check` tells authors, who write Vietnamese",
    "lms_app/courses/loader.py": "pieces of those sentences",
    "lms_app/courses/schema.py": "pieces of those sentences",
    "lms_app/courses/markup.py": "words set into a lesson in the lesson's language",
    "lms_app/courses/rendering.py": "words set into a lesson in the lesson's language",
    "lms_app/courses/wording.py": "patterns of spelling",
    "lms_app/organisations/service/listing.py": "headers and kinds of offices' lists; its errors are translated",
    "lms_app/operations/bentre.py": "names of made-up people",
    "lms_app/reporting/document.py": "a report is written in Vietnamese whoever makes it",
    "lms_app/reporting/sheets.py": "the letterhead of a report",
    "lms_app/reporting/service/coverage_report.py": "heads and notes of a report",
    "lms_app/reporting/service/indicator_rows.py": "heads of a report",
    "lms_app/reporting/service/plan_report.py": "heads and notes of a report",
    "lms_app/reporting/service/yearly_report.py": "heads and notes of a report",
    "lms_app/operations/demo.py": "names of made-up people; what the terminal says is in both languages",
    "lms_app/operations/province.py": "names of made-up people and units",
    "lms_app/reporting/service/coverage_files.py": "headers of files that offices send each other, in Vietnamese",
}
"""Files with Vietnamese words that are data. Everything else in Vietnamese is shown, so it is translated."""


def test_every_message_has_its_english(the_app: Flask) -> None:
    missing = sorted({f"{message!r} ({where})" for where, message in _used(the_app) if message not in _english()})
    assert not missing, "Append to lms_app/web/translations/<part>.en.po:\n" + "\n".join(missing)


def test_every_vietnamese_string_in_code_has_its_english() -> None:
    """Also those that reach `_()` through a table or a form's errors. Commands say both languages at once."""
    missing = [
        f"{name}:{line}: {text!r}"
        for name, tree in modules().items()
        if name not in DATA and not COMMANDS.search(name)
        for line, text in _strings(tree)
        if VIETNAMESE.search(text) and text not in _english()
    ]
    assert not missing, "\n".join(missing)


def test_no_message_is_translated_in_two_ways() -> None:
    seen: dict[str, tuple[str, object]] = {}
    twice = []
    for where, entry in _entries():
        before = seen.setdefault(_source(entry), (where, entry.string))
        if before[1] != entry.string:
            twice.append(f"{_source(entry)!r}: {before[0]} and {where}")
    assert not twice


def test_translations_hold_no_markup_and_the_same_values() -> None:
    wrong = []
    for where, entry in _entries():
        ids, strings = _forms(entry.id), _forms(entry.string)
        if "<" in "".join((*ids, *strings)):
            wrong.append(f"{where}: markup in {ids[0]!r}")
        if any(set(VALUES.findall(text)) - set(VALUES.findall(ids[0])) for text in strings):
            wrong.append(f"{where}: a value that is not given in {ids[0]!r}")
        if set(VALUES.findall(ids[0])) - set(VALUES.findall(strings[-1])):
            wrong.append(f"{where}: a value is lost from {ids[0]!r}")
        if not all(strings):
            wrong.append(f"{where}: empty English for {ids[0]!r}")
    assert not wrong


def test_every_character_of_our_sentences_is_in_the_heading_font() -> None:
    subset = set(SUBSET.read_text(encoding="utf-8")) | {"\n"}
    outside = {
        character: text
        for _, entry in _entries()
        for text in (*_forms(entry.id), *_forms(entry.string))
        for character in set(text) - subset
    }
    assert not outside, f"Not in {name_of(SUBSET)}: {outside}"


@cache
def _entries() -> tuple[tuple[str, Message], ...]:
    return tuple((path.name, entry) for path in sorted(FOLDER.glob("*.en.po")) for entry in _read(path) if entry.id)


def _read(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return list(read_po(file, locale="en", abort_invalid=True))


@cache
def _english() -> frozenset[str]:
    return frozenset(_source(entry) for _, entry in _entries() if entry.string)


def _source(entry: Message) -> str:
    return _forms(entry.id)[0]


def _forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]  # str, or a tuple of them


def _used(app: Flask) -> Iterator[tuple[str, str]]:
    for name, source in templates():
        yield from ((name, message) for message in _in_template(app.jinja_env, source))
    errors = {kind.__name__ for kind in _below(LmsError)} - {SettingsError.__name__}
    for name, tree in modules().items():
        for node in ast.walk(tree):
            message = _in_call(node, errors) if isinstance(node, ast.Call) else None
            if message:
                yield f"{name}:{getattr(node, 'lineno', 0)}", message


def _in_template(environment: Environment, source: str) -> Iterator[str]:
    for call in environment.parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value


def _in_call(call: ast.Call, errors: set[str]) -> str | None:
    """The message of `_("...")`, `say(language, "...")` and `NotFound("...")`."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {"_": 0, "say": 1}.get(function, 0 if function in errors else None)
    if place is None or len(call.args) <= place:
        return None
    argument = call.args[place]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def _below(kind: type[LmsError]) -> Iterator[type[LmsError]]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String constants that are not docstrings; of f-strings, the fixed pieces."""
    prose = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value
