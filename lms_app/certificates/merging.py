"""Many certificates in one file."""

import pikepdf  # noqa: F401
