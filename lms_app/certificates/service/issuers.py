"""Who certifies on a given day."""

import hashlib
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from lms_app.certificates import picture, sheet
from lms_app.certificates.forms.issuers import Profile
from lms_app.certificates.models import Issuer, IssuerProfile, RegisterBook
from lms_app.core import audit, storage
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.errors import Conflict
from lms_app.core.site import settings

DEFAULT = "default"
BOOK = "CNTH"


def today(at: datetime | None = None) -> date:
    """The day on the calendar of the organisation."""
    return (at or now()).astimezone(settings().zone).date()


def profile(code: str = DEFAULT, signer: str = "") -> IssuerProfile:
    """How an issuer certifies today. The default one is made from the settings when there is none; `signer` then signs.

    Raises `Conflict` when no profile of the issuer holds today.
    """
    issuer = db.session.scalar(select(Issuer).where(Issuer.code == code))
    if issuer is None and code == DEFAULT:
        issuer = _first(signer)
    day = today()
    wanted = (
        select(IssuerProfile)
        .join(Issuer, Issuer.id == IssuerProfile.issuer_id)
        .where(
            Issuer.code == code,
            IssuerProfile.valid_from <= day,
            or_(IssuerProfile.valid_until.is_(None), IssuerProfile.valid_until >= day),
        )
        .order_by(IssuerProfile.valid_from.desc())
    )
    found = db.session.scalar(wanted)
    if found is None:
        raise Conflict("Chưa có cơ quan cấp nào còn hiệu lực. Hãy thêm cơ quan cấp trước khi cấp giấy chứng nhận.")
    return found


def add_profile(code: str, asked: Profile, actor: object, seal: bytes | None = None) -> IssuerProfile:
    """How an issuer certifies from a day on; the profile that held before ends the day before. Makes a new issuer.

    What was issued keeps its lines. `seal`: a PNG, b"" for none from now on, None for the one there was.
    Raises `Conflict` for a day that is not after the start of the newest profile, `Invalid` for what is no seal.
    """
    issuer = db.session.scalar(select(Issuer).where(Issuer.code == code).with_for_update())
    if issuer is None:
        issuer = Issuer(code=code)
        db.session.add(issuer)
        db.session.flush()
    since = cast("date", asked.valid_from)
    newest = db.session.scalar(
        select(IssuerProfile)
        .where(IssuerProfile.issuer_id == issuer.id)
        .order_by(IssuerProfile.valid_from.desc())
        .limit(1)
    )
    if newest and newest.valid_from >= since:
        raise Conflict("Ngày bắt đầu phải sau ngày bắt đầu của thông tin đang dùng.")
    if newest and (newest.valid_until is None or newest.valid_until >= since):
        newest.valid_until = since - timedelta(days=1)
    made = IssuerProfile(
        issuer_id=issuer.id,
        **asked.values,
        english=dict(asked.english),
        seal=_kept(seal) if seal is not None else newest and newest.seal,
        key_id=newest.key_id if newest else None,
        valid_from=since,
    )
    db.session.add(made)
    db.session.flush()
    said = {"name": made.name, "signer": made.signer_name, "seal": made.seal}
    audit.note(actor, "issuer.profile", code, valid_from=since.isoformat(), **said)
    return made


def locked_book(issuer_id: UUID, year: int) -> RegisterBook:
    """The issuer's book of a year, made when there is none, locked until the caller's transaction ends."""
    wanted = (
        select(RegisterBook)
        .where(RegisterBook.issuer_id == issuer_id, RegisterBook.name == BOOK, RegisterBook.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalar(wanted)
    if found is None:
        _add_once(RegisterBook(issuer_id=issuer_id, name=BOOK, year=year, last_number=0, last_entry=0, last_digest=""))
        found = db.session.scalars(wanted).one()
    return found


def _kept(seal: bytes) -> str | None:
    """By what is in it, so that the certificates of an older profile find theirs for ever."""
    if not seal:
        return None
    content = picture.seal_png(seal)
    key = f"seals/{hashlib.sha256(content).hexdigest()}.png"
    storage.put(key, content)
    return key


def _first(signer: str) -> Issuer:
    _add_once(Issuer(code=DEFAULT))
    issuer = db.session.scalars(select(Issuer).where(Issuer.code == DEFAULT).with_for_update()).one()
    if db.session.scalar(select(IssuerProfile.id).where(IssuerProfile.issuer_id == issuer.id)) is None:
        db.session.add(
            IssuerProfile(
                issuer_id=issuer.id,
                parent_name=sheet.PARENT,
                name=settings().organisation,
                prefix=sheet.PREFIX,
                place=sheet.PLACE,
                signer_title=sheet.SIGNER_TITLE,
                signer_name=signer,
                english=sheet.ENGLISH,
                valid_from=date(today().year, 1, 1),
            )
        )
        db.session.flush()
    return issuer


def _add_once(row: Issuer | RegisterBook) -> None:
    """Add a row unless somebody else has added it in the meantime."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return
