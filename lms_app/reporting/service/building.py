"""From an order to its document: the figures are asked for once, here, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from lms_app.certificates import sheet
from lms_app.certificates.queries import issuers as profiles
from lms_app.certificates.service import issuers
from lms_app.core.errors import NotFound
from lms_app.core.site import settings
from lms_app.organisations.queries import tree, units
from lms_app.reporting import duties
from lms_app.reporting.document import About, Document
from lms_app.reporting.figures import Asked
from lms_app.reporting.queries import facts
from lms_app.reporting.service import contents, coverage
from lms_app.reporting.service import indicators as counted
from lms_app.reporting.service.coverage_report import EVERY, ByGroup, Section, coverage_document
from lms_app.reporting.service.plan_report import plan_document
from lms_app.reporting.service.yearly_report import Year, moha_document, most_document

OUT_OF_REACH = "Vào ngày số liệu, đơn vị này không có hoặc không thuộc phạm vi anh chị phụ trách. Hãy chọn đơn vị khác."


@dataclass(frozen=True, slots=True)
class Order:
    """`day`: the as-of day; what was completed from the first day of `year` to it is counted."""

    kind: str
    unit_id: UUID
    year: int
    day: date
    signer: str


def document(order: Order, roots: tuple[UUID, ...]) -> Document:
    """`roots`: whose staff the asker looks after now. Raises `NotFound` for a unit that is not among it."""
    if not tree.is_reached(order.unit_id, roots, order.day):
        raise NotFound(OUT_OF_REACH)
    asked = Asked(order.unit_id, roots, order.day, date(order.year, 1, 1))
    return _MAKERS[order.kind](asked, _about(order))


def _coverage(asked: Asked, about: About) -> Document:
    whole = _by_group(asked)
    return coverage_document(_sections(asked, whole), whole, about)


def _moha(asked: Asked, about: About) -> Document:
    parents = [asked.unit_id, *(one.id for one in facts.groupings(asked.unit_id, asked.day))]
    done = contents.completions(asked)
    periods, courses = contents.periods(asked, parents, done), contents.courses(asked, done)
    return moha_document(_year(asked), periods, courses, about)


def _most(asked: Asked, about: About) -> Document:
    campaigns = facts.campaigns(asked.unit_id, asked.since, asked.day)
    return most_document(_year(asked), campaigns, facts.network(asked.unit_id, asked.day), about)


def _plan(asked: Asked, about: About) -> Document:
    return plan_document(facts.plans(asked.unit_id, asked.day, about.year), about)


_MAKERS: dict[str, Callable[[Asked, About], Document]] = {
    duties.COVERAGE: _coverage,
    duties.MOHA: _moha,
    duties.MOST: _most,
    duties.PLAN: _plan,
}


def _year(asked: Asked) -> Year:
    whole = _by_group(asked)
    return Year(_sections(asked, whole), whole, counted.indicators(asked))


def _by_group(asked: Asked) -> ByGroup:
    return {group: coverage.table(replace(asked, group=group)) for group in EVERY}


def _sections(asked: Asked, whole: ByGroup) -> list[Section]:
    """The units right below; those below a heading under it."""
    headings = facts.groupings(asked.unit_id, asked.day)
    apart = {one.id for one in headings}
    rest = {
        group: replace(one, lines=tuple(line for line in one.lines if line.unit_id not in apart))
        for group, one in whole.items()
    }
    below = [Section(one.name, _by_group(replace(asked, unit_id=one.id))) for one in headings]
    return [Section("", rest), *below] if rest[""].lines else below


def _about(order: Order) -> About:
    """A unit speaks in its parent's name and its own; the whole province in those of the office that runs this."""
    unit = units.unit(order.unit_id)
    if unit is None:
        raise NotFound(OUT_OF_REACH)
    today = issuers.today()
    profile = next((one for one in profiles.of_issuer(issuers.DEFAULT) if one.valid_from <= today), None)
    above = units.unit(unit.parent_id) if unit.parent_id else None
    while above and above.kind == "grouping" and above.parent_id:
        above = units.unit(above.parent_id)
    own = (profile.parent_name, profile.name) if profile else (sheet.PARENT, settings().organisation)
    parent, issuer = (above.name, unit.name) if above else own
    return About(
        kind=order.kind,
        unit=unit.name,
        code=unit.code,
        year=order.year,
        since=date(order.year, 1, 1),
        day=order.day,
        parent=parent,
        issuer=issuer,
        place=profile.place if profile else sheet.PLACE,
        made_on=today,
        signer=order.signer,
    )
