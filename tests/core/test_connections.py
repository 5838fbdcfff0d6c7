"""What each new connection to the database is told before anybody uses it."""

from flask import Flask
from sqlalchemy import text

from lms_app.core.db import db

TOLD = {
    "sqlite": ("PRAGMA foreign_keys", 1),
    "postgresql": ("SHOW plan_cache_mode", "force_custom_plan"),
}


def test_sqlite_keeps_foreign_keys_and_postgresql_plans_each_run_for_its_values(app: Flask) -> None:
    asked, answer = TOLD[db.engine.dialect.name]
    assert db.session.scalar(text(asked)) == answer
