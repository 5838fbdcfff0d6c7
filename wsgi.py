"""The entry of every server and of `flask`: `granian wsgi:app`, `flask --app wsgi ...`."""

import gc
import sys

from lms_app.app import create_app
from lms_app.core.errors import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))
except OSError as error:
    sys.exit(f"LMS_DATA: cannot write to {error.filename}: {error.strerror}.")
gc.freeze()  # what is loaded now stays: the collector need not look through it in the middle of a large page,
gc.set_threshold(50_000, 10, 10)  # nor again and again through all that such a page holds meanwhile
