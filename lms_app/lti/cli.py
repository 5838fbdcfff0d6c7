"""`flask lti ...`: connecting platforms, and seeing what is owed to them."""

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lms_app.core.clock import now
from lms_app.core.db import reading, transaction
from lms_app.core.errors import Invalid, LmsError
from lms_app.core.settings import Settings
from lms_app.lti import guides, registry
from lms_app.lti.claims import LINEITEM, ROSTER, SCORE
from lms_app.lti.guides import Guide
from lms_app.lti.models import ACTIVE, DISABLED
from lms_app.lti.queries import classes, owed, rosters
from lms_app.lti.queries import platforms as known
from lms_app.lti.service import calling, checking, members, owing
from lms_app.lti.service.owing import Owed
from lms_app.web.i18n import say

group = AppGroup("lti", help="Learning platforms (LTI 1.3) and the grades owed to them.")

EVERYBODY = 100_000
PRODUCTS = tuple(guide.product for guide in guides.GUIDES)


@group.command("add-platform")
@click.option("--name", required=True, help="As people call it; shown to them.")
@click.option("--issuer", required=True)
@click.option("--client-id", required=True)
@click.option("--auth-url", required=True, help="OIDC authentication request URL of the platform.")
@click.option("--token-url", required=True, help="Access token URL of the platform.")
@click.option("--jwks-url", required=True, help="Public keyset URL of the platform.")
@click.option("--deployment", "deployments", required=True, multiple=True, help="May be given several times.")
@click.option("--audience", default="", help="When the platform wants another `aud` than its token URL.")
@click.option("--product", default="", help=f"One of {', '.join(PRODUCTS)}: prints the labels of its own form.")
def add_platform(deployments: tuple[str, ...], **values: str) -> None:
    """Register a platform; prints what to type into it."""
    try:
        with transaction():
            made = registry.add_platform(values, deployments)
    except Invalid as error:
        lines = "\n".join(f"  --{name.replace('_', '-')}: {why}" for name, why in error.fields.items())
        raise click.ClickException(f"{error}\n{lines}") from error
    except LmsError as error:
        raise click.ClickException(str(error)) from error
    site = _settings().url
    click.echo(f"platform       {made.id}")
    found = next((guide for guide in guides.guides(site) if guide.product == made.product), None)
    _tell_product(found) if found else _tell_addresses(site)
    click.echo(f"Then: flask lti check {str(made.id)[:8]}")


def _tell_addresses(site: str) -> None:
    click.echo("Type into the platform:")
    click.echo(f"  initiate login URL   {site}/lti/login")
    click.echo(f"  redirect URI         {site}/lti/launch")
    click.echo(f"  public keyset URL    {site}/lti/jwks.json")
    click.echo(f"  tool URL             {site}/lti/")
    click.echo(f"  a course             {site}/lti/courses/<course-id>")
    click.echo(f"  scopes               {SCORE}")
    for scope in (LINEITEM, ROSTER):
        click.echo(f"                       {scope}")


def _tell_product(guide: Guide) -> None:
    click.echo(f"In {guide.name}:")
    for number, step in enumerate(guide.steps, 1):
        click.echo(f"  {number}. {say('en', step, register=guide.register).unescape()}")
    click.echo("Type into its form:")
    for entry in guide.entries:
        click.echo(f"  {entry.label}: {entry.value}")


@group.command()
def platforms() -> None:
    """List the platforms."""
    with reading():
        used = known.use_of_platforms()
        for one in known.platforms():
            use = used.get(one.id)
            last = f"{use.launches} launches, last {use.at:%Y-%m-%d %H:%M}" if use else "never launched"
            click.echo(f"{one.id}  {one.status:<8}  {one.name}  {one.issuer}  {one.client_id}  {last}")


@group.command()
@click.argument("platform")
def show(platform: str) -> None:
    """Show one platform (its id, the beginning of its id, or its name)."""
    with reading():
        one = _find(platform)
        for name in ("id", *registry.FIELDS, "status"):
            click.echo(f"{name:<12} {getattr(one, name)}")
        click.echo(f"{'deployments':<12} {', '.join(sorted(known.registered(one).deployments))}")
        click.echo(f"{'keys read':<12} {known.key_set_at(one.jwks_url) or 'never'}")


