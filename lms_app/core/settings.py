"""Every setting, typed, from the environment (`LMS_*`). The only place that reads `os.environ`."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lms_app.core.errors import SettingsError

ROOT = Path(__file__).parents[2]
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
    proxies: int = 0
    time_zone: str = "Asia/Ho_Chi_Minh"
    rate_limits: bool = True
    worker_threads: int = 4

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check all settings. Raises `SettingsError` that names everything wrong at once."""
        env = os.environ if env is None else env  # noqa: TID251 - this is its one home
        demo = _flag(env, "LMS_DEMO")
        data = Path(env.get("LMS_DATA", "var")).resolve()
        values = {
            "data": data,
            "demo": demo,
            "url": env.get("LMS_URL", "http://127.0.0.1:8000" if demo else "").rstrip("/"),
            "secret_key": env.get("LMS_SECRET_KEY", "") or (_demo_key(data) if demo else ""),
            "database_url": _database(env, data),
            "allow_private_hosts": _flag(env, "LMS_ALLOW_PRIVATE_HOSTS") or demo,
            "rate_limits": env.get("LMS_RATE_LIMITS", "1") != "0",
            "proxies": int(env.get("LMS_PROXIES", "0") or 0),
            "worker_threads": int(env.get("LMS_WORKER_THREADS", "4") or 4),
        }
        for name in ("courses", "designs"):
            if found := env.get(f"LMS_{name.upper()}"):
                values[name] = Path(found).resolve()
        for name in ("redis_url", "mail_url", "mail_from", "support_email", "organisation", "time_zone"):
            if found := env.get(f"LMS_{name.upper()}"):
                values[name] = found
        settings = cls(**values)  # type: ignore[arg-type]  # a dict of mixed types; each is made above
        settings.check()
        return settings

    def check(self) -> None:
        wrong = []
        if urlsplit(self.url).scheme not in {"http", "https"}:
            wrong.append("LMS_URL: the public address, for example https://hoc.tinh.gov.vn")
        if len(self.secret_key) < 32:  # noqa: PLR2004 - 256 bits as text
            wrong.append("LMS_SECRET_KEY: at least 32 random characters (openssl rand -hex 32)")
        if self.demo and urlsplit(self.url).hostname not in LOOPBACK:
            wrong.append("LMS_DEMO: demo people have a known password, so LMS_URL must be on 127.0.0.1")
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


def _flag(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "") not in {"", "0", "false", "no"}


def _database(env: Mapping[str, str], data: Path) -> str:
    """Our own spelling of PostgreSQL addresses, so that `postgresql://` as everybody writes it works."""
    url = env.get("LMS_DATABASE_URL", "") or f"sqlite:///{data / 'lms.db'}"
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


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
