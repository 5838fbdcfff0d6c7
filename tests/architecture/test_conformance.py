"""docs/lti.md is true: each case of certification has a test that exists, each reason of refusal has its advice."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from lms_app.lti import guides, reasons
from lms_app.lti.guides import Guide
from lms_app.web.i18n import say
from tests.architecture.tree import ROOT, modules

SITE = "https://courses.example"
MADE_OF_A_KEY_PROBLEM = "signature"
NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([\w-]+)\])?`")

BAD = (
    "No KID Sent in JWT header",
    "Incorrect KID in JWT header",
    "Wrong LTI Version",
    "No LTI Version",
    "Invalid LTI message",
    "Missing LTI Claims",
    "Timestamps Incorrect",
    "message_type Claim Missing",
    "role Claim Missing",
    "deployment_id Claim Missing",
    "resource_link_id Claim Missing",
    "user Claim Missing",
)
GOOD = (
    "Launch",
    "Launch with Roles",
    "Launch Short Role",
    "Launch Unknown Role",
    "Launch No Role",
    "Launch Email Only",
    "Launch Names Only",
    "No PII",
    "Email Without Context",
)
CERTIFIED = {
    "LTI core 1.3: known bad payloads": BAD,
    "LTI core 1.3: valid teacher launches": tuple(f"Valid Instructor {case}" for case in GOOD),
    "LTI core 1.3: valid student launches": tuple(f"Valid Student {case}" for case in GOOD),
    "Deep Linking 2.0": (
        "Send the Request Payload",
        "Receive the Response Payload",
        "Response Format Valid",
        "Response Timestamps Valid",
        "Signature Valid",
        "Required Claims Verified",
        "Affirm Response",
    ),
    "Names and Role Provisioning Services 2.0": (
        "Valid Instructor Launch",
        "Received Request",
        "Verify JSON Header",
        "Verify Bearer Token",
        "Verify Bearer Scope",
    ),
    "Assignment and Grade Services 2.0": ("Valid Launch with AGS claim",),
}
"""Suite -> the cases that the Conformance Certification Guide 1.3 demands of a tool (6.1 to 6.4)."""

SHOWN = {*CERTIFIED, "Dynamic Registration 1.0", "Submission Review 1.0 and Data Privacy Launch"}


class Case(NamedTuple):
    suite: str
    name: str
    section: str
    tests: str


def test_every_certified_case_is_listed() -> None:
    listed = {(case.suite, case.name) for case in _cases()}
    missing = [(suite, name) for suite, names in CERTIFIED.items() for name in names if (suite, name) not in listed]
    assert not missing
    assert {suite for suite, _ in listed} >= SHOWN


def test_every_case_has_a_section_and_tests_that_exist() -> None:
    wrong = []
    for case in _cases():
        named = NODE.findall(case.tests)
        if not case.section or NODE.sub("", case.tests).strip(", "):
            wrong.append(f"{case.name}: a test is `tests/…/test_x.py::test_name` or `test_name[id]`")
        if not named:
            wrong.append(f"{case.suite}: {case.name} has no test")
        wrong += [
            f"{case.name}: there is no {file}::{name}[{of}]" for file, name, of in named if not _is(file, name, of)
        ]
    assert not wrong, "\n".join(wrong)


def test_every_reason_of_refusal_has_its_advice() -> None:
    advised = set(re.findall(r"^\| `([a-z-]+)` \|", _section("When something does not work"), re.MULTILINE))
    assert {*_reasons(), *reasons.SENTENCES, MADE_OF_A_KEY_PROBLEM} == advised


@pytest.mark.parametrize("guide", guides.guides(SITE), ids=lambda guide: guide.product)
def test_the_document_says_what_to_type_where(guide: Guide) -> None:
    told = _told(guide)
    assert told in _text(), f"docs/lti.md, Product by product, must read:\n\n{told}"


@cache
def _text() -> str:
    return (ROOT / "docs" / "lti.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    return _text().split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _cases() -> Iterator[Case]:
    for part in _section("Conformance").split("\n### ")[1:]:
        suite, _, body = part.partition("\n")
        for line in body.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("|") and cells[0] not in {"case", "---"}:
                yield Case(suite, *cells)


@cache
def _tests(file: str) -> tuple[frozenset[str], frozenset[str]]:
    """The tests of a file, and all texts in it: ids of parametrized tests are among these."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(names), frozenset(texts)


def _is(file: str, name: str, of: str) -> bool:
    names, texts = _tests(file)
    return name in names and (not of or of in texts)


def _reasons() -> Iterator[str]:
    """Every reason that the code of LTI gives as it stands; those made of pieces have their sentence in `reasons`."""
    for path, tree in modules().items():
        for node in ast.walk(tree) if path.startswith("lms_app/lti/") else ():
            if isinstance(node, ast.Call) and (said := _reason(node)):
                yield said


def _reason(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {"refusal": 0, "need": 1}.get(name)
    said = call.args[place] if place is not None and len(call.args) > place else None
    return said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else ""


def _told(guide: Guide) -> str:
    """One product as the document shows it."""
    by_hand = "By hand:" if guide.registering else "Dynamic registration is not offered there; by hand:"
    registering = (
        ("By dynamic registration:", "", *_numbered(guide, guide.registering), "") if guide.registering else ()
    )
    lines = [
        f"#### {guide.name}",
        "",
        *registering,
        by_hand,
        "",
        *_numbered(guide, guide.steps),
        "",
        "| its field | what to enter |",
        "| --- | --- |",
        *(f"| {entry.label} | {_code(entry.value) if entry.is_copied else entry.value} |" for entry in guide.entries),
        "",
        "| it then shows | usually | our option |",
        "| --- | --- | --- |",
        *(f"| {one.label} | {_code(one.pattern) or 'its own'} | `{one.option}` |" for one in guide.answers),
    ]
    return "\n".join(lines)


def _numbered(guide: Guide, steps: tuple[str, ...]) -> list[str]:
    return [f"{number}. {say('en', step, register=guide.register)}" for number, step in enumerate(steps, 1)]


def _code(text: str) -> str:
    return ", ".join(f"`{line}`" for line in text.splitlines())
