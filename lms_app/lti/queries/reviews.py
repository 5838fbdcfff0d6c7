"""Whose work a submission review asks for."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, Uuid, and_, bindparam, case, exists, func, or_, select

from lms_app.assessment.models import Attempt
from lms_app.core.db import row
from lms_app.learning.models import Enrolment
from lms_app.lti.claims import Launch as Said
from lms_app.lti.models import Launch, LtiUser, ResourceLink

_LINK, _CONTEXT = bindparam("link", type_=String()), bindparam("context", type_=String())
_IS_NAMED = and_(ResourceLink.resource_link_id == _LINK, or_(_CONTEXT == "", ResourceLink.context_id == _CONTEXT))
ASKED = (
    select(ResourceLink.id, ResourceLink.class_id, ResourceLink.course_id, ResourceLink.place)
    .where(
        ResourceLink.platform_id == bindparam("platform", type_=Uuid()),
        ResourceLink.deployment_id == bindparam("deployment"),
        or_(_IS_NAMED, ResourceLink.lineitem == bindparam("lineitem")),
    )
    .order_by(case((_IS_NAMED, 0), else_=1), ResourceLink.id)
)
"""Ids of links are a deployment's own: two customers of one cloud may both have a link 7."""

WORK = (
    select(
        Enrolment.id,
        select(func.count())
        .where(Attempt.enrolment_id == Enrolment.id, Attempt.submitted_at.is_not(None))
        .correlate(Enrolment)
        .scalar_subquery()
        .label("submitted"),
        exists()
        .where(
            Launch.user_id == LtiUser.id,
            Launch.link_id == ResourceLink.id,
            Launch.enrolment_id.is_not(None),
            ResourceLink.class_id == bindparam("class_id", type_=Uuid()),
            ResourceLink.course_id == Enrolment.course_id,
        )
        .correlate(LtiUser, Enrolment)
        .label("is_here"),
    )
    .select_from(Enrolment)
    .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
    .where(
        LtiUser.platform_id == bindparam("platform", type_=Uuid()),
        LtiUser.sub == bindparam("sub"),
        Enrolment.course_id == bindparam("course"),
    )
)


def asked(platform_id: UUID, said: Said) -> Row[Any] | None:
    """The link a review is about: by its id, else by its line item."""
    ids = {"deployment": said.deployment, "context": said.context, "link": said.link}
    return row(ASKED, platform=platform_id, **ids, lineitem=said.lineitem or "")


def work(platform_id: UUID, sub: str, link: Row[Any]) -> Row[Any] | None:
    """Somebody's enrolment in the link's course, attempts handed in, and whether they learn it in the link's class."""
    return row(WORK, platform=platform_id, sub=sub, course=link.course_id, class_id=link.class_id)
