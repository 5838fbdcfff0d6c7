"""What each new connection to the database is told before anybody uses it."""

from flask import Flask
from sqlalchemy import text

from lms_app.core.db import db

TOLD: dict[str, dict[str, object]] = {
    "sqlite": {"PRAGMA foreign_keys": 1},
    "postgresql": {"SHOW plan_cache_mode": "force_custom_plan", "SHOW jit": "off"},
}


def test_sqlite_keeps_foreign_keys_and_postgresql_plans_each_run_for_its_values_and_compiles_none(app: Flask) -> None:
    told = TOLD[db.engine.dialect.name]
    assert {asked: db.session.scalar(text(asked)) for asked in told} == told
