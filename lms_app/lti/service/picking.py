"""A teacher chooses what the platform is to link: begun by a launch, answered once, within an hour."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from lms_app.assessment.terms import Terms
from lms_app.core import audit
from lms_app.core.clock import now
from lms_app.core.errors import Conflict, Invalid
from lms_app.core.text import fold
from lms_app.lti import deeplinks, forms, keys, quirks, registry
from lms_app.lti.claims import Launch
from lms_app.lti.deeplinks import Asked, Book, Offer
from lms_app.lti.forms import Place
from lms_app.lti.platform import digest
from lms_app.lti.queries import picking
from lms_app.lti.reasons import refusal
from lms_app.lti.service.opening import Opened
from lms_app.web.i18n import say

LIFE = timedelta(hours=1)
ANSWER_LIFE = 300
BACK_DATED = 5
MOST = 50

Parts = dict[str, list[Row[Any]]]


class Answered(Conflict):
    """A picking is answered once."""


@dataclass(frozen=True, slots=True)
class Picking:
    """`row`: the picking with issuer, client_id and name of its platform. `lang`: the platform's language."""

    row: Row[Any]
    asked: Asked
    lang: str


def begin(said: Launch, sender: Row[Any]) -> Opened:
    """Where the platform's teacher chooses. Raises `LaunchRefused` for others, and for settings that lead nowhere."""
    if not said.may_pick:
        raise refusal("picker")
    known = quirks.of(said.product or sender.product, sender.issuer, sender.auth_url)
    asked = deeplinks.read(said.deep_linking, known)
    at, token = now(), secrets.token_urlsafe(32)
    picking.prune(at)
    picking.begin(
        digest=digest(token),
        platform_id=sender.id,
        deployment_id=said.deployment,
        sub=said.sub,
        settings=asdict(asked),
        locale=said.locale,
        origin=forms.origins(sender.issuer, sender.auth_url, asked.return_url),
        expires_at=at + LIFE,
    )
    return Opened(f"/lti/pick/{token}")


def read(token: str) -> Picking:
    """Answered or not. Raises `LaunchRefused` for one that never was or has ended."""
    found = picking.picking(digest(token), now())
    if found is None:
        raise refusal("picking")
    return Picking(found, Asked(**found.settings), forms.language(found.locale))


# ---- what there is


def books(lang: str) -> list[Book]:
    """Every open course with its lessons and its final test."""
    lessons, quizzes = _by_course(picking.lessons(lang)), _by_course(picking.quizzes(lang))
    return [_book(course, lessons[course.id], quizzes[course.id]) for course in picking.courses(lang)]


def _by_course(found: Sequence[Row[Any]]) -> Parts:
    sorted_out: Parts = defaultdict(list)
    for one in found:
        sorted_out[one.course_id].append(one)
    return sorted_out


def _book(course: Row[Any], lessons: Sequence[Row[Any]], quizzes: Sequence[Row[Any]]) -> Book:
    whole = Offer(Place(course.id), course.title, course.summary, course.minutes, is_scored=bool(quizzes))
    parts = tuple(
        Offer(Place(course.id, f"lessons/{one.slug}"), one.title, course.title, one.minutes) for one in lessons
    )
    words = " ".join([course.search, *(fold(one.title) for one in (*lessons, *quizzes))])
    return Book(whole, course.audience, parts, _final(course, quizzes), words)


def _final(course: Row[Any], quizzes: Sequence[Row[Any]]) -> Offer | None:
    """The test that the course's rule names, else its first: the one that `/final` opens."""
    if not quizzes:
        return None
    asked = course.rule.get("quizzes") or []
    quiz = next((one for one in quizzes if one.slug in asked[:1]), quizzes[0])
    terms = Terms.read(quiz.settings)
    questions = sum(line["count"] for line in terms.draw) or quiz.settings.get("questions", 0)
    place = Place(course.id, forms.FINAL)
    return Offer(place, quiz.title, course.title, is_scored=True, questions=questions, pass_mark=terms.pass_mark)


def search(found: Sequence[Book], text: str) -> list[Book]:
    """Those that hold every word, in the course or in the title of a part; any case, with or without marks."""
    words = fold(text).split()[:8]
    return [book for book in found if all(word in book.words for word in words)]


def choose(asked: Asked, found: Sequence[Book], wanted: Sequence[str]) -> list[Offer]:
    """The offers of these keys, in the order of the page. Raises `Invalid`."""
    offers = [offer for book in found for offer in (book.whole, *book.parts)]
    chosen = [offer for offer in offers if offer.key in wanted]
    if not wanted:
        raise Invalid("Chọn ít nhất một mục.")
    if len(chosen) < len(set(wanted)):
        raise Invalid("Có mục vừa chọn không còn mở nên đã được bỏ ra. Xem lại các mục còn chọn rồi thêm.")
    if len(chosen) > 1 and not asked.is_many:
        raise Invalid("Mỗi lần chỉ thêm được một mục. Bỏ bớt các mục khác.")
    if len(chosen) > MOST:
        raise Invalid("Mỗi lần thêm được nhiều nhất %(n)s mục. Bỏ bớt, rồi thêm phần còn lại ở lần sau.", n=MOST)
    return chosen


# ---- the answer


def answer(found: Picking, offers: Sequence[Offer], columns: Collection[str], site: str) -> str:
    """The signed response, once; nothing picked cancels. `columns`: keys of those with a grade column.

    Raises `Answered`.
    """
    at = now()
    if not picking.answer(found.row.digest, at):
        raise already(found)
    picked = [offer.key for offer in offers]
    audit.note(
        f"lti:{found.row.platform_id}", "lti.picked", found.row.platform_id, sub=found.row.sub, items=", ".join(picked)
    )
    items = [deeplinks.item(offer, found.asked, site, with_column=offer.key in columns) for offer in offers]
    claims = {
        "iss": found.row.client_id,
        "aud": found.row.issuer,
        "iat": int(at.timestamp()) - BACK_DATED,
        "exp": int(at.timestamp()) + ANSWER_LIFE,
        "nonce": secrets.token_urlsafe(24),
        **deeplinks.answer(found.asked, items, found.row.deployment_id, **_told(found.lang, picked)),
    }
    key = registry.ensure_key()
    return keys.sign(claims, key.kid, key.private_pem)


def already(found: Picking) -> Answered:
    """The error of a second answer, to be raised."""
    return Answered("Muốn chọn thêm, hãy bắt đầu lại từ %(platform)s.", platform=found.row.platform)


def _told(lang: str, picked: Sequence[str]) -> dict[str, str]:
    """What the platform may show to the teacher, and what it may log."""
    if not picked:
        nothing = str(say(lang, "Chưa thêm mục nào."))
        return {"msg": nothing, "log": nothing}
    msg = say(lang, "Đã chọn %(n)s mục.", n=len(picked))
    return {"msg": str(msg), "log": f"{msg} {', '.join(picked)}"}
