"""Who may open what is declared on each route, and a change of it shows in a diff of routes.txt."""

from flask import Flask

from tests.architecture.tree import ROOT, name_of

HELD = ROOT / "tests" / "architecture" / "routes.txt"


def _routes(app: Flask) -> list[str]:
    """`METHOD path rule` for each way to enter the app."""
    found = []
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        name = access.__name__ if access else "UNDECLARED"
        found += [f"{method} {rule.rule} {name}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found, key=lambda line: (line.split(" ")[1], line))


def test_every_route_declares_who_may_use_it(the_app: Flask) -> None:
    silent = [line for line in _routes(the_app) if line.endswith(" UNDECLARED")]
    assert not silent, "Put @allow(access.…) under the route of:\n" + "\n".join(silent)


def test_the_held_list_of_routes_is_the_real_one(the_app: Flask) -> None:
    routes = _routes(the_app)
    held = HELD.read_text(encoding="utf-8").splitlines() if HELD.exists() else []
    assert held == routes, (
        f"{name_of(HELD)} differs. New: {sorted(set(routes) - set(held))}. Gone: {sorted(set(held) - set(routes))}.\n"
        "If that is meant, make the file hold exactly:\n\n" + "\n".join(routes)
    )
