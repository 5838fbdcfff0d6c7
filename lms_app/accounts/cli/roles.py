"""`flask people show` and `flask people role`: who somebody is here, and what they may do."""

from uuid import UUID

import click
from flask.cli import AppGroup

from lms_app.accounts.models import Person
from lms_app.accounts.queries import staff
from lms_app.accounts.service import people, roles
from lms_app.core.db import reading, transaction
from lms_app.organisations.queries import choosing, tree
from lms_app.web.i18n import today

group = AppGroup("roles")


@group.command()
@click.argument("email")
def show(email: str) -> None:
    """Say who has this address: name, staff code, roles, posts."""
    with reading():
        person = _person(email)
        click.echo(f"{person.name}\t{person.staff_code or '-'}\t{person.email}")
        for role in staff.roles(person.id):
            click.echo(f"role\t{role.name}\t{role.unit or '-'}")
        for post in staff.history(person.id):
            click.echo(f"post\t{post.since}\t{post.until or '-'}\t{post.group}\t{post.code}\t{post.unit}")


@group.command()
@click.argument("email")
@click.argument("name", metavar="ROLE", type=click.Choice(list(roles.ROLES)))
@click.option(
    "--unit", default="", help="For hr: code of the unit whose staff they look after; without it, everybody's."
)
@click.option("--remove", "is_taken", is_flag=True, help="Take the role away.")
def role(email: str, name: str, unit: str, *, is_taken: bool) -> None:
    """Give somebody a role (trainer, hr, admin), or take it away."""
    if unit and name != roles.HR:
        raise click.UsageError("--unit goes with hr only")
    with transaction():
        person = _person(email)
        if is_taken:
            roles.take("cli", person.id, name)
        else:
            roles.give("cli", person.id, name, _unit(unit) if unit else None)
    click.echo(f"{'took' if is_taken else 'gave'} {name} {person.email}")


def _person(email: str) -> Person:
    found = people.by_email(email)
    if found is None:
        raise click.ClickException(f"nobody has the address {email}")
    return found


def _unit(code: str) -> UUID:
    found = [one for one in choosing.typed(code, tree.tops(), today()) if one.code.lower() == code.lower()]
    if not found:
        raise click.ClickException(f"no unit of today has the code {code}")
    unit_id: UUID = found[0].id
    return unit_id
