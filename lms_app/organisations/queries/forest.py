"""All units of one day at once, and what became of those that ended: for lists that stand over many units."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from lms_app.core.db import rows
from lms_app.organisations.models import Unit
from lms_app.organisations.queries import tree

UNITS = select(Unit.id, Unit.parent_id, Unit.code, Unit.name).where(tree.existing(Unit)).order_by(Unit.name, Unit.id)


@dataclass(frozen=True)
class Forest:
    """`units`: id -> `id`, `parent_id`, `code`, `name`, by name. `after`: of a unit that ended, what it went into."""

    units: Mapping[UUID, Row[Any]]
    after: Mapping[UUID, Collection[UUID | None]]

    def heir(self, unit_id: UUID) -> UUID | None:
        """The unit itself, or the one it went into whole, over any number of changes.

        None for what was abolished, or split between several: nobody can say which of them is meant.
        """
        found: UUID | None = unit_id
        seen: set[UUID] = set()
        while found is not None and found not in self.units:
            after = self.after.get(found, ())
            seen.add(found)
            found = next(iter(after)) if len(after) == 1 else None
            if found in seen:
                return None
        return found

    def above(self, unit_id: UUID) -> Iterator[UUID]:
        """The unit and whatever it stands below, upwards."""
        found: UUID | None = unit_id
        while found is not None and found in self.units:
            yield found
            found = self.units[found].parent_id

    def common(self, unit_id: UUID | None, roots: Collection[UUID]) -> tuple[UUID, ...]:
        """Tops of what lies both below this unit and below `roots`: the unit itself, some of the roots, or nothing."""
        if unit_id is None:
            return ()
        if any(found in roots for found in self.above(unit_id)):
            return (unit_id,)
        return tuple(root for root in roots if unit_id in self.above(root))

    def listed(self, roots: Collection[UUID]) -> Sequence[tuple[int, Row[Any]]]:
        """Depth and unit of everything below `roots`, each below its parent, by name: for a list to choose from."""
        found: list[tuple[int, Row[Any]]] = []
        tops = [one for one in self.units.values() if one.id in roots]
        ahead = [(0, one) for one in reversed(tops) if not any(up in roots for up in self._over(one))]
        while ahead:
            depth, one = ahead.pop()
            found.append((depth, one))
            ahead += [(depth + 1, child) for child in reversed(self._below.get(one.id, []))]
        return found

    def _over(self, one: Row[Any]) -> Iterator[UUID]:
        return self.above(one.parent_id) if one.parent_id else iter(())

    @cached_property
    def _below(self) -> dict[UUID, list[Row[Any]]]:
        found: dict[UUID, list[Row[Any]]] = {}
        for one in self.units.values():
            if one.parent_id:
                found.setdefault(one.parent_id, []).append(one)
        return found


def of(day: date) -> Forest:
    after: dict[UUID, set[UUID | None]] = {}
    for found in rows(tree.SUCCESSIONS):
        after.setdefault(found.from_id, set()).add(found.to_id)
    return Forest({one.id: one for one in rows(UNITS, day=day)}, after)
