"""What can be said of a PDF that somebody sends: signed by whom, changed since, known to the register."""

import pyhanko_certvalidator  # noqa: F401
