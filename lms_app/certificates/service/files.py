"""The PDF of a certificate: drawing and sealing it, and writing down where it lies."""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates import badges, design, filling, pdf, qr, sheet, signing, wording
from lms_app.certificates.design import BadDesign, Design
from lms_app.certificates.lettering import CannotFill
from lms_app.certificates.models import Certificate, CertificateFile
from lms_app.certificates.queries import issuers, register
from lms_app.certificates.service import credentials, keys
from lms_app.certificates.signing import Signer
from lms_app.core import storage
from lms_app.core.clock import now
from lms_app.core.db import db, release
from lms_app.core.errors import Invalid, NotFound, OutOfService
from lms_app.core.site import settings

log = logging.getLogger(__name__)

CREDENTIAL, CREDENTIAL_SAYS = "credential.jwt", "Open Badges 3.0 (VC-JWT)"
RUN = 5
"""From so many alike on, a sheet to fill is quicker than drawing each."""

_NO_CODE = "0" * 13
_NO_CREDENTIAL = pdf.Attachment(CREDENTIAL, b"-", badges.MEDIA_TYPE, CREDENTIAL_SAYS, datetime(2001, 2, 3, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Made:
    """`level`: "" (unsigned), B-B, B-T or B-LT."""

    content: bytes
    level: str
    key_id: UUID | None


@dataclass(frozen=True, eq=False)
class _Order:
    """All that drawing needs, so that no transaction is open meanwhile."""

    design: Design
    words: sheet.Words
    codes: pdf.Pictures
    seal: bytes
    credential: pdf.Attachment
    place: str
    signer: Signer | None

    @property
    def field(self) -> filling.SignatureField | None:
        return filling.SignatureField(signing.hole(self.signer), filling.REASON, self.place) if self.signer else None

    @property
    def pictures(self) -> pdf.Pictures:
        return {**self.codes, **_stamped(self.seal)}

    @cached_property
    def shared(self) -> tuple[object, ...]:
        """What those have in common who go on one sheet: all words but one person's own, who signs, and how."""
        words = tuple((name, text) for name, text in self.words.items() if not sheet.is_personal(name))
        return self.design.folder, words, self.seal, self.field


def make(issued: Row[Any]) -> Made:
    """The file to give out, with its credential, and sealed when its issuer has a key here.

    Call it inside `reading()`. Raises `BadDesign` and `Invalid` for what cannot be drawn, `BadKey` and `OutOfService`
    while a key cannot sign or a seal cannot be read.
    """
    made = make_many([issued])[0]
    if not isinstance(made, Made):
        raise made
    return made


def make_many(issued: Sequence[Row[Any]]) -> list[Made | BadDesign | Invalid]:
    """The same for a run, in its order and quicker. One that cannot be drawn is its error, the others go on."""
    profiles = {one.profile_id for one in issued}
    signers = {profile: keys.signer_for(profile, now()) for profile in profiles}
    seals = {profile: _seal_of(profile) for profile in profiles}
    orders = [_ordered(one, signers[one.profile_id], seals[one.profile_id]) for one in issued]
    release()
    counts = Counter(order.shared for order in orders if isinstance(order, _Order))
    any_of = {order.shared: order for order in orders if isinstance(order, _Order)}
    sheets = {shared: _sheet_of(any_of[shared]) for shared, count in counts.items() if count >= RUN}
    sealers = {id(signer): _sealer(signer, len(issued)) for signer in signers.values()}
    return [
        _made(order, sheets.get(order.shared), sealers[id(order.signer)]) if isinstance(order, _Order) else order
        for order in orders
    ]


def keep(certificate_id: UUID, key: str, content: bytes, level: str = "", key_id: UUID | None = None) -> None:
    """Write down where the newest PDF lies, what it must hash to, and that it was given out."""
    found = db.session.get_one(Certificate, certificate_id, with_for_update=True)
    digest = hashlib.sha256(content).hexdigest()
    found.file_key, found.file_sha256, found.file_bytes, found.file_level = key, digest, len(content), level
    give(found.id, Made(content, level, key_id))


def give(certificate_id: UUID, file: Made) -> None:
    """Write down that this file was given out, so that it is recognised for ever."""
    digest = hashlib.sha256(file.content).hexdigest()
    if db.session.get(CertificateFile, digest) is None:
        row = CertificateFile(digest=digest, certificate_id=certificate_id, level=file.level, key_id=file.key_id)
        row.made_at = now()
        db.session.add(row)


def key_of(issued: Row[Any]) -> str:
    return f"certificates/{issued.issued_on.year}/{issued.id}.pdf"


def _seal_of(profile_id: UUID | None) -> bytes:
    """The picture of an issuer's seal; b"" for one that has none."""
    key = issuers.seal(profile_id) if profile_id else None
    try:
        return storage.get(key) if key else b""
    except NotFound as error:
        raise OutOfService("Máy chủ không đọc được hình con dấu của cơ quan cấp. Hãy báo quản trị viên.") from error


def _stamped(seal: bytes) -> pdf.Pictures:
    return {pdf.SEAL: seal} if seal else {}


def _codes(issued: sheet.Issued, made: Design) -> pdf.Pictures:
    codes = {pdf.QR: qr.png(qr.address(settings().url, issued.code))}
    if made.token:
        codes[pdf.TOKEN] = qr.token_png(credentials.token_address(issued))
    return codes


def _ordered(issued: Row[Any], signer: Signer | None, seal: bytes) -> _Order | BadDesign | Invalid:
    site = settings()
    replaces = register.replaced_serial(issued.id) if issued.edition > 1 else ""
    try:
        made = design.load(site.designs / issued.design, issued.language)
        return _Order(
            made,
            sheet.words(issued, site.url, signed=_signed_by(signer), replaces=replaces, seal=bool(seal)),
            _codes(issued, made),
            seal,
            pdf.Attachment(
                CREDENTIAL,
                credentials.credential(issued).encode(),
                badges.MEDIA_TYPE,
                CREDENTIAL_SAYS,
                issued.issued_at,
            ),
            issued.place,
            signer,
        )
    except (BadDesign, Invalid) as error:
        return error


def _signed_by(signer: Signer | None) -> str:
    if signer is None:
        return wording.LATER
    return wording.BY_SITE if signer.self_made else wording.BY_OFFICE


def _made(
    order: _Order, sheet_to_fill: filling.Sheet | None, seal: Callable[[bytes], signing.Sealed]
) -> Made | BadDesign | Invalid:
    try:
        content = _drawn(order, sheet_to_fill, now())
    except (BadDesign, Invalid) as error:
        return error
    sealed = seal(content)
    return Made(sealed.content, sealed.level, order.signer.key_id if order.signer else None)


def _drawn(order: _Order, sheet_to_fill: filling.Sheet | None, signed_at: datetime) -> bytes:
    if sheet_to_fill:
        try:
            return sheet_to_fill.fill(order.words, order.codes, order.credential, signed_at)
        except CannotFill as reason:
            log.info("certificates: drawn as a whole: %s", reason)
    content = pdf.render(order.design, order.words, order.pictures, [order.credential])
    return filling.with_signature_field(content, signed_at, order.field) if order.field else content


def _sheet_of(order: _Order) -> filling.Sheet | None:
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in sorted(order.design.folder.rglob("*")))
    return _sheet(order.design.folder, stamps, tuple(_unnamed(order.words).items()), order.seal, order.field)


def _unnamed(words: sheet.Words) -> dict[str, str]:
    return {name: "" if sheet.is_personal(name) else text for name, text in words.items()}


@lru_cache(16)
def _sheet(
    folder: Path,
    _stamps: tuple[tuple[str, int], ...],
    unnamed: tuple[tuple[str, str], ...],
    seal: bytes,
    field: filling.SignatureField | None,
) -> filling.Sheet | None:
    """Kept for the next run, until a file of the design changes; None for a design that cannot be filled or drawn."""
    words = dict(unnamed)
    personal = frozenset(filter(sheet.is_personal, words))
    try:
        made = design.load(folder, words["language"])
        codes = {pdf.QR: qr.png(qr.address(settings().url, _NO_CODE))}
        if made.token:
            codes[pdf.TOKEN] = qr.token_png("")
        pictures = {**codes, **_stamped(seal)}
        return filling.Sheet(pdf.Stencil(made, words, personal, pictures, _NO_CREDENTIAL), field)
    except (CannotFill, BadDesign, Invalid) as reason:
        log.warning("certificates: design %s cannot be filled, each is drawn as a whole: %s", folder.name, reason)
        return None


def _sealer(signer: Signer | None, count: int) -> Callable[[bytes], signing.Sealed]:
    """The quick way pays from a few files on: it begins with two signatures of its own."""
    if signer is None:
        return lambda content: signing.Sealed(content, "")
    return signing.Stamp(signer).seal if count >= RUN else partial(signing.seal, signer=signer)
