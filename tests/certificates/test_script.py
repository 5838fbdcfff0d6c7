"""The script that strangers run: docs/verify_offline.py, beside nothing but files saved earlier."""

import ast
import io
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from lms_app.certificates.models import Certificate
from lms_app.certificates.service import credentials, revoking
from lms_app.core.clock import now
from lms_app.core.db import db, transaction
from tests import make
from tests.architecture.tree import ROOT
from tests.web import Browser

SCRIPT = ROOT / "docs" / "verify_offline.py"
LONGEST = 40


class Desk:
    """A folder with what somebody saved, and the script run on it."""

    def __init__(self, web: Browser, folder: Path, issued: Certificate) -> None:
        self.web, self.folder, self.issued = web, folder, issued
        self.save("credential.jwt", credentials.credential(issued).encode())
        self.fetch("did.json", "/.well-known/did.json")
        self.fetch("status.jwt", "/credentials/status/1")

    def save(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def fetch(self, name: str, path: str) -> None:
        self.save(name, self.web.open("GET", path).get_data())

    def run(self, credential: str = "credential.jwt") -> tuple[int, str]:
        command = [sys.executable, str(SCRIPT), credential, "did.json", "status.jwt"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def desk(app: Flask, web: Browser, tmp_path: Path) -> Desk:
    return Desk(web, tmp_path, make.certificate(make.person("Nguyễn Thị Ngọc Ánh")))


def test_it_has_no_more_than_forty_lines_of_code() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    docstring = ast.parse(text).body[0]
    code = text.splitlines()[docstring.end_lineno or 0 :]
    assert len([line for line in code if line.strip() and not line.strip().startswith("#")]) <= LONGEST


def test_it_says_valid_and_as_of_when(desk: Desk) -> None:
    code, said = desk.run()
    assert code == 0, said
    assert said.startswith("VALID as of 20")
    assert "Nguyễn Thị Ngọc Ánh" in said
    assert desk.issued.serial in said


def test_it_finds_the_credential_in_a_pdf(desk: Desk) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["other.txt"] = pikepdf.AttachedFileSpec(pdf, b"xin chao")
    pdf.attachments["credential.jwt"] = pikepdf.AttachedFileSpec(pdf, (desk.folder / "credential.jwt").read_bytes())
    made = io.BytesIO()
    pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    desk.save("giay.pdf", made.getvalue())
    assert desk.run("giay.pdf")[1].startswith("VALID")
    desk.save("khac.pdf", b"%PDF-1.7 nothing")
    assert desk.run("khac.pdf") == (1, "no credential in this PDF\n")


def test_it_says_revoked_by_a_list_saved_after(desk: Desk) -> None:
    with transaction():
        revoking.revoke(desk.issued.code, "Ghi sai họ tên", actor="test", by="Trần Thị Quản")
    assert desk.run()[0] == 0, "the list saved before does not know"
    desk.fetch("status.jwt", "/credentials/status/1")
    code, said = desk.run()
    assert (code, said.split(" as of ")[0]) == (1, "REVOKED")


def test_it_says_expired(desk: Desk) -> None:
    desk.issued.valid_until = now().date() - timedelta(days=2)
    db.session.commit()
    desk.save("credential.jwt", credentials.credential(desk.issued).encode())
    assert desk.run()[1].startswith("EXPIRED")


def test_altered_foreign_and_broken_ones_are_not_genuine(desk: Desk) -> None:
    header, payload, signature = (desk.folder / "credential.jwt").read_text().split(".")
    for bad in (f"{header}.{payload[:-2]}AA.{signature}", f"eyJhbGciOiJub25lIn0.{payload}.", "a.b.c", "xin chào"):
        desk.save("bad.jwt", bad.encode())
        code, said = desk.run("bad.jwt")
        assert code == 1
        assert said.startswith("NOT GENUINE")
