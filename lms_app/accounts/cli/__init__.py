"""`flask people ...` and `flask units ...`; each file has the commands of its subject."""

from flask.cli import AppGroup

from lms_app.accounts.cli import imports, roles

group = AppGroup("people", help="Nhân sự / Staff.", commands={**roles.group.commands})
group.add_command(imports.import_list)
