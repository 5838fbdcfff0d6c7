"""`flask people ...`: one group of commands; each file has those of its subject."""

from flask.cli import AppGroup

from lms_app.accounts.cli import roles

group = AppGroup("people", help="People, what they may do, and where they work.", commands={**roles.group.commands})
