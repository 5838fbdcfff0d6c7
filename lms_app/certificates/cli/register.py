"""`flask certificates ...`: for designers (check, preview) and for the keeper of the register."""

from pathlib import Path

import click
from flask.cli import AppGroup

from lms_app.certificates import design, models, sheet
from lms_app.certificates.forms.books import Source
from lms_app.certificates.forms.lookup import Lookup, Revocation
from lms_app.certificates.queries import register
from lms_app.certificates.service import auditing, credentials, designs, outside, revoking
from lms_app.certificates.service.signatures import Signatures
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.errors import LmsError
from lms_app.core.ids import show_code
from lms_app.core.site import settings

group = AppGroup("register")


@group.command()
@click.argument("name", metavar="[DESIGN]", default="")
def check(name: str) -> None:
    """Draw one design, or all, in each language with the hardest names; report all that is wrong."""
    wrong = 0
    for folder in [_folder(name)] if name else designs.folders():
        found = designs.problems(folder)
        wrong += len(found)
        click.echo(f"{folder.name}: {'ok' if not found else ''}")
        for problem in found:
            click.echo(f"  {problem}")
    if wrong:
        raise click.ClickException(f"{wrong} problems")


@group.command()
@click.option("--design", "name", default="default", show_default=True)
@click.option("--language", type=click.Choice(sheet.LANGUAGES), default=sheet.VI, show_default=True)
@click.option("--name", "full_name", default="", help="The name on it; otherwise the design's sample.")
@click.option("--title", default="", help="The course on it; otherwise the design's sample.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("preview.pdf"), show_default=True)
def preview(name: str, language: str, full_name: str, title: str, out: Path) -> None:
    """Write the PDF of a made-up certificate, and a PNG beside it."""
    folder = _folder(name)
    try:
        kind = design.load(folder, language).kinds[0]
        drawn = designs.drawn(folder, language, kind, sheet.plain(full_name), sheet.plain(title))
        out.write_bytes(drawn.pdf)
        out.with_suffix(".png").write_bytes(drawn.png)
    except (LmsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out} {out.with_suffix('.png')}")


@group.command()
@click.argument("code")
def verify(code: str) -> None:
    """Say what the register knows about a code."""
    with reading():
        found = register.by_code(_code(code))
    if found is None:
        click.echo(models.UNKNOWN)
        raise SystemExit(1)
    status = models.status(found, now().astimezone(settings().zone).date())
    click.echo(f"{status}\t{show_code(found.code)}\t{found.serial}\t{found.full_name}\t{found.course_title}")


@group.command()
@click.argument("code")
@click.option("--reason", required=True, help="Shown to everybody who looks the certificate up.")
def revoke(code: str, reason: str) -> None:
    """Revoke one certificate; the reason is public."""
    asked = Revocation.read(reason)
    if asked.error:
        raise click.ClickException(asked.error)
    try:
        with transaction():
            revoking.revoke(_code(code), asked.reason, actor="cli", by="Quản trị hệ thống")
    except LmsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"revoked {code}")


@group.command()
@click.option("--signatures", "is_thorough", is_flag=True, help="Check the signature of each PDF too: 50 ms each.")
def audit(*, is_thorough: bool) -> None:
    """Recompute the chain of each book; check numbers, certificates and every stored PDF against it."""
    with reading():
        inspected = Signatures()
        found = auditing.audited(inspected.wrong) if is_thorough else auditing.audited()
    for problem in found:
        click.echo(problem)
    if found:
        raise click.ClickException(f"{len(found)} problems")
    click.echo(f"ok, {inspected.good} signatures hold" if is_thorough else "ok")


@group.command("turn-badge-key")
def turn_badge_key() -> None:
    """Sign credentials with a new key from now on; the old ones stay published, so what they signed stays valid."""
    with transaction():
        click.echo(credentials.turn_key("cli"))


@group.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--source", required=True, help="The list and who vouches for it.")
def import_outside(file: Path, source: str) -> None:
    """Import trainings that happened elsewhere from a list (xlsx, csv). Wrong rows are named and left out."""
    asked = Source.read(source)
    if asked.error:
        raise click.ClickException(asked.error)
    try:
        with transaction():
            reading = outside.read(file.read_bytes())
            added = outside.add(reading, asked.text, actor="cli", by="Quản trị hệ thống")
    except (LmsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for fault in reading.faults:
        click.echo(f"row {fault.at}, {fault.column}: {fault.message % fault.values} ({fault.typed})")
    known = len(reading.records) - added
    click.echo(f"added {added}, known {known}, unmatched {len(reading.unmatched)}, wrong rows {reading.wrong_rows}")
    if reading.faults:
        raise SystemExit(1)


def _code(typed: str) -> str:
    asked = Lookup.read(typed)
    if asked.code is None:
        raise click.ClickException(asked.error % asked.values)
    return asked.code


def _folder(name: str) -> Path:
    try:
        return designs.folder(name)
    except LmsError as error:
        raise click.ClickException(f"{error} ({name})") from error
