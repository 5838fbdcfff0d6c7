"""`flask people import`: what the page does, at once and without a worker."""

from datetime import date
from pathlib import Path

import click
from flask import current_app

from lms_app.accounts import access
from lms_app.accounts.queries import imports, people
from lms_app.accounts.service import applying, listing
from lms_app.accounts.service import people as service
from lms_app.accounts.service.imports import reach_of
from lms_app.accounts.service.matching import ABSENT, CHANGED, NEW, UNCHANGED, WRONG, Difference, Reach, compare
from lms_app.core.db import reading, transaction
from lms_app.organisations.queries import tree
from lms_app.web.i18n import Local, say

COUNTED = {
    NEW: "thêm mới / new",
    CHANGED: "cập nhật / changed",
    UNCHANGED: "không đổi / unchanged",
    WRONG: "dòng sai / wrong",
    ABSENT: "không còn trong danh sách / absent",
}
TRIES = 5


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", "code", help="Chỉ đơn vị này và các đơn vị bên dưới / Only this unit with all below it.")
@click.option("--as", "email", help="Trong phạm vi của cán bộ nhân sự này / Within this HR officer's reach.")
@click.option("--apply", "writes", is_flag=True, help="Ghi vào hệ thống / Write it; else only say what would change.")
@click.option("--leave-absent", is_flag=True, help="Người không còn trong danh sách thôi công tác / End absent posts.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), help="Ghi các dòng sai ra tệp này (.xlsx).")
def import_list(file: Path, code: str | None, email: str | None, faults: Path | None, **chosen: bool) -> None:
    """Check a staff list; with --apply write all its right rows, or nothing. Exit 1 when a row is wrong."""
    day = Local(current_app.extensions["settings"]).today()
    listed = listing.read(file.read_bytes())
    with reading():
        reach, actor = _reach(code, email, day)
    found = _done(listed, reach, day, actor, **chosen)
    for kind, words in COUNTED.items():
        click.echo(f"{found.counts[kind]:>7}  {words}")
    for name in listed.dropped:
        click.echo(f"Không lưu cột / not kept: {name}")
    for at in sorted(found.faults):
        for fault in found.faults[at]:
            vi, en = (say(language, fault.message, **fault.values) for language in ("vi", "en"))
            click.echo(f"{at}: {fault.column} “{fault.typed}”: {vi} / {en}", err=True)
    if faults and found.faults:
        faults.write_bytes(listing.faulty(listed, found.faults, lambda text, **values: str(say("vi", text, **values))))
    click.echo("Đã ghi / written" if chosen["writes"] else "Chưa ghi gì, thêm --apply để ghi / Nothing is written yet")
    if found.faults:
        raise SystemExit(1)


def _done(
    listed: listing.Listed, reach: Reach, day: date, actor: object, *, writes: bool, leave_absent: bool
) -> Difference:
    for _ in range(TRIES):
        with reading():
            found = compare(listed, reach, day, lambda _steps: None)
        if not writes:
            return found
        writing = applying.prepared(found, leave_absent=leave_absent, actor=actor)
        try:
            with transaction():
                applying.write(writing, found, reach)
                applying.note(actor, listed.sheet or "-", found)
        except applying.Overtaken:
            continue
        return found
    raise click.ClickException("Dữ liệu đang được người khác thay đổi, hãy thử lại / Data keeps changing, try again.")


def _reach(code: str | None, email: str | None, day: date) -> tuple[Reach, object]:
    reach, actor = Reach(tree.tops(), everybody=True), "cli"
    if email:
        row = service.by_email(email)
        officer = people.person(row.id) if row else None
        if officer is None or not access.hr(officer):
            raise click.ClickException(f"{email}: không phải cán bộ nhân sự / not an HR officer")
        reach, actor = reach_of(officer), str(officer.id)
    if code:
        units = {unit.code.casefold(): unit.id for unit in imports.units(reach.roots, day)}
        if code.casefold() not in units:
            raise click.ClickException(f"{code}: không có đơn vị này / no such unit")
        reach = Reach((units[code.casefold()],), everybody=reach.everybody)
    return reach, actor
