"""Reading without a name: the address is a signed promise of one course, so that nothing of it is recorded."""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from lms_app.lti.forms import Place
from lms_app.lti.reasons import refusal

LIFE = 12 * 3600


@dataclass(frozen=True, slots=True)
class Guest:
    """What may be read, and who may frame it."""

    course: str
    origins: str


def address(secret: str, place: Place, origins: str) -> str:
    """The path that opens this place to whoever holds it, for twelve hours."""
    token = _signer(secret).dumps([place.course, origins])
    return f"/lti/read/{token}" + (f"/{place.lesson}" if place.lesson else "")


def read(secret: str, token: str) -> Guest:
    """Raises `LaunchRefused` for what was not made here or is too old."""
    try:
        course, origins = _signer(secret).loads(token, max_age=LIFE)
    except BadData as error:
        raise refusal("read") from error
    return Guest(course, origins)


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="lti-read")
