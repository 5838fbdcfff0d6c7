"""What a command says when it fails: one sentence and exit 1, never a traceback."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from lms_app.core.db import trouble
from lms_app.core.errors import LmsError


class Spoken(AppGroup):
    """A part's commands, whose known errors are told in a sentence; an unknown one keeps its traceback."""

    def __init__(self, group: AppGroup) -> None:
        super().__init__(group.name, commands=group.commands, help=group.help)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LmsError as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            sentence = trouble(error)
            if sentence is None:
                raise
            raise click.ClickException(f"{sentence} ({str(error.orig).splitlines()[0]})") from error
