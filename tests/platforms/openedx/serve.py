"""Serve the platform until its process ends: serve.py PORT TOOL DATA, in the environment of requirements.lock."""

import sys
from importlib import import_module
from pathlib import Path

import django
import settings
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import WSGIServer, run


class Deep(WSGIServer):
    """A whole class may call at once."""

    request_queue_size = 128


def serve(port: int, tool: str, data: Path) -> None:
    django_settings.configure(**settings.chosen(port, tool, data))
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    import_module("school.opening").open_school(tool)
    run("127.0.0.1", port, WSGIHandler(), threading=True, server_cls=Deep)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2].rstrip("/"), Path(sys.argv[3]))
