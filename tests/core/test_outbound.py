"""The way out: to public https only, never longer or larger than agreed, and never on and on to a dead host."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from urllib3.util.connection import create_connection

from lms_app.core import circuit, outbound
from lms_app.core.clock import now
from lms_app.core.outbound import LARGEST, Unreachable
from tests.lti.platform import Said, Server, private_key

PUBLIC = "93.184.215.14"
BOMB = 200 * LARGEST


@pytest.fixture(scope="module")
def the_server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def server(the_server: Server) -> Server:
    the_server.reset()
    return the_server


@pytest.fixture(autouse=True)
def _forget() -> None:
    circuit.forget()


@pytest.fixture
def strict_app(app: Flask) -> Iterator[Flask]:
    """As in production: private hosts are refused."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, allow_private_hosts=False)
    yield app
    app.extensions["settings"] = before


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name leads to these addresses; the names that were looked up."""
    real, asked = socket.getaddrinfo, []

    def found(host: str, *args: Any, **values: Any) -> list[Any]:
        if host in addresses:
            return real(host, *args, **values)
        asked.append(host)
        return [one for address in addresses for one in real(address, *args, **values)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


# ---- where to


@pytest.mark.usefixtures("strict_app")
def test_plain_http_is_only_for_what_signed_itself() -> None:
    assert [outbound.allowed("http://ca.example/list", signed=one) for one in (False, True)] == [False, True]
    assert not outbound.allowed("ftp://ca.example/list", signed=True)
    with pytest.raises(Unreachable, match="address"):
        outbound.get("http://127.0.0.1/list", signed=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "https://",
        "https:///path",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com\\.evil.example/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/\0",
        "https://example.com/\r\nHost: other",
        " https://example.com/",
        "https://example.com/\u2028",
        "https://exa..mple.com/",
        f"https://{'a' * 64}.example/",
        "https://*.example.com/",
    ],
)
def test_an_address_of_the_wrong_kind_is_not_called(strict_app: Flask, url: str) -> None:
    del strict_app
    with pytest.raises(Unreachable, match="address"):
        outbound.get(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "①②⑦.0.0.1"),
        *("0.0.0.0", "0", "10.0.0.8", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.254", "169.254.169.254"),
        *("192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("[::]", "[::1]", "[::127.0.0.1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]"),
        *("[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::1]"),
        *("[2001::1]", "[2001:db8::1]"),
    ],
)
def test_a_private_host_is_not_called_however_it_is_spelt(strict_app: Flask, host: str) -> None:
    del strict_app
    with pytest.raises(Unreachable, match="address"):
        outbound.get(f"https://{host}/")


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", f"::ffff:{PUBLIC}", f"64:ff9b::{PUBLIC}"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert outbound.is_public(address)


@pytest.mark.parametrize("addresses", [(PUBLIC, "10.0.0.8"), ("10.0.0.8", PUBLIC), (PUBLIC, "::1")])
def test_a_name_with_one_private_address_among_public_ones_is_not_called(
    strict_app: Flask, monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    del strict_app
    resolve(monkeypatch, *addresses)
    with pytest.raises(Unreachable, match="address"):
        outbound.get("https://mixed.example/")


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(
    strict_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up could lead to this machine."""
    del strict_app
    called: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> None:
        called.append(address)
        raise OSError

    monkeypatch.setattr(outbound, "create_connection", connect)
    asked = resolve(monkeypatch, PUBLIC)
    with pytest.raises(Unreachable, match="connection"):
        outbound.get("https://moved.example:8443/")
    assert (asked, called) == (["moved.example"], [(PUBLIC, 8443)])


