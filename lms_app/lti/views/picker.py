"""The picker of deep linking. Its address is the secret, so it needs no cookie and its form no token."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.core.errors import Invalid
from lms_app.core.settings import Settings
from lms_app.learning import reader
from lms_app.lti import forms
from lms_app.lti.deeplinks import Book
from lms_app.lti.service import picking
from lms_app.lti.service.picking import Picking
from lms_app.web import i18n, security
from lms_app.web.i18n import _, language
from lms_app.web.security import csrf, limiter

bp = Blueprint("lti_picker", __name__)

OFTEN = "20000 per minute"
LONGEST_SEARCH = 100
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Ticks:
    """What the form held. An item that was not ticked shows its grade column ticked: that is how it begins."""

    text: str
    picked: tuple[str, ...]
    columns: frozenset[str]

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> "Ticks":
        text = sent.get("q", "")[:LONGEST_SEARCH].strip()
        return cls(text, tuple(dict.fromkeys(sent.getlist("pick"))), frozenset(sent.getlist("column")))

    def has_column(self, key: str) -> bool:
        return key not in self.picked or key in self.columns


@bp.get("/lti/pick/<token>")
@allow(access.anyone)
@limiter.limit(OFTEN)
def pick(token: str) -> ResponseReturnValue:
    """Everything that may be linked; a search sends the ticks along."""
    return _page(_open(token), Ticks.read(request.args))


@bp.post("/lti/pick/<token>")
@allow(access.anyone)
@limiter.limit(OFTEN)
def answer(token: str) -> ResponseReturnValue:
    """A form that brings the signed answer to the platform; nothing is ticked in one that cancels."""
    found, ticks = _open(token), Ticks.read(request.form)
    try:
        offers = [] if "cancel" in request.form else picking.choose(found.asked, _books(found), ticks.picked)
    except Invalid as error:
        return _page(found, ticks, str(_(error.message, **error.values)))
    signed = picking.answer(found, offers, ticks.columns, _settings().url)
    address = found.asked.return_url
    security.post_to(forms.origin_of(address), *found.row.origin.split())
    page = render_template(
        "lti/picked.html", platform=found.row.platform, address=address, signed=signed, picked=len(offers)
    )
    return page, 200, NO_STORE


csrf.exempt(answer)


@bp.errorhandler(picking.Answered)
def answered(error: picking.Answered) -> ResponseReturnValue:
    """It holds nothing to press, so any frame may show it."""
    security.frame_by("*")
    page = render_template("lti/picked.html", why=_(error.message, **error.values), signed="")
    return page, int(error.status), NO_STORE


def _open(token: str) -> Picking:
    found = picking.read(token)
    i18n.choose(found.lang)
    security.frame_by(*found.row.origin.split())
    if found.row.answered_at:
        raise picking.already(found)
    return found


def _books(found: Picking) -> list[Book]:
    return picking.books(language()) if found.asked.kind else []


def _page(found: Picking, ticks: Ticks, error: str = "") -> ResponseReturnValue:
    books = _books(found)
    shown = picking.search(books, ticks.text)
    hidden = [book for book in books if book not in shown]
    page = render_template(
        "lti/picker.html",
        asked=found.asked,
        platform=found.row.platform,
        books=shown,
        kept=[offer for book in hidden for offer in (book.whole, *book.parts) if offer.key in ticks.picked],
        ticks=ticks,
        error=error,
        audiences=reader.FOR,
        spines=reader.GROUPS,
    )
    return page, 400 if error else 200, NO_STORE


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
