"""`flask plans ...`: the plan's own figures and targets, as data."""

import click
from flask.cli import AppGroup

from lms_app.core.db import transaction
from lms_app.organisations.service import seed

group = AppGroup("plans", help="Targets and baselines of the plan and of the acts after it.")


@group.command("seed")
@click.option("--unit", "now", default="86", show_default=True, help="Code of the unit that the acts in force bind.")
@click.option("--before", default="83", show_default=True, help="Code of the unit that plan 4624 was made for.")
def load(now: str, before: str) -> None:
    """Add what is not there yet. Nothing is loaded when one of the units is missing."""
    with transaction():
        loaded = seed.load("cli", {seed.NOW: now, seed.BEFORE: before})
    click.echo(f"added {loaded.baselines} baselines, {loaded.targets} targets")
