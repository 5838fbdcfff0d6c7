"""Campaigns and the network: read by every HR officer within reach, changed by who looks after all."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.queries import reach
from lms_app.core import tables
from lms_app.core.errors import Invalid, NotFound
from lms_app.organisations.queries import network as known
from lms_app.organisations.queries import targets
from lms_app.organisations.service import network
from lms_app.organisations.service.network import EXPERT, MEMBER_KINDS
from lms_app.reporting.forms import network as forms
from lms_app.reporting.forms.plans import OnDay
from lms_app.reporting.views import planning
from lms_app.web.downloads import XLSX, attachment
from lms_app.web.i18n import _, today

bp = Blueprint("network", __name__)

NO_CAMPAIGN = "Không có chiến dịch này. Hãy mở lại danh sách."
NO_MEMBER = "Không có người này trong mạng lưới. Hãy mở lại danh sách."
COLUMNS = ("Họ và tên", "Vai trò", "Lĩnh vực", "Chức vụ", "Đơn vị", "Liên hệ cơ quan", "Từ ngày", "Văn bản")
CAMPAIGN_FIELDS = ("title", "channel", "act")
MEMBER_FIELDS = ("kind", "full_name", "sector", "position", "contact", "act")


@bp.get("/hr/campaigns")
@allow(access.hr)
def campaigns() -> ResponseReturnValue:
    roots = reach.roots(me())
    found = known.campaigns(roots)
    year = request.args.get("year", None, int)
    return render_template(
        "reporting/campaigns.html",
        piece=planning.piece([one for one in found if year is None or _runs(one, year)]),
        years=_years(found, targets.of_indicator("K4", roots)),
        year=year,
        may_change=access.hr_of_all(me()),
    )


@bp.get("/hr/campaigns/new")
@allow(access.hr_of_all)
def new_campaign() -> ResponseReturnValue:
    return _campaign_form(None, {})


@bp.post("/hr/campaigns/new")
@allow(access.hr_of_all)
def create_campaign() -> ResponseReturnValue:
    return _save_campaign(None)


@bp.get("/hr/campaigns/<uuid:campaign_id>")
@allow(access.hr_of_all)
def campaign(campaign_id: UUID) -> ResponseReturnValue:
    return _campaign_form(_found(known.campaign(campaign_id), NO_CAMPAIGN), {})


@bp.post("/hr/campaigns/<uuid:campaign_id>")
@allow(access.hr_of_all)
def change_campaign(campaign_id: UUID) -> ResponseReturnValue:
    return _save_campaign(_found(known.campaign(campaign_id), NO_CAMPAIGN))


@bp.get("/hr/network")
@allow(access.hr)
def index() -> ResponseReturnValue:
    wanted = OnDay.read(request.args, today())
    scope = planning.scope(wanted.day)
    members, communes = known.members(scope.roots, wanted.day), known.communes(scope.roots, wanted.day)
    page = render_template(
        "reporting/network.html",
        wanted=wanted,
        scope=scope,
        errors=planning.sentences(wanted.errors),
        counts=Counter(one.kind for one in members),
        sectors=sorted(Counter(one.sector for one in members if one.kind == EXPERT).items()),
        kinds=MEMBER_KINDS,
        kind=_kind(),
        piece=planning.piece([(one, _cells(one)) for one in _of_kind(members)]),
        columns=COLUMNS,
        communes=len(communes),
        gaps=[one for one in communes if not one.has_member],
        may_change=access.hr_of_all(me()),
        kept=planning.asked("unit", "day", "kind"),
    )
    return (page, 400) if wanted.errors else page


@bp.get("/hr/network.xlsx")
@allow(access.hr)
def download() -> ResponseReturnValue:
    """The members as the page lists them, cell for cell."""
    wanted = OnDay.read(request.args, today())
    for error in wanted.errors.values():
        raise error
    members = known.members(planning.scope(wanted.day).roots, wanted.day)
    above = [_("Mạng lưới chuyển đổi số ngày %(day)s", day=f"{wanted.day:%d/%m/%Y}")]
    header = [_(name) for name in COLUMNS]
    found = tables.write(header, map(_cells, _of_kind(members)), title=_("Mạng lưới"), above=above)
    return attachment(found, XLSX, f"mang-luoi-{wanted.day.isoformat()}.xlsx")


@bp.get("/hr/network/new")
@allow(access.hr_of_all)
def new_member() -> ResponseReturnValue:
    return _member_form(None, {})


@bp.post("/hr/network/new")
@allow(access.hr_of_all)
def create_member() -> ResponseReturnValue:
    return _save_member(None)


@bp.get("/hr/network/<uuid:member_id>")
@allow(access.hr_of_all)
def member(member_id: UUID) -> ResponseReturnValue:
    return _member_form(_found(known.member(member_id), NO_MEMBER), {})


@bp.post("/hr/network/<uuid:member_id>")
@allow(access.hr_of_all)
def change_member(member_id: UUID) -> ResponseReturnValue:
    return _save_member(_found(known.member(member_id), NO_MEMBER))


def _runs(one: Any, year: int) -> bool:
    return bool(one.since.year <= year <= (one.until or one.since).year)


def _years(found: Sequence[Any], asked: Sequence[Any]) -> list[tuple[int, int, Any]]:
    """Year, campaigns that ran in it, and the first of the targets of the year, the newest year first.

    Years run from the first campaign or target to the present one.
    """
    year_now = today().year
    first = min([year_now, *(one.since.year for one in found), *(one.valid_from.year for one in asked)])
    return [
        (year, sum(_runs(one, year) for one in found), next((one for one in asked if _holds(one, year)), None))
        for year in range(year_now, first - 1, -1)
    ]


def _holds(target: Any, year: int) -> bool:
    return target.valid_from.year <= year and (not target.valid_until or target.valid_until.year >= year)


def _kind() -> str:
    typed = request.args.get("kind", "")
    return typed if typed in MEMBER_KINDS else ""


def _of_kind(members: Any) -> list[Any]:
    kind = _kind()
    return [one for one in members if not kind or one.kind == kind]


def _cells(one: Any) -> list[tables.Cell]:
    """What the page and the file say of somebody, in the order of `COLUMNS`."""
    kind = _(MEMBER_KINDS[one.kind])
    return [one.full_name, kind, one.sector, one.position, one.unit, one.contact, one.since, one.act]


def _save_campaign(found: Any) -> ResponseReturnValue:
    entry = forms.campaign(request.form, planning.typed_unit())
    if entry.errors:
        return _campaign_form(found, entry.errors), 400
    network.save_campaign(entry.values, me().id, found.id if found else None)
    return redirect(url_for(".campaigns"), code=303)


def _save_member(found: Any) -> ResponseReturnValue:
    entry = forms.member(request.form, planning.typed_unit())
    if entry.errors:
        return _member_form(found, entry.errors), 400
    network.save_member(entry.values, me().id, found.id if found else None)
    return redirect(url_for(".index"), code=303)


def _found(found: Any, otherwise: str) -> Any:
    if found is None:
        raise NotFound(otherwise)
    return found


def _campaign_form(found: Any, errors: dict[str, Invalid]) -> str:
    typed = _stored(found, CAMPAIGN_FIELDS)
    if found and found.reach is not None:
        typed["reach"] = str(found.reach)
    return render_template("reporting/campaign.html", campaign=found, **_entered(typed, errors))


def _member_form(found: Any, errors: dict[str, Invalid]) -> str:
    typed = _stored(found, MEMBER_FIELDS)
    kinds = {kind: _(word) for kind, word in MEMBER_KINDS.items()}
    return render_template("reporting/member.html", member=found, kinds=kinds, **_entered(typed, errors))


def _entered(stored: dict[str, str], errors: dict[str, Invalid]) -> dict[str, Any]:
    typed = request.form if request.method == "POST" else stored
    return {"typed": typed, "errors": planning.sentences(errors)}


def _stored(found: Any, names: tuple[str, ...]) -> dict[str, str]:
    if found is None:
        return {"unit": request.args.get("unit", "")}
    days = {name: f"{getattr(found, name):%d/%m/%Y}" if getattr(found, name) else "" for name in ("since", "until")}
    return {name: getattr(found, name) for name in names} | days | {"unit": found.code}
