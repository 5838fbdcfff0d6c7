"""Assignment and Grade Services 2.0 on the library's class: line items, scores, results; strict as Moodle is."""

import threading
from contextlib import suppress
from datetime import datetime
from typing import Any

from lti1p3platform.exceptions import LineItemNotFoundException, LtiServiceException
from lti1p3platform.response import Response
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService

from tests.journeys.platform.courses import Context, Item
from tests.journeys.platform.http import Asked, Said, data
from tests.journeys.platform.library import LINEITEM, LINEITEM_READ, RESULT, SCORE, Config, Incoming

MEDIA = "application/vnd.ims.lis."
SCORE_TYPE, ITEM_TYPE = f"{MEDIA}v1.score+json", f"{MEDIA}v2.lineitem+json"
LIST_TYPE = f"{MEDIA}v2.lineitemcontainer+json"
FILTERS = {"resource_link_id": "resourceLinkId", "resource_id": "resourceId", "tag": "tag"}
QUERY = "?type_id=5"
"""Moodle's addresses of line items carry a query; what is added to the path goes before it."""

_scoring = threading.Lock()


class Gradebook(AssignmentsGradesService):  # type: ignore[misc]
    """One request to one course's gradebook. `scores`: everything that was taken, in order."""

    context: Context
    scores: list[dict[str, Any]]
    opened_by: tuple[str, ...] = ()

    @property
    def allowed_scopes(self) -> list[str]:
        """By what is done: the library opens everything with any of its scopes."""
        return list(self.opened_by)

    def address(self, name: str) -> str:
        return f"{self.ags.lineitems_url}/{name}{QUERY}"

    def shown(self, name: str) -> Item:
        return {"id": self.address(name), **self.context.items[name]}

    def known(self, name: str) -> Item:
        if name not in self.context.items:
            raise LineItemNotFoundException(name)
        return self.context.items[name]

    def find_lineitems(self, page: int = 1, limit: int | None = None, **asked: Any) -> dict[str, Any]:
        wanted = {FILTERS[name]: value for name, value in asked.items() if name in FILTERS}
        found = [self.shown(name) for name, item in self.context.items.items() if wanted.items() <= item.items()]
        return _paged(found, page, limit)

    def find_lineitem(self, line_item_id: str) -> Item:
        self.known(line_item_id)
        return self.shown(line_item_id)

    def create_lineitem(self, creation_data: Item) -> Item:
        link = creation_data.get("resourceLinkId")
        if not creation_data.get("label") or not isinstance(creation_data.get("scoreMaximum"), int | float):
            raise LtiServiceException("label and scoreMaximum", 400)
        if link and link not in self.context.links:
            raise LtiServiceException("another's link", 403)
        name = self.context.add_item({key: value for key, value in creation_data.items() if key != "id"})
        if link and not self.context.links[link].item:
            self.context.links[link].item = name
        return self.shown(name)

    def update_lineitem(self, update_data: Item) -> Item:
        """The whole line item anew: what is left out is gone."""
        name = update_data.pop("id")
        self.known(name)
        self.context.items[name] = update_data
        return self.shown(name)

    def delete_lineitem(self, line_item_id: str) -> None:
        self.known(line_item_id)
        del self.context.items[line_item_id]
        for link in self.context.links.values():
            link.item = "" if link.item == line_item_id else link.item

    def update_score(self, line_item_id: str, score: dict[str, Any]) -> UpdateScoreStatus:
        """Seconds must rise. Anything but a finished grade empties the one already there."""
        self.known(line_item_id)
        at = _checked(score)
        if not self.context.is_learner(score["userId"]):
            raise LtiServiceException("no learner of this course", 400)
        place = line_item_id, score["userId"]
        with _scoring:
            before = self.context.grades.get(place)
            if before and int(_time(before["timestamp"]).timestamp()) >= int(at.timestamp()):
                return UpdateScoreStatus.OLD_TIMESTAMP
            self.context.grades[place] = score
            self.scores.append({"item": line_item_id, "context": self.context.id, **score})
        return UpdateScoreStatus.SUCCESS

    def get_results(
        self, line_item_id: str, page: int = 1, limit: int | None = None, user_id: str = "", **_asked: Any
    ) -> dict[str, Any]:
        self.known(line_item_id)
        found = [
            self._result(line_item_id, score)
            for (item, sub), score in self.context.grades.items()
            if item == line_item_id and user_id in {"", sub} and stands(score)
        ]
        return _paged(found, page, limit)

    def _result(self, name: str, score: dict[str, Any]) -> dict[str, Any]:
        most = self.context.items[name]["scoreMaximum"]
        share = min(1.0, max(0.0, score["scoreGiven"] / score["scoreMaximum"]))
        return {
            "id": f"{self.ags.lineitems_url}/{name}/results/{score['userId']}{QUERY}",
            "scoreOf": self.address(name),
            "userId": score["userId"],
            "resultScore": share * most,
            "resultMaximum": most,
            "comment": score.get("comment", ""),
        }


