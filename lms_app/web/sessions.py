"""Two sign-ins that never mix: the main session, and one inside an LMS frame with a cookie of its own.

Both are Flask's signed cookies. The frame's cookie is partitioned (CHIPS), so that it exists only under that LMS;
it is used when the browser says that the page is in a frame, or when nobody is signed in in the main session.
"""

from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

FRAME = "frame"


class TwoSessions(SecureCookieSessionInterface):
    """Flask's session, from one of two cookies."""

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure
        self._made: URLSafeTimedSerializer | None = None
        self.main_name = "__Host-session" if secure else "session"
        self.frame_name = "__Host-embed" if secure else "embed"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        main, frame = self._read(app, request, self.main_name), self._read(app, request, self.frame_name)
        framed = request.headers.get("Sec-Fetch-Dest") == "iframe" or "_user_id" not in main
        g.session_kind = FRAME if frame.get("_user_id") and framed else "main"
        return frame if g.session_kind == FRAME else main

    def _signer(self, app: Flask) -> URLSafeTimedSerializer:
        """Made once: its key derivation costs as much as a small query."""
        if self._made is None:
            self._made = self.get_signing_serializer(app)
        if self._made is None:
            raise RuntimeError("SECRET_KEY is empty")
        return self._made

    def _read(self, app: Flask, request: Request, name: str) -> SecureCookieSession:
        value = request.cookies.get(name)
        if not value:
            return SecureCookieSession()
        try:
            longest = int(app.permanent_session_lifetime.total_seconds())
            return SecureCookieSession(self._signer(app).loads(value, max_age=longest))
        except Exception:  # noqa: BLE001 - whatever is wrong with a cookie, the answer is: no session
            return SecureCookieSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        framed = g.get("session_kind") == FRAME
        name = self.frame_name if framed else self.main_name
        if session.accessed:
            response.vary.add("Cookie")
        if not session:
            if session.modified:
                response.delete_cookie(name, path="/", httponly=True, **self._kind(framed=framed))
            return
        if not session.modified:
            return
        response.set_cookie(
            name,
            self._signer(app).dumps(dict(session)),
            httponly=True,
            path="/",
            **self._kind(framed=framed),
        )
        response.vary.add("Cookie")

    def _kind(self, *, framed: bool) -> dict[str, Any]:
        return frame_cookie(secure=self.secure) if framed else {"secure": self.secure, "samesite": "Lax"}


def frame_cookie(*, secure: bool) -> dict[str, Any]:
    """How a cookie lives in another site's frame: partitioned and `SameSite=None`, which both need `Secure`.

    On a loopback address browsers take `Secure` cookies over http too. Only there do they send Sec-Fetch-Dest
    without https; a script that plays a browser does not, and keeps a plain cookie. A platform's window of its own
    posts across sites as well, so a whole page (`document`) counts like a frame.
    """
    lives = secure or request.headers.get("Sec-Fetch-Dest") in {"iframe", "document"}
    return {"secure": lives, "samesite": "None" if lives else "Lax", "partitioned": lives}


def begin_frame() -> None:
    """From here on this answer writes the frame's cookie; the main session stays as it was."""
    g.session_kind = FRAME


def begin_main() -> None:
    """From here on this answer writes the main cookie."""
    g.session_kind = "main"


def is_framed() -> bool:
    """Whether this request came with the sign-in of an LMS frame."""
    return bool(g.get("session_kind") == FRAME)
