"""What the checks read: the project's own files as text and as syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "lms_app"
SHOWN = (
    ".py",
    ".html",
    ".txt",
    ".css",
    ".js",
    ".json",
    ".md",
    ".yml",
    ".yaml",
    ".toml",
    ".ini",
    ".lock",
    ".po",
    ".mako",
    "",
)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(path for name in sorted(set(listed) - {""}) if (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of each text file."""
    for path in files():
        if path.suffix in SHOWN:
            yield name_of(path), path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def modules() -> dict[str, ast.Module]:
    """Name -> syntax tree of each Python file of the app."""
    paths = [path for path in files() if path.suffix == ".py" and path.is_relative_to(APP)]
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def parts() -> tuple[str, ...]:
    """The folders of lms_app that are a part of the product, so not its two lowest floors."""
    found = {path.relative_to(APP).parts[0] for path in files() if path.is_relative_to(APP) and path.parent != APP}
    return tuple(sorted(found - {"core", "web"}))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def templates() -> Iterator[tuple[str, str]]:
    """Name and source of each template of pages and mail."""
    for path in files():
        if path.is_relative_to(APP) and "templates" in path.parts:
            yield name_of(path), path.read_text(encoding="utf-8")
