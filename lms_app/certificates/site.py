"""What this installation is called and where it stands, for services, which import no Flask."""

from flask import current_app

from lms_app.core.settings import Settings


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
