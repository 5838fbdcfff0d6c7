"""Where HR begins: what there is to do, and where it is."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.reporting.queries import reports

bp = Blueprint("hr", __name__)


@bp.get("/hr/")
@allow(access.hr)
def home() -> ResponseReturnValue:
    return render_template("reporting/home.html", of_all=access.hr_of_all(me()), reports=reports.mine(me().id))
