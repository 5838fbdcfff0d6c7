"""The command line of designers and of the keeper of the register."""

from pathlib import Path

import pytest
from flask import Flask

from lms_app.certificates import trials
from lms_app.core import outbox
from lms_app.core.ids import show_code
from tests import make


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["certificates", *args])
    return done.exit_code, done.output


def test_check_finds_nothing_wrong_with_the_shipped_design(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "all_samples", lambda design: [trials.sample(trials.LONGEST_NAME, design=design)])
    assert run(app, "check") == (0, "default: ok\n")


def test_check_reports_letters_that_the_fonts_lack(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "all_samples", lambda design: [trials.sample("Lý 文", design=design)])
    code, said = run(app, "check")
    assert code == 1
    assert "no letter '文'" in said


def test_preview_writes_a_pdf(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "mau.pdf"
    assert run(app, "preview", "--out", str(out))[0] == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert run(app, "preview", "--design", "khong-co")[0] == 1


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
