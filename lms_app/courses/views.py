"""The catalogue, handouts, and the pictures of courses."""

import re
from pathlib import PurePosixPath

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, somebody
from lms_app.core import storage
from lms_app.core.errors import NotFound
from lms_app.courses import queries
from lms_app.courses.pictures import TYPES
from lms_app.courses.service import media_key
from lms_app.web import security
from lms_app.web.i18n import language

bp = Blueprint("courses", __name__)

AUDIENCES = {
    "LD": "Lãnh đạo, quản lý",
    "CT": "Công nghệ thông tin",
    "CC": "Mọi công chức, viên chức",
}
LONGEST_SEARCH = 100
FOR_EVER = "public, max-age=31536000, immutable"


@bp.get("/")
@allow(access.anyone)
def home() -> ResponseReturnValue:
    return _shelf(is_home=not somebody().is_authenticated)


@bp.get("/courses")
@allow(access.anyone)
def catalogue() -> ResponseReturnValue:
    return _shelf(is_home=False)


def _shelf(*, is_home: bool) -> str:
    """The open courses; with a text or an audience, those that fit. `is_home` shows visitors what this is."""
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    audience = request.args.get("audience", "")
    audience = audience if audience in AUDIENCES else ""
    found = queries.search_catalogue(text, audience, language()) if text or audience else queries.catalogue(language())
    return render_template(
        "courses/catalogue.html",
        courses=found,
        audiences=AUDIENCES,
        text=text,
        chosen=audience,
        is_home=is_home,
    )


@bp.get("/courses/<course_id>/handouts/<slug>")
@allow(access.anyone)
def handout(course_id: str, slug: str) -> ResponseReturnValue:
    found = queries.handout(course_id, slug, language())
    if found is None:
        raise NotFound("Không có tờ phát tay này. Hãy mở lại từ bài học.")
    return render_template("courses/handout.html", handout=found, course_id=course_id)


@bp.get("/courses/<course_id>/media/<digest>/<name>")
@allow(access.anyone)
def media(course_id: str, digest: str, name: str) -> ResponseReturnValue:
    """A picture, by its digest, so that it may be kept for ever; an SVG opened by itself runs nothing."""
    whole = queries.media(course_id, digest, name) if re.fullmatch(r"[0-9a-f]{8,64}", digest) else None
    kind = TYPES.get(PurePosixPath(name).suffix.lower())
    if whole is None or kind is None:
        raise NotFound("Không tìm thấy tệp này.")
    security.sandbox()
    response = Response(storage.get(media_key(whole, name)), mimetype=kind)
    response.headers["Cache-Control"] = FOR_EVER
    return response
