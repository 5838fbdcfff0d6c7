"""What every answer carries and every form must bring: headers, CSRF, rate limits, compression."""

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import brotli
from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import Accept
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.http import parse_accept_header
from werkzeug.routing import IntegerConverter, Map

from lms_app.core.settings import Settings

CSP = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'{targets}; frame-ancestors {ancestors}"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
MAX_FORM = 2 * 1024 * 1024
SMALL = 500
COMPRESSED = {"text/html", "application/json", "image/svg+xml"}

CLEANED = {"code"}
"""Whatever is asked for as a certificate's code gets the register's answer, after `certificates.forms.line`."""

LARGEST = 2**31 - 1
"""What an INTEGER column holds; a larger number in an address names nothing."""


class Number(IntegerConverter):
    """`<int:...>` in our routes: no larger than the database can compare with."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST} | options)


View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, headers_enabled=False)


def frame_by(*origins: str) -> None:
    """Let this answer stand in a frame of these origins; all others are refused by the browser."""
    g.frame_ancestors = " ".join(origins) or "'none'"


def post_to(*origins: str) -> None:
    """Let a form of this answer be sent to these origins as well; browsers ask again where that redirects."""
    g.form_targets = "".join(f" {origin}" for origin in dict.fromkeys(origins))


def takes_files(megabytes: int) -> Callable[[View], View]:
    """Let the requests of a view be larger than a form: for files that people send. Each file has its own limit."""

    def mark(view: View) -> View:
        view.megabytes = megabytes  # type: ignore[attr-defined]  # read by `_allow_files`
        return view

    return mark


def sandbox() -> None:
    """Let this answer run nothing when it is opened by itself: for an SVG that an author brought."""
    g.sandbox = "; sandbox"


def init(app: Flask, settings: Settings) -> None:
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=MAX_FORM,
        MAX_FORM_MEMORY_SIZE=MAX_FORM,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_ENABLED=settings.rate_limits,
    )
    app.url_map.converters["int"] = Number
    app.before_request(_allow_files)
    app.before_request(_refuse_nul)
    csrf.init_app(app)
    app.extensions["limiter"] = {limiter}  # so it hooks into no request: its rules stand on routes and check themselves
    limiter.init_app(app)
    app.after_request(_finish)
    app.extensions["hsts"] = settings.secure


def _allow_files() -> None:
    """Before anything reads the form."""
    view = current_app.view_functions.get(request.endpoint or "")
    megabytes = getattr(view, "megabytes", None)
    if megabytes:
        request.max_content_length = megabytes * 1024 * 1024


def _refuse_nul() -> None:
    """NUL is no text: no keyboard types it, and PostgreSQL refuses it in the middle of a statement."""
    if any("\0" in str(value) for name, value in (request.view_args or {}).items() if name not in CLEANED):
        raise NotFound
    sent = [*request.args.items(multi=True), *request.form.items(multi=True)]
    if any("\0" in name or ("\0" in value and name not in CLEANED) for name, value in sent):
        raise BadRequest


def _finish(response: Response) -> Response:
    response.headers.update(HEADERS)
    ancestors = g.get("frame_ancestors", "'none'")
    policy = CSP.format(ancestors=ancestors, targets=g.get("form_targets", ""))
    response.headers["Content-Security-Policy"] = policy + g.get("sandbox", "")
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if ancestors == "'none'":
        response.headers["X-Frame-Options"] = "DENY"
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return _compress(response)


def _compress(response: Response) -> Response:
    """Brotli 2, else gzip 1: a tenth of a millisecond for a third of the bytes (brotli 1: 7 % more, half the time)."""
    if (
        response.direct_passthrough
        or response.mimetype not in COMPRESSED
        or "Content-Encoding" in response.headers
        or (response.content_length or 0) < SMALL
    ):
        return response
    coding = _coding(request.headers.get("Accept-Encoding", ""))
    if coding == "br":
        response.set_data(brotli.compress(response.get_data(), quality=2))
        response.headers["Content-Encoding"] = "br"
    elif coding == "gzip":
        response.set_data(gzip.compress(response.get_data(), 1, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


@lru_cache(256)
def _coding(accepted: str) -> str:
    """The best of ours that a browser accepts: browsers send few different headers, and reading one takes time."""
    found = parse_accept_header(accepted, Accept)
    return next((name for name in ("br", "gzip") if found[name]), "")
