"""The command line of designers and of the keeper of the register."""

from pathlib import Path

import pytest
from flask import Flask

from lms_app.certificates import sandbox, trials
from lms_app.certificates.service import designs
from lms_app.core import outbox
from lms_app.core.ids import show_code
from tests import make


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["certificates", *args])
    return done.exit_code, done.output


def test_check_says_of_each_design_whether_it_is_fine(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "problems", lambda _task: [])
    assert run(app, "check", "default") == (0, "default: ok\n")
    assert run(app, "check") == (0, "default: ok\nprogramme: ok\n")


def test_check_fails_and_says_in_which_kind_and_language(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "problems", lambda task: ["tràn"] * (task.language == "en"))
    designs._problems.cache_clear()
    assert run(app, "check", "default") == (1, "default: \n  COMPLETION en: tràn\nError: 1 problems\n")
    designs._problems.cache_clear()
    assert run(app, "check", "khong-co")[0] == 1


def test_preview_writes_a_pdf_and_its_picture(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "mau.pdf"
    assert run(app, "preview", "--language", "vi-en", "--name", "H'Hen Niê", "--out", str(out))[0] == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert run(app, "preview", "--design", "khong-co")[0] == 1
    assert run(app, "preview", "--name", trials.NAME_WITHOUT_SPACES, "--out", str(out))[0] == 1


def test_verify_revoke_and_audit_by_code(app: Flask) -> None:
    issued = make.certificate()
    code, said = issued.code, show_code(issued.code)
    assert run(app, "audit") == (1, f"{issued.serial} {code}: PDF not made yet\nError: 1 problems\n")
    outbox.drain()
    assert run(app, "audit") == (0, "ok\n")
    assert run(app, "verify", said)[1].startswith(f"valid\t{said}\t")
    assert run(app, "revoke", said, "--reason", " ")[0] == 1
    assert run(app, "revoke", said, "--reason", "Ghi sai họ tên") == (0, f"revoked {said}\n")
    assert run(app, "revoke", said, "--reason", "Ghi sai họ tên")[0] == 1
    assert run(app, "verify", said)[1].startswith("revoked\t")
    assert run(app, "verify", trials.CODE) == (
        1,
        "Error: Có ký tự gõ chưa đúng. Hãy so từng ký tự với mã in trên giấy.\n",
    )
