"""The pages at the foot of every page: help, personal data, accessibility."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow

bp = Blueprint("pages", __name__)


@bp.get("/help")
@allow(access.anyone)
def help_page() -> ResponseReturnValue:
    return render_template("operations/help.html")


@bp.get("/privacy")
@allow(access.anyone)
def privacy() -> ResponseReturnValue:
    return render_template("operations/privacy.html")


@bp.get("/accessibility")
@allow(access.anyone)
def accessibility() -> ResponseReturnValue:
    return render_template("operations/accessibility.html")
