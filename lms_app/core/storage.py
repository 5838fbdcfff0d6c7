"""Files that are not rows: PDFs, media. A local folder; the one place that would learn of another store."""

import os
import tempfile
from pathlib import Path, PurePosixPath

from flask import current_app

from lms_app.core.errors import NotFound, OutOfService
from lms_app.core.settings import Settings


def put(key: str, content: bytes) -> None:
    """Write a whole file or nothing. Raises `OutOfService` when the disk is full or not ours to write."""
    path = _path(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutOfService(
            "Máy chủ chưa ghi được tệp (%(why)s). Dữ liệu đã nhập vẫn còn; hãy báo quản trị viên.", why=error.strerror
        ) from error


def get(key: str) -> bytes:
    """Raises `NotFound` for a key that was never put."""
    try:
        return _path(key).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("Không tìm thấy tệp này.") from error


def drop(key: str) -> None:
    """Nothing happens when it was never put, or is gone."""
    _path(key).unlink(missing_ok=True)


def exists(key: str) -> bool:
    return _path(key).is_file()


def _path(key: str) -> Path:
    """`key` is made by us, like `certificates/2026/<uuid>.pdf`; a part that climbs out is refused all the same."""
    parts = PurePosixPath(key).parts
    if not parts or ".." in parts or PurePosixPath(key).is_absolute():
        raise NotFound("Không tìm thấy tệp này.")
    settings: Settings = current_app.extensions["settings"]
    return settings.data.joinpath("files", *parts)
