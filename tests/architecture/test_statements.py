"""Statements that pages run are made once, at import (building two of them a page costs half a millisecond)."""

import ast
from pathlib import PurePosixPath

from tests.architecture.tree import functions, modules


def test_queries_build_no_statement_in_a_function() -> None:
    built = [
        f"{name}:{node.lineno} in {function.name}"
        for name, tree in modules().items()
        if "queries" in PurePosixPath(name).with_suffix("").parts
        for function in functions(tree)
        if not function.name.startswith("search_")
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "select"
    ]
    assert not built, f"Make it a constant with bindparam, or name the function search_…: {built}"
