"""People, courses and grades; the LTI tables are lti_consumer's own."""

from uuid import uuid4

from django.contrib.auth.models import User
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, UsageKeyField

STAFF = ("instructor", "staff")


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    name = models.CharField(max_length=255)


class Course(models.Model):
    key = CourseKeyField(max_length=255, unique=True)
    title = models.CharField(max_length=255)
    organisation = models.CharField(max_length=255)

    lti_passports = ()
    """LTI 1.1's keys: none."""

    @property
    def display_name_with_default(self) -> str:
        return self.title

    @property
    def display_org_with_default(self) -> str:
        return self.organisation


class Member(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=30)

    class Meta:
        unique_together = [("course", "user")]


class Block(models.Model):
    """The settings of one LTI block, as the modulestore keeps them."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="blocks")
    location = UsageKeyField(max_length=255, unique=True)
    settings = models.JSONField(default=dict)


class Grade(models.Model):
    """What lti_consumer published to the gradebook."""

    location = UsageKeyField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    earned = models.FloatField(null=True)
    possible = models.FloatField(null=True)

    class Meta:
        unique_together = [("location", "user")]


class ExternalIdType(models.Model):
    name = models.CharField(max_length=32, unique=True)


class ExternalId(models.Model):
    """`sub`: one for each person on the whole platform, whichever course or block launches."""

    external_user_id = models.UUIDField(default=uuid4, unique=True)
    external_id_type = models.ForeignKey(ExternalIdType, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    @classmethod
    def of(cls, user: User) -> "ExternalId":
        kind, _ = ExternalIdType.objects.get_or_create(name="lti")
        found, _ = cls.objects.get_or_create(user=user, external_id_type=kind)
        return found

    @classmethod
    def batch_get_or_create_user_ids(cls, users: list[User], _kind: str) -> "dict[int, ExternalId]":
        return {user.id: cls.of(user) for user in users}
