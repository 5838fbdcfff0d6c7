"""Every setting, typed, from the environment (`LMS_*`). The only place that reads `os.environ`."""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lms_app.core.errors import SettingsError

ROOT = Path(__file__).parents[2]
DEMO_URL = "url"
"""File in a demo's data folder."""

REGISTRATIONS = ("open", "approve", "closed")
"""What becomes of a platform that registers itself: in use at once, in use when an administrator agrees, refused."""

SHORTEST_KEY = 32
"""256 bits as text."""

LONGEST_REMINDER = 365
"""Days."""

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Settings:
    """What an operator can choose. Each field is `LMS_<NAME>`; README.md has the table."""

    data: Path
    url: str
    secret_key: str
    database_url: str
    redis_url: str = ""
    demo: bool = False
    courses: Path = ROOT / "courses"
    designs: Path = ROOT / "certificates"
    mail_url: str = ""
    mail_from: str = "hoc@localhost"
    support_email: str = "hotro@coquan.example"
    organisation: str = "Sở Khoa học và Công nghệ"
    allow_private_hosts: bool = False
    lti_registration: str = "approve"
    certificate_wait_hours: float = 24.0
    remind_days_before: tuple[int, ...] = (7, 1)
    remind_days_after: tuple[int, ...] = (1, 7)
    signing_passphrase: str = ""
    tsa_url: str = ""
    proxies: int = 0
    time_zone: str = "Asia/Ho_Chi_Minh"
    rate_limits: bool = True
    worker_threads: int = 12
    outbox_lease: float = 60.0
    outbox_send_limit: float = 20.0
    outbox_sweep: float = 5.0
    outbox_backoff: float = 5.0
    outbox_backoff_cap: float = 3600.0

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check all settings. Raises `SettingsError` that names everything wrong at once."""
        env = os.environ if env is None else env  # noqa: TID251 - this is its one home
        values, wrong = _read(env)
        data: Path = values.setdefault("data", Path("var").resolve())
        values["demo"] = demo = values.get("demo", False)
        values["url"] = (values.get("url") or (_demo_url(data) if demo else "")).rstrip("/")
        values.setdefault("secret_key", _demo_key(data) if demo else "")
        values["database_url"] = _database(values.get("database_url"), data)
        values.setdefault("allow_private_hosts", demo)
        settings = cls(**values)
        settings.check(wrong)
        return settings

    def check(self, found: Iterable[str] = ()) -> None:
        """Raises `SettingsError` that names everything to mend, `found` while reading first."""
        checks = (
            (_is_site(self.url), "LMS_URL: the public address, for example https://hoc.tinh.gov.vn"),
            (
                self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")),
                "LMS_DATABASE_URL: sqlite:///<file> or postgresql://<user>@<host>/<name>",
            ),
            (_is_zone(self.time_zone), "LMS_TIME_ZONE: a name like Asia/Ho_Chi_Minh"),
            (self.lti_registration in REGISTRATIONS, f"LMS_LTI_REGISTRATION: one of {', '.join(REGISTRATIONS)}"),
            (
                all(0 <= days <= LONGEST_REMINDER for days in (*self.remind_days_before, *self.remind_days_after)),
                "LMS_REMIND_DAYS_BEFORE, LMS_REMIND_DAYS_AFTER: days like 7,1, each at most 365; or none",
            ),
            (
                len(self.secret_key) >= SHORTEST_KEY,
                "LMS_SECRET_KEY: at least 32 random characters (openssl rand -hex 32)",
            ),
            (
                not self.demo or urlsplit(self.url).hostname in LOOPBACK,
                "LMS_DEMO: demo people have a known password, so LMS_URL must be on 127.0.0.1",
            ),
            (
                self.outbox_lease > 2 * self.outbox_send_limit,
                "LMS_OUTBOX_LEASE: more than twice LMS_OUTBOX_SEND_LIMIT, or a row is taken while it is sent",
            ),
        )
        wrong = [*found, *(sentence for holds, sentence in checks if not holds)]
        if wrong:
            raise SettingsError("Settings to mend:\n  " + "\n  ".join(wrong))

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, so that cookies may be `Secure` and `__Host-`."""
        return self.url.startswith("https://")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _is_site(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"} and urlsplit(url).port != 0
    except ValueError:  # a port that is no number, or too large
        return False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        return False
    return True


def _read(env: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The fields that are set, each as its type, and what could not be read."""
    values: dict[str, Any] = {}
    wrong = []
    for field in fields(Settings):
        raw = env.get(f"LMS_{field.name.upper()}", "").strip()
        if not raw:
            continue
        try:
            values[field.name] = READERS[field.type](raw)
        except ValueError:
            wrong.append(f"LMS_{field.name.upper()}: a number, not {raw!r}")
    return values, wrong


READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: lambda raw: raw.lower() not in {"0", "false", "no"},
    Path: lambda raw: Path(raw).resolve(),
    tuple[int, ...]: lambda raw: tuple(int(part) for part in raw.split(",")) if raw != "none" else (),
}


def _database(url: str | None, data: Path) -> str:
    """Our own spelling of PostgreSQL addresses, so that `postgresql://` as everybody writes it works."""
    return (url or f"sqlite:///{data / 'lms.db'}").replace("postgresql://", "postgresql+psycopg://", 1)


def _demo_url(data: Path) -> str:
    """Where the demo of this data folder is served, so that a second shell joins it by naming the folder alone."""
    kept = data / DEMO_URL
    return kept.read_text().strip() if kept.is_file() else "http://127.0.0.1:8000"


def _demo_key(data: Path) -> str:
    """A key of this demo's own, kept in its data folder so that sessions outlive a restart."""
    path = data / "secret-key"
    try:
        if not path.exists():
            data.mkdir(parents=True, exist_ok=True)
            path.write_text(secrets.token_hex(32))
            path.chmod(0o600)
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"LMS_DATA: cannot write to {data}: {error.strerror}. Choose a folder you own.") from error
