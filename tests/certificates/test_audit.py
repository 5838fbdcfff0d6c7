"""The chain of a book names the first entry that was touched, and no certificate or file changes unseen."""

import hashlib
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from lms_app.certificates import chain, keys, signing
from lms_app.certificates.models import Certificate, RegisterBook, RegisterEntry
from lms_app.certificates.queries import books
from lms_app.certificates.service import auditing, revoking
from lms_app.certificates.service.signatures import Signatures
from lms_app.certificates.signing import Signer
from lms_app.core import outbox, storage
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from tests import make
from tests.certificates.papers import certificate, new_key, paper, pem

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def issued() -> list[Certificate]:
    """Three certificates with their files; the second is revoked, so the book has four entries."""
    version = make.course()
    made = [make.certificate(make.person(), version) for _ in range(3)]
    outbox.drain()
    with transaction():
        revoking.revoke(made[1].code, "Ghi sai họ tên", actor="cli", by="Phạm Ngọc Lan")
    assert auditing.audited() == []
    return made


def _entry(position: int, **values: Any) -> None:
    db.session.execute(update(RegisterEntry).where(RegisterEntry.position == position).values(**values))
    db.session.commit()


def _book() -> str:
    return f"book default CNTH/{now().year}"


def _content(position: int) -> str:
    found = db.session.query(RegisterEntry).filter_by(position=position).one()
    return found.content


def test_a_changed_entry_is_named_with_its_place(issued: list[Certificate]) -> None:
    _entry(2, content=_content(2).replace("Lê Văn Tám", "Lê Văn Chín"))
    assert auditing.audited()[0] == f"{_book()}: entry 2 ({issued[1].serial}): content changed"


@pytest.mark.parametrize("content", ["", "không phải JSON", "[1]"])
def test_an_entry_replaced_by_any_text_is_named_without_a_fault(issued: list[Certificate], content: str) -> None:
    _entry(4, content=content)
    assert auditing.audited()[0] == f"{_book()}: entry 4 ({issued[1].serial}): content changed"


def test_only_the_first_of_two_broken_entries_is_named(issued: list[Certificate]) -> None:
    _entry(2, content=_content(2) + " ")
    _entry(3, content=_content(3) + " ")
    assert [line for line in auditing.audited() if line.startswith("book")] == [
        f"{_book()}: entry 2 ({issued[1].serial}): content changed"
    ]


def test_a_changed_digest_is_told_from_changed_content(issued: list[Certificate]) -> None:
    _entry(2, digest="0" * 64)
    assert auditing.audited() == [f"{_book()}: entry 2 ({issued[1].serial}): digest changed"]


def test_an_entry_rewritten_with_a_fresh_digest_is_found_by_the_one_after_it(issued: list[Certificate]) -> None:
    content = _content(2).replace("Lê Văn Tám", "Lê Văn Chín")
    before = db.session.query(RegisterEntry).filter_by(position=1).one().digest
    _entry(2, content=content, digest=chain.digest(before, content))
    assert auditing.audited()[0] == f"{_book()}: entry 2 ({issued[1].serial}): content and digest changed"


def test_a_changed_link_to_the_entry_before_is_named(issued: list[Certificate]) -> None:
    _entry(3, previous="0" * 64)
    assert auditing.audited() == [f"{_book()}: entry 3 ({issued[2].serial}): previous digest changed"]


def test_a_missing_entry_is_named(issued: list[Certificate]) -> None:
    db.session.execute(delete(RegisterEntry).where(RegisterEntry.position == 3))
    db.session.commit()
    assert auditing.audited() == [
        f"{_book()}: missing entry 3",
        f"{issued[2].serial} {issued[2].code}: no issue entry in the book",
    ]


def test_entries_cut_off_at_the_end_are_missed(issued: list[Certificate]) -> None:
    db.session.execute(delete(RegisterEntry).where(RegisterEntry.position >= 3))
    db.session.commit()
    assert auditing.audited() == [
        f"{_book()}: missing entry 3 to 4",
        f"{issued[1].serial} {issued[1].code}: status is revoked, last entry is issue",
        f"{issued[2].serial} {issued[2].code}: no issue entry in the book",
    ]


def test_a_newest_entry_rewritten_with_a_fresh_digest_differs_from_the_book(issued: list[Certificate]) -> None:
    content = _content(4).replace("Ghi sai họ tên", "Lý do khác")
    before = db.session.query(RegisterEntry).filter_by(position=3).one().digest
    _entry(4, content=content, digest=chain.digest(before, content))
    assert auditing.audited() == [
        f"{_book()}: entry 4 ({issued[1].serial}): the book's last digest differs",
        f"{issued[1].serial} {issued[1].code}: reason of revocation differs from its entry",
    ]


