"""What is written down is true, and says nothing of the machine it was written on."""

import re
from dataclasses import fields

from lms_app.core.settings import Settings
from tests.architecture.tree import ROOT, texts

DECISION = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
MACHINE = re.compile(r"(?<![\w.:/])/(work|root|home/\w+|opt/(pypi|wheels)\S*)/")
REGISTRY = re.compile(r"\b(pypi|files\.pythonhosted|registry\.npmjs|npmjs|crates|deb\.debian|rubygems)\.(org|io|com)\b")


def test_readme_documents_every_setting_once() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(LMS_[A-Z_]+)`", readme, re.MULTILINE)
    assert sorted(rows) == sorted(f"LMS_{field.name.upper()}" for field in fields(Settings))


def test_decisions_are_numbered_without_gap_or_double() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").iterdir())
    numbers = [match[1] for name in names if (match := DECISION.fullmatch(name))]
    assert len(numbers) == len(names), f"Name each 0001-in-few-words.md: {names}"
    assert numbers == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_every_dependency_has_its_reason() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert listed is not None
    names = set(re.findall(r'"([a-z0-9-]+)', listed[1]))
    reasons = set(re.findall(r"^\| `([a-z0-9-]+)`", _decision("0007"), re.MULTILINE))
    assert names == reasons


def test_no_file_names_this_machine_or_a_registry() -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in texts()
        for pattern in (MACHINE, REGISTRY)
        for match in pattern.finditer(text)
    ]
    assert not found


def test_every_decision_that_the_code_cites_exists() -> None:
    cited = {
        (name, number)
        for name, text in texts()
        for number in re.findall(r"docs/decisions/(\d{4})", text)
        if number != "0000"
    }
    there = {path.name[:4] for path in (ROOT / "docs" / "decisions").iterdir()}
    assert not {(name, number) for name, number in cited if number not in there}


def _decision(number: str) -> str:
    (path,) = (ROOT / "docs" / "decisions").glob(f"{number}-*.md")
    return path.read_text(encoding="utf-8")


def test_the_tests_learn_of_their_services_in_one_place() -> None:
    """Else one that meets PostgreSQL by another way than the fixture `services` would be left out there unseen."""
    switch = "LMS_TEST_" + "DATABASE"
    assert [name for name, text in texts() if switch in text] == ["tests/services.py"]
