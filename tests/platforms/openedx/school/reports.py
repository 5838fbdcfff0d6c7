"""What the tests ask and do: registration, enrolments, copies, and the tables as JSON."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from lti_consumer.api import get_lti_1p3_launch_info
from lti_consumer.lti_1p3.consumer import LtiConsumer1p3
from lti_consumer.models import LtiAgsLineItem, LtiAgsScore, LtiConfiguration, LtiDlContentItem

from school import blocks, opening
from school.models import Block, Course, ExternalId, Grade, Member


def ready(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


def registration(request: HttpRequest) -> JsonResponse:
    """What Studio shows to be typed into the tool."""
    block = Block.objects.order_by("id").first()
    teacher = User.objects.get(username="lan")
    data = blocks.load(block.location, teacher).get_lti_1p3_launch_data()
    return JsonResponse(get_lti_1p3_launch_info(data) | {"issuer": f"http://{request.get_host()}"})


def enrol(request: HttpRequest) -> JsonResponse:
    """Enrols, or takes off the roster where `role` is empty. Answers the person's `sub`."""
    asked = request.POST
    found = get_object_or_404(Course, key=asked["course"])
    if not asked["role"]:
        Member.objects.filter(course=found, user__username=asked["username"]).delete()
        return JsonResponse({})
    user = opening.enrol(found, asked["username"], asked["name"], asked["role"])
    return JsonResponse({"sub": str(ExternalId.of(user).external_user_id)})


def copy(request: HttpRequest, key: str) -> JsonResponse:
    made = opening.copy(get_object_or_404(Course, key=key), request.POST["run"])
    return JsonResponse({"course": str(made.key)})


def state(_request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "people": {one.user.username: str(one.external_user_id) for one in ExternalId.objects.all()},
            "blocks": [_block(one) for one in LtiConfiguration.objects.order_by("id")],
            "items": [_item(one) for one in LtiDlContentItem.objects.order_by("id")],
            "line_items": [_line_item(one) for one in LtiAgsLineItem.objects.order_by("id")],
            "scores": [_score(one) for one in LtiAgsScore.objects.order_by("id")],
            "grades": [_grade(one) for one in Grade.objects.order_by("id")],
        }
    )


def _block(one: LtiConfiguration) -> dict[str, Any]:
    consumer: LtiConsumer1p3 = one.get_lti_consumer()
    endpoints = consumer.lti_ags.get_lti_ags_launch_claim()
    return {
        **_place(one.location),
        "client_id": one.lti_1p3_client_id,
        "ags": next(iter(endpoints.values())),
        "memberships": consumer.lti_nrps.context_memberships_url,
        "deep_link_return": consumer.dl.deep_linking_return_url,
    }


def _item(one: LtiDlContentItem) -> dict[str, Any]:
    return _place(one.lti_configuration.location) | {"type": one.content_type, **one.attributes}


def _line_item(one: LtiAgsLineItem) -> dict[str, Any]:
    link = str(one.resource_link_id) if one.resource_link_id else None
    shown = {"id": one.id, "label": one.label, "maximum": one.score_maximum, "resource_link": link, "tag": one.tag}
    return _place(one.lti_configuration.location) | shown | {"resource_id": one.resource_id}


def _score(one: LtiAgsScore) -> dict[str, Any]:
    return _place(one.line_item.lti_configuration.location) | {
        "line_item": one.line_item_id,
        "sub": one.user_id,
        "given": one.score_given,
        "maximum": one.score_maximum,
        "comment": one.comment,
        "activity": one.activity_progress,
        "grading": one.grading_progress,
        "at": one.timestamp.isoformat(),
    }


def _grade(one: Grade) -> dict[str, Any]:
    return _place(one.location) | {"username": one.user.username, "earned": one.earned, "possible": one.possible}


def _place(location: Any) -> dict[str, str]:
    return {"course": str(location.course_key), "block": location.block_id}
