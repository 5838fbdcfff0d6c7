"""Files that were sent to be looked at, kept until somebody confirms that they mean exactly these."""

import hashlib

from lms_app.core import storage
from lms_app.core.errors import Conflict, LmsError


def keep(key: str, content: bytes) -> str:
    """In place of the one before; its digest, to be sent back with the confirmation."""
    storage.put(key, content)
    return _digest(content)


def kept(key: str) -> bytes:
    """Empty when there is none."""
    try:
        return storage.get(key)
    except LmsError:
        return b""


def confirmed(key: str, digest: str) -> bytes:
    """Raises `Conflict` when it is gone, or another one was sent meanwhile."""
    content = kept(key)
    if not content or _digest(content) != digest:
        raise Conflict("Danh sách đã kiểm tra không còn ở đây. Hãy gửi lại tệp để kiểm tra và nhập.")
    return content


def forget(key: str) -> None:
    storage.put(key, b"")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
