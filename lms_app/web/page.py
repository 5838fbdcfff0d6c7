"""What every template may use: icons, addresses, static files, the menu's names. Made once at start."""

import hashlib
import json
import math
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.templating import Environment
from markupsafe import Markup

from lms_app.core.settings import Settings
from lms_app.web import assets

HERE = Path(__file__).parent


class Templates(Environment):
    """Jinja whose templates all share one plain dict of globals: reading a chain of dicts at each import is slow."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def star() -> str:
    """The 14-ray bronze-drum star as an SVG path in a 40 x 40 box."""
    points = [
        (20 + radius * math.sin(at * math.pi / 14), 20 - radius * math.cos(at * math.pi / 14))
        for at in range(28)
        for radius in [13 if at % 2 == 0 else 5.2]
    ]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def icons() -> dict[str, Markup]:
    """Name -> ready SVG. Never alone on a page: a word stands beside it. `drum` is the logo."""
    found = json.loads((HERE / "icons.json").read_text())
    frame = '<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{}</svg>'
    made = {name: frame.format(paths) for name, paths in found.items()}
    made["drum"] = (
        '<svg class="drum" viewBox="0 0 40 40" fill="none" stroke="currentColor" aria-hidden="true">'
        '<circle cx="20" cy="20" r="18.8" stroke-width="1.6"/><circle cx="20" cy="20" r="15.6"/>'
        f'<path fill="currentColor" stroke="none" d="{star()}"/></svg>'
    )
    return {name: Markup(svg) for name, svg in made.items()}  # noqa: S704 - our own files


def build_id() -> str:
    """A digest of this release: code, templates, translations, static files. Part of every ETag."""
    found = hashlib.sha256()
    for path in sorted(HERE.parent.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".html", ".po", ".css", ".js"}:
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def addresses(app: Flask, settings: Settings) -> Callable[..., str]:
    """`address("courses.lesson", course_id=..., lesson=...)`: url_for without its cost, cached."""
    site = urlsplit(settings.url)

    @lru_cache(4096)
    def address(endpoint: str, **values: Any) -> str:
        return app.url_map.bind(site.netloc, url_scheme=site.scheme).build(endpoint, values)

    return address


def trusted(html: str) -> Markup:
    """HTML that was sanitised when its course was published, and only that."""
    return Markup(html)  # noqa: S704


def laid(options: Sequence[dict[str, Any]], layout: Sequence[str] | None) -> list[dict[str, Any]]:
    """Options in the order this person was shown them; as written without a layout."""
    if not layout:
        return list(options)
    by_id = {option["id"]: option for option in options}
    return [by_id[key] for key in layout if key in by_id]


def init(app: Flask, settings: Settings) -> None:
    app.jinja_env.filters.update(trusted=trusted, laid=laid)
    address = addresses(app, settings)
    app.extensions["address"] = address
    app.extensions["build"] = build_id()
    app.jinja_env.globals.update(
        icon=icons(),
        asset=assets.addresses().__getitem__,
        address=address,
        site_url=settings.url,
        organisation=settings.organisation,
        support_email=settings.support_email,
        demo=settings.demo,
    )
