"""lti_consumer's XBlock, loaded from its settings and bound to a person, in the smallest runtime that carries it."""

from typing import Any

from django.contrib.auth.models import User
from lti_consumer.lti_xblock import LtiConsumerXBlock
from lti_consumer.models import CourseAllowPIISharingInLTIFlag
from opaque_keys.edx.keys import UsageKey
from xblock.core import XBlockMixin
from xblock.field_data import DictFieldData
from xblock.fields import Boolean, DateTime, Scope, ScopeIds, Timedelta
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

from school.models import STAFF, Block, ExternalId, Grade, Member


class Inherited(XBlockMixin):
    """The settings that edx-platform adds to each block of a course."""

    start = DateTime(scope=Scope.settings, default=None)
    due = DateTime(scope=Scope.settings, default=None)
    graceperiod = Timedelta(scope=Scope.settings, default=None)
    graded = Boolean(scope=Scope.settings, default=True)

    @property
    def location(self) -> UsageKey:
        return self.scope_ids.usage_id


class Person(UserService):
    """The `user` service: who looks at the block."""

    def __init__(self, user: User | None, role: str) -> None:
        super().__init__()
        self.user = user
        self.role = role

    def get_current_user(self) -> XBlockUser:
        if self.user is None:
            return XBlockUser(is_current_user=True)
        found = XBlockUser(is_current_user=True, emails=[self.user.email], full_name=self.user.profile.name)
        found.opt_attrs = {
            "edx-platform.is_authenticated": True,
            "edx-platform.user_id": self.user.id,
            "edx-platform.username": self.user.username,
            "edx-platform.user_role": self.role,
            "edx-platform.user_is_staff": self.user.is_staff,
        }
        return found

    def get_external_user_id(self, _kind: str) -> str | None:
        return str(ExternalId.of(self.user).external_user_id) if self.user else None


class Rebinding:
    """The `rebind_user` service: a grade is written for the person it belongs to."""

    def rebind_noauth_module_to_user(self, block: LtiConsumerXBlock, user: User) -> None:
        bind(block, user)


class Sharing:
    """The `lti-configuration` service, which Studio offers and the LMS does not."""

    configuration = CourseAllowPIISharingInLTIFlag


class SchoolRuntime(Runtime):
    def __init__(self) -> None:
        services = {"user": Person(None, "student"), "rebind_user": Rebinding()}
        super().__init__(id_reader=None, id_generator=None, mixins=(Inherited,), services=services)

    def offer(self, name: str, service: Any) -> None:
        self._services[name] = service

    def publish(self, block: LtiConsumerXBlock, event_type: str, event_data: dict[str, Any]) -> None:
        if event_type == "grade":
            grade = {"earned": event_data["value"], "possible": event_data["max_value"]}
            place = {"location": block.location, "user_id": event_data["user_id"]}
            Grade.objects.update_or_create(defaults=grade, **place)

    def handler_url(self, block: LtiConsumerXBlock, handler_name: str, *_args: Any, **_values: Any) -> str:
        return f"/handlers/{block.location}/{handler_name}"

    def resource_url(self, resource: str) -> str:
        return f"/static/{resource}"

    def local_resource_url(self, _block: LtiConsumerXBlock, uri: str) -> str:
        return self.resource_url(uri)


def load(location: UsageKey | str, user: User | None = None, *, in_studio: bool = False) -> LtiConsumerXBlock:
    row = Block.objects.get(location=location)
    runtime = SchoolRuntime()
    if in_studio:
        runtime.offer("lti-configuration", Sharing())
    ids = ScopeIds(None, "lti_consumer", row.location, row.location)
    block = runtime.construct_xblock_from_class(LtiConsumerXBlock, ids, DictFieldData(dict(row.settings)))
    if user:
        bind(block, user)
    return block


def bind(block: LtiConsumerXBlock, user: User) -> None:
    member = Member.objects.filter(course__key=block.location.course_key, user_id=user.id).first()
    block.scope_ids = block.scope_ids._replace(user_id=user.id)
    block.runtime.offer("user", Person(user if user.is_authenticated else None, member.role if member else "student"))


def save(block: LtiConsumerXBlock) -> None:
    """The settings that were chosen; a learner's state is not kept, as in a course without its own store."""
    chosen = [field for field in block.fields.values() if field.scope == Scope.settings and field.is_set_on(block)]
    settings = {field.name: field.read_json(block) for field in chosen}
    Block.objects.filter(location=block.location).update(settings=settings)


def is_staff(user: User, course_key: Any) -> bool:
    return Member.objects.filter(course__key=course_key, user_id=user.id, role__in=STAFF).exists()
