"""The gradebook column of a link: found among those a platform lists, or described to be made (AGS 2.0, 3.2). Pure."""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from lms_app.lti import forms
from lms_app.lti.grades import MAXIMUM
from lms_app.lti.models import LONG_URL

LIST_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
TAG = "final"
LABEL = 255


def list_url(lineitems: str, link: str) -> str:
    """Only the columns of this link. No `limit`: Moodle's paging of line items cannot be followed."""
    parts = urlsplit(lineitems)
    asked = urlencode({"resource_link_id": link})
    return urlunsplit(parts._replace(query=f"{parts.query}&{asked}" if parts.query else asked, fragment=""))


def find(body: bytes, link: str, course: str) -> str | None:
    """The column of exactly this link, ours by tag or resource id before any other. Raises `ValueError` for no list.

    Copies keep tag and resource id, so those alone never decide.
    """
    listed = _json(body)
    if not isinstance(listed, list):
        raise ValueError("not a list of line items")  # noqa: TRY004 - the body is at fault, not the caller
    ours = [item for item in listed if isinstance(item, dict) and item.get("resourceLinkId") == link]
    ours.sort(key=lambda item: (item.get("tag") != TAG, item.get("resourceId") != course))
    return next((url for item in ours if (url := forms.web_address(item.get("id"), LONG_URL))), None)


def column(label: str, course: str) -> dict[str, Any]:
    """A column as we want it, whoever makes it, so that `find` knows it again."""
    return {"scoreMaximum": MAXIMUM, "label": label.replace("\u00a0", " ")[:LABEL], "resourceId": course, "tag": TAG}


def described(label: str, link: str, course: str) -> bytes:
    """A column to be made; bound to its link, so that it goes when the link goes."""
    return json.dumps(column(label, course) | {"resourceLinkId": link}).encode()


def made(body: bytes) -> str | None:
    """The address of the column that a platform has just made, or None when it does not say."""
    try:
        item = _json(body)
    except ValueError:
        return None
    return forms.web_address(item.get("id"), LONG_URL) if isinstance(item, dict) else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
