"""One line of migrations that leads, on both databases, to exactly what the models say, and back."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import CHAR, Engine, MetaData, Table, Uuid, create_engine, inspect, select, text

from lms_app.accounts.models import Person
from lms_app.app import create_app
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.ids import new_code, new_id
from lms_app.core.settings import Settings
from tests.architecture.tree import ROOT

FOLDER = ROOT / "migrations"
LONGEST = 32
"""What Alembic's version column holds."""


@pytest.fixture
def empty_url(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, of the kind that the whole run uses."""
    if settings.is_sqlite:
        yield f"sqlite:///{tmp_path}/migrations.db"
        return
    server, _, name = settings.database_url.rpartition("/")
    mine = f"{name}_migrations"
    engine = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {mine} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {mine} TEMPLATE template0 LOCALE 'C.UTF-8'"))
        yield f"{server}/{mine}"
        connection.execute(text(f"DROP DATABASE IF EXISTS {mine} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def migrating(settings: Settings, empty_url: str) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=empty_url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def modelled(the_app: Flask) -> dict[str, Any]:
    """The schema as the models make it; the suite's own database was made that way."""
    with the_app.app_context():
        return _schema(db.engine)


def test_head_file_names_the_only_head() -> None:
    assert _scripts().get_heads() == [(FOLDER / "HEAD.txt").read_text(encoding="utf-8").strip()]


def test_each_migration_is_named_as_its_file_and_numbered() -> None:
    revisions = [script.revision for script in _scripts().walk_revisions()][::-1]
    files = sorted(path.stem for path in (FOLDER / "versions").glob("*.py"))
    assert revisions == files
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert all(len(name) <= LONGEST for name in files)


@pytest.mark.usefixtures("migrating")
def test_up_leads_to_what_the_models_say(modelled: dict[str, Any]) -> None:
    flask_migrate.upgrade()
    made = _schema(db.engine)
    assert made.keys() == modelled.keys()
    for table, parts in modelled.items():
        assert made[table] == parts, table


@pytest.mark.usefixtures("migrating")
def test_autogenerate_finds_nothing_to_do() -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.usefixtures("migrating")
def test_each_step_goes_up_down_and_up_to_the_same() -> None:
    revisions = [script.revision for script in _scripts().walk_revisions()][::-1]
    before = _schema(db.engine)
    for revision in revisions:
        flask_migrate.upgrade(revision=revision)
        after = _schema(db.engine)
        flask_migrate.downgrade(revision="-1")
        assert _schema(db.engine) == before, f"down from {revision}"
        flask_migrate.upgrade(revision=revision)
        assert _schema(db.engine) == after, f"up again to {revision}"
        before = after


@pytest.mark.usefixtures("migrating")
def test_what_was_there_keeps_its_meaning_when_lti_grows_and_shrinks_again() -> None:
    """0002: a paused platform stays paused; a name that only a platform told is one that its bearer has to confirm."""
    flask_migrate.upgrade(revision="0001_first")
    on, off, known, own = (new_id() for _ in range(4))
    _insert("lti_platform", _platform(on, "on", active=True), _platform(off, "off", active=False))
    _insert("person", _person(known, None), _person(own, "tam@coquan.example"))
    _insert("lti_user", *(_user(on, person, f"u-{at}") for at, person in enumerate((known, own))))
    flask_migrate.upgrade(revision="0002_lti_advantage")
    assert _column("lti_platform", "status") == {on: "active", off: "disabled"}
    assert _column("person", "name_source") == {known: "platform", own: "own"}
    flask_migrate.downgrade(revision="-1")
    assert _column("lti_platform", "active") == {on: True, off: False}


@pytest.mark.usefixtures("migrating")
def test_certificates_that_were_there_are_chained_and_the_issuer_keeps_its_lines() -> None:
    """0003: the issuer's lines become its first profile; each certificate is entered, paged and given a status bit."""
    flask_migrate.upgrade(revision="0002_lti_advantage")
    codes = _old_register()
    flask_migrate.upgrade(revision="0003_trusted_certificates")
    assert set(_column("certificate", "page").values()) == {1, 2}
    assert len(set(_column("certificate", "status_index").values())) == len(codes)
    with db.engine.connect() as connection:
        lines = connection.execute(select(_reflected("register_entry"))).all()
    assert [line.position for line in lines] == list(range(1, len(codes) + 2))
    assert [line.kind for line in lines] == ["issue"] * len(codes) + ["revoke"]
    assert [json.loads(line.content)["code"] for line in lines] == [*codes, codes[-1]]
    before = ""
    for line in lines:
        assert line.previous == before
        before = hashlib.sha256(f"{before}\n{line.content}".encode()).hexdigest()
        assert line.digest == before
    assert list(_column("register_book", "last_digest").values()) == [before]
    flask_migrate.downgrade(revision="-1")
    assert list(_column("issuer", "name").values()) == ["Sở Khoa học và Công nghệ"]


@pytest.mark.usefixtures("migrating")
def test_people_who_were_there_are_numbered_and_so_is_what_is_counted_of_them() -> None:
    """0005: each person has a number of their own, which stands beside their posts; whoever comes later goes on."""
    flask_migrate.upgrade(revision="0004_staff_and_plans")
    first, second, unit, post = (new_id() for _ in range(4))
    _insert("person", _person(first, None), _person(second, "tam@coquan.example"))
    _insert("unit", {"id": unit, "code": "X", "name": "Xã", "kind": "commune", "valid_from": date(2026, 1, 1)})
    work = {"unit_id": unit, "position": "", "audience": "CC", "since": date(2026, 1, 1)}
    _insert("employment", {"id": post, "person_id": second, **work})
    flask_migrate.upgrade(revision="0005_person_numbers")
    numbers = _column("person", "number")
    assert sorted(numbers.values()) == [1, 2]
    assert _column("employment", "person_number") == {post: numbers[second]}
    later = Person(name="Lê Văn Tám", sort_key="tam", created_at=now())
    db.session.add(later)
    db.session.commit()
    assert later.number == 3


def _old_register() -> list[str]:
    """A book with 21 certificates as they were before, the last of them revoked; their codes."""
    issuer, book, version, count = new_id(), new_id(), new_id(), 21
    names = {
        "parent_name": "Ủy ban nhân dân",
        "name": "Sở Khoa học và Công nghệ",
        "prefix": "VL-CĐS",
        "place": "Vĩnh Long",
    }
    signer = {"signer_title": "GIÁM ĐỐC", "signer_name": "Lê Minh", "capacity": ""}
    _insert("issuer", {"id": issuer, "code": "default", "valid_from": date(2026, 1, 1), **names, **signer})
    _insert("register_book", {"id": book, "issuer_id": issuer, "name": "CNTH", "year": 2026, "last_number": count})
    _insert("course", {"id": "cc-01", "status": "published", "version": 1})
    texts = dict.fromkeys(("digest", "label", "audience", "owner", "grade"), "x")
    numbers = dict.fromkeys(("number", "level", "minutes", "periods", "lessons"), 1)
    at = {"rule": {}, "certificate": {}, "published_at": now()}
    _insert("course_version", {"id": version, "course_id": "cc-01", **texts, **numbers, **at})
    codes = sorted(new_code() for _ in range(count))
    for number, code in enumerate(codes, 1):
        who, enrolment = new_id(), new_id()
        _insert("person", _person(who, f"nguoi{number}@coquan.example"))
        which = {"course_id": "cc-01", "version_id": version}
        times = {"enrolled_at": now(), "seen_at": now(), "origin": "self", "stamp": 0}
        _insert("enrolment", {"id": enrolment, "person_id": who, **which, **times})
        ids = {"id": new_id(), "book_id": book, "person_id": who, "enrolment_id": enrolment, **which}
        _insert("certificate", {**ids, **_printed(number, code), "status": "revoked" if number == count else "valid"})
    return codes


def _printed(number: int, code: str) -> dict[str, Any]:
    lines = ("course_title", "full_name", "position", "unit_name", "form", "result", "issuer_parent", "issuer_name")
    days = dict.fromkeys(("from_date", "to_date", "issued_on"), date(2026, 11, 23))
    revoked = {"revoked_at": now(), "revoked_by": "Lan", "revoked_reason": "Sai"} if number == 21 else {}
    return {
        **dict.fromkeys((*lines, "place", "capacity", "signer_title", "signer_name"), "Lê Văn Tám"),
        "code": code,
        "number": number,
        "serial": f"VL-CĐS-2026-{number:06}",
        "book_number": f"{number:04}/2026",
        "kind": "COMPLETION",
        "design": "default",
        "periods": 2,
        "minutes": 60,
        "issued_at": now(),
        **days,
        **dict.fromkeys(("revoked_at", "revoked_by", "revoked_reason")),
        **revoked,
    }


def _platform(key: UUID, client: str, *, active: bool) -> dict[str, Any]:
    urls = dict.fromkeys(("auth_url", "token_url", "jwks_url"), "https://lms.example/x")
    whose = {"name": client, "issuer": "https://lms.example", "client_id": client}
    return {"id": key, "active": active, "created_at": now(), **whose, **urls}


def _person(key: UUID, email: str | None) -> dict[str, Any]:
    name = {"name": "Lê Văn Tám", "sort_key": "tam"}
    return {"id": key, "email": email, "locale": "vi", "epoch": 0, "active": True, "created_at": now(), **name}


def _user(platform: UUID, person: UUID, sub: str) -> dict[str, Any]:
    whose = {"platform_id": platform, "person_id": person, "sub": sub}
    return {"id": new_id(), "name": "Lê Văn Tám", "email": "", "at": now(), **whose}


def _insert(table: str, *found: dict[str, Any]) -> None:
    """Into a table as it is at this revision, not as the models have it."""
    there = _reflected(table)
    with db.engine.begin() as connection:
        connection.execute(there.insert(), list(found))


def _column(table: str, name: str) -> dict[UUID, Any]:
    there = _reflected(table)
    with db.engine.connect() as connection:
        return {key: value for key, value in connection.execute(select(there.c.id, there.c[name]))}  # noqa: C416 - rows


def _reflected(table: str) -> Table:
    """SQLite calls a UUID CHAR(32) and a boolean BOOLEAN; both are given back as what they mean."""
    there = Table(table, MetaData(), autoload_with=db.engine, resolve_fks=False)
    for column in there.columns:
        if isinstance(column.type, CHAR):
            column.type = Uuid()
    return there


def test_migrations_import_nothing_of_ours() -> None:
    importing = [
        path.name for path in (FOLDER / "versions").glob("*.py") if "lms_app" in path.read_text(encoding="utf-8")
    ]
    assert not importing, "A migration must run when the models have long moved on."


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), file_template="%(rev)s")


