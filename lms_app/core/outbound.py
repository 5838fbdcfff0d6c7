"""The only way out over HTTP: to addresses that others chose, so every answer has a limit in time, size and place.

https to public addresses only, unless `LMS_ALLOW_PRIVATE_HOSTS` is set. No proxy, no cookies, no redirects.
`requests` counts its time limit anew at each read; a watchdog closes the socket of a host that drips.
"""

import ipaddress
import socket
import threading
from collections.abc import Mapping
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

from lms_app.core.settings import Settings

CONNECT = 5.0
TOTAL = 10.0
LARGEST = 1024 * 1024


class Unreachable(Exception):
    """No answer to use. The reason is our own word, never the host's: timeout, connection, too large, address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whatever the host said, success or not. `headers` ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def get(url: str, *, headers: Mapping[str, str] | None = None, total: float = TOTAL) -> Answer:
    return _call("GET", url, headers or {}, None, total)


def post(url: str, body: bytes | Mapping[str, str], *, headers: Mapping[str, str], total: float = TOTAL) -> Answer:
    """`body` as bytes goes as it is; a mapping goes as a form."""
    return _call("POST", url, headers, body, total)


def allowed(url: str) -> bool:
    """Whether an address may be called at all, by its looks; where it leads is checked when connecting."""
    settings: Settings = current_app.extensions["settings"]
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    schemes = {"http", "https"} if settings.allow_private_hosts else {"https"}
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and url.isprintable()


def _call(method: str, url: str, headers: Mapping[str, str], body: Any, total: float) -> Answer:
    if not allowed(url):
        raise Unreachable("address")
    watch = _Watch(total)
    _local.watch = watch
    try:
        with (
            watch,
            _session().request(
                method,
                url,
                headers={"Accept-Encoding": "identity", **headers},
                data=body,
                timeout=(min(CONNECT, total), min(CONNECT, total)),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            content = response.raw.read(LARGEST + 1, decode_content=True)
    except requests.exceptions.Timeout as error:
        raise Unreachable("timeout") from error
    except (requests.exceptions.RequestException, HTTPError, LocationParseError, OSError, ValueError) as error:
        raise Unreachable(watch.reason or "connection") from error
    if watch.reason:
        raise Unreachable(watch.reason)
    if len(content) > LARGEST:
        raise Unreachable("too large")
    return Answer(response.status_code, response.headers, content)


class _Watch:
    """Shuts the socket of the running call at the end of its time: a blocked read then ends."""

    def __init__(self, seconds: float) -> None:
        self.connection: Any = None
        self.socket: Any = None
        self.reason = ""
        self.timer = threading.Timer(seconds, self._bark)
        self.timer.daemon = True

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *_error: object) -> None:
        self.timer.cancel()

    def _bark(self) -> None:
        self.reason = "timeout"
        for sock in (getattr(self.connection, "sock", None), self.socket):
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


class _Local(threading.local):
    watch: _Watch | None = None
    session: requests.Session | None = None


_local = _Local()


class _Watched:
    """Mixed into urllib3's connections: tells the watchdog, and connects to public addresses only."""

    def connect(self) -> None:
        self._tell()
        super().connect()  # type: ignore[misc]  # the connection this is mixed into
        self._tell()

    def request(self, *args: Any, **values: Any) -> None:
        self._tell()
        super().request(*args, **values)  # type: ignore[misc]

    def _tell(self) -> None:
        """The socket is kept too: http.client lets go of it when the host says `Connection: close`."""
        if _local.watch is not None:
            _local.watch.connection = self
            _local.watch.socket = getattr(self, "sock", None) or _local.watch.socket

    def _new_conn(self) -> socket.socket:
        settings: Settings = current_app.extensions["settings"]
        if not settings.allow_private_hosts:
            self._check([found[4][0] for found in socket.getaddrinfo(self._dns_host, None)])  # type: ignore[attr-defined]
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if not settings.allow_private_hosts:
            try:
                self._check([made.getpeername()[0]])  # the name may have moved between look-up and connection
            except BaseException:
                made.close()
                raise
        return made

    @staticmethod
    def _check(addresses: list[Any]) -> None:
        for text in addresses:
            address = ipaddress.ip_address(str(text).partition("%")[0])
            address = getattr(address, "ipv4_mapped", None) or address
            if not address.is_global or address.is_multicast:
                if _local.watch is not None:
                    _local.watch.reason = "address"
                raise OSError("not a public address")


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


def _session() -> requests.Session:
    """One a thread, so that connections are kept but never shared in the middle of an answer."""
    if _local.session is None:
        made = requests.Session()
        made.trust_env = False
        made.headers["User-Agent"] = "lms-outbound/1"
        made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        made.mount("https://", _Adapter(max_retries=0))
        made.mount("http://", _Adapter(max_retries=0))
        _local.session = made
    return _local.session
