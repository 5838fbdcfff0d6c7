"""For administrators: the designs, how each looks with a name and a title that one types, what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates import sheet
from lms_app.certificates.design import BadDesign, Design
from lms_app.certificates.sandbox import Drawn
from lms_app.certificates.service import designs
from lms_app.core.db import release
from lms_app.core.errors import Invalid, LmsError
from lms_app.web.i18n import _

bp = Blueprint("designs", __name__)

LANGUAGES = {"vi": "Tiếng Việt", "en": "Tiếng Anh", "vi-en": "Song ngữ Việt - Anh"}
KINDS = {"COMPLETION": "Khóa tập huấn", "PROGRAMME": "Chương trình tập huấn"}
LONGEST = 300
"""Characters of a name or title, as many as the register holds."""

MIMETYPES = {"png": "image/png", "pdf": "application/pdf"}


@dataclass(frozen=True)
class Asked:
    """What the address asks to see; what it does not say, or says wrong, is the design's first."""

    language: str
    kind: str
    name: str
    title: str


@bp.get("/admin/designs")
@allow(access.admin)
def index() -> ResponseReturnValue:
    """Draws nothing: each picture is asked for by itself."""
    found = [(folder.name, *designs.opened(folder)) for folder in designs.folders()]
    return render_template("certificates/designs.html", designs=found, languages=LANGUAGES, kinds=KINDS, told=_told)


@bp.get("/admin/designs/<design_id>")
@allow(access.admin)
def design(design_id: str) -> ResponseReturnValue:
    folder, made, error = _opened(design_id)
    if made is None:
        return _page(folder, None, None, error=error), 409
    asked = _asked(made)
    try:
        _drawn(folder, asked)
    except (BadDesign, Invalid) as wrong:
        return _page(folder, made, asked, error=wrong), 409
    return _page(folder, made, asked)


@bp.get("/admin/designs/<design_id>/preview.<any(png,pdf):ending>")
@allow(access.admin)
def preview(design_id: str, ending: str) -> ResponseReturnValue:
    folder, made, error = _opened(design_id)
    if made is None:
        raise error or BadDesign("Mẫu giấy này chưa dùng được.")
    drawn = _drawn(folder, _asked(made))
    response = Response(drawn.png if ending == "png" else drawn.pdf, mimetype=MIMETYPES[ending])
    response.headers["Content-Disposition"] = f'inline; filename="{folder.name}.{ending}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/admin/designs/<design_id>/check")
@allow(access.admin)
def check(design_id: str) -> ResponseReturnValue:
    """All trials of one language, some seconds, while one waits and with no transaction open."""
    folder, made, error = _opened(design_id)
    if made is None:
        return _page(folder, None, None, error=error), 409
    asked = _asked(made)
    release()
    return _page(folder, made, asked, problems=designs.problems(folder, asked.language))


def _opened(design_id: str) -> tuple[Path, Design | None, BadDesign | None]:
    folder = designs.folder(design_id)
    return folder, *designs.opened(folder)


def _asked(made: Design) -> Asked:
    language, kind = request.args.get("language", ""), request.args.get("kind", "")
    return Asked(
        language if language in made.languages else made.languages[0],
        kind if kind in made.kinds else made.kinds[0],
        sheet.plain(request.args.get("name", "")[:LONGEST]),
        sheet.plain(request.args.get("title", "")[:LONGEST]),
    )


def _drawn(folder: Path, asked: Asked) -> Drawn:
    release()
    return designs.drawn(folder, asked.language, asked.kind, asked.name, asked.title)


def _page(folder: Path, made: Design | None, asked: Asked | None, **said: Any) -> str:
    error = said.pop("error", None)
    return render_template(
        "certificates/design.html",
        id=folder.name,
        design=made,
        asked=asked,
        languages=LANGUAGES,
        kinds=KINDS,
        wrong=_told(error) if error else "",
        problems=said.get("problems"),
    )


def _told(error: LmsError) -> str:
    return str(_(error.message, **error.values))