def _schema(engine: Engine) -> dict[str, Any]:
    """Table -> columns, keys, constraints and indexes, as the database itself tells them."""
    found = inspect(engine)
    tables = sorted(set(found.get_table_names()) - {"alembic_version"})
    counting = _never_reusing(engine)
    return {table: _table(found, table) | {"never reuses an id": table in counting} for table in tables}


def _never_reusing(engine: Engine) -> set[str]:
    """SQLite's AUTOINCREMENT, which the outbox needs and a table made anew in a migration loses unless told."""
    if engine.dialect.name != "sqlite":
        return set()
    with engine.connect() as connection:
        told = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))
        return set(told.scalars())


def _table(found: Any, table: str) -> dict[str, Any]:
    columns = {
        column["name"]: (str(column["type"]), column["nullable"], column["default"], column.get("autoincrement"))
        for column in found.get_columns(table)
    }
    constraints = [
        found.get_pk_constraint(table),
        *found.get_foreign_keys(table),
        *found.get_unique_constraints(table),
        *found.get_indexes(table),
    ]
    with suppress(NotImplementedError):
        constraints += found.get_check_constraints(table)
    return {"columns": columns, "constraints": sorted(map(_plain, constraints))}


def _plain(value: Any) -> str:
    """Comparable text of what an inspector says, also of the conditions of an index."""
    if isinstance(value, dict):
        return repr(sorted((key, _plain(inner)) for key, inner in value.items() if key != "comment"))
    return repr([_plain(inner) for inner in value]) if isinstance(value, list | tuple) else str(value)
