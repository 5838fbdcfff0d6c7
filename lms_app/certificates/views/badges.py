"""What programs read of us: keys, issuer, achievements, status lists, and a credential whose holder gave the link."""

import hmac
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow
from lms_app.certificates import badges
from lms_app.certificates.forms.lookup import Lookup
from lms_app.certificates.queries import credentials as known
from lms_app.certificates.queries import register
from lms_app.certificates.service import credentials
from lms_app.core.errors import NotFound
from lms_app.web.security import limiter

bp = Blueprint("badges", __name__)

LIMIT = "30/minute"
AN_HOUR = "public, max-age=3600"
TEN_MINUTES = "public, max-age=600"
"""For status lists: a revocation reaches everybody within an hour of the list's own date."""


@bp.get("/.well-known/did.json")
@bp.get("/did.json")
@allow(access.anyone)
def did() -> ResponseReturnValue:
    """did:web asks at the first address, and at the second of a site whose address has a path."""
    return _json(badges.did_document(credentials.site(), [(key.name, key.jwk) for key in known.badge_keys()]))


@bp.get("/credentials/issuer")
@allow(access.anyone)
def issuer() -> ResponseReturnValue:
    profile = badges.issuer(credentials.site(), credentials.issuer_name())
    return _json({"@context": [badges.CONTEXT, badges.BADGE_CONTEXT], **profile})


@bp.get("/credentials/achievements/<course_id>")
@allow(access.anyone)
def achievement(course_id: str) -> ResponseReturnValue:
    found = known.achievement(course_id)
    if found is None:
        raise NotFound("Chưa có giấy chứng nhận nào của khóa học này.")
    described = badges.achievement(found, credentials.site())
    return _json({"@context": [badges.CONTEXT, badges.BADGE_CONTEXT], **described})


@bp.get("/credentials/status/<int:number>")
@allow(access.anyone)
def status(number: int) -> ResponseReturnValue:
    token = credentials.status_list(number)
    if token is None:
        raise NotFound("Không có danh sách trạng thái mang số này.")
    return _token(token, TEN_MINUTES)


@bp.get("/credentials/<code>")
@allow(access.anyone)
@limiter.limit(LIMIT)
def credential(code: str) -> ResponseReturnValue:
    """For a wallet: the holder's share link with its secret `k`. A wrong secret is answered as a wrong code is."""
    issued = register.by_code(Lookup.read(code).code)
    is_open = issued is not None and not issued.hidden and _is_key(issued.share_key)
    token = credentials.read_credential(issued) if issued is not None and is_open else None
    if token is None:
        raise NotFound("Liên kết này không còn mở được. Hãy xin người được cấp gửi liên kết mới.")
    return _token(token, "no-store")


def _is_key(share_key: str | None) -> bool:
    typed = request.args.get("k", "")
    return share_key is not None and hmac.compare_digest(share_key.encode(), typed.encode())


def _token(token: str, cache: str) -> Response:
    """The token, or what it says for `?format=json`."""
    if request.args.get("format") == "json":
        return _json(badges.content(token), cache)
    return _open(Response(token, mimetype=badges.MEDIA_TYPE), cache)


def _json(content: dict[str, Any], cache: str = AN_HOUR) -> Response:
    return _open(jsonify(content), cache)


def _open(response: Response, cache: str) -> Response:
    """Verifiers that run in a browser, on any site, may read it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = cache
    if cache != "no-store":
        response.add_etag()
        response.make_conditional(request)
    return response