def stands(score: dict[str, Any] | None) -> bool:
    return score is not None and score["gradingProgress"] == "FullyGraded" and "scoreGiven" in score


def serve(asked: Asked, config: Config, context: Context, url: str, scores: list[dict[str, Any]]) -> Said:
    """`<url>`, `<url>/<item>`, `<url>/<item>/scores` or `/results`."""
    _, _, name, what = [*asked.path.strip("/").split("/"), "", ""][:4]
    book = Gradebook(Incoming(asked), config, url)
    book.context, book.scores = context, scores
    steps: dict[tuple[str, str], tuple[Any, tuple[str, ...], str]] = {
        ("GET", "list"): (book.handle_get_lineitems, (LINEITEM, LINEITEM_READ), "Accept:" + LIST_TYPE),
        ("POST", "list"): (book.handle_create_lineitem, (LINEITEM,), ITEM_TYPE),
        ("GET", ""): (book.handle_get_lineitem, (LINEITEM, LINEITEM_READ), ""),
        ("PUT", ""): (book.handle_update_lineitem, (LINEITEM,), ITEM_TYPE),
        ("DELETE", ""): (book.handle_delete_lineitem, (LINEITEM,), ""),
        ("POST", "scores"): (book.handle_update_score, (SCORE,), SCORE_TYPE),
        ("GET", "results"): (book.handle_get_results, (RESULT,), ""),
    }
    step = steps.get((asked.method, what if name else "list"))
    if step is None or not _is_typed(asked, step[2]):
        return Said(400, "[]")
    handle, book.opened_by, _ = step
    return _said(book.handle_resp(handle, **({"line_item_id": name} if name else {})))


def _is_typed(asked: Asked, kind: str) -> bool:
    """Moodle finds no handler for any other media type."""
    if kind.startswith("Accept:"):
        return kind.removeprefix("Accept:") in asked.headers.get("Accept", "")
    return not kind or asked.headers.get("Content-Type", "").partition(";")[0] == kind


def _said(answer: Response) -> Said:
    result = answer.result
    if answer.code >= 400:
        return Said(answer.code, "[]")
    if result is None:
        return Said(answer.code)
    if "content" not in result:
        return Said(answer.code, data(result).text, answer.media_type)
    more = [("Link", f'<{result["next"]}>; rel="next"')] if result.get("next") else []
    return Said(answer.code, data(result["content"]).text, answer.media_type, more)


def _paged(found: list[Any], page: int, limit: int | None) -> dict[str, Any]:
    size = limit or len(found) or 1
    return {"content": found[(page - 1) * size : page * size], "has_next": len(found) > page * size}


def _checked(score: Any) -> datetime:
    """The time of a score that may be taken (AGS 2.0, 3.4.8)."""
    needed = {"userId", "timestamp", "activityProgress", "gradingProgress"}
    if not isinstance(score, dict) or not needed <= score.keys():
        raise LtiServiceException("incomplete", 400)
    if "scoreGiven" in score and not (score.get("scoreMaximum") or 0) > 0:
        raise LtiServiceException("scoreMaximum", 400)
    with suppress(ValueError):
        return _time(score["timestamp"])
    raise LtiServiceException("timestamp", 400)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
