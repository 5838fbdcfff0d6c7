"""What is said about a score, and what an answer to it means: pure rules (AGS 2.0; moodle.md for what platforms do)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lms_app.core.outbound import Answer
from lms_app.lti.quirks import Quirks

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
MAXIMUM = 100
LONGEST_WAIT = 24 * 3600.0
BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an answer: done, again or hold. `error` holds nothing the platform wrote."""

    what: str
    error: str = ""
    wait: float | None = None
    host_fault: bool = False


def scores_url(lineitem: str) -> str:
    """`/scores` goes before the query string, which many platforms need to find the item."""
    parts = urlsplit(lineitem)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores", fragment=""))


def stamp(at: datetime, last: datetime | None) -> tuple[datetime, float]:
    """The timestamp to send, and how many seconds to wait before it may be sent.

    It rises by whole seconds for a line item and user (Moodle refuses the same second), and is never ahead of the
    clock (Moodle then refuses every later score until that time).
    """
    if last is None:
        return at, 0.0
    earliest = last.replace(microsecond=0) + timedelta(seconds=1)
    return (at, 0.0) if at >= earliest else (earliest, (earliest - at).total_seconds())


def payload(sub: str, share: float, at: datetime, comment: str) -> bytes:
    """One score. Only FullyGraded ones are sent: Moodle empties the grade at anything else."""
    said: dict[str, Any] = {
        "userId": sub,
        "scoreGiven": round(share * MAXIMUM, 2),
        "scoreMaximum": MAXIMUM,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "comment": comment,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def judge(answer: Answer, at: datetime, quirks: Quirks) -> Verdict:
    """What an answer to a score means. The reason phrase and the body are not repeated: they may hold the score."""
    status, body = answer.status, answer.body
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        is_page = body.lstrip()[:1] == b"<"
        return Verdict("again", f"HTTP {status} with a page instead of an answer") if is_page else Verdict("done")
    if status == HTTPStatus.CONFLICT or (status == HTTPStatus.BAD_REQUEST and _says(body, quirks.older_words)):
        return Verdict("done")
    if status == HTTPStatus.FORBIDDEN and _says(body, quirks.busy_words):
        status = HTTPStatus.TOO_MANY_REQUESTS
    if status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict("again", f"HTTP {status}", wait_of(answer.headers.get("Retry-After"), at), host_fault=True)
    if status < HTTPStatus.BAD_REQUEST:
        return Verdict("again", f"HTTP {status}, a redirect")
    return Verdict("hold", f"HTTP {status}")


def _says(body: bytes, words: tuple[str, ...]) -> bool:
    return any(word.encode() in body for word in words)


def wait_of(retry_after: str | None, at: datetime) -> float | None:
    """Seconds from a Retry-After header (a number or a date), a day at most; None when there is none to read."""
    if not retry_after:
        return None
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return min(float(retry_after.strip()[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - at).total_seconds()), LONGEST_WAIT)
