from pathlib import Path

import pytest

from lms_app.core.errors import SettingsError
from lms_app.core.settings import Settings

GOOD = {"LMS_URL": "https://hoc.tinh.example", "LMS_SECRET_KEY": "x" * 32}


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_env({})
    assert "LMS_URL" in str(error.value)
    assert "LMS_SECRET_KEY" in str(error.value)


def test_a_demo_needs_no_settings_and_keeps_its_key(tmp_path: Path) -> None:
    env = {"LMS_DEMO": "1", "LMS_DATA": str(tmp_path)}
    assert Settings.from_env(env).secret_key == Settings.from_env(env).secret_key


def test_a_demo_refuses_an_address_that_others_can_reach(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LMS_DEMO"):
        Settings.from_env({"LMS_DEMO": "1", "LMS_DATA": str(tmp_path), "LMS_URL": "http://0.0.0.0:8000"})


def test_a_postgresql_address_as_everybody_writes_it_works() -> None:
    settings = Settings.from_env(GOOD | {"LMS_DATABASE_URL": "postgresql://lms@db/lms"})
    assert settings.database_url == "postgresql+psycopg://lms@db/lms"


def test_cookies_are_secure_behind_https() -> None:
    assert Settings.from_env(GOOD).secure
    assert not Settings.from_env(GOOD | {"LMS_URL": "http://127.0.0.1:8000"}).secure


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="LMS_DATA"):
        Settings.from_env({"LMS_DEMO": "1", "LMS_DATA": str(tmp_path / "file" / "data")})


def test_a_number_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match="LMS_PROXIES"):
        Settings.from_env(GOOD | {"LMS_PROXIES": "two"})
