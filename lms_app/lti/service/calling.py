"""Calls to a platform's services: with a token, a new one where it was refused; what a failure means for the outbox."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from lms_app.core import outbound, outbox
from lms_app.core.clock import now
from lms_app.core.outbound import Answer
from lms_app.core.outbox import Outcome
from lms_app.lti import grades, registry, tokens
from lms_app.lti.quirks import Quirks

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
"""The specification has 401 for a token that is no longer good; Open edX answers 403 to it."""


class Failed(Exception):
    """The platform did not do what was asked. `outcome`: whether to try again, and when, or to wait for a person."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


def ask(platform_id: UUID, scopes: str, send: Callable[[dict[str, str]], Answer]) -> Answer:
    """What the platform answers to `send(headers)`, a second time with a new token if need be. No transaction is open.

    Raises `Failed` without a token or an answer.
    """
    try:
        answer = send(_bearer(registry.token(platform_id, scopes)))
        if answer.status in REFUSED:
            answer = send(_bearer(registry.token(platform_id, scopes, fresh=True)))
    except tokens.TokenRefused as error:
        raise Failed(_no_token(error)) from error
    except outbound.Unreachable as error:
        raise Failed(_no_answer(str(error))) from error
    return answer


def good(answer: Answer) -> Answer:
    """The answer, if the platform did what was asked. Raises `Failed`."""
    if answer.is_good:
        return answer
    verdict = grades.judge(answer, now(), Quirks())
    if verdict.what == "done":  # 409 settles a score, and nothing else
        raise Failed(outbox.hold(f"HTTP {answer.status}"))
    raise failed(verdict)


def failed(verdict: grades.Verdict) -> Failed:
    """What a verdict other than "done" means for the outbox."""
    if verdict.what == "again":
        return Failed(outbox.again(verdict.error, verdict.wait, host_fault=verdict.host_fault))
    return Failed(outbox.hold(verdict.error))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _no_token(error: tokens.TokenRefused) -> Outcome:
    if error.is_final:
        return outbox.hold(str(error))
    return outbox.again(str(error), error.wait, host_fault=error.host_fault)


def _no_answer(why: str) -> Outcome:
    """An address we may not call waits for a person; a host that is busy with our other calls is not at fault."""
    if why == "address":
        return outbox.hold("address not allowed")
    return outbox.again(why, host_fault=why != "busy")
