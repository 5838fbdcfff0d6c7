"""The entry of every server and of `flask`: `granian wsgi:app`, `flask --app wsgi ...`."""

from lms_app.app import create_app

app = create_app()
