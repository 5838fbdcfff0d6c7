"""CPU that an LTI login with its launch costs the server, beside a bare tool on pylti1p3 and a plain Flask hello world.

All three run on the same server (Granian, one worker, one thread) and take turns. People of one platform come again
and again; the keys of both tools come from the same local key server, where the requests are counted: the bare tool
asks at each launch, as that library does by default, ours must not ask at all once it knows the keys. Signing the
platform's tokens happens here, in the client, and is not counted. The last line of the table opens the first lesson
too. Believe the ratio to the bare tool (by pairs of neighbouring rounds), not the milliseconds.
"""

import argparse
import contextlib
import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks import learners, plain_tool, rounds, seed
from benchmarks.measure import Client, server
from benchmarks.pages import environment, expect
from benchmarks.rounds import Figures, Page, Step
from tests.lti.platform import Lms, Server, tool_pair

PEOPLE = 50
PLAIN = "plain"
"""In the query of the bare tool's key address, so that the key server can tell the two apart."""


def main() -> None:
    wanted = rounds.arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        chosen = environment(Path(folder)) | learners.LAB
        seed.fill(chosen, wanted.people)
        keys = stack.enter_context(contextlib.closing(Server()))
        lms = learners.register(chosen, keys)
        port, pid = stack.enter_context(server("wsgi:app", chosen))
        bare = {plain_tool.CONFIGURATION: _configuration(lms, Path(folder))}
        bare_port, bare_pid = stack.enter_context(server("benchmarks.plain_tool:app", bare))
        hello_port, hello_pid = stack.enter_context(server("benchmarks.hello:app", {}))
        visitor, ours, theirs = Client(hello_port), Client(port), Client(bare_port)
        pages = [
            Page("hello world", hello_pid, lambda: expect(visitor, "/", 200)),
            Page("bare pylti1p3 tool", bare_pid, _launching(theirs, lms, status=200)),
            Page("LTI login and launch", pid, _launching(ours, lms, status=303)),
            Page("the same, and the first lesson", pid, _launching(ours, lms, status=303, opens=True)),
        ]
        pages[2].step()  # ours fetches the keys, once
        keys.asked.clear()
        _say(rounds.measure(pages, wanted), pages, keys, wanted)


def _configuration(lms: Lms, folder: Path) -> str:
    """The file that pylti1p3's examples read, with a key of the tool beside it."""
    (folder / "private.key").write_text(tool_pair()[1])
    one = {
        "client_id": lms.client_id,
        "auth_login_url": "https://lms.example/auth",
        "auth_token_url": f"{lms.server.url}/token",
        "key_set_url": f"{lms.server.url}/jwks?{PLAIN}",
        "private_key_file": "private.key",
        "deployment_ids": ["1"],
    }
    path = folder / "tool.json"
    path.write_text(json.dumps({lms.issuer: [one]}))
    return str(path)


def _launching(client: Client, lms: Lms, *, status: int, opens: bool = False) -> Step:
    """Log in as the platform asks, post its token, and follow the redirect when `opens`. A fresh browser each time."""
    people = itertools.cycle(range(PEOPLE))
    asked = learners.login_path(lms)

    def step() -> None:
        client.cookies.clear()
        login = client.get(asked)
        assert login.status == 302, login.text
        wanted = dict(parse_qsl(urlsplit(login.headers["location"]).query))
        claims = lms.claims(wanted["nonce"], sub=f"u-{next(people)}", target_link_uri=learners.COURSE)
        answer = client.post("/lti/launch", {"state": wanted["state"], "id_token": lms.token(claims)})
        assert answer.status == status, answer.text
        if opens:
            expect(client, answer.headers["location"], 200, Accept_Encoding="br")

    return step


def _say(figures: Sequence[Figures], pages: Sequence[Page], keys: Server, wanted: argparse.Namespace) -> None:
    _hello, bare, ours, opening = pages
    launches = wanted.warm + wanted.rounds * wanted.requests
    asked = [one for one in keys.asked if one.query != PLAIN]
    found: dict[str, Any] = {
        "times_bare_tool": rounds.times(ours, bare),
        "times_bare_tool_with_lesson": rounds.times(opening, bare),
        "outbound_calls_with_warm_keys": len(asked),
        "launches": 2 * launches,
        "outbound_calls_of_bare_tool": len(keys.asked) - len(asked),
    }
    if wanted.json:
        print(json.dumps({"pages": figures, **found}, indent=2))
        return
    print(rounds.table(figures))
    print(f"\nour login and launch: {found['times_bare_tool']} x the bare tool,", end=" ")
    print(f"with the first lesson {found['times_bare_tool_with_lesson']} x")
    print(f"outbound calls with warm keys: {len(asked)} in {2 * launches} launches;", end=" ")
    print(f"the bare tool: {found['outbound_calls_of_bare_tool']} in {launches}")


if __name__ == "__main__":
    main()
