"""What can go wrong, in words for the person who reads it.

    LmsError
    ├── Invalid        400  a value that cannot be taken; `fields` says which
    ├── NotSignedIn    401
    ├── Forbidden      403
    ├── NotFound       404
    ├── Conflict       409  true a moment ago, not now
    ├── TooMany        429
    ├── OutOfService   503  the disk is full, a folder cannot be written
    └── SettingsError  (start only)

`message` is Vietnamese source text with `%(name)s` places; it is translated where it is shown.
"""

from http import HTTPStatus
from typing import Any


class LmsError(Exception):
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, /, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Invalid(LmsError):
    """A value that cannot be taken. `fields`: name of the form field -> sentence."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str, /, fields: dict[str, str] | None = None, **values: Any) -> None:
        super().__init__(message, **values)
        self.fields = fields or {}


class NotSignedIn(LmsError):
    status = HTTPStatus.UNAUTHORIZED


class Forbidden(LmsError):
    status = HTTPStatus.FORBIDDEN


class NotFound(LmsError):
    status = HTTPStatus.NOT_FOUND


class Conflict(LmsError):
    status = HTTPStatus.CONFLICT


class TooMany(LmsError):
    status = HTTPStatus.TOO_MANY_REQUESTS


class OutOfService(LmsError):
    status = HTTPStatus.SERVICE_UNAVAILABLE


class SettingsError(LmsError):
    """Start-up only: printed to the operator, never shown on a page."""
