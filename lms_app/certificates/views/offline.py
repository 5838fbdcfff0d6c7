"""Checking a PDF or a credential in the browser, also without us: one page, and what it keeps for later."""

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates.service import credentials
from lms_app.web import assets
from lms_app.web.i18n import _, language

bp = Blueprint("offline", __name__)

SCOPE = "/verify/offline"
WORKER = assets.STATIC / "offline" / "worker.js"


@bp.get(SCOPE)
@allow(access.anyone)
def page() -> ResponseReturnValue:
    return render_template("certificates/offline.html", zone=current_app.extensions["settings"].time_zone)


@bp.get(f"{SCOPE}/keys.json")
@allow(access.anyone)
def keys() -> ResponseReturnValue:
    """All that the page trusts, dated: keys and signed status lists."""
    response = jsonify(credentials.trusted())
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get(f"{SCOPE}/worker.js")
@allow(access.anyone)
def worker() -> ResponseReturnValue:
    """Not under /static/: its header lets it serve the page itself, which lies above its own folder."""
    response = Response(WORKER.read_bytes(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = SCOPE
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get(f"{SCOPE}/manifest.webmanifest")
@allow(access.anyone)
def manifest() -> ResponseReturnValue:
    icon = current_app.jinja_env.globals["asset"]("icon.svg")  # type: ignore[operator]
    response = jsonify(
        id=SCOPE,
        name=_("Kiểm tra giấy chứng nhận"),
        short_name=_("Kiểm tra giấy"),
        lang=language(),
        start_url=url_for(".page"),
        scope=SCOPE,
        display="standalone",
        background_color="#ffffff",
        theme_color="#17456b",
        icons=[{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response
