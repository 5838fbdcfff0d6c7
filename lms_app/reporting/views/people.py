"""One person as HR sees them: who they are, where they work, and their whole training record."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms_app.accounts import access
from lms_app.accounts.login import allow, me
from lms_app.accounts.models import SEXES
from lms_app.accounts.queries import staff as staff_queries
from lms_app.accounts.service import roles, staff
from lms_app.certificates import answers
from lms_app.certificates.queries import outside, register
from lms_app.learning.queries import studying
from lms_app.organisations.groups import DUTIES, GROUPS
from lms_app.web.i18n import _, language, today

bp = Blueprint("people", __name__)


@bp.get("/hr/people/<uuid:person_id>")
@allow(access.hr)
def person(person_id: UUID) -> ResponseReturnValue:
    found, posts = staff.person(me(), person_id, today()), staff_queries.history(person_id)
    mine = staff.may_change(me(), [post.unit_id for post in posts], today())
    is_admin = access.admin(me())
    return render_template(
        "reporting/person.html",
        person=found,
        posts=posts,
        mine=mine,
        not_ours=staff.ELSEWHERE if staff.works_beyond(posts, mine, today()) else "",
        courses=studying.mine(person_id, language()),
        certificates={one.code: (one, answers.state(one)) for one in register.mine(person_id)},
        elsewhere=outside.of_person(person_id),
        held=staff_queries.roles(person_id) if is_admin else (),
        is_admin=is_admin,
        of_all=access.hr_of_all(me()),
        names=roles.ROLES,
        groups=GROUPS,
        duties=DUTIES,
        saved=SAVED.get(request.args.get("saved", "")),
        facts=_facts(found),
    )


SAVED = {
    "new": "Đã thêm người này.",
    "facts": "Đã lưu thông tin cá nhân.",
    "post": "Đã lưu chỗ làm.",
    "move": "Đã chuyển đơn vị.",
    "end": "Đã ghi ngày kết thúc.",
}


def _facts(found: Any) -> list[tuple[str, str]]:
    unknown = _("Chưa ghi")
    born = f"{found.birth_date:%d/%m/%Y}" if found.birth_date else str(found.birth_year or "")
    return [
        (_("Mã CBCCVC"), found.staff_code or unknown),
        (_("Ngày sinh"), born or unknown),
        (_("Giới tính"), _(SEXES[found.sex]) if found.sex else unknown),
        (_("Thư điện tử"), found.email or unknown),
        (_("Điện thoại"), found.phone or unknown),
    ]
