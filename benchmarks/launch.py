"""CPU that an LTI login with its launch costs the server, beside a plain Flask hello world on the same server.

People of one platform come again and again; its keys are known, so nothing goes over the network. Signing the
platform's tokens happens here, in the client, and is not counted. The last line opens the first lesson too.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks import rounds, seed
from benchmarks.measure import Client, server
from benchmarks.pages import environment, expect
from benchmarks.rounds import Page, Step
from lms_app.app import create_app
from lms_app.core.clock import now
from lms_app.core.db import db
from lms_app.core.settings import Settings
from lms_app.lti.models import KeySet
from tests.lti.platform import Lms, Server, platform

PEOPLE = 50
COURSE = f"http://127.0.0.1/lti/courses/{seed.COURSE}"


def main() -> None:
    wanted = rounds.arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        chosen = environment(Path(folder))
        seed.fill(chosen, wanted.people)
        lms = _connect(chosen, stack.enter_context(contextlib.closing(Server())))
        port, pid = stack.enter_context(server("wsgi:app", chosen))
        plain_port, plain_pid = stack.enter_context(server("benchmarks.hello:app", {}))
        visitor = Client(plain_port)
        pages = [
            Page("hello world", plain_pid, lambda: expect(visitor, "/", 200)),
            Page("LTI login and launch", pid, _launching(Client(port), lms, opens=False)),
            Page("the same, and the first lesson", pid, _launching(Client(port), lms, opens=True)),
        ]
        rounds.run(pages, wanted)


def _connect(chosen: Mapping[str, str], keys: Server) -> Lms:
    """A platform registered, and its keys stored as if they had been fetched a moment ago."""
    with create_app(Settings.from_env(chosen)).app_context():
        made = platform(keys)
        db.session.add(KeySet(url=f"{keys.url}/jwks", keys=keys.keys["keys"], fetched_at=now()))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
        return made


def _launching(client: Client, lms: Lms, *, opens: bool) -> Step:
    """Log in as the platform asks, post its token, and follow the redirect when `opens`. A fresh browser each time."""
    people = itertools.cycle(range(PEOPLE))
    asked = urlencode({"iss": lms.issuer, "client_id": lms.client_id, "login_hint": "4", "target_link_uri": COURSE})

    def step() -> None:
        client.cookies.clear()
        login = client.get(f"/lti/login?{asked}")
        assert login.status == 302, login.text
        wanted = dict(parse_qsl(urlsplit(login.headers["location"]).query))
        claims = lms.claims(wanted["nonce"], sub=f"u-{next(people)}", target_link_uri=COURSE)
        answer = client.post("/lti/launch", {"state": wanted["state"], "id_token": lms.token(claims)})
        assert answer.status == 303, answer.text
        if opens:
            expect(client, answer.headers["location"], 200, Accept_Encoding="br")

    return step


if __name__ == "__main__":
    main()
