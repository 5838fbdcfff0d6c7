"""`flask jobs ...`: the worker, and a look at what waits."""

import logging
import signal

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from lms_app.core.clock import now
from lms_app.core.db import reading
from lms_app.core.worker import Worker
from lms_app.operations import queries

group = AppGroup("jobs", help="Background work: grades, mail, certificates.")


@group.command()
def run() -> None:
    """Work until SIGTERM or Ctrl-C: then finish what is in flight and end. Several may run beside each other."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("weasyprint").setLevel(logging.WARNING)  # it tells every step of every page
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - threads need the app itself
    worker = Worker(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.work_on()


@group.command()
def status() -> None:
    """What waits, by topic and lane. Ends with 1 when due rows are not taken (no worker runs)."""
    with reading():
        at = now()
        owed, lanes, stuck = queries.owed(at), queries.ill_lanes(at), queries.stuck_since(at)
    for found in owed:
        counts = f"{found.waiting} waiting, {found.flying} in flight, {found.held} held"
        oldest = f", oldest {found.oldest:%Y-%m-%d %H:%M} UTC" if found.oldest else ""
        click.echo(f"{found.topic} -> {found.lane}: {counts}{oldest}")
    for lane in lanes:
        pause = f", paused until {lane.paused_until:%Y-%m-%d %H:%M:%S} UTC" if lane.paused_until > at else ""
        click.echo(f"{lane.lane}: {lane.failures} failures in a row{pause}")
    if not owed:
        click.echo("Nothing waits.")
    if stuck:
        raise click.ClickException(f"Due since {stuck:%Y-%m-%d %H:%M} UTC and not taken: is a worker running?")
