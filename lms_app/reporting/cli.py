"""`flask reports ...`: the same reports without a page."""

from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from lms_app.core.db import reading
from lms_app.organisations.queries import reached, tree
from lms_app.reporting import exports
from lms_app.reporting.duties import KINDS
from lms_app.reporting.forms.reports import SIGNER, last_day
from lms_app.reporting.service.building import Order, document
from lms_app.web.i18n import today

group = AppGroup("reports", help="Reports of a unit as Excel, PDF, CSV and JSON / Báo cáo của một đơn vị.")


@group.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--unit", "code", required=True, help="Code of the unit / Mã đơn vị.")
@click.option("--year", type=int, required=True, help="Year of the report / Năm báo cáo.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="As of / Số liệu đến ngày.")
@click.option("--signer", default=SIGNER, show_default=True, help="Title of who signs / Chức danh người ký.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder / Thư mục.")
def make(kind: str, code: str, year: int, day: datetime | None, signer: str, out: Path) -> None:
    """Write one report into a folder / Ghi một báo cáo vào thư mục."""
    as_of = day.date() if day else last_day(year, today())
    if not date(year, 1, 1) <= as_of <= last_day(year, today()):
        raise click.ClickException(
            "The day must lie in the year, not after today. / Ngày số liệu phải trong năm báo cáo, không sau hôm nay."
        )
    with reading():
        unit = reached.by_code(code)
        if unit is None:
            raise click.ClickException("No unit has this code. / Không có đơn vị nào mang mã này.")
        made = exports.files(document(Order(kind, unit.id, year, as_of, signer), tree.tops()))
    out.mkdir(parents=True, exist_ok=True)
    for ending, content in made.items():
        path = out / f"{KINDS[kind].slug}-{year}.{ending}"
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
        click.echo(f"wrote / đã ghi: {path} ({-(-len(content) // 1024)} KB)")
