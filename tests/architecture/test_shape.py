"""Short files, short functions, expected names, imports at the top."""

import ast
from pathlib import PurePosixPath

from tests.architecture.tree import functions, modules, parts

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
USUAL = {"__init__", "models", "service", "queries", "forms", "views", "jobs", "cli"}
PACKAGES = {"service", "views", "queries", "forms", "cli"}
IDEAS = {
    "accounts": {"access", "held", "login", "numbering"},
    "assessment": {"drawing", "entrance", "feedback", "outcome", "paper", "scoring", "terms"},
    "certificates": {
        *("answers", "badges", "chain", "design", "evidence", "filling", "fitting", "inspecting", "keys"),
        *("lettering", "merging", "pdf", "picture", "qr", "sandbox", "sheet", "signing", "trials", "wording"),
    },
    "courses": {
        *(
            "checker",
            "compose",
            "folder",
            "issues",
            "loader",
            "markup",
            "pictures",
            "questions",
            "quiz_checks",
            "quiz_format",
        ),
        *("rendering", "schema", "targets", "wording"),
    },
    "learning": {"completion", "letter", "lists", "reader"},
    "lti": {
        *("claims", "deeplinks", "grades", "guides", "keys", "lineitems", "platform", "quirks", "reasons", "recording"),
        *("registering", "registry", "rosters", "tokens"),
    },
    "operations": {"bentre", "demo", "metrics", "province"},
    "organisations": {"groups", "kinds"},
    "reporting": {"document", "duties", "exports", "figures", "sheets"},
}
"""Files named after the part's own idea. A new one is a decision: add it here."""
MOST_IDEAS = 20
BAGS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools", "shared", "base"}
REQUEST = {"request", "session"}


def test_no_file_is_longer_than_one_sitting() -> None:
    long = {name: tree.body[-1].end_lineno or 0 for name, tree in modules().items() if tree.body}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FILE}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{function.lineno} {function.name}"
        for name, tree in modules().items()
        for function in functions(tree)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_nothing_is_imported_inside_a_function() -> None:
    late = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not late


def test_a_part_holds_only_files_one_would_guess() -> None:
    strange = []
    for name in modules():
        _, part, *rest = PurePosixPath(name).with_suffix("").parts
        if part in parts() and rest and rest[0] not in USUAL | IDEAS.get(part, set()):
            strange.append(name)
        if len(rest) > 1 and rest[0] not in PACKAGES:
            strange.append(name)
    assert not strange, f"Not one of {sorted(USUAL)} nor an idea named in {__name__}: {strange}"
    assert not {part: ideas for part, ideas in IDEAS.items() if len(ideas) > MOST_IDEAS}


def test_every_part_is_known_and_no_idea_is_stale() -> None:
    assert set(parts()) == set(IDEAS)
    there = {PurePosixPath(name).with_suffix("").as_posix() for name in modules()}
    stale = [
        f"{part}/{idea}" for part, ideas in IDEAS.items() for idea in ideas if f"lms_app/{part}/{idea}" not in there
    ]
    assert not stale


def test_no_file_is_a_bag() -> None:
    assert not [name for name in modules() if BAGS & set(PurePosixPath(name).with_suffix("").parts)]


def test_routes_are_declared_in_views_only() -> None:
    wrong = [
        name
        for name, tree in modules().items()
        if name != "lms_app/app.py" and "views" not in PurePosixPath(name).with_suffix("").parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Blueprint"
    ]
    assert not wrong, f"Make it views.py, or a file of the package views/: {wrong}"


def test_only_views_touch_the_request() -> None:
    wrong = [
        name
        for name, tree in modules().items()
        if not _may_see_the_request(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "flask"
        and REQUEST & {alias.name for alias in node.names}
    ]
    assert not wrong


def test_forms_are_read_by_their_own_part_only() -> None:
    foreign = [
        f"{name}: {node.module}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "forms" in (node.module or "").split(".")[2:3]
        if (node.module or "").split(".")[1] != PurePosixPath(name).parts[1]
    ]
    assert not foreign


def _may_see_the_request(name: str) -> bool:
    path = PurePosixPath(name).with_suffix("")
    return (
        path.parts[1] == "web" or "views" in path.parts or path.as_posix() in {"lms_app/app", "lms_app/accounts/login"}
    )
