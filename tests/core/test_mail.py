"""Mail goes out by SMTP, or lies in a folder; what the server says becomes an outcome for the outbox."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from lms_app.core import mail, outbox
from tests.services import free_port


class Smtp(socketserver.ThreadingTCPServer):
    """As much of a mail server as one delivery needs. `says` overrides the answer to a command."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.says: dict[str, str] = {}
        self.got: list[bytes] = []


class Talk(socketserver.StreamRequestHandler):
    server: Smtp

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].decode().strip().upper()
            answer = self.server.says.get(verb, {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 yes"))
            self.say(answer)
            if verb == "DATA" and answer.startswith("354"):
                self.take()
            if verb == "QUIT":
                return

    def take(self) -> None:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        self.server.got.append(b"".join(lines))
        self.say(self.server.says.get("END", "250 taken"))

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def smtp(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Smtp]:
    with Smtp() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"smtp://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], mail_url=address))
        yield server
        server.shutdown()


def send() -> outbox.Outcome:
    return mail.deliver("tam@coquan.example", "Liên kết đăng nhập", "Mở liên kết này.", "<p>Mở liên kết này.</p>")


def test_a_mail_arrives_with_its_letters(smtp: Smtp) -> None:
    assert send() == outbox.DONE
    got = email.message_from_bytes(smtp.got[0], policy=email.policy.default)
    assert got["Subject"] == "Liên kết đăng nhập"
    assert got["To"] == "tam@coquan.example"
    text = got.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Mở liên kết này."
    assert got.get_body(("html",)) is not None


@pytest.mark.parametrize(
    ("verb", "answer", "outcome"),
    [
        ("RCPT", "550 no such person", outbox.hold("SMTP 550")),
        ("RCPT", "451 later", outbox.again("SMTP 451")),
        ("END", "554 refused", outbox.hold("SMTP 554")),
        ("MAIL", "421 busy", outbox.again("SMTP 421", host_fault=True)),
    ],
)
def test_what_the_server_says_becomes_an_outcome(smtp: Smtp, verb: str, answer: str, outcome: outbox.Outcome) -> None:
    smtp.says[verb] = answer
    assert send() == outcome


def test_the_address_that_stops_such_mail_is_one_line(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(
        app.extensions, "settings", replace(app.extensions["settings"], mail_url="file:", data=tmp_path)
    )
    address = f"https://hoc.tinh.gov.vn/reminders/stop/{'x' * 200}"
    mail.deliver("tam@coquan.example", "Nhắc học", "Còn 7 ngày.", stop=address)
    (written,) = (tmp_path / "mail").glob("*.eml")
    assert f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in written.read_bytes()


def test_a_server_that_is_away_is_the_hosts_fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    away = replace(app.extensions["settings"], mail_url=f"smtp://127.0.0.1:{free_port()}")
    monkeypatch.setitem(app.extensions, "settings", away)
    assert send() == outbox.again("ConnectionRefusedError", host_fault=True)


def test_without_a_server_a_demo_writes_a_file(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    demo = replace(app.extensions["settings"], demo=True, mail_url="", data=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", demo)
    assert send() == outbox.DONE
    (written,) = (tmp_path / "mail").glob("*.eml")
    assert "tam@coquan.example" in written.read_text()


def test_without_a_server_mail_waits_until_there_is_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], mail_url="", demo=False))
    assert send().host_fault


@pytest.mark.usefixtures("app")
def test_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        mail.deliver("tam@coquan.example\nBcc: all@coquan.example", "x", "x")
