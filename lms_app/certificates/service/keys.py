"""Which key seals for whom: making the first, opening it, adding, retiring and choosing keys."""

import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from lms_app.certificates import keys
from lms_app.certificates.models import SEAL, Issuer, IssuerProfile, SigningKey
from lms_app.certificates.queries import keys as stored
from lms_app.certificates.queries.keys import EXTERNAL
from lms_app.certificates.service import issuers
from lms_app.certificates.signing import BadKey, Signer
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, NotFound
from lms_app.core.ids import new_id
from lms_app.core.site import settings

PRIVATE = 0o600

_open: dict[tuple[Any, ...], Signer] = {}
_opening = threading.Lock()


def signer_for(profile_id: UUID, at: datetime) -> Signer | None:
    """Who seals what this profile issues; None when the office signs elsewhere and the file stays unsigned till then.

    Call it with no transaction of one's own open: at first need it makes a key. A key once opened stays open in this
    process. Raises `BadKey` while the key cannot sign: the certificate stays in the register, its file waits.
    """
    found = stored.of_profile(profile_id) or stored.self_made() or _first(at)
    if found.location.startswith(EXTERNAL):
        return None
    _usable(found, at)
    return opened(found)


def opened(key: Row[Any]) -> Signer:
    """The signer of a key, from this process's memory when it was opened before. Raises `BadKey`."""
    wanted = (key.id, key.location, key.chain, settings().data, settings().tsa_url)
    with _opening:
        if wanted not in _open:
            private, _beside = _read(key.location)
            _open[wanted] = Signer(private, key.chain, key.id, timed=bool(settings().tsa_url), self_made=key.self_made)
        return _open[wanted]


def check(name: str) -> None:
    """Sign something with a key, as the next seal would. Raises `BadKey`, `NotFound`."""
    found = stored.by_name(name)
    if found is None:
        raise NotFound("Không có khóa ký nào tên %(name)s.", name=name)
    if found.location.startswith(EXTERNAL):
        raise BadKey("Khóa ký %(name)s ở thiết bị của cơ quan, nên không ký thử được từ đây.", name=name)
    _usable(found, now())
    opened(found).cms(bytes(32))


def owner(chain: str) -> str:
    """Whose certificate it is, "" while there is none."""
    return keys.facts(chain).subject if chain else ""


def forget() -> None:
    """Close what this process has opened: for tests, and after a fork."""
    with _opening:
        _open.clear()


def folder() -> Path:
    return settings().data / "keys"


def add(name: str, location: str, chain: str, *, actor: object) -> SigningKey:
    """Register a key that can sign. `chain` may be "" when it lies beside the key, or the token stays elsewhere.

    Raises `BadKey`, `Conflict`.
    """
    if stored.by_name(name):
        raise Conflict("Đã có khóa ký tên %(name)s. Hãy chọn tên khác.", name=name)
    if not location.startswith(EXTERNAL):
        private, beside = _read(location)
        chain = chain or beside
        if not chain:
            raise BadKey("Không có chứng thư số bên cạnh khóa. Hãy nộp thêm tệp chứng thư dạng PEM.")
        Signer(private, chain)
    made = _row(name, location, chain, self_made=False)
    db.session.add(made)
    db.session.flush()
    audit.note(actor, "key.add", name, certificate=owner(chain))
    return made


def add_file(name: str, content: bytes, *, actor: object) -> SigningKey:
    """Take a PKCS#12 file in. Raises `BadKey` before anything is written when it does not open."""
    keys.from_file(content, settings().signing_passphrase, name)
    location = f"{new_id().hex}.p12"
    _write(location, content)
    try:
        return add(name, location, "", actor=actor)
    except BaseException:
        (folder() / location).unlink()
        raise


def learn(chain: str, *, actor: object) -> SigningKey:
    """Register the certificate of a token that signs elsewhere, once an administrator has said that it is the office's.

    It is called after its subject and the beginning of its fingerprint.
    """
    said = keys.facts(chain)
    return add(f"{said.name[:60]} {said.fingerprint[:8]}", EXTERNAL, chain, actor=actor)


