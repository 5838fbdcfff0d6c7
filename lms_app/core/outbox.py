"""Rows to deliver at least once and in order, written in the transaction that owes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask


@dataclass(frozen=True)
class Outcome:
    state: str
    error: str | None = None
    wait: float | None = None
    host_fault: bool = False


DONE = Outcome("done")


def again(error: str, wait: float | None = None, *, host_fault: bool = False) -> Outcome:
    return Outcome("again", error, wait, host_fault)


def hold(error: str) -> Outcome:
    return Outcome("held", error)


@dataclass(frozen=True)
class Handler:
    kind: str
    functions: tuple[Callable[[Any], Any], ...]


def do(*functions: Callable[[Any], None]) -> Handler:
    return Handler("do", functions)


def send(function: Callable[[Any], Outcome]) -> Handler:
    return Handler("send", (function,))


def put(topic: str, key: str, lane: str, payload: Mapping[str, Any], *, replace: bool = False) -> None:
    raise OSError("being written")


def init(app: Flask, handlers: Mapping[str, Handler]) -> None:
    app.extensions["outbox"] = dict(handlers)
