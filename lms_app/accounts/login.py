"""The only home of flask_login: who is looking, and the `@allow` that every route carries."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user

from lms_app.accounts import access
from lms_app.accounts.access import Person, Scope, Somebody, Visitor
from lms_app.accounts.queries import people as queries
from lms_app.core.clock import now
from lms_app.core.errors import Forbidden, NotSignedIn
from lms_app.web import i18n, security, sessions

View = TypeVar("View", bound=Callable[..., Any])
Rule = Callable[[Somebody], bool]
FRAME_PREFIX = "frame."


def allow(rule: Rule) -> Callable[[View], View]:
    """Declare who may use a route; a test refuses routes without it."""

    def mark(view: View) -> View:
        view.access = rule  # type: ignore[attr-defined]  # read by `_guard` and by the architecture test
        return view

    return mark


def me() -> Person:
    """The person of this request; only in routes whose rule demands one."""
    return cast("Person", current_user._get_current_object())  # noqa: SLF001 - the proxied value itself


def somebody() -> Somebody:
    return cast("Somebody", current_user._get_current_object())  # noqa: SLF001


def my_scope() -> Scope:
    """What the launch behind this frame session allows; only in routes whose rule demands one (`access.framed`)."""
    return cast("Scope", me().scope)


def sign_in(person_id: UUID, epoch: int) -> None:
    """A fresh main session: everything of the old one goes, so that a planted cookie is worth nothing."""
    sessions.begin_main()
    session.clear()
    session.permanent = True
    login_user(Person(person_id, "", None, "vi", epoch))


def sign_in_frame(token: str) -> None:
    """A fresh frame session that holds only the token of its `FrameSession` row."""
    sessions.begin_frame()
    session.clear()
    session["_user_id"] = FRAME_PREFIX + token
    g.pop("_login_user", None)


def stay_in_scope(course_id: str) -> None:
    """A frame session opens the one course its launch named. Raises `Forbidden` for any other."""
    who = somebody()
    if who.scope is not None and not access.may_learn(who, course_id):
        raise Forbidden("Liên kết này chỉ mở một khóa học. Hãy quay lại hệ thống của đơn vị để mở khóa khác.")


def sign_out() -> None:
    logout_user()
    session.clear()


def frame_digest(token: str) -> str:
    """What the database keeps of a frame session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def init(app: Flask) -> None:
    manager = LoginManager(app, add_context_processor=False)  # an error page must not ask the database who is looking
    manager.session_protection = None
    manager.anonymous_user = Visitor
    manager.user_loader(_load)
    app.before_request(_guard)
    app.jinja_env.globals.update(
        menu=_menu, framed=_framed, theme=lambda: request.cookies.get("theme", "") if request else "", who=somebody
    )


def _load(key: str) -> Person | None:
    if key.startswith(FRAME_PREFIX):
        return queries.framed_person(frame_digest(key.removeprefix(FRAME_PREFIX)), now())
    name, _, epoch = key.partition(".")
    try:
        person = queries.person(UUID(name))
    except ValueError:
        return None
    return person if person and str(person.epoch) == epoch else None


def _guard() -> None:
    """Before any view: the language, then the route's rule."""
    view = current_app.view_functions.get(request.endpoint or "")
    rule: Rule | None = getattr(view, "access", None)
    who: Somebody = Visitor() if rule is None or (rule is access.anyone and "_user_id" not in session) else somebody()
    i18n.choose(who.locale)
    if who.scope:
        security.frame_by(who.scope.origin)
    if rule is None or rule(who):
        return
    if not who.is_authenticated:
        raise NotSignedIn("Phiên đăng nhập đã hết hoặc anh chị chưa đăng nhập. Đăng nhập để đi tiếp.")
    raise Forbidden("Tài khoản này không được mở trang này. Hãy dùng tài khoản có quyền, hoặc hỏi quản trị viên.")


def _framed() -> bool:
    return sessions.is_framed()


MENU: tuple[tuple[str, str, Rule], ...] = (
    ("Khóa học", "/courses", access.anyone),
    ("Việc học của tôi", "/me", access.member),
    ("Tra cứu", "/verify", access.visitor),
    ("Nhân sự", "/hr/", access.is_hr),
    ("Quản trị", "/admin/", access.admin),
    ("Tài khoản", "/account", access.member),
)


def _menu() -> list[dict[str, Any]]:
    """Text, address and whether it is here; only what this person may open."""
    who, path = somebody(), request.path
    found = [{"text": i18n._(text), "href": href, "here": path == href} for text, href, rule in MENU if rule(who)]
    if not who.is_authenticated:
        found.append({"text": i18n._("Đăng nhập"), "href": "/sign-in", "here": path == "/sign-in"})
    return found
