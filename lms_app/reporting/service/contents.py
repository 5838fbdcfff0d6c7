"""What the staff of a unit completed, as the report to Bộ Nội vụ tells it: by course, and in periods (tiết) by unit."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from uuid import UUID

from lms_app.reporting.figures import Asked
from lms_app.reporting.queries import contents as queries
from lms_app.reporting.queries import coverage as people
from lms_app.reporting.queries.contents import Completions
from lms_app.reporting.service import coverage
from lms_app.reporting.service.coverage_report import EVERY
from lms_app.reporting.service.yearly_report import Content, Periods


def completions(asked: Asked) -> list[Completions]:
    """Of everybody, in the period."""
    return list(queries.completions(coverage.scope(asked, [])))


def periods(asked: Asked, parents: Collection[UUID], done: Iterable[Completions]) -> Periods:
    """Of each of `parents` as a whole and alone, and of each unit right below one of them."""
    each: Counter[int] = Counter()
    for one in done:
        for person in one.people:
            each[person] += one.periods
    found: dict[tuple[UUID, bool, str], int] = {}
    for parent in parents:
        for group in EVERY:
            below: dict[UUID | None, list[list[int]]] = {}
            for unit in people.units(coverage.scope(replace(asked, group=group), [parent])):
                below.setdefault(unit.branch, []).append(people.numbers(unit.people))
            found[parent, False, group] = _sum(chain.from_iterable(below.values()), each)
            for branch, lists in below.items():
                found[branch or parent, branch is None, group] = _sum(lists, each)
    return found


def courses(asked: Asked, done: Iterable[Completions]) -> list[Content]:
    """In the order of their ids, what is no course of ours at the end."""
    units = people.units(coverage.scope(asked, [asked.unit_id]))
    staff = set().union(*(people.numbers(unit.people) for unit in units))
    titles = queries.titles()
    persons: dict[str | None, set[int]] = {}
    turns, periods = Counter[str | None](), Counter[str | None]()
    for one in done:
        ours = [person for person in one.people if person in staff]
        persons.setdefault(one.course_id, set()).update(ours)
        turns[one.course_id] += len(ours)
        periods[one.course_id] += len(ours) * one.periods
    return [
        Content(course, titles.get(course or ""), len(persons[course]), turns[course], periods[course])
        for course in sorted(persons, key=lambda course: (course is None, course or ""))
        if persons[course]
    ]


def _sum(lists: Iterable[list[int]], each: Mapping[int, int]) -> int:
    """Periods of these people, of everybody once."""
    return sum(map(each.__getitem__, set().union(*lists) & each.keys()))