def retire(name: str, *, actor: object) -> None:
    """It signs no more; what it signed stays valid, so its certificate is kept for ever."""
    found = _named(name)
    if found.retired_at is None:
        found.retired_at = now()
        audit.note(actor, "key.retire", name)


def use(name: str, issuer: str, *, actor: object) -> None:
    """Let a key seal for an issuer from now on, in the profile that holds today and in those to come."""
    found = _named(name)
    if found.retired_at:
        raise Conflict("Khóa ký %(name)s đã ngừng dùng. Hãy chọn khóa khác.", name=name)
    today = issuers.today()
    wanted = select(IssuerProfile).join(Issuer, Issuer.id == IssuerProfile.issuer_id).where(Issuer.code == issuer)
    profiles = [one for one in db.session.scalars(wanted) if one.valid_until is None or one.valid_until >= today]
    if not profiles:
        raise NotFound("Không có cơ quan cấp nào mang mã %(code)s và còn hiệu lực.", code=issuer)
    for profile in profiles:
        profile.key_id = found.id
    audit.note(actor, "key.use", name, issuer=issuer)


def _named(name: str) -> SigningKey:
    found = db.session.scalar(select(SigningKey).where(SigningKey.name == name, SigningKey.purpose == SEAL))
    if found is None:
        raise NotFound("Không có khóa ký nào tên %(name)s.", name=name)
    return found


def _first(at: datetime) -> Row[Any]:
    """Make a key and register it; of two processes that do so at once, one key stays and both use it."""
    name, location = f"tu-tao-{stored.how_many_made() + 1}", f"{new_id().hex}.p12"
    content, chain = keys.made(settings().organisation, settings().signing_passphrase, at)
    _write(location, content)
    try:
        with transaction():
            db.session.add(_row(name, location, chain, self_made=True))
            audit.note("system", "key.make", name, certificate=keys.facts(chain).subject)
    except IntegrityError:
        (folder() / location).unlink()
    found = stored.self_made()
    if found is None:
        raise BadKey("Chưa tạo được khóa ký. Hãy thử lại.")
    return found


def _row(name: str, location: str, chain: str, *, self_made: bool) -> SigningKey:
    said = keys.facts(chain) if chain else None
    return SigningKey(
        purpose=SEAL,
        name=name,
        location=location,
        chain=chain,
        jwk={},
        self_made=self_made,
        valid_from=said.valid_from if said else now(),
        valid_until=said.valid_until if said else None,
        created_at=now(),
    )


def _usable(key: Row[Any], at: datetime) -> None:
    if key.retired_at and key.retired_at <= at:
        raise BadKey("Khóa ký %(name)s đã ngừng dùng. Hãy chọn khóa khác cho cơ quan cấp.", name=key.name)
    if at < key.valid_from:
        day = issuers.today(key.valid_from).strftime("%d/%m/%Y")
        raise BadKey("Chứng thư số của khóa ký %(name)s chỉ có hiệu lực từ ngày %(day)s.", name=key.name, day=day)
    if key.valid_until and at > key.valid_until:
        day = issuers.today(key.valid_until).strftime("%d/%m/%Y")
        raise BadKey("Chứng thư số của khóa ký %(name)s đã hết hạn từ ngày %(day)s.", name=key.name, day=day)


def _read(location: str) -> tuple[keys.FileKey | keys.TokenKey, str]:
    passphrase = settings().signing_passphrase
    if location.startswith(keys.SCHEME):
        return keys.from_token(location, passphrase)
    try:
        content = (folder() / location).read_bytes()
    except OSError as error:
        raise BadKey(
            "Không đọc được tệp khóa ký %(name)s (%(why)s). Hãy chép lại tệp từ bản sao lưu.",
            name=location,
            why=error.strerror,
        ) from error
    return keys.from_file(content, passphrase, location)


def _write(location: str, content: bytes) -> None:
    """Readable by us alone, from the first byte on."""
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder() / location, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BadKey("Chưa ghi được tệp khóa ký (%(why)s). Hãy báo quản trị viên.", why=error.strerror) from error
