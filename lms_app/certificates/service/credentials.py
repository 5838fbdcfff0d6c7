"""Signed credentials and status lists, and the keys that sign them."""

import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from lms_app.certificates import badges
from lms_app.certificates.badges import Site
from lms_app.certificates.models import BADGE, Certificate, SigningKey
from lms_app.certificates.queries import credentials as known
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, OutOfService
from lms_app.core.site import settings

FOLDER = "keys"
PREFIX = "badge-"


def site() -> Site:
    return Site(settings().url, settings().zone)


def credential(issued: Certificate | Row[Any]) -> str:
    """The Open Badge of a certificate as VC-JWT, about 2 KB; the same bytes until the key is turned.

    Call with no transaction open: when there is no key yet, one is made and committed.
    """
    return _signed(badges.credential(issued, site()), _made_key())


def read_credential(issued: Row[Any]) -> str | None:
    """The same for a page, which writes nothing: None while there is no key, so no credential was given out either."""
    key = _newest()
    return _signed(badges.credential(issued, site()), key) if key else None


def token_address(issued: Certificate | Row[Any]) -> str:
    """For a second QR of 40 mm or more: opens the offline page, which reads the signed token after the #.

    Browsers send nothing of it to us. Call with no transaction open, as `credential`.
    """
    key = _made_key()
    token = badges.token(issued, int(key.name.removeprefix(PREFIX)), _pem(key.location))
    return f"{settings().url}/verify/offline#{token}"


def status_list(number: int) -> str | None:
    """The signed list of that number as it is now, dated at the full hour so that it repeats while nothing changes.

    None when no certificate is in it, and while there is no key, so that no credential can name it.
    """
    key = _newest()
    if key is None or not 1 <= number <= known.newest_list():
        return None
    hour = now().replace(minute=0, second=0, microsecond=0)
    return _signed(badges.status_list(site(), number, issuer_name(), known.set_bits(number), hour), key)


def trusted() -> dict[str, Any]:
    """What somebody needs to check our files and credentials without us later, dated now.

    `badges`: key id -> public JWK. `seals`: SHA-256 of a signer's certificate -> what the key is called, whether it is
    self-made, whose it is. `lists`: address -> signed status list.
    """
    where = site()
    lists = {where.list_url(number): status_list(number) for number in range(1, known.newest_list() + 1)}
    return {
        "made_at": now().isoformat(timespec="seconds"),
        "site": where.url,
        "did": where.did,
        "issuer": issuer_name(),
        "badges": {f"{where.did}#{key.name}": key.jwk for key in known.badge_keys()},
        "seals": {
            badges.fingerprint(key.chain): {
                "name": key.name,
                "self_made": key.self_made,
                "issuers": known.issuers_with(key.id, self_made=key.self_made),
            }
            for key in known.seals()
        },
        "lists": {address: token for address, token in lists.items() if token},
    }


def issuer_name() -> str:
    return known.issuer_name() or settings().organisation


def turn_key(actor: object) -> str:
    """Sign with a new key from now on; returns its name. The old ones stay published. Raises `Conflict`."""
    in_use = select(SigningKey).where(SigningKey.purpose == BADGE, SigningKey.retired_at.is_(None))
    for key in db.session.scalars(in_use.with_for_update()):
        key.retired_at = now()
    name = _name(len(known.badge_keys()) + 1)
    if not _add(name):
        raise Conflict("Khóa ký vừa được thay ở nơi khác. Hãy xem lại trước khi thay lần nữa.")
    audit.note(actor, "certificate.badge_key", name)
    return name


def _signed(claims: badges.Claims, key: Row[Any]) -> str:
    return badges.sign(claims, f"{site().did}#{key.name}", _pem(key.location))


def _newest() -> Row[Any] | None:
    keys = known.badge_keys()
    return keys[-1] if keys else None


def _made_key() -> Row[Any]:
    if _newest() is None:
        with transaction():
            _add(_name(1))
    return known.badge_keys()[-1]


def _name(number: int) -> str:
    return f"{PREFIX}{number}"


def _add(name: str) -> bool:
    """Enter a key, with its file made when it is not there; False when it is entered already."""
    location = f"{name}.pem"
    at = now()
    key = SigningKey(
        purpose=BADGE,
        name=name,
        location=location,
        chain="",
        jwk=badges.public_jwk(_made(location)),
        self_made=True,
        valid_from=at,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(key)
    except IntegrityError:
        return False
    return True


def _made(location: str) -> str:
    """The private key of that file, written whole and for us alone; whoever is second takes what the first wrote."""
    path = settings().data / FOLDER / location
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=path.parent, prefix=".half-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(badges.new_key())
                file.flush()
                os.fsync(file.fileno())
            os.link(half, path)
        except FileExistsError:
            pass
        finally:
            Path(half).unlink()
    except OSError as error:
        raise OutOfService(
            "Máy chủ chưa ghi được khóa ký (%(why)s). Hãy báo quản trị viên.", why=error.strerror
        ) from error
    return path.read_text()


def _pem(location: str) -> str:
    """Raises `OutOfService` when the file of a key that the database knows is gone."""
    try:
        return (settings().data / FOLDER / location).read_text()
    except OSError as error:
        raise OutOfService(
            "Máy chủ không đọc được khóa ký %(name)s (%(why)s). Hãy báo quản trị viên.",
            name=location,
            why=error.strerror,
        ) from error
