"""`flask units ...`: a list of units from a file, and the tree of a day."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from lms_app.core.db import reading, transaction
from lms_app.organisations.queries import units as queries
from lms_app.organisations.service import listing
from lms_app.web.i18n import today

group = AppGroup(
    "units", help="Đơn vị / units: danh sách từ tệp, cây của một ngày / a list from a file, the tree of a day."
)


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--apply", "is_applied", is_flag=True, help="Ghi vào hệ thống / write it; otherwise only check.")
def import_list(file: Path, *, is_applied: bool) -> None:
    """Kiểm tra, và với --apply nhập danh sách đơn vị / check, and with --apply add a list of units (xlsx, csv)."""
    with reading():
        found = listing.read(file.read_bytes())
    for fault in found.faults:
        click.echo(f"dòng / row {fault.at}, {fault.name}: {fault.message % fault.values}")
    click.echo(f"mới / new {len(found.new)}, đã có / known {found.known}, dòng sai / wrong rows {found.wrong_rows}")
    if found.faults:
        raise SystemExit(1)
    if is_applied:
        with transaction():
            added = listing.add(found, actor="cli")
        click.echo(f"đã thêm / added {added}")


@group.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Mặc định hôm nay / today by default.")
def tree(day: datetime | None) -> None:
    """In cây đơn vị của một ngày / print the tree of units of a day."""
    on: date = day.date() if day else today()
    with reading():
        there = queries.on_day(on)
    below: dict[UUID | None, list[tuple[UUID, str]]] = {}
    ids = {one.id for one in there}
    for one in there:
        parent = one.parent_id if one.parent_id in ids else None
        below.setdefault(parent, []).append((one.id, f"{one.code}  {one.name}"))
    stack = [(0, one) for one in reversed(below.get(None, []))]
    while stack:
        depth, (unit_id, text) = stack.pop()
        click.echo(f"{'  ' * depth}{text}")
        stack += [(depth + 1, one) for one in reversed(below.get(unit_id, []))]
