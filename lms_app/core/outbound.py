"""The only way out over HTTP: to addresses that others chose, so every answer has a limit in time, size and place.

https to public addresses only (http for what is signed itself), unless `LMS_ALLOW_PRIVATE_HOSTS` is set.
No proxy, no cookies, no redirects.
`requests` counts its time limit anew at each read; a watchdog closes the socket of a host that drips.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import current_app
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util.connection import allowed_gai_family, create_connection

from lms_app.core import circuit
from lms_app.core.settings import Settings

CONNECT = 5.0
"""Seconds for look-up, connection and TLS together."""

TOTAL = 10.0
SHORT = 0.001
"""Time limit of a socket when none is left; 0 would mean: do not block."""

LARGEST = 1024 * 1024
PORTS = {"http": 80, "https": 443}
SAYS = {"connection": False, "timeout": False, "too large": True}
"""What a failed call says about the host: whether it is well. Our own refusals say nothing."""

GLOBAL = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """No answer to use. The reason is our own word, never the host's.

    timeout, connection, too large; not called at all: address, busy, circuit (`core/circuit.py`).
    """


@dataclass(frozen=True, slots=True)
class Answer:
    """Whatever the host said, success or not. `headers` ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def get(url: str, *, headers: Mapping[str, str] | None = None, total: float = TOTAL, signed: bool = False) -> Answer:
    """`signed`: whoever asks checks a signature in the answer, so that it may come over http."""
    return _call("GET", url, headers or {}, None, total, signed)


def post(
    url: str, body: bytes | Mapping[str, str], *, headers: Mapping[str, str], total: float = TOTAL, signed: bool = False
) -> Answer:
    """`body` as bytes goes as it is; a mapping goes as a form. `signed`: as for `get`, and it holds no secret."""
    return _call("POST", url, headers, body, total, signed)


def allowed(url: str, *, signed: bool = False) -> bool:
    """Whether an address may be called at all, by its looks; where it leads is checked when connecting."""
    settings: Settings = current_app.extensions["settings"]
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_plain = url.isprintable() and not {" ", "\\"} & set(url) and "@" not in parts.netloc
    schemes = {"http", "https"} if signed or settings.allow_private_hosts else {"https"}
    return is_plain and parts.scheme in schemes and bool(parts.hostname)


def _call(method: str, url: str, headers: Mapping[str, str], body: Any, total: float, signed: bool) -> Answer:
    if not allowed(url, signed=signed):
        raise Unreachable("address")
    parts = urlsplit(url)
    watch = _local.watch = _Watch(total)
    try:
        with watch, circuit.passage(f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}", total) as call:
            try:
                answer = _exchange(method, url, headers, body, watch)
            except Unreachable as error:
                call.is_well = SAYS.get(str(error))
                raise
            call.is_well = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
            return answer
    except circuit.Refused as error:
        raise Unreachable(str(error)) from error


