"""The way out: to public https only, and never longer or larger than agreed."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from lms_app.core import outbound
from lms_app.core.outbound import Unreachable


@pytest.fixture
def strict_app(app: Flask) -> Iterator[Flask]:
    """As in production: private hosts are refused."""
    before = app.extensions["settings"]
    app.extensions["settings"] = replace(before, allow_private_hosts=False)
    yield app
    app.extensions["settings"] = before


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:word@example.com/",
        "https://example.com:port/",
        "https://exa mple.com\n/",
        "file:///etc/passwd",
    ],
)
def test_an_address_of_the_wrong_kind_is_not_called(strict_app: Flask, url: str) -> None:
    del strict_app
    with pytest.raises(Unreachable, match="address"):
        outbound.get(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_private_host_is_not_called(strict_app: Flask, host: str) -> None:
    del strict_app
    with pytest.raises(Unreachable, match="address"):
        outbound.get(f"https://{host}/")


def test_a_name_that_moved_to_a_private_address_is_not_called(
    strict_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up says public, the connection leads to this machine."""
    del strict_app
    with socket.create_server(("127.0.0.1", 0)) as here:
        real, port = socket.getaddrinfo, here.getsockname()[1]
        answers = iter(["93.184.215.14"])

        def moved(_host: str, *args: object, **values: object) -> object:
            return real(next(answers, "127.0.0.1"), *args, **values)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", moved)
        with pytest.raises(Unreachable, match="address"):
            outbound.get(f"https://moved.example:{port}/")


def test_a_head_that_drips_ends_in_time(app: Flask) -> None:
    del app
    done = threading.Event()

    def drip(server: socket.socket) -> None:
        taken, _address = server.accept()
        with taken:
            taken.recv(1000)
            while not done.is_set():
                try:
                    taken.sendall(b"H")
                except OSError:
                    return
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        began = time.monotonic()
        with pytest.raises(Unreachable, match="timeout"):
            outbound.get(f"http://127.0.0.1:{server.getsockname()[1]}/", total=0.3)
        assert time.monotonic() - began < 2
        done.set()
        thread.join()


def test_a_closed_port_is_no_connection(app: Flask) -> None:
    del app
    with pytest.raises(Unreachable, match="connection"):
        outbound.get("http://127.0.0.1:9/")
