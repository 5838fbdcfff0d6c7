"""Evidence that a signer's certificate was not revoked, added to a file for an archive (PAdES B-LT, EN 319 142-1).

Asked are only the addresses named in the certificates of a key that is registered: OCSP (RFC 6960), else a list (CRL,
RFC 5280). Both are signed by the authority, so that plain http, which authorities use, does no harm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

from asn1crypto import crl, ocsp, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import async_add_validation_info
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.fetchers.common_utils import format_ocsp_request

from lms_app.certificates.signing import LONG_TERM, MALFORMED, Sealed, run
from lms_app.core import outbound
from lms_app.core.errors import Conflict

QUERY = {"Content-Type": "application/ocsp-request"}
GOOD = "successful"


class NoEvidence(Conflict):
    """The file cannot be completed for the archive now; the sentence says why."""


@dataclass(frozen=True)
class Evidence:
    """`path`: the signer's certificate, the one that signed it, and so on. A key made here has nobody above it."""

    path: Sequence[x509.Certificate]
    answers: list[ocsp.OCSPResponse] = field(default_factory=list)
    lists: list[crl.CertificateList] = field(default_factory=list)

    @property
    def context(self) -> ValidationContext:
        return ValidationContext(
            trust_roots=[self.path[-1]],
            other_certs=list(self.path),
            ocsps=self.answers,
            crls=self.lists,
            allow_fetching=False,
            revocation_mode="require",
        )


def gathered(chain: str) -> Evidence:
    """What the authorities say today of the certificates of a chain (PEM, the signer's own first).

    Raises `NoEvidence`: also when one is revoked or over.
    """
    path = _path([x509.Certificate.load(der) for _kind, _headers, der in pem.unarmor(chain.encode(), multiple=True)])
    found = Evidence(path)
    try:
        for below, above in pairwise(path):
            _ask(below, above, found)
        validator: Any = CertificateValidator(path[0], validation_context=found.context)
        run(validator.async_validate_usage(set()))
    except (PathError, ValidationError, *MALFORMED) as error:
        reason = "Chứng thư số của khóa ký không còn hợp lệ, hoặc câu trả lời về nó không đúng (%(why)s)."
        raise NoEvidence(reason, why=type(error).__name__) from error
    return found


def completed(pdf: bytes, evidence: Evidence) -> Sealed:
    """A signed file with the evidence added behind it, in a document security store; the signature stays as it is."""
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    work = async_add_validation_info(signature, evidence.context, skip_timestamp=True, force_write=True)
    return Sealed(run(work).getvalue(), LONG_TERM)


def _path(known: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    path = [known[0]]
    while above := next((one for one in known if one not in path and one.subject == path[-1].issuer), None):
        path.append(above)
    if len(path) == 1 and path[0].subject != path[0].issuer:
        raise NoEvidence("Thiếu chứng thư số của tổ chức đã cấp chứng thư cho khóa ký. Hãy thêm khóa với cả chuỗi.")
    return path


def _ask(below: x509.Certificate, above: x509.Certificate, found: Evidence) -> None:
    for url in below.ocsp_urls:
        for body in _body(url, _question(below, above)):
            answer = ocsp.OCSPResponse.load(body)
            if answer["response_status"].native == GOOD:
                found.answers.append(answer)
                return
    for point in below.crl_distribution_points:
        for body in _body(point.url):
            found.lists.append(crl.CertificateList.load(body))
            return
    reason = "Không hỏi được tổ chức cấp chứng thư số xem chứng thư %(name)s có bị thu hồi không. Hãy thử lại sau."
    raise NoEvidence(reason, name=below.subject.human_friendly)


def _question(below: x509.Certificate, above: x509.Certificate) -> bytes:
    authority = AuthorityWithCert(above)
    asked = format_ocsp_request(below, authority, certid_hash_algo="sha1", request_nonces=False)
    return bytes(asked.dump())


def _body(url: str, question: bytes | None = None) -> Iterator[bytes]:
    """The answer of one address, or none."""
    try:
        if question is None:
            answer = outbound.get(url, signed=True)
        else:
            answer = outbound.post(url, question, headers=QUERY, signed=True)
    except outbound.Unreachable:
        return
    if answer.is_good:
        yield answer.body
