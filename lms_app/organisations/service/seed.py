"""Plan 4624/KH-UBND and its successors as data: baselines, and targets with the act each comes from.

The file says of each act where and when it was looked up, and what was read there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lms_app.core import audit
from lms_app.core.db import db
from lms_app.core.errors import NotFound
from lms_app.organisations.models import Baseline, Target
from lms_app.organisations.queries import reached, targets

FILE = Path(__file__).parent.parent / "plan4624.json"
BEFORE, NOW = "before", "now"
"""Parts of the file: what the old province of Bến Tre was asked, and what its successor is asked."""


@dataclass(frozen=True, slots=True)
class Loaded:
    baselines: int
    targets: int


@cache
def contents() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def load(actor: object, units: Mapping[str, str] | None = None) -> Loaded:
    """Add what is not there yet; what is there, also what HR has changed since, stays as it is.

    `units`: part of the file -> code of the unit it holds for, where that is not the file's own.
    Raises `NotFound` naming the units that are missing, before anything is added.
    """
    codes = {part: (units or {}).get(part, contents()[part]["unit"]) for part in (BEFORE, NOW)}
    found = {part: reached.by_code(code) for part, code in codes.items()}
    missing = [code for part, code in codes.items() if found[part] is None]
    if missing:
        raise NotFound("Chưa có đơn vị mang mã %(codes)s. Hãy thêm đơn vị rồi nạp lại.", codes=", ".join(missing))
    ids = {part: unit.id for part, unit in found.items() if unit}
    loaded = Loaded(_baselines(ids[BEFORE]), sum(_targets(part, unit_id) for part, unit_id in ids.items()))
    if loaded != Loaded(0, 0):
        audit.note(actor, "plans.seed", ", ".join(codes.values()), baselines=loaded.baselines, targets=loaded.targets)
    return loaded


def _baselines(unit_id: UUID) -> int:
    part = contents()[BEFORE]
    there = set(db.session.scalars(select(Baseline.code)))
    fresh = [one for one in part["baselines"] if one["code"] not in there]
    on = date.fromisoformat(part["on"])
    db.session.add_all(Baseline(**one, unit_id=unit_id, on=on, act=part["act"]) for one in fresh)
    db.session.flush()
    return len(fresh)


def _targets(part: str, unit_id: UUID) -> int:
    act = contents()[part].get("act")
    return sum(_target({"act": act} | one, unit_id) for one in contents()[part]["targets"])


def _target(values: Mapping[str, Any], unit_id: UUID) -> bool:
    """Whether it was added: not where another holds on some of its days."""
    since = date.fromisoformat(values["valid_from"])
    until = date.fromisoformat(values["valid_until"]) if values["valid_until"] else None
    if targets.overlapping(values["indicator"], values["group"], unit_id, since, until):
        return False
    db.session.add(Target(**dict(values) | {"valid_from": since, "valid_until": until}, unit_id=unit_id))
    db.session.flush()
    return True