def _exchange(method: str, url: str, headers: Mapping[str, str], body: Any, watch: "_Watch") -> Answer:
    left = max(watch.left(), SHORT)
    try:
        with _session().request(
            method,
            url,
            headers={"Accept-Encoding": "identity", **headers},
            data=body,
            timeout=(min(CONNECT, left), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = response.raw.read(LARGEST + 1, decode_content=True)
    except requests.exceptions.Timeout as error:
        raise Unreachable("timeout") from error
    except (requests.exceptions.InvalidURL, LocationParseError, UnicodeError) as error:
        raise Unreachable("address") from error
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
        raise Unreachable(watch.reason or "connection") from error
    if watch.reason:
        raise Unreachable(watch.reason)
    if len(content) > LARGEST:
        raise Unreachable("too large")
    return Answer(response.status_code, response.headers, content)


class _Watch:
    """Shuts the socket of the running call at the end of its time: a blocked read then ends."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.connection: Any = None
        self.socket: Any = None
        self.reason = ""
        self.lock = threading.Lock()
        self.timer = threading.Timer(seconds, self._bark)
        self.timer.daemon = True

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *_error: object) -> None:
        """Let go of the socket, which by now may serve the thread's next call."""
        self.timer.cancel()
        with self.lock:
            self.connection = self.socket = None

    def left(self) -> float:
        return self.until - time.monotonic()

    def look(self, connection: Any) -> None:
        """Watch this one; raises `OSError` when the time is over.

        The socket is kept too: http.client lets go of it when the host says `Connection: close`.
        """
        self.connection = connection
        self.socket = getattr(connection, "sock", None) or self.socket
        if self.reason:
            raise OSError(self.reason)

    def stop(self, reason: str) -> OSError:
        self.reason = reason
        return OSError(reason)

    def _bark(self) -> None:
        with self.lock:
            self.reason = "timeout"
            for sock in (getattr(self.connection, "sock", None), self.socket):
                if sock is not None:
                    with suppress(OSError):
                        sock.shutdown(socket.SHUT_RDWR)


class _Local(threading.local):
    watch: _Watch
    session: requests.Session | None = None


_local = _Local()


class _Watched:
    """Mixed into urllib3's connections: tells the watchdog, and connects to public addresses only."""

    def connect(self) -> None:
        _local.watch.look(self)
        super().connect()  # type: ignore[misc]  # the connection this is mixed into
        _local.watch.look(self)
        self.sock.settimeout(max(_local.watch.left(), SHORT))  # type: ignore[attr-defined]

    def request(self, *args: Any, **values: Any) -> None:
        _local.watch.look(self)
        super().request(*args, **values)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        """Connect to the very addresses that were checked: a second look-up could say something else."""
        watch = _local.watch
        until = time.monotonic() + min(CONNECT, watch.left())
        settings: Settings = current_app.extensions["settings"]
        try:
            found = _look_up(self._dns_host, self.port, until)  # type: ignore[attr-defined]
            if not settings.allow_private_hosts and not all(is_public(address) for address in found):
                raise watch.stop("address")
            return _reach(found, self.port, self.socket_options, until)  # type: ignore[attr-defined]
        except TimeoutError as error:
            raise watch.stop("timeout") from error


def is_public(text: str) -> bool:
    """Whether an IP address lies in the public internet, also when it is an IPv4 address in the clothes of IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
        if inner is None:
            return address in GLOBAL and address.is_global and address.sixtofour is None
        address = inner
    return address.is_global and not address.is_multicast


def _look_up(host: str, port: int, until: float) -> list[str]:
    """The addresses of a name. A look-up cannot be stopped: one that takes too long is left behind in its thread."""
    found: Future[list[str]] = Future()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
            found.set_result([str(one[4][0]) for one in told])
        except (OSError, ValueError) as error:
            found.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return found.result(max(until - time.monotonic(), SHORT))


def _reach(addresses: list[str], port: int, options: Any, until: float) -> socket.socket:
    """The first that answers; each gets an equal share of the time, and TLS what is left of it."""
    failed = OSError("no address")
    for at, address in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - at)
        try:
            made = create_connection((address, port), max(share, SHORT), socket_options=options)
        except OSError as error:
            failed = error
        else:
            made.settimeout(max(until - time.monotonic(), SHORT))
            return made
    raise failed


class _Http(_Watched, HTTPConnection):
    pass


class _Https(_Watched, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **values: Any) -> None:
        super().init_poolmanager(*args, **values)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class _Session(requests.Session):
    def get_redirect_target(self, _response: requests.Response) -> None:
        """None: else requests reads the body of a redirect, without limit, also when told not to follow."""


def _session() -> requests.Session:
    """One a thread, so that connections are kept but never shared in the middle of an answer."""
    if _local.session is None:
        made = _Session()
        made.trust_env = False
        made.headers["User-Agent"] = "lms-outbound/1"
        made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        made.mount("https://", _Adapter(max_retries=0))
        made.mount("http://", _Adapter(max_retries=0))
        _local.session = made
    return _local.session
