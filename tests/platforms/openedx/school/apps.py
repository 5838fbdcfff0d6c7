from importlib import import_module

from django.apps import AppConfig


class School(AppConfig):
    name = "school"

    def ready(self) -> None:
        """Before lti_consumer starts, which asks for edx-platform's modules."""
        import_module("school.edxapp")