def test_the_second_address_of_a_name_is_tried_when_the_first_does_not_answer(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    del app

    def connect(address: tuple[str, int], *args: Any, **values: Any) -> socket.socket:
        if address[0] == "10.0.0.1":
            raise OSError
        return create_connection(address, *args, **values)

    monkeypatch.setattr(outbound, "create_connection", connect)
    resolve(monkeypatch, "10.0.0.1", "127.0.0.1")
    assert outbound.get(server.url.replace("127.0.0.1", "two.example")).is_good


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_given_back_and_not_followed(app: Flask, server: Server, status: int) -> None:
    del app
    server.script["/from"] = [Said(status, b"moved", {"Location": f"{server.url}/to"})]
    answer = outbound.post(f"{server.url}/from", b"secret", headers={})
    assert (answer.status, answer.headers["location"], answer.body) == (status, f"{server.url}/to", b"moved")
    assert not server.calls("/to")


def test_no_proxy_and_no_stored_password_is_taken_from_the_surroundings(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del app
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert outbound.get(f"{server.url}/").is_good
    assert "Authorization" not in server.asked[0].headers


def test_a_cookie_is_not_kept(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(headers={"Set-Cookie": "a=b; Path=/"}), Said(302, b"", {"Set-Cookie": "a=b; Path=/"})]
    for _ in range(3):
        outbound.get(f"{server.url}/")
    assert all("Cookie" not in asked.headers for asked in server.asked)


# ---- TLS


@contextmanager
def tls(name: str, folder: Path) -> Iterator[tuple[int, Path, list[str]]]:
    """A server with a certificate for one name: its port, who vouches for it, and the paths it was asked for."""
    key, asked = private_key("tls"), list[str]()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    vouching, both = folder / "ca.pem", folder / "both.pem"
    vouching.write_bytes(made.public_bytes(Encoding.PEM))
    both.write_bytes(
        vouching.read_bytes() + key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield http.server_address[1], vouching, asked
        finally:
            http.shutdown()
            thread.join()


def test_a_certificate_must_be_vouched_for_and_name_the_host(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The connection goes to a checked address; the certificate is still that of the name."""
    del app
    resolve(monkeypatch, "127.0.0.1")
    with tls("school.example", tmp_path) as (port, vouching, asked):
        with pytest.raises(Unreachable, match="connection"):
            outbound.get(f"https://school.example:{port}/unknown")
        monkeypatch.setattr(outbound._session(), "verify", str(vouching))
        assert outbound.get(f"https://school.example:{port}/right").status == 204
        with pytest.raises(Unreachable, match="connection"):
            outbound.get(f"https://other.example:{port}/wrong")
        assert asked == ["/right"]


# ---- how long


@contextmanager
def drips(first: bytes, byte: bytes) -> Iterator[int]:
    """A server that takes a call and then says one byte after another, without an end; its port."""
    done = threading.Event()

    def drip(listening: socket.socket) -> None:
        taken, _address = listening.accept()
        with taken, suppress(OSError):
            taken.recv(1000)
            taken.sendall(first)
            while not done.wait(0.02):
                taken.sendall(byte)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize(
    ("scheme", "first", "byte"),
    [
        ("http", b"", b"H"),
        ("http", b"HTTP/1.1 200 OK\r\n", b"A"),
        ("http", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        ("http", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 99999\r\n\r\n", b"x"),
        ("http", b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n", b"x"),
        ("https", b"\x16\x03\x03\x40\x00", b"\x02"),
    ],
)
def test_a_host_that_drips_is_left_in_time(app: Flask, scheme: str, first: bytes, byte: bytes) -> None:
    del app
    with drips(first, byte) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="timeout"):
            outbound.get(f"{scheme}://127.0.0.1:{port}/", total=0.3)
        assert time.monotonic() - began < 2


def test_a_look_up_that_does_not_end_is_left_in_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    del app
    done = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        done.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="timeout"):
        outbound.get("https://slow.example/", total=0.2)
    assert time.monotonic() - began < 2
    done.set()


def test_a_connection_that_comes_after_the_end_of_the_time_is_not_used(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watchdog has barked already, and would not a second time."""
    del app

    def late(*args: Any, **values: Any) -> socket.socket:
        threading.Event().wait(0.3)
        return create_connection(*args, **values)

    monkeypatch.setattr(outbound, "create_connection", late)
    with drips(b"", b"H") as port, pytest.raises(Unreachable, match="timeout"):
        outbound.get(f"http://127.0.0.1:{port}/", total=0.2)


def test_addresses_that_do_not_answer_share_the_time_to_connect(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    del app
    shares: list[float] = []

    def hang(_address: object, seconds: float, **_: Any) -> None:
        shares.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(outbound, "create_connection", hang)
    resolve(monkeypatch, *(f"10.0.0.{n}" for n in range(1, 6)))
    with pytest.raises(Unreachable, match="timeout"):
        outbound.get("https://many.example/")
    assert shares[0] <= outbound.CONNECT / 5
    assert len(shares) == 5


def test_a_closed_port_is_no_connection(app: Flask) -> None:
    del app
    with pytest.raises(Unreachable, match="connection"):
        outbound.get("http://127.0.0.1:9/")


# ---- how much


def test_an_answer_may_have_a_megabyte_and_no_byte_more(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(body=b"x" * LARGEST), Said(body=b"x" * (LARGEST + 1))]
    assert len(outbound.get(f"{server.url}/").body) == LARGEST
    with pytest.raises(Unreachable, match="too large"):
        outbound.get(f"{server.url}/")


def test_a_redirect_may_not_have_more_either(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(302, b"x" * (LARGEST + 1), {"Location": "/there"})]
    with pytest.raises(Unreachable, match="too large"):
        outbound.get(f"{server.url}/")


def test_a_packed_answer_is_not_asked_for_but_understood(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(body=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})]
    assert outbound.get(f"{server.url}/").body == b"{}"
    assert server.asked[0].headers["Accept-Encoding"] == "identity"


def test_an_answer_that_is_not_what_it_says_is_no_answer(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(body=b"plain", headers={"Content-Encoding": "gzip"})]
    with pytest.raises(Unreachable, match="connection"):
        outbound.get(f"{server.url}/")


@pytest.mark.parametrize("packing", ["gzip", "br", "gzip, gzip"])
def test_a_small_answer_that_unpacks_to_much_is_not_unpacked(app: Flask, server: Server, packing: str) -> None:
    del app
    packed = brotli.compress(bytes(BOMB), quality=1) if packing == "br" else gzip.compress(bytes(BOMB))
    body = gzip.compress(packed) if "," in packing else packed
    server.script["/"] = [Said(body=body, headers={"Content-Encoding": packing})]
    del packed, body
    tracemalloc.start()
    try:
        with pytest.raises(Unreachable, match="too large"):
            outbound.get(f"{server.url}/")
        assert tracemalloc.get_traced_memory()[1] < 10 * LARGEST
    finally:
        tracemalloc.stop()


# ---- how often


def host_of(server: Server) -> str:
    return server.url.removeprefix("http://")


def test_a_host_that_answers_500_five_times_is_not_called_for_a_while(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(503)] * 5
    assert [outbound.get(f"{server.url}/").status for _ in range(5)] == [503] * 5
    for path in ("/", "/other"):
        with pytest.raises(Unreachable, match="circuit"):
            outbound.get(f"{server.url}{path}")
    assert len(server.asked) == 5


def test_a_closed_port_is_not_knocked_at_a_sixth_time(app: Flask) -> None:
    del app
    said = []
    for _ in range(7):
        with pytest.raises(Unreachable) as refused:
            outbound.get("http://127.0.0.1:9/")
        said.append(str(refused.value))
    assert said == ["connection"] * 5 + ["circuit"] * 2


def test_refusals_of_the_host_and_answers_too_large_are_no_faults(app: Flask, server: Server) -> None:
    del app
    server.script["/"] = [Said(status) for status in (400, 401, 404, 429, 404, 403)]
    server.script["/large"] = [Said(body=b"x" * (LARGEST + 1))] * 6
    for _ in range(6):
        outbound.get(f"{server.url}/")
        with pytest.raises(Unreachable, match="too large"):
            outbound.get(f"{server.url}/large")
    assert outbound.get(f"{server.url}/").is_good


def test_an_address_that_we_refuse_is_not_the_hosts_fault(strict_app: Flask) -> None:
    del strict_app
    for _ in range(7):
        with pytest.raises(Unreachable, match="address"):
            outbound.get("https://127.0.0.1/")


def test_a_host_with_as_many_calls_under_way_as_allowed_is_busy(app: Flask, server: Server) -> None:
    del app
    with ExitStack() as many:
        for _ in range(circuit.AT_ONCE):
            many.enter_context(circuit.passage(host_of(server), 1))
        with pytest.raises(Unreachable, match="busy"):
            outbound.get(f"{server.url}/", total=0.05)
    assert outbound.get(f"{server.url}/").is_good
