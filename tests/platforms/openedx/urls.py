"""The plug-in's own addresses where Open edX has them, and the harness's pages beside."""

from django.urls import include, path
from school import pages, reports

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("ready", reports.ready),
    path("registration.json", reports.registration),
    path("state.json", reports.state),
    path("members", reports.enrol),
    path("courses/<str:key>/copy", reports.copy),
    path("courses/<str:key>", pages.course),
    path("studio/<str:key>", pages.studio),
]
