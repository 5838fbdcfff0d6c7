"""`flask courses check|publish|list`: thin, each with one transaction around the service."""

from collections.abc import Iterable
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from lms_app.core.db import reading, transaction
from lms_app.core.settings import Settings
from lms_app.courses import queries, service
from lms_app.courses.issues import Issue, errors
from lms_app.courses.loader import SHARED, load

group = AppGroup("courses", help="Kiểm tra và xuất bản khóa học / Check and publish courses.")


@group.command("check")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folders: tuple[Path, ...]) -> None:
    """Name everything to mend, with file and line. Exit 1 when there is an error."""
    found = [issue for folder in folders or _all() for issue in service.check(folder.resolve())]
    _say(found)
    wrong = len(errors(found))
    count = len(folders or _all())
    click.echo(
        f"{count} khóa học, {wrong} lỗi, {len(found) - wrong} cảnh báo / "
        f"{count} courses, {wrong} errors, {len(found) - wrong} warnings"
    )
    if wrong:
        raise SystemExit(1)


@group.command("publish")
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Mọi khóa học có status: published hoặc retired.")
def publish(ids: tuple[str, ...], *, everything: bool) -> None:
    """Publish courses by id. A course with errors is not published, and its errors are named."""
    if not ids and not everything:
        raise click.UsageError("Nêu mã khóa học hoặc --all / Name course ids or --all.")
    refused = False
    for folder in _ready() if everything else [_folder(slug) for slug in ids]:
        try:
            with transaction():
                done = service.publish(folder, "cli")
        except service.NotPublishable as error:
            _say(error.issues)
            click.echo(f"{folder.name}: chưa xuất bản, {error} / not published")
            refused = True
            continue
        words = "đã xuất bản / published" if done.is_new else "không đổi / unchanged"
        click.echo(f"{done.course}: phiên bản {done.number} {words}")
    if refused:
        raise SystemExit(1)


@group.command("list")
def listing() -> None:
    """Every course ever published, with status and newest version."""
    with reading():
        for found in queries.listed("vi"):
            click.echo(f"{found.id}\t{found.status}\t{found.version}\t{found.published_at:%Y-%m-%d}\t{found.title}")


def _say(issues: Iterable[Issue]) -> None:
    for issue in issues:
        click.echo(f"{issue}{'' if issue.severity == 'error' else ' (cảnh báo / warning)'}")


def _courses() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.courses


def _all() -> list[Path]:
    found = _courses().glob("*/")
    return sorted(path for path in found if path.name != SHARED and not path.name.startswith("."))


def _ready() -> list[Path]:
    """Those whose authors say they may be seen."""
    return [path for path in _all() if load(path).course.values.get("status") in {"published", "retired"}]


def _folder(slug: str) -> Path:
    path = _courses() / slug
    if not path.is_dir() or path.name == SHARED or "/" in slug:
        raise click.UsageError(f"Không có khóa học {slug} / There is no course {slug}.")
    return path
