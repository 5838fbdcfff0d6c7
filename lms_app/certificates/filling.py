"""Fills a finished sheet with one person: the home of pikepdf and uharfbuzz."""

import pikepdf  # noqa: F401
import uharfbuzz  # noqa: F401
