from pathlib import Path

import pytest
from flask import Flask

from lms_app.core import storage
from lms_app.core.errors import NotFound, OutOfService
from lms_app.core.settings import Settings


def test_what_was_put_comes_back(app: Flask) -> None:
    storage.put("certificates/2026/a.pdf", b"%PDF")
    assert storage.get("certificates/2026/a.pdf") == b"%PDF"
    assert storage.exists("certificates/2026/a.pdf")


@pytest.mark.parametrize("key", ["../secret-key", "a/../../b", "/etc/passwd", ""])
def test_a_key_that_climbs_out_is_refused(app: Flask, key: str) -> None:
    with pytest.raises(NotFound):
        storage.get(key)


def test_a_folder_we_may_not_write_gives_a_sentence_and_leaves_nothing(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    blocked = settings.data / "files" / "blocked"
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("a file stands where a folder should be")
    with pytest.raises(OutOfService, match="báo quản trị viên"):
        storage.put("blocked/a.pdf", b"x")
    assert not list(Path(settings.data).rglob(".part-*"))
    blocked.unlink()
