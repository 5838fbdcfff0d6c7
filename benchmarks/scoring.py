"""Learners who came by LTI and whose line item waits at a far platform, and the scores that they reach."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from benchmarks import databases, learners, seed
from benchmarks.far_platform import FarPlatform
from benchmarks.learners import Class
from benchmarks.measure import server
from lms_app.app import create_app
from lms_app.core.db import db, transaction
from lms_app.core.settings import Settings
from lms_app.learning.models import Enrolment
from lms_app.learning.service import studying as learning
from lms_app.lti.models import LtiUser
from tests.lti.platform import Server

QUIZ = "kiem-tra"
BATCH = 50
LINEITEM = "/items/6"
PASS = 0.6


@dataclass(frozen=True)
class Study:
    """An installation whose learners have launched and have no score. `learners`: enrolment and version by `sub`."""

    app: Flask
    environment: Mapping[str, str]
    far: FarPlatform
    learners: Mapping[str, tuple[UUID, UUID]]

    def score(self, subs: Sequence[str], share: float, *, reads_all: bool = False) -> None:
        """Let them reach a score in one transaction. `reads_all`: with the lessons done too, so a pass completes."""
        with transaction():
            for enrolment, version, _sub in sorted((*self.learners[sub], sub) for sub in subs):
                if reads_all:
                    learning.read_all(db.session.get_one(Enrolment, enrolment))
                learning.record_result(enrolment, QUIZ, version, share, passed=share >= PASS)
        db.session.expunge_all()

    def score_all(self, subs: Sequence[str], share: float) -> None:
        for at in range(0, len(subs), BATCH):
            self.score(subs[at : at + BATCH], share)


@contextlib.contextmanager
def study(database: str, count: int, *, seconds: float, **settings: str) -> Iterator[Study]:
    """So many learners of a platform that answers after `seconds`; each has launched once, over HTTP."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chosen = stack.enter_context(databases.chosen(database, folder)) | learners.LAB | settings
        seed.fill(chosen, count)
        far = FarPlatform(seconds)
        far.start()
        stack.callback(far.stop)
        _launch(chosen, far, count)
        app = create_app(Settings.from_env(chosen))
        stack.enter_context(app.app_context())
        stack.callback(db.engine.dispose)
        stack.callback(db.session.remove)
        yield Study(app, chosen, far, _learners())


def _launch(chosen: Mapping[str, str], far: FarPlatform, count: int) -> None:
    with contextlib.closing(Server()) as keys:
        lms = learners.register(chosen, keys, far=far.url)
        with server("wsgi:app", chosen, workers=2, threads=2) as (port, _pid):
            them = Class(lms, port, f"{far.url}{LINEITEM}")
            wrong = [one.error for one in them.launch([f"u-{at}" for at in range(count)]) if one.error]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {count} launches failed: {wrong[0]}")


def _learners() -> dict[str, tuple[UUID, UUID]]:
    who = select(LtiUser.sub, Enrolment.id, Enrolment.version_id).join(
        Enrolment, Enrolment.person_id == LtiUser.person_id
    )
    return {sub: (enrolment, version) for sub, enrolment, version in db.session.execute(who)}
