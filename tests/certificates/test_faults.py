"""What goes wrong is named, held for a person, or found by the audit."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms_app.certificates.models import Certificate, IssuerProfile, RegisterBook
from lms_app.certificates.service import auditing, files, issuers, issuing
from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from lms_app.core.errors import Conflict, Invalid
from lms_app.core.settings import Settings
from tests import make

pytestmark = pytest.mark.usefixtures("app")


def test_a_kind_we_do_not_print_is_refused() -> None:
    enrolment = make.completed(make.person(), make.course(certificate={"kind": "STATUTORY"}))
    with pytest.raises(Invalid, match="STATUTORY"), transaction():
        issuing.issue(enrolment.id)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"template": "khong-co"}, r"Không có mẫu giấy khong-co.*certificate\.template.*default, programme"),
        ({"template": "../certificates/default"}, "Không có mẫu giấy"),
        ({"template": "programme"}, "programme không dùng cho loại COMPLETION, chỉ dùng cho PROGRAMME"),
        ({"kind": "PROGRAMME", "template": "default"}, r"default không dùng cho loại PROGRAMME.*certificate\.kind"),
        ({"language": "fr"}, r"default không có bản fr, chỉ có vi, en, vi-en.*certificate\.language"),
    ],
)
def test_a_course_whose_design_is_not_there_or_not_made_for_it_takes_no_number(
    asked: dict[str, str], said: str
) -> None:
    enrolment = make.completed(make.person(), make.course(certificate=asked))
    with pytest.raises(Invalid, match=said), transaction():
        issuing.issue(enrolment.id)
    assert db.session.scalar(select(RegisterBook.last_number)) is None


def test_a_design_that_breaks_later_holds_the_pdf_for_a_person(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = make.certificate()
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, designs=tmp_path))
    outbox.drain()
    assert db.session.get_one(Certificate, issued.id, populate_existing=True).file_key is None
    assert auditing.audited() == [f"{issued.serial} {issued.code}: PDF not made yet"]


def test_the_audit_finds_a_gap_and_a_lost_pdf(app: Flask) -> None:
    issued = make.certificate()
    outbox.drain()
    settings: Settings = app.extensions["settings"]
    key = files.key_of(issued)  # type: ignore[arg-type]  # the entity has the same names as a row
    (settings.data / "files" / key).unlink()
    book = db.session.scalars(select(RegisterBook)).one()
    book.last_number = 3
    db.session.commit()
    assert auditing.audited() == [
        f"{issued.serial} {issued.code}: PDF missing: {key}",
        f"book default CNTH/{book.year}: missing certificate 2 to 3",
    ]


def test_the_signer_of_the_day_signs() -> None:
    today = now().date()
    first = issuers.profile(signer="Lê Hoàng Minh Phước")
    assert issuers.profile(signer="Người khác").signer_name == "Lê Hoàng Minh Phước"
    first.valid_until = date(today.year - 1, 12, 31)
    with pytest.raises(Conflict, match="cơ quan cấp"):
        issuers.profile()
    db.session.add(
        IssuerProfile(
            issuer_id=first.issuer_id,
            parent_name="Ủy ban nhân dân tỉnh Vĩnh Long",
            name="Sở Nội vụ",
            prefix="VL-NV",
            place="Vĩnh Long",
            signer_title="PHÓ GIÁM ĐỐC",
            signer_name="Trần Thị Mai",
            capacity="KT. GIÁM ĐỐC",
            valid_from=date(today.year, 1, 1),
        )
    )
    db.session.flush()
    issued = make.certificate()
    assert (issued.issuer_name, issued.capacity, issued.signer_name) == ("Sở Nội vụ", "KT. GIÁM ĐỐC", "Trần Thị Mai")
    assert issued.serial.startswith("VL-NV-")
