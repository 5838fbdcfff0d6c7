"""Sign-in by `?as=<username>`: the harness has no passwords. The session lives in Open edX's kind of cookie."""

from collections.abc import Callable

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404


class SignIn:
    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if username := request.GET.get("as"):
            login(request, get_object_or_404(User, username=username), "django.contrib.auth.backends.ModelBackend")
        return self.answer(request)
