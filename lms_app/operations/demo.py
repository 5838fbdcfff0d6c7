"""`flask demo ...`: real courses and made-up people on one machine. Exists only with LMS_DEMO=1."""

import itertools
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade

from lms_app.accounts.models import Person
from lms_app.accounts.service import people as accounts
from lms_app.assessment import service as assessment
from lms_app.certificates.queries import register as certificates
from lms_app.certificates.service import issuers
from lms_app.core import outbox, storage
from lms_app.core.db import db, make_wal, reading, transaction
from lms_app.core.errors import Invalid
from lms_app.core.settings import DEMO_URL, Settings
from lms_app.courses import service as courses
from lms_app.learning.service import studying as learning
from lms_app.lti.queries import launches as lti
from lms_app.operations import bentre, province
from lms_app.organisations.service import seed

group = AppGroup("demo", help="Real courses and made-up people on this machine (LMS_DEMO=1).")

NAMELESS = "Học Viên Minh Họa"
PASSWORD = "demo-2026"  # noqa: S105 - known to everybody: demo mode listens on loopback only
HR, HR_OF_A_COMMUNE = "nhansu@demo.vn", "nhansu.xa@demo.vn"
PEOPLE: tuple[tuple[str, str, tuple[str, ...], str, str, str], ...] = (
    ("hocvien@demo.vn", "Nguyễn Thị Thưởng", (), bentre.HOME, "Chuyên viên", "CC"),
    ("giangvien@demo.vn", "Trần Quốc Toản", ("trainer",), bentre.TECHNOLOGY, "Giảng viên", "CT"),
    (HR, "Phạm Ngọc Lan", ("hr",), bentre.HOME_AFFAIRS, "Chuyên viên tổ chức", "CC"),
    (HR_OF_A_COMMUNE, "Đỗ Thị Kim Chi", (), bentre.HOME, "Công chức nội vụ", "CC"),
    ("quantri@demo.vn", "Lê Minh Khôi", ("admin",), bentre.TECHNOLOGY, "Quản trị viên", "CT"),
)
"""E-mail, name, roles, code of the unit, position, audience group."""
SECONDS_TO_RENDER = 60
STOPPED = {0, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGTERM}
ROLES = ("học viên", "giảng viên", "nhân sự", "nhân sự một xã", "quản trị")


@group.command("serve")
def serve() -> None:
    """Prepare the data folder, then run the web server and the worker until Ctrl-C."""
    settings = _settings()
    site = urlsplit(settings.url)
    _check_port(site.hostname or "127.0.0.1", site.port or 80)
    migrate()
    known = accounts.by_email(PEOPLE[0][0]) is not None
    if not known:
        fill(settings)
    (settings.data / DEMO_URL).write_text(settings.url)
    running = [subprocess.Popen(command, cwd=Path(current_app.root_path).parent) for command in _commands(site)]
    if known:  # a second start serves at once what was there, and then looks for changes
        fill(settings)
    _introduce(settings)
    sys.exit(_wait_for(running))


@group.command("prepare")
def prepare_only() -> None:
    """Make the database, the courses and the demo people, and stop."""
    settings = _settings()
    migrate()
    fill(settings)


@group.command("answer")
@click.option("--sub", required=True, help="The learner's id on the platform.")
@click.option("--course", required=True)
@click.option("--score", type=click.FloatRange(0, 1), required=True)
def answer(sub: str, course: str, score: float) -> None:
    """Play a learner who came by LTI through a course and its final test, to about this score."""
    _settings()
    with transaction():
        found = lti.newest_user(sub)
        if found is None:
            raise click.ClickException(f"Nobody with sub {sub!r} has been launched yet.")
        person_id = found.person_id
        enrolment = learning.enrol(person_id, course, origin="lti")
        learning.read_all(enrolment)
    with transaction():
        attempt = assessment.play(person_id, course, score)
        _confirm_name(person_id)
    click.echo(f"{sub}: {course} {attempt.score:.0%}")


def _confirm_name(person_id: UUID) -> None:
    """As the learner would: the name as it stands, or one that may be printed. What was completed is certified."""
    person = db.session.get_one(Person, person_id)
    try:
        accounts.confirm_name(person_id, person.name)
    except Invalid:
        accounts.confirm_name(person_id, NAMELESS)


