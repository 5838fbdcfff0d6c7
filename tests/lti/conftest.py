from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms_app.core import circuit
from lms_app.lti import keys
from tests import make
from tests.lti.platform import Lms, Server, platform


@pytest.fixture(scope="session")
def the_server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def server(the_server: Server) -> Server:
    the_server.reset()
    keys.forget()
    circuit.forget()
    return the_server


@pytest.fixture
def lms(app: Flask, server: Server) -> Lms:
    """A platform registered here; course cc-01 is open."""
    del app
    make.course("cc-01")
    return platform(server)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
