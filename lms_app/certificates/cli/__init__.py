"""`flask certificates ...`: one group of commands; each file has those of its subject."""

from flask.cli import AppGroup

from lms_app.certificates.cli import keys, register

group = AppGroup(
    "certificates",
    help="Designs, the register of certificates, and the keys that seal.",
    commands={**register.group.commands, **keys.group.commands},
)
