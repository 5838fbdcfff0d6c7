"""Two sign-ins that never mix: the main session, and one inside an LMS frame with a cookie of its own.

Both are Flask's signed cookies. The frame's cookie is partitioned (CHIPS), so that it exists only under that LMS;
it is used when the browser says that the page is in a frame, or when nobody is signed in in the main session.
"""

from typing import Any

from flask import Flask, Request, Response, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

FRAME = "frame"


class TwoSessions(SecureCookieSessionInterface):
    """Flask's session, from one of two cookies."""

    def __init__(self, *, secure: bool) -> None:
        self.secure = secure
        self.main_name = "__Host-session" if secure else "session"
        self.frame_name = "__Host-embed" if secure else "embed"

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        main, frame = self._read(app, request, self.main_name), self._read(app, request, self.frame_name)
        framed = request.headers.get("Sec-Fetch-Dest") == "iframe" or "_user_id" not in main
        g.session_kind = FRAME if frame.get("_user_id") and framed else "main"
        return frame if g.session_kind == FRAME else main

    def _read(self, app: Flask, request: Request, name: str) -> SecureCookieSession:
        signer = self.get_signing_serializer(app)
        value = request.cookies.get(name)
        if signer is None or not value:
            return SecureCookieSession()
        try:
            return SecureCookieSession(signer.loads(value, max_age=int(app.permanent_session_lifetime.total_seconds())))
        except Exception:  # noqa: BLE001 - whatever is wrong with a cookie, the answer is: no session
            return SecureCookieSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        framed = g.get("session_kind") == FRAME
        name = self.frame_name if framed else self.main_name
        if session.accessed:
            response.vary.add("Cookie")
        if not session:
            if session.modified:
                response.delete_cookie(
                    name, path="/", secure=self.secure, httponly=True, partitioned=framed and self.secure
                )
            return
        signer = self.get_signing_serializer(app)
        if not session.modified or signer is None:
            return
        response.set_cookie(
            name,
            signer.dumps(dict(session)),
            httponly=True,
            secure=self.secure,
            samesite="None" if framed and self.secure else "Lax",
            partitioned=framed and self.secure,
            path="/",
        )
        response.vary.add("Cookie")


def begin_frame() -> None:
    """From here on this answer writes the frame's cookie; the main session stays as it was."""
    g.session_kind = FRAME


def begin_main() -> None:
    """From here on this answer writes the main cookie."""
    g.session_kind = "main"


def is_framed() -> bool:
    """Whether this request came with the sign-in of an LMS frame."""
    return bool(g.get("session_kind") == FRAME)
