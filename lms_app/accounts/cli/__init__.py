"""`flask people ...`: each file of this folder holds commands of one use."""

from flask.cli import AppGroup

from lms_app.accounts.cli import imports

group = AppGroup("people", help="Nhân sự / Staff.")
group.add_command(imports.import_list)
