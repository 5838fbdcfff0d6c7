"""Which key seals for whom: the first is made at need, a bad one is refused before it seals."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.certificates import keys as opening
from lms_app.certificates.models import Certificate, IssuerProfile, SigningKey
from lms_app.certificates.queries.keys import EXTERNAL
from lms_app.certificates.service import issuers, keys
from lms_app.certificates.signing import BadKey, Signer
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, reading, transaction
from lms_app.core.errors import Conflict, NotFound
from lms_app.core.settings import Settings
from tests import make
from tests.certificates.papers import PASSPHRASE, certificate, new_key, p12, pem


@pytest.fixture(autouse=True)
def _own_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, data=tmp_path, signing_passphrase=PASSPHRASE))
    monkeypatch.setattr(opening, "BITS", 2048)
    keys.forget()
    yield
    keys.forget()


def profile() -> IssuerProfile:
    with transaction():
        return issuers.profile(signer="Lê Hoàng Minh Phước")


def signer() -> Signer | None:
    with reading():
        return keys.signer_for(db.session.scalars(select(IssuerProfile.id)).one(), now())


def stored(private: object, *chain: object) -> str:
    """A file in the folder of keys; its location."""
    keys.folder().mkdir(parents=True, exist_ok=True)
    (keys.folder() / "k.p12").write_bytes(p12(private, *chain))  # type: ignore[arg-type]
    return "k.p12"


def use_own_key() -> None:
    private = new_key("ec")
    with transaction():
        keys.add_file("con-dau", p12(private, certificate(private)), actor="cli")
        keys.use("con-dau", issuers.DEFAULT, actor="cli")


def test_the_first_need_makes_one_key_that_only_we_can_read() -> None:
    profile()
    first = signer()
    assert first is not None
    assert signer() is first
    row = db.session.scalars(select(SigningKey)).one()
    assert (row.id, row.purpose, row.self_made) == (first.key_id, "seal", True)
    path = keys.folder() / row.location
    assert S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(BadKey):
        opening.from_file(path.read_bytes(), "", "")


def test_two_workers_that_make_the_first_key_at_once_use_the_same(app: Flask) -> None:
    made = profile()
    found: list[object] = []
    at_once = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            at_once.wait()
            with reading():
                got = keys.signer_for(made.id, now())
            found.append(got and got.key_id)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found[0] == found[1] == db.session.scalars(select(SigningKey.id)).one()
    assert len(list(keys.folder().iterdir())) == 1


def test_an_issuer_seals_with_its_own_key_and_with_another_after_a_change() -> None:
    profile()
    made_here = signer()
    use_own_key()
    own = signer()
    assert own is not None
    assert made_here is not None
    assert own.key_id != made_here.key_id
    with transaction():
        keys.retire("con-dau", actor="cli")
    with pytest.raises(BadKey, match="ngừng dùng"):
        signer()
    with pytest.raises(Conflict, match="ngừng dùng"):
        keys.use("con-dau", issuers.DEFAULT, actor="cli")
    assert len(db.session.scalars(select(SigningKey.chain).where(SigningKey.chain != "")).all()) == 2


@pytest.mark.parametrize(
    ("start", "days", "sentence"), [(-400, 30, "đã hết hạn từ ngày"), (30, 365, "chỉ có hiệu lực từ ngày")]
)
def test_a_certificate_that_does_not_hold_today_seals_nothing(start: int, days: int, sentence: str) -> None:
    profile()
    private = new_key("ec")
    own = certificate(private, start=now().replace(microsecond=0) + timedelta(days=start), days=days)
    with transaction():
        keys.add("cu", stored(private, own), "", actor="cli")
        keys.use("cu", issuers.DEFAULT, actor="cli")
    with pytest.raises(BadKey, match=sentence):
        signer()


def test_a_missing_key_file_a_wrong_passphrase_and_another_key_are_told_apart(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile()
    signer()
    keys.forget()
    row = db.session.scalars(select(SigningKey)).one()
    settings: Settings = app.extensions["settings"]
    with monkeypatch.context() as wrong:
        wrong.setitem(app.extensions, "settings", replace(settings, signing_passphrase="khac"))
        with pytest.raises(BadKey, match="LMS_SIGNING_PASSPHRASE"):
            signer()
    path = keys.folder() / row.location
    other, _chain = opening.made("Cơ quan khác", PASSPHRASE, now())
    path.write_bytes(other)
    with pytest.raises(BadKey, match="không khớp"):
        signer()
    path.unlink()
    with pytest.raises(BadKey, match="bản sao lưu"):
        signer()


def test_an_issuer_that_signs_elsewhere_has_no_signer() -> None:
    profile()
    with transaction():
        keys.add("token-so", EXTERNAL, pem(certificate(new_key("ec"))), actor="cli")
        keys.use("token-so", issuers.DEFAULT, actor="cli")
    assert signer() is None


def test_what_cannot_be_a_key_is_not_registered() -> None:
    profile()
    use_own_key()
    with transaction(), pytest.raises(BadKey):
        keys.add_file("hong", b"no key", actor="cli")
    with pytest.raises(Conflict, match="tên khác"):
        keys.add("con-dau", EXTERNAL, "", actor="cli")
    with pytest.raises(BadKey, match="PEM"):
        keys.add("rong", EXTERNAL, "no certificate", actor="cli")
    with pytest.raises(NotFound):
        keys.use("khong-co", issuers.DEFAULT, actor="cli")
    with pytest.raises(NotFound):
        keys.use("con-dau", "khong-co", actor="cli")
    assert len(list(keys.folder().iterdir())) == 1


def test_a_certificate_is_issued_though_its_key_is_missing_and_its_file_follows_once_it_is_back() -> None:
    profile()
    signer()
    keys.forget()
    path = keys.folder() / db.session.scalars(select(SigningKey.location)).one()
    kept = path.read_bytes()
    path.unlink()
    issued = make.certificate()
    outbox.drain()
    assert level(issued) == ("", None)
    path.write_bytes(kept)
    outbox.drain(now() + timedelta(hours=2))
    assert level(issued)[0] == "B-B"


def level(issued: Certificate) -> tuple[str, str | None]:
    found = db.session.get_one(Certificate, issued.id, populate_existing=True)
    return found.file_level, found.file_key
