"""Django's settings for one run of the harness, from the three words that serve.py is called with."""

from pathlib import Path
from typing import Any
from uuid import uuid4

APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "config_models",
    "school",  # before lti_consumer, which looks for edx-platform when it starts
    "lti_consumer",
]
MIDDLEWARE = [
    "edx_django_utils.cache.middleware.RequestCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "school.signing_in.SignIn",
    "crum.CurrentRequestUserMiddleware",
    "edx_django_utils.cache.middleware.TieredCacheMiddleware",
]
USAGE_ID = r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))"


class Unmigrated(dict[str, None]):
    """Tables come straight from the models: the database lives as long as one test run."""

    def __contains__(self, _app: object) -> bool:
        return True

    def __missing__(self, _app: str) -> None:
        return None


def chosen(port: int, tool: str, data: Path) -> dict[str, Any]:
    """`tool`: the address of the tool under test. The names in capitals below LTI_ are edx-platform's."""
    url = f"http://localhost:{port}"
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data / "openedx.sqlite3",
        "ATOMIC_REQUESTS": True,  # as edx-platform has it
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
    }
    return {
        "SECRET_KEY": uuid4().hex,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1"],
        "INSTALLED_APPS": APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "MIGRATION_MODULES": Unmigrated(),
        "DATABASES": {"default": database},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        "ROOT_URLCONF": "urls",
        "USE_TZ": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "SESSION_COOKIE_SAMESITE": "None",  # as Open edX needs it for the answers of deep linking
        "SESSION_COOKIE_SECURE": True,
        "LMS_ROOT_URL": url,
        "LTI_BASE": url,
        "LTI_API_BASE": url,
        "LTI_CUSTOM_PARAM_TEMPLATES": {},
        "LEARNING_MICROFRONTEND_URL": url,
        "PLATFORM_NAME": "Trường Chính trị",
        "SERVICE_VARIANT": "lms",
        "USAGE_ID_PATTERN": USAGE_ID,
    }
