"""`flask lti ...`: connecting platforms, and seeing what is owed to them."""

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lms_app.core import outbound
from lms_app.core.db import reading, transaction
from lms_app.core.errors import LmsError
from lms_app.core.settings import Settings
from lms_app.lti import keys, recording, registry, tokens
from lms_app.lti.claims import SCORE
from lms_app.lti.models import ACTIVE, DISABLED
from lms_app.lti.queries import grades as scores
from lms_app.lti.queries import platforms as known

group = AppGroup("lti", help="Learning platforms (LTI 1.3) and the grades owed to them.")


@group.command("add-platform")
@click.option("--name", required=True, help="As people call it; shown to them.")
@click.option("--issuer", required=True)
@click.option("--client-id", required=True)
@click.option("--auth-url", required=True, help="OIDC authentication request URL of the platform.")
@click.option("--token-url", required=True, help="Access token URL of the platform.")
@click.option("--jwks-url", required=True, help="Public keyset URL of the platform.")
@click.option("--deployment", "deployments", required=True, multiple=True, help="May be given several times.")
@click.option("--audience", default="", help="When the platform wants another `aud` than its token URL.")
def add_platform(deployments: tuple[str, ...], **values: str) -> None:
    """Register a platform; prints what to type into it."""
    try:
        with transaction():
            made = registry.add_platform(values, deployments)
    except LmsError as error:
        raise click.ClickException(str(error)) from error
    site = _settings().url
    click.echo(f"platform       {made.id}")
    click.echo("Type into the platform:")
    click.echo(f"  initiate login URL   {site}/lti/login")
    click.echo(f"  redirect URI         {site}/lti/launch")
    click.echo(f"  public keyset URL    {site}/lti/jwks.json")
    click.echo(f"  tool URL             {site}/lti/")
    click.echo(f"  a course             {site}/lti/courses/<course-id>")
    click.echo(f"  scope for grades     {SCORE}")


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
        for name in ("id", "name", "issuer", "client_id", "auth_url", "token_url", "jwks_url", "audience", "status"):
            click.echo(f"{name:<12} {getattr(one, name)}")
        click.echo(f"{'deployments':<12} {', '.join(sorted(known.registered(one).deployments))}")
        click.echo(f"{'keys read':<12} {known.key_set_at(one.jwks_url) or 'never'}")


@group.command()
@click.argument("platform")
@click.option("--enable", is_flag=True, help="Take it into use again.")
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
    """Fetch the platform's keys and ask it for a token; say in words what is wrong."""
    with reading():
        one = _find(platform)
    problems = [problem for problem in (_check_keys(one), _check_token(one)) if problem]
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException(f"{len(problems)} to mend")


@group.command()
@click.option("--waiting", is_flag=True, help="Only those that are not sent.")
def grades(waiting: bool) -> None:
    """What each line item was told, or why it still waits."""
    with reading():
        for one in scores.grade_list():
            if waiting and one.state == "sent":
                continue
            score = (
                "no score yet" if one.sent_share is None else f"{one.sent_share * 100:.0f} sent {one.sent_at:%H:%M:%S}"
            )
            click.echo(f"{one.platform}  {one.state}  {score}  {one.error or ''}  {one.lineitem}  {one.name}")


@group.command()
def resend() -> None:
    """Owe every score that is not sent once more, those on hold too."""
    with transaction():
        owed = [one for one in scores.grade_list() if one.state != "sent"]
        for one in sorted(owed, key=lambda found: str(found.id)):
            recording.owe(one.id, one.lineitem)
    click.echo(f"{len(owed)} owed again")


def _check_keys(one: Any) -> str:
    try:
        found = keys.fetch(one.jwks_url)
    except outbound.Unreachable as error:
        return f"keys: {one.jwks_url} does not answer ({error})"
    except keys.KeyProblem:
        return f"keys: {one.jwks_url} answers, but with no RSA signing key of 2048 bits"
    click.echo(f"keys: {len(found)} usable")
    return ""


def _check_token(one: Any) -> str:
    try:
        registry.token(one.id, SCORE, fresh=True)
    except outbound.Unreachable as error:
        return f"token: {one.token_url} does not answer ({error})"
    except tokens.TokenRefused as error:
        return f"{error}: client_id, audience, our key set or the scope {SCORE} is not as the platform knows it"
    click.echo("token: granted for scores")
    return ""


def _find(word: str) -> Any:
    try:
        return registry.find(word)
    except LmsError as error:
        raise click.ClickException(str(error)) from error


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
