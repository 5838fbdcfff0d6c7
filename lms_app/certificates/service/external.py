"""Files that the office signs with its own token, elsewhere: handing them out, and taking them back.

Taken back is only the very same document with a signature added: its bytes begin with the bytes that were handed out,
nothing but a signature follows, and the signer's certificate is registered as ours.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from lms_app.certificates import inspecting, keys
from lms_app.certificates.queries import files as sent
from lms_app.certificates.queries import keys as known
from lms_app.certificates.service import files
from lms_app.certificates.service.uploads import LARGEST
from lms_app.certificates.signing import BASIC, TIMED
from lms_app.core import apart, audit, storage
from lms_app.core.db import release
from lms_app.core.errors import Invalid, NotFound

MANIFEST = "SHA256SUMS"
"""As `sha256sum -c` reads it."""

BATCH = 100
MOST = 1000
"""Files in what is sent back."""

LARGEST_ALL = 128 * 1024 * 1024
"""Bytes of all files of a zip together, unpacked."""

_inspector = apart.Pool(f"{inspecting.__name__}:{inspecting.added.__name__}")


@dataclass(frozen=True)
class Taken:
    """What came of one file. `error`: a sentence with `values`, "" when it was taken. `unknown`: a certificate (PEM)
    that signed rightly but is not registered yet; `subject` and `fingerprint` are its own.
    """

    name: str
    serial: str = ""
    error: str = ""
    subject: str = ""
    fingerprint: str = ""
    unknown: str = ""

    @property
    def values(self) -> dict[str, str]:
        return {"signer": self.subject, "serial": self.serial}


def waiting_zip(most: int = BATCH) -> bytes:
    """The oldest unsigned files and their SHA-256, as a zip. Raises `NotFound` when none waits."""
    found = sent.unsigned()[:most]
    if not found:
        raise NotFound("Không có tệp nào chờ ký.")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for one in found:
            packed.writestr(f"{one.serial}.pdf", storage.get(one.file_key))
        packed.writestr(MANIFEST, "".join(f"{one.file_sha256}  {one.serial}.pdf\n" for one in found))
    return out.getvalue()


def unpacked(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """The PDFs of a zip, or the one PDF itself. Nothing is written anywhere. Raises `Invalid` for no zip, or a bomb."""
    if not content.startswith(b"PK"):
        return [(name, content)]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            inside = [one for one in packed.infolist() if one.filename.lower().endswith(".pdf")]
            if len(inside) > MOST or sum(one.file_size for one in inside) > LARGEST_ALL:
                raise Invalid("Tệp zip có quá nhiều tệp hoặc bung ra quá lớn. Hãy chia nhỏ, mỗi lần tối đa 1.000 tệp.")
            return [(one.filename.rsplit("/", 1)[-1], _unpacked(packed, one)) for one in inside]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise Invalid("Không mở được tệp zip %(name)s: tệp hỏng hoặc có mật khẩu.", name=name) from error


def take(sent_back: Iterable[tuple[str, bytes]], *, actor: object) -> list[Taken]:
    """Take signed files back, each by itself: one that is refused keeps no other.

    The database is let go of while the files are looked at.
    """
    waiting = {one.file_sha256: one for one in sent.unsigned()}
    ours = {keys.facts(one.chain).fingerprint: one for one in known.seals() if one.chain}
    release()
    looked = [(name, content, *_looked_at(name, content, waiting, ours)) for name, content in sent_back]
    for _name, content, result, row in looked:
        if not result.error and row is not None:
            key = row.before.file_key.removesuffix(".pdf") + "-signed.pdf"
            storage.put(key, content)
            files.keep(row.before.id, key, content, row.level, row.key_id)
            audit.note(actor, "certificate.signed", row.before.code, serial=row.before.serial, signer=result.subject)
    return [result for _name, _content, result, _row in looked]


@dataclass(frozen=True)
class _Accepted:
    before: Row[Any]
    level: str
    key_id: Any


def _looked_at(
    name: str, content: bytes, waiting: Mapping[str, Row[Any]], ours: Mapping[str, Row[Any]]
) -> tuple[Taken, _Accepted | None]:
    if len(content) > LARGEST:
        return Taken(name, error="Tệp lớn quá 2 MB."), None
    before = _beginning(content, list(waiting.values()))
    if before is None:
        return Taken(name, error=_stranger(content)), None
    if len(content) == before.file_bytes:
        return Taken(name, before.serial, "Tệp này chưa được ký."), None
    try:
        seen = _inspector.call(content, before=before.file_bytes)
    except apart.Overrun:
        seen = {"state": inspecting.BROKEN}
    result = _judged(name, before.serial, seen, ours)
    if result.error:
        return result, None
    level = TIMED if seen["is_stamped"] else BASIC
    return result, _Accepted(before, level, ours[seen["fingerprint"]].id)


def _judged(name: str, serial: str, seen: Mapping[str, Any], ours: Mapping[str, Row[Any]]) -> Taken:
    if seen["state"] != inspecting.SIGNED:
        return Taken(name, serial, "Không thấy đúng một chữ ký số trong tệp này. Hãy ký lại từ tệp đã tải về.")
    said = {"subject": seen["subject"], "fingerprint": seen["fingerprint"]}
    if not seen["is_whole"]:
        return Taken(
            name, serial, "Chữ ký không đúng, hoặc tệp bị sửa sau khi ký. Hãy ký lại từ tệp đã tải về.", **said
        )
    if not seen["is_only_signed"]:
        return Taken(name, serial, "Ngoài chữ ký, tệp còn bị sửa nội dung. Hãy ký lại từ tệp đã tải về.", **said)
    if seen["fingerprint"] not in ours:
        error = "Tệp được ký bằng chứng thư số chưa đăng ký: %(signer)s. Hãy xác nhận chứng thư này rồi nộp lại."
        return Taken(name, serial, error, unknown=seen["certificate"], **said)
    return Taken(name, serial, **said)


def _beginning(content: bytes, waiting: Sequence[Row[Any]]) -> Row[Any] | None:
    """Which of the files handed out these bytes begin with; all their lengths are tried in one pass."""
    digest, at = hashlib.sha256(), 0
    for one in sorted(waiting, key=lambda one: int(one.file_bytes)):
        if one.file_bytes > len(content):
            return None
        digest.update(memoryview(content)[at : one.file_bytes])
        at = one.file_bytes
        if digest.copy().hexdigest() == one.file_sha256:
            return one
    return None


def _stranger(content: bytes) -> str:
    if sent.by_digest(hashlib.sha256(content).hexdigest()):
        return "Tệp này đã được nhận từ trước."
    return "Tệp này không bắt đầu bằng đúng tệp chờ ký: có thể phần mềm ký đã ghi lại cả tệp. Hãy ký mà không lưu lại."


def _unpacked(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """One byte more than is allowed tells that it is too large; no more is unpacked."""
    with packed.open(one) as file:
        return file.read(LARGEST + 1)
