"""Coverage month by month towards the target, each as of its own day: tree, staff and headcounts as they were."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.organisations.queries import tree
from lms_app.reporting.figures import Asked, Point
from lms_app.reporting.queries import coverage as queries
from lms_app.reporting.queries import timeline
from lms_app.reporting.service.coverage import scope, stated

MOST = 24
"""Months shown; of a longer period, the last ones."""


def months(since: date, day: date) -> list[date]:
    """The last day of each month of the period, and the day itself at the end."""
    found = [day]
    while len(found) < MOST and (before := found[-1].replace(day=1) - timedelta(days=1)) >= since:
        found.append(before)
    return found[::-1]


def points(asked: Asked) -> list[Point]:
    """The caller has made sure that the unit is within reach. Before a merge, what became the unit is counted."""
    days = months(asked.since, asked.day)
    lineage = tree.lineage(asked.unit_id)
    span = {"starts": list(lineage), "first": days[0], "last": days[-1], "group": asked.group}
    past = _Past(lineage, timeline.units(span), timeline.headcounts(span), asked.group)
    posts = _Posts(timeline.steady(span), timeline.changing(span))
    targets = timeline.targets(asked.unit_id, asked.group)
    return [
        _point(day, past.heads(day), trained, posts, _target(targets, day)) for day, trained in _trained(asked, days)
    ]


class _Posts:
    """Who works in some units on a day: those who do all along, in one set as long as the units are the same."""

    def __init__(self, steady: Mapping[UUID, list[int]], changing: Sequence[Row[Any]]) -> None:
        self.steady = steady
        self.changing = [(post.person_number, post.unit_id, post.since, post.until or date.max) for post in changing]
        self.units: set[UUID] = set()
        self.staying: set[int] = set()

    def among(self, trained: set[int], units: set[UUID], day: date) -> int:
        """How many of the trained work in these units on the day."""
        if units != self.units:
            self.units, self.staying = units, set().union(*(self.steady.get(unit, ()) for unit in units))
        passing = {person for person, unit, since, until in self.changing if since <= day <= until and unit in units}
        return len(self.staying & trained) + len((passing - self.staying) & trained)


class _Past:
    """Which units were below the starts on a day, with the headcounts they had stated by then."""

    def __init__(
        self, starts: Sequence[UUID], units: Sequence[Row[Any]], headcounts: Sequence[Row[Any]], group: str
    ) -> None:
        self.starts, self.group = starts, group
        self.units = {unit.id: unit for unit in units}
        self.below: dict[UUID | None, list[UUID]] = {}
        for unit in units:
            self.below.setdefault(unit.parent_id, []).append(unit.id)
        self.headcounts: dict[UUID, list[Row[Any]]] = {}
        for head in headcounts:
            self.headcounts.setdefault(head.unit_id, []).append(head)

    def heads(self, day: date) -> dict[UUID, int]:
        """Unit -> its headcount, of those that stated one."""
        found = {}
        for unit in self._there(day):
            newest = next((head for head in reversed(self.headcounts.get(unit, ())) if head.on <= day), None)
            if newest is not None:
                found[unit] = stated(newest, self.group) or 0
        return found

    def _there(self, day: date) -> set[UUID]:
        found: set[UUID] = set()
        left = list(self.starts)
        while left:
            unit = self.units.get(left.pop())
            if unit and unit.id not in found and unit.valid_from <= day and day <= (unit.valid_until or day):
                found.add(unit.id)
                left += self.below.get(unit.id, ())
        return found


def _trained(asked: Asked, days: Sequence[date]) -> Iterator[tuple[date, set[int]]]:
    """Each day with everybody who has completed a course from the beginning of the period to it."""
    so_far, since = set[int](), asked.since
    for day in days:
        values = scope(replace(asked, since=since, day=day), [asked.unit_id])
        so_far.update(queries.done(values, few=False))
        since = day + timedelta(days=1)
        yield day, so_far


def _point(day: date, heads: Mapping[UUID, int], trained: set[int], posts: _Posts, target: float | None) -> Point:
    counted = posts.among(trained, set(heads), day)
    return Point(day, counted, sum(heads.values()) if heads else None, target)


def _target(targets: Sequence[Row[Any]], day: date) -> float | None:
    found = (one for one in targets if one.valid_from <= day and (one.valid_until is None or one.valid_until >= day))
    return next((float(one.value) for one in found), None)