@group.command()
@click.argument("platform")
@click.option("--enable", is_flag=True, help="Take it into use again, or approve one that registered itself.")
def disable(platform: str, enable: bool) -> None:
    """Refuse the platform's launches and hold its grades."""
    with transaction():
        one = _find(platform)
        registry.set_status(one.id, ACTIVE if enable else DISABLED, "cli")
    click.echo(f"{one.name}: {'on' if enable else 'off'}")


@group.command("rotate-key")
@click.option("--now", "at_once", is_flag=True, help="Sign with it at once: the old one may be known to others.")
def rotate_key(at_once: bool) -> None:
    """Publish a new key, sign with it from tomorrow on; the old ones stay public for a month."""
    with transaction():
        kid, signs_from = registry.rotate_key(at_once=at_once)
    click.echo(f"key {kid} is public now and signs from {signs_from:%Y-%m-%d %H:%M} UTC")


@group.command()
@click.argument("platform")
def check(platform: str) -> None:
    """Fetch the platform's keys, ask it for a token with each scope, compare clocks; say in words what is wrong."""
    with reading():
        one = _find(platform)
    found = checking.check(one, _settings())
    for finding in found:
        click.echo(f"{finding.kind:<5} {finding.about}: {finding.said('en').unescape()}")
    if not checking.is_well(found):
        raise click.ClickException(f"{sum(finding.kind == checking.ERR for finding in found)} to mend")


@group.command()
@click.option("--waiting", is_flag=True, help="Only those that are not sent.")
def grades(waiting: bool) -> None:
    """What each line item was told, or why it still waits and when it is tried again."""
    with reading():
        for one in owing.listed(owed.every([state for state in owed.STATES if not waiting or state in owed.UNSENT])):
            click.echo(f"{one.row.platform}  {one.row.state}  {_score(one)}  {one.row.lineitem}  {one.row.name}")


def _score(one: Owed) -> str:
    why = f"  {one.row.error}" if one.row.error else ""
    if one.row.state == "sent":
        return f"{one.row.sent_share * 100:.0f} sent {one.row.sent_at:%H:%M:%S}"
    if one.row.share is None:
        return f"no score yet{why}"
    after = f", next try {one.next_try:%Y-%m-%d %H:%M:%S} UTC" if one.next_try else ""
    return f"{one.row.share * 100:.0f} not sent{after}{why}"


@group.command()
@click.option("--platform", default="", help="Only this one (its id, the beginning of its id, or its name).")
@click.option("--all", "everything", is_flag=True, help="Those that are sent too.")
def resend(platform: str, everything: bool) -> None:
    """Owe every score that is not sent once more, those on hold too; one given up is left alone."""
    with transaction():
        platform_id = _find(platform).id if platform else None
        states = (*owed.UNSENT, "sent") if everything else owed.UNSENT
        count = owing.resend_all("cli", platform_id, states)
    click.echo(f"{count} owed again")


@group.command()
@click.option("--sub", required=True, help="Somebody's id on the platform: the class of their last launch is meant.")
def roster(sub: str) -> None:
    """Ask the platform who is in the class, and print everybody: name, role, status, lessons done, score."""
    with reading():
        where = classes.of_sub(sub)
        room = rosters.room(where.class_id) if where else None
    if where is None or room is None:
        raise click.ClickException(f"Nobody with sub {sub!r} has been launched yet.")
    trouble = _read(room)
    with reading():
        click.echo(f"{where.class_title or '(no title)'}  {where.course_title}")
        for one in classes.students(where, 0, EVERYBODY, everybody=True):
            click.echo("  ".join(_line(one)))
    if trouble:
        raise click.ClickException(f"not read: {trouble}")


def _read(room: Any) -> str:
    """Why the roster could not be read, or ""."""
    if not room.memberships_url:
        return "the platform offers no roster for this class"
    try:
        found = members.read(room)
    except calling.Failed as error:
        return str(error)
    with transaction():
        members.take_in(room.id, found, now())
    return ""


def _line(one: Any) -> list[str]:
    named = one.name or one.launched_as or f"({one.sub})"
    known = [named, one.role or "not listed", one.status or "not listed"]
    if one.enrolment_id is None:
        return [*known, "not begun"]
    return [*known, f"{one.done}/{one.lessons}", "no score" if one.share is None else f"{one.share:.0%}"]


def _find(word: str) -> Any:
    try:
        return registry.find(word)
    except LmsError as error:
        raise click.ClickException(str(error)) from error


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