def test_an_entry_hung_on_another_certificate_is_named(issued: list[Certificate]) -> None:
    _entry(4, certificate_id=issued[0].id)
    assert auditing.audited() == [
        f"{_book()}: entry 4 ({issued[0].serial}): kind or certificate changed",
        f"{issued[0].serial} {issued[0].code}: status is valid, last entry is revoke",
        f"{issued[1].serial} {issued[1].code}: status is revoked, last entry is issue",
    ]


def test_a_certificate_edited_in_the_database_differs_from_its_entry(issued: list[Certificate]) -> None:
    values = {"full_name": "Tên Khác", "periods": 99}
    db.session.execute(update(Certificate).where(Certificate.id == issued[0].id).values(values))
    db.session.commit()
    assert auditing.audited() == [f"{issued[0].serial} {issued[0].code}: differs from its entry: full_name, periods"]


def test_a_revocation_undone_in_the_database_is_seen(issued: list[Certificate]) -> None:
    db.session.execute(update(Certificate).where(Certificate.id == issued[1].id).values(status="valid"))
    db.session.commit()
    assert auditing.audited() == [f"{issued[1].serial} {issued[1].code}: status is valid, last entry is revoke"]


def test_a_gap_in_the_numbers_is_seen(issued: list[Certificate]) -> None:
    db.session.execute(delete(RegisterEntry).where(RegisterEntry.certificate_id == issued[2].id))
    db.session.execute(update(Certificate).where(Certificate.id == issued[2].id).values(number=5))
    db.session.execute(update(RegisterBook).values(last_number=5))
    db.session.commit()
    found = auditing.audited()
    assert f"{_book()}: missing certificate 3 to 4" in found


def test_a_pdf_must_be_there_unchanged_and_signed_as_recorded(issued: list[Certificate]) -> None:
    one = db.session.get_one(Certificate, issued[0].id)
    assert one.file_key
    content = storage.get(one.file_key)
    about = f"{one.serial} {one.code}"
    storage.put(one.file_key, content[:-1] + b"x")
    assert auditing.audited() == [f"{about}: PDF changed: {one.file_key}"]
    storage.put(one.file_key, content)
    one.file_level = "" if one.file_level else "B-B"
    db.session.commit()
    assert auditing.audited() == [
        f"{about}: PDF is recorded as {one.file_level or 'unsigned'}, which it is not: {one.file_key}"
    ]


@pytest.mark.parametrize(
    ("field", "is_signed"),
    [(b"/ByteRange [0 1200 9400 800   ]", True), (b"/ByteRange [0 1111111111 1111111111 1111111111]", False)],
)
def test_a_field_that_waits_for_its_signature_is_no_signature(field: bytes, is_signed: bool) -> None:
    assert bool(auditing.SIGNED.search(b"%PDF-1.7 " + field)) == is_signed


def test_the_audit_reads_in_pieces(issued: list[Certificate], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held at once does not grow with the book, and a piece's edge hides nothing."""
    monkeypatch.setattr(books, "PIECE", 1)
    assert auditing.audited() == []
    _entry(4, content=_content(4) + " ")
    assert auditing.audited() == [f"{_book()}: entry 4 ({issued[1].serial}): content changed"]


def test_the_command_says_ok_or_ends_with_the_number_of_problems(app: Flask, issued: list[Certificate]) -> None:
    assert app.test_cli_runner().invoke(args=["certificates", "audit"]).output == "ok\n"
    _entry(1, digest="0" * 64)
    done = app.test_cli_runner().invoke(args=["certificates", "audit"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (1, "Error: 1 problems")


def test_a_file_that_was_changed_together_with_its_digest_is_found_by_its_signature(issued: list[Certificate]) -> None:
    made = db.session.get_one(Certificate, issued[2].id, populate_existing=True)
    changed = storage.get(made.file_key or "") + b"\n%x"
    storage.put(made.file_key or "", changed)
    with transaction():
        made.file_sha256 = hashlib.sha256(changed).hexdigest()
    assert auditing.audited() == []
    inspected = Signatures()
    wrong = f"{made.serial} {made.code}: signature does not hold: {made.file_key}"
    assert auditing.audited(inspected.wrong) == [wrong]
    assert inspected.good == 2


def test_a_file_sealed_with_a_strange_key_is_found_by_its_signature(issued: list[Certificate]) -> None:
    inspected = Signatures()
    private = new_key("ec")
    strange = Signer(keys.FileKey(private), pem(certificate(private, "Người lạ")))
    assert inspected.wrong(signing.seal(paper(strange.hole), strange).content) == (
        "signed with a key that is not ours: Người lạ"
    )
    assert inspected.wrong(b"%PDF-1.7 no more") == "signature cannot be checked: broken"
    assert inspected.good == 0


def test_the_command_counts_the_signatures_that_hold(app: Flask, issued: list[Certificate]) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["certificates", "audit"]).output == "ok\n"
    assert (
        runner.invoke(args=["certificates", "audit", "--signatures"]).output == f"ok, {len(issued)} signatures hold\n"
    )
