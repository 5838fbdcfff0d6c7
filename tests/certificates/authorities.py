"""Servers in this process that others trust: one stamps the time, one says which certificates are revoked."""

import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from pyhanko.sign.timestamps import DummyTimeStamper

from lms_app.core.clock import now
from tests.certificates.papers import Private, certificate, new_key

Answer = tuple[int, bytes]
HOUR = timedelta(hours=1)


class Server:
    """On loopback. `answer`: what it says instead, if set. `asked`: paths, in order."""

    def __init__(self, say: Callable[[str, bytes], bytes]) -> None:
        self.answer: Answer | None = None
        self.asked: list[str] = []
        self._say = say
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def say(self, path: str, body: bytes) -> Answer:
        self.asked.append(path)
        return self.answer or (200, self._say(path, body))

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = server.say(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - as http.server calls it

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Stamps(Server):
    """A time stamp authority."""

    def __init__(self) -> None:
        private = new_key()
        own = certificate(private, "Máy chủ dấu thời gian", stamps=True)
        self.own = asn1.Certificate.load(own.public_bytes(Encoding.DER))
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self.stamper = DummyTimeStamper(self.own, asn1_keys.PrivateKeyInfo.load(der))
        super().__init__(lambda _path, body: self.stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump())


class Registrar(Server):
    """An authority that issues certificates and says which are revoked: a list at /list, single answers at /ocsp."""

    def __init__(self) -> None:
        self.private: Private = new_key("ec")
        self.own = certificate(self.private, "Tổ chức chứng thực thử", ca=True)
        self.revoked: set[int] = set()
        self.issued: list[x509.Certificate] = []
        super().__init__(lambda path, _body: self._list() if path == "/list" else self._single())

    def issue(self, private: Private, *, single: bool = False, listed: bool = True) -> x509.Certificate:
        places = {"ocsp": f"{self.url}/ocsp"} if single else {}
        places |= {"list": f"{self.url}/list"} if listed else {}
        made = certificate(private, issuer=(self.own, self.private), **places)
        self.issued.append(made)
        return made

    def _list(self) -> bytes:
        built = x509.CertificateRevocationListBuilder().issuer_name(self.own.subject)
        built = built.last_update(now() - HOUR).next_update(now() + HOUR)
        for number in self.revoked:
            row = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now() - HOUR)
            built = built.add_revoked_certificate(row.build())
        return built.sign(self.private, SHA256()).public_bytes(Encoding.DER)

    def _single(self) -> bytes:
        one = self.issued[-1]
        is_revoked = one.serial_number in self.revoked
        built = ocsp.OCSPResponseBuilder().add_response(
            cert=one,
            issuer=self.own,
            algorithm=SHA1(),  # noqa: S303 - names the issuer, as the question does
            cert_status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=now() - HOUR,
            next_update=now() + HOUR,
            revocation_time=now() - HOUR if is_revoked else None,
            revocation_reason=None,
        )
        built = built.responder_id(ocsp.OCSPResponderEncoding.HASH, self.own)
        return built.sign(self.private, SHA256()).public_bytes(Encoding.DER)