@group.command("certificates")
@click.option("--count", type=click.IntRange(1, 10_000), default=10, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--course", default="cc-01", show_default=True)
def make_certificates(count: int, out: Path, course: str) -> None:
    """Issue certificates to made-up people through the real path; write CODE.pdf and print the codes."""
    _settings()
    out.mkdir(parents=True, exist_ok=True)
    names = itertools.product(bentre.SURNAMES, bentre.MIDDLES, bentre.GIVEN)
    for surname, middle, given in itertools.islice(itertools.cycle(names), count):
        with transaction():
            person = accounts.add_person(f"{surname} {middle} {given}")
            enrolment = learning.enrol(person.id, course)
            learning.read_all(enrolment)
        with transaction():
            assessment.play(person.id, course, 1)
            _confirm_name(person.id)
        issued = _wait_for_file(person.id)
        (out / f"{issued.code}.pdf").write_bytes(storage.get(issued.file_key))
        click.echo(issued.code)


@group.command("province")
@click.option("--units", type=click.IntRange(4, 5_000), default=1_500, show_default=True)
@click.option("--people", type=click.IntRange(1, 500_000), default=100_000, show_default=True)
@click.option("--enrolments", type=click.IntRange(0, 2_000_000), help="Three for each of the people, unless said.")
def make_province(units: int, people: int, enrolments: int | None) -> None:
    """Add a made-up province (codes PT-...) for trials of coverage, with targets, headcounts and what was learnt."""
    settings = _settings()
    migrate()
    fill(settings)
    with transaction():
        province.build(province.Size(units, people, people * 3 if enrolments is None else enrolments))
    click.echo(f"{units} units, {people} people: /hr/coverage, signed in as {PEOPLE[2][0]}")


def _wait_for_file(person_id: UUID) -> Any:
    """The certificate once its PDF is stored, by us or by a worker that was faster."""
    for _ in range(SECONDS_TO_RENDER * 10):
        outbox.drain()
        with reading():
            found = next((one for one in certificates.mine(person_id) if one.file_key), None)
        if found:
            return found
        time.sleep(0.1)
    raise click.ClickException("The PDF was not made in time; `flask jobs status` says what waits.")


def migrate() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    make_wal(db.engine)
    upgrade()


def fill(settings: Settings) -> None:
    """Published courses, a province, demo people, an issuer. What is there stays; a folder with errors is left out."""
    with transaction():
        for folder in sorted(path.parent for path in settings.courses.glob("[!_]*/course.yml")):
            try:
                courses.publish(folder, actor="demo")
            except courses.NotPublishable as error:
                click.echo(f"  {folder.name}: {error} (flask courses check {folder})")
        bentre.seed()
        _people()
        issuers.profile(signer="Lê Hoàng Minh Phước")
        seed.load("demo")


def _people() -> None:
    for email, name, roles, unit, position, audience in PEOPLE:
        if accounts.by_email(email) is None:
            person = accounts.add_person(name, email, password=PASSWORD, roles=roles)
            bentre.work(person.id, unit, position, audience)
            if email == HR_OF_A_COMMUNE:
                bentre.officer_of(person.id, unit)
            if email == HR:
                bentre.assign(person)


def _introduce(settings: Settings) -> None:
    click.echo(f"\n  {settings.url}\n\n  Đăng nhập / Sign in (mật khẩu / password: {PASSWORD}):")
    for (email, *_), role in zip(PEOPLE, ROLES, strict=True):
        click.echo(f"    {email:<20} {role}")
    click.echo(f"\n  Dữ liệu / data: {settings.data}    Dừng / stop: Ctrl-C\n")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        raise click.ClickException("Demo commands need LMS_DEMO=1. They are never for a real installation.")
    return settings


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Cổng {port} đang có chương trình khác dùng. Chọn cổng khác: make demo PORT={port + 1}\n"
                f"Port {port} is in use. Choose another: make demo PORT={port + 1}"
            ) from error


def _commands(site: SplitResult) -> tuple[list[str], list[str]]:
    """The web server and the worker."""
    place = ["--host", site.hostname or "127.0.0.1", "--port", str(site.port or 80)]
    size = ["--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", *place, *size, "wsgi:app"]
    return web, [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"]


def _wait_for(running: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until one ends or we are told to stop; then end all, giving each time to finish what it is doing."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(process.poll() is None for process in running):
        time.sleep(0.2)
    stop(0, None)
    for process in running:
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
    return 1 if any(process.returncode not in STOPPED for process in running) else 0
