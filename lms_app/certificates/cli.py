"""`flask certificates ...`: for designers (check, preview) and for the keeper of the register."""

from pathlib import Path

import click
from flask.cli import AppGroup

from lms_app.certificates import design, models, pdf, qr, sheet, trials
from lms_app.certificates.design import BadDesign
from lms_app.certificates.forms import Lookup, Revocation
from lms_app.certificates.queries import register
from lms_app.certificates.service import auditing, credentials, files, revoking
from lms_app.certificates.site import settings
from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Invalid, LmsError
from lms_app.core.ids import show_code

group = AppGroup("certificates", help="Designs and the register of certificates.")


@group.command()
def check() -> None:
    """Render every design with the hardest names and titles; report overflow and missing letters."""
    wrong = 0
    for folder in sorted(path.parent for path in settings().designs.glob(f"*/{design.SETTINGS}")):
        found = _problems(folder)
        wrong += len(found)
        click.echo(f"{folder.name}: {'ok' if not found else ''}")
        for problem in found:
            click.echo(f"  {problem}")
    if wrong:
        raise click.ClickException(f"{wrong} problems")


@group.command()
@click.option("--design", "name", default="default", show_default=True)
@click.option("--name", "full_name", default=trials.NAMES[1], show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("preview.pdf"), show_default=True)
def preview(name: str, full_name: str, out: Path) -> None:
    """Write the PDF of a made-up certificate."""
    try:
        out.write_bytes(files.draw(trials.sample(full_name, design=name)))
    except (LmsError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(str(out))


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
def audit() -> None:
    """Check that the books have no gap and that every stored PDF is unchanged."""
    with reading():
        found = auditing.audited()
    for problem in found:
        click.echo(problem)
    if found:
        raise click.ClickException(f"{len(found)} problems")
    click.echo("ok")


@group.command("turn-badge-key")
def turn_badge_key() -> None:
    """Sign credentials with a new key from now on; the old ones stay published, so what they signed stays valid."""
    with transaction():
        click.echo(credentials.turn_key("cli"))


def _code(typed: str) -> str:
    asked = Lookup.read(typed)
    if asked.code is None:
        raise click.ClickException(asked.error % asked.values)
    return asked.code


def _problems(folder: Path) -> list[str]:
    found = []
    for issued in trials.all_samples(folder.name):
        words = sheet.words(issued, settings().url)
        what = f"{issued.full_name} / {issued.course_title[:30]} / {issued.position[:20]}"
        try:
            made = design.load(folder)
            out = pdf.overflows(made, words, qr.png(qr.address(settings().url, issued.code)))
        except (BadDesign, Invalid) as error:
            return [str(error)]
        found += [f"{what}: {name} leaves its box" for name in out]
        found += [f"{what}: no letter {letter!r} in the design's fonts" for letter in sorted(made.missing(words))]
    return found
