"""Files come out of the outbox sealed, one or a run at a time, whatever goes wrong on the way."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from lms_app.certificates import jobs, trials
from lms_app.certificates.models import Certificate, CertificateFile, SigningKey
from lms_app.certificates.service import credentials, files, issuers, issuing, keys
from lms_app.core import outbox, storage
from lms_app.core.db import db, transaction
from lms_app.core.outbox_rows import OutboxRow
from lms_app.core.settings import ROOT, Settings
from tests import make
from tests.certificates import papers

pytestmark = pytest.mark.usefixtures("app")
CLASS = ("An", "Bình", "Y Ê\u0306ban Ŭk Č", trials.LONGEST_NAME, "Thạch Sô Ri Da")


@pytest.fixture
def data(app: Flask) -> Path:
    found: Settings = app.extensions["settings"]
    return found.data


@pytest.fixture
def own_designs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "certificates", tmp_path / "certificates"))


def a_class(names: Sequence[str] = CLASS) -> list[Certificate]:
    """Issued together; their files are owed by one row."""
    version = make.course()
    enrolled = [make.completed(make.person(name, name_source="own"), version).id for name in names]
    with transaction():
        issuing.lock(enrolled)
        made = [issuing.issue(one, renders=False) for one in enrolled]
        issuing.owe_files([one.id for one in made])
    return made


def seen(issued: Certificate) -> Certificate:
    return db.session.get_one(Certificate, issued.id, populate_existing=True)


def stored(issued: Certificate) -> bytes:
    """What lies in the store, which is what the register says."""
    found = seen(issued)
    content = storage.get(str(found.file_key))
    assert hashlib.sha256(content).hexdigest() == found.file_sha256
    return content


def text_of(content: bytes) -> str:
    return " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())


def owed() -> list[tuple[str, str | None]]:
    wanted = select(OutboxRow.state, OutboxRow.error).where(OutboxRow.topic == issuing.RENDER)
    return [(state, error) for state, error in db.session.execute(wanted) if state != "done"]


def test_one_is_sealed_and_carries_its_credential_and_says_so() -> None:
    issued = make.certificate()
    outbox.drain()
    content = stored(issued)
    assert seen(issued).file_level == "B-B"
    given = db.session.scalars(select(CertificateFile)).one()
    assert (given.certificate_id, given.level) == (issued.id, "B-B")
    assert given.key_id == db.session.scalar(select(SigningKey.id).where(SigningKey.purpose == "seal"))
    assert "Bản điện tử ký số bằng khóa tự tạo của hệ thống" in text_of(content)
    with pikepdf.open(BytesIO(content)) as file:
        assert file.attachments["credential.jwt"].get_file().read_bytes() == credentials.credential(issued).encode()


def test_a_class_of_equals_is_one_run_and_each_reads_as_if_made_alone() -> None:
    made = a_class()
    outbox.drain()
    for issued in made:
        in_the_run = stored(issued)
        alone = files.make(seen(issued))  # type: ignore[arg-type]  # the entity has the same names as a row
        assert text_of(in_the_run) == text_of(alone.content)
        assert issued.full_name in text_of(in_the_run)
        assert seen(issued).file_level == alone.level == "B-B"
    assert owed() == []


@papers.needs_pdfsig
def test_the_seals_of_a_run_hold(tmp_path: Path) -> None:
    made = a_class()
    outbox.drain()
    for issued in made[:3]:
        said = papers.pdfsig(stored(issued), tmp_path)
        assert "Signature is Valid." in said
        assert "Total document signed" in said


def test_one_that_cannot_be_drawn_is_held_with_its_reason_and_the_others_go_on() -> None:
    made = a_class()
    made[2].full_name = trials.NAME_WITHOUT_SPACES
    db.session.commit()
    outbox.drain()
    outbox.drain()  # its own row is younger than the first round
    assert [seen(issued).file_key is None for issued in made] == [at == 2 for at in range(len(made))]
    ((state, error),) = owed()
    assert state == "held"
    assert "quá dài để in" in str(error)


def test_a_worker_killed_before_it_wrote_down_what_it_stored_does_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_class()

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    row = outbox.Row(
        1, issuing.RENDER, "", "local", {"certificates": [str(one.id) for one in made]}, 1, 0, made[0].issued_at
    )
    with monkeypatch.context() as patch:
        patch.setattr(files, "keep", killed)
        with pytest.raises(KeyboardInterrupt):
            jobs.render(row)
    assert seen(made[0]).file_key is None
    assert storage.exists(files.key_of(made[0]))  # type: ignore[arg-type]  # the entity has the same names as a row
    outbox.drain()
    assert all(issued.full_name in text_of(stored(issued)) for issued in made)
    assert len(db.session.scalars(select(CertificateFile)).all()) == len(made)


def test_a_store_that_takes_no_files_is_said_and_nothing_is_lost(data: Path) -> None:
    made = a_class()
    shutil.rmtree(data / "files", ignore_errors=True)
    in_the_way = data / "files"
    in_the_way.write_bytes(b"")
    outbox.drain()
    ((state, error),) = owed()
    assert state == "open"
    assert "Máy chủ chưa ghi được tệp" in str(error)
    in_the_way.unlink()
    with transaction():
        outbox.retry(db.session.scalars(select(OutboxRow.id).where(OutboxRow.topic == issuing.RENDER)).one())
    outbox.drain()
    assert all(stored(issued) for issued in made)


def test_while_the_key_is_missing_the_file_waits_and_is_made_once_the_key_is_back(data: Path) -> None:
    outbox_row = select(OutboxRow.id).where(OutboxRow.topic == issuing.RENDER, OutboxRow.state == "open")
    first = make.certificate()
    outbox.drain()
    location = db.session.scalars(select(SigningKey.location).where(SigningKey.purpose == "seal")).one()
    key = data / "keys" / location
    content = key.read_bytes()
    key.unlink()
    keys.forget()
    second = make.certificate(version=db.session.get(type(make.course()), first.version_id))
    outbox.drain()
    ((state, error),) = owed()
    assert state == "open"
    assert "Không đọc được tệp khóa ký" in str(error)
    key.write_bytes(content)
    with transaction():
        outbox.retry(db.session.scalars(outbox_row).one())
    outbox.drain()
    assert seen(second).file_level == "B-B"


def test_an_office_that_signs_elsewhere_gets_files_that_say_they_are_unsigned() -> None:
    private = papers.new_key()
    with transaction():
        issuers.profile()
        keys.add("thiet-bi", "external:", papers.pem(papers.certificate(private)), actor="test")
        keys.use("thiet-bi", issuers.DEFAULT, actor="test")
    made = a_class(CLASS[:6])
    outbox.drain()
    for issued in made:
        assert "Bản điện tử có giá trị khi mang chữ ký số của cơ quan cấp" in text_of(stored(issued))
        assert b"/ByteRange" not in stored(issued)
        assert seen(issued).file_level == ""


def test_a_design_mended_while_the_worker_runs_is_used_at_once(
    app: Flask, own_designs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, designs=own_designs))
    first = a_class(CLASS[:6])
    outbox.drain()
    page = own_designs / "default/certificate.html"
    page.write_text(page.read_text("utf-8").replace('<h1 id="title">', '<h1 id="title">MẪU MỚI '), "utf-8")
    second = a_class(CLASS[:6])
    outbox.drain()
    assert "MẪU MỚI" not in text_of(stored(first[0]))
    assert "MẪU MỚI" in text_of(stored(second[0]))
