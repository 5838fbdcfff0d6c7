"""Whatever comes in: never a fault, always a page with a sentence in the reader's language."""

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from tests.hostile import world
from tests.hostile.world import ROLES, World
from tests.web import Browser, strict

LONG = "ă" * 100_000
"""300 KB in UTF-8 percent-encoding and more."""

ADDRESSES = (
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "x" * 5000,
    "-1",
    "0",
    "2147483648",
    "99999999999999999999",
    "1e3",
    "%C2%B2",
    "%D9%A3",
    "'%20or%201=1--",
    "%3Cb%3E%22'",
    "00000000-0000-0000-0000-000000000000",
    "%0d%0aSet-Cookie:x=1",
    "{{7*7}}",
    "%25s%25(n)s",
)
QUERIES = tuple(
    urlencode(dict.fromkeys(("q", "audience", "code", "next", "saved", "submitted"), value))
    for value in ("\0", "%", "'\"<b>", "x" * 5000, "99999999999999999999", "²", "٣", "%(n)s", "//evil.example")
)
FIELDS = ("email", "password", "name", "theme", "code", "reason", "lane", "held", "next", "ticket", "acknowledge")
ANSWERS = ("answer", "answer-0", "answer-a", "flag", "go", "tu-1", "tu-1.a")
VALUES = (
    "",
    "\0",
    "a\0b",
    LONG,
    "99999999999999999999",
    "-1",
    "²",
    "٣",
    "NaN",
    "1e999",
    "%(n)s",
    "<b>'\"",
    "\r\nBcc: x@y.example",
)
ENDING = {"accounts.password", "accounts.sign_out_everywhere", "accounts.sign_out_now"}
"""After these the person must sign in anew."""

NOT_PAGES = {
    *("application/json", "application/problem+json", "text/plain", "application/pdf", "image/svg+xml"),
    *("text/csv", "text/javascript", "application/manifest+json", "application/vc+jwt", "image/png", "application/zip"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FAULT = "Hệ thống gặp lỗi"
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
URLENCODED = "application/x-www-form-urlencoded"
quoted = lru_cache(quote_plus)
"""Once for each value: the long one takes longer to write than all that the app does with it."""

_checked: set[int] = set()


@pytest.fixture
def office(app: Flask) -> World:
    return world.build(app)


class Watch:
    """Looks at many answers and fails once, naming all that were wrong."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def __call__(self, response: Any, what: str) -> None:
        try:
            sensible(response)
        except AssertionError as error:
            self.wrong.append(f"{what[:100]}: {str(error)[:300]}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    yield made
    assert not made.wrong, f"{len(made.wrong)} wrong:\n" + "\n".join(made.wrong[:40])


def sensible(response: Any) -> None:
    """Never a fault; a page is strict HTML in the reader's language, with a heading and a sentence."""
    status = response.status_code
    assert status < 500, status
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if 300 <= status < 400:
        there = urlsplit(response.headers["Location"]) if status != 304 else urlsplit("")
        assert there.netloc in {"", "localhost", "127.0.0.1"}, there.netloc
        return
    if status == 204 or response.mimetype in NOT_PAGES:
        return
    assert response.mimetype == "text/html", response.content_type
    page(response.get_data(as_text=True), status)


def page(body: str, status: int) -> None:
    """The same body is checked once: html5lib takes longer than the whole request."""
    body = TOKEN.sub("", body)
    assert "Traceback" not in body
    key = hash((body, status))
    if key in _checked:
        return
    _checked.add(key)
    tree = strict(body, str(status))
    main = tree.find(".//main")
    assert main is not None
    text = " ".join("".join(main.itertext()).split())
    assert (tree.get("lang"), len(tree.findall(".//h1"))) == ("vi", 1)
    assert FAULT not in text
    assert status < 400 or re.search(r"[.?!]", text), f"no sentence in {text[:80]!r}"


def test_no_strange_address_is_a_fault(watch: Watch, office: World) -> None:
    for role in ROLES:
        web = office.browser(role)
        for rule in world.rules(office.app, "GET"):
            for argument in rule.arguments:
                for value in ADDRESSES:
                    address = office.address(rule, **{argument: value})
                    watch(web.open("GET", address), f"{role} GET {address[:80]}")


def test_no_strange_query_is_a_fault(watch: Watch, office: World) -> None:
    for role in ROLES:
        web = office.browser(role)
        for rule in world.rules(office.app, "GET"):
            for query in QUERIES:
                address = office.address(rule)
                watch(web.open("GET", address, query_string=query), f"{role} GET {address}?{query}")


def test_no_strange_cookie_or_header_is_a_fault(watch: Watch, office: World) -> None:
    headers = {
        "Cookie": 'session=x.y.z; embed=%00; theme="><b>; lang=%00',
        "Accept-Language": "\xff",
        "Referer": "http://localhost/../\\//evil.example",
        "If-None-Match": '"',
        "Range": "bytes=99-1",
        "Accept-Encoding": "br;q=0,,gzip;q=x;;",
        "Sec-Fetch-Dest": "iframe",
    }
    for rule in world.rules(office.app, "GET"):
        watch(Browser(office.app).open("GET", office.address(rule), headers=headers), f"GET {rule}")


def forms(office: World, rule: Rule) -> Iterator[MultiDict[str, str]]:
    """Nothing, then every field with each value, then twice."""
    yield MultiDict()
    if rule.endpoint in {"accounts.sign_out_now", "accounts.sign_out_everywhere"}:
        return  # they read no field, and each time costs a sign-in
    kinds = world.KINDS if rule.endpoint == "assessment.answer" else ("single",)
    for value in VALUES:
        for kind in kinds if value != LONG else kinds[:1]:
            names = (*FIELDS, *ANSWERS) if value != LONG else ("email", "name", "reason", "answer", "code", "held")
            fields = MultiDict([(name, value if name in names else "") for name in (*FIELDS, *ANSWERS)])
            fields["number"], fields["kind"] = "1", kind
            yield fields
    for odd in ("", "0", "-1", "99999999999999999999", "²", "1.5", "\0"):
        yield MultiDict([("number", odd), ("kind", "single"), ("answer", "1")])
    yield world.pairs(MultiDict([("number", "1"), ("kind", "single"), *((n, "x") for n in (*FIELDS, *ANSWERS))]))


@pytest.mark.parametrize("role", ROLES)
def test_no_strange_form_is_a_fault(watch: Watch, office: World, role: str) -> None:
    web, token = office.browser(role), ""
    for rule in world.rules(office.app, "POST"):
        token = token or world.csrf_token(web)
        for fields in forms(office, rule):
            fields["csrf_token"] = token
            body = urlencode(list(fields.items(multi=True)), quote_via=quoted)
            answer = web.open("POST", office.address(rule), data=body, content_type=URLENCODED)
            watch(answer, f"{role} POST {rule} {body[:400]}")
            if rule.endpoint in ENDING and answer.status_code == 303:
                web = office.browsers[role] = office.fresh(role)
                token = world.csrf_token(web)


@pytest.mark.parametrize("role", ROLES)
def test_no_strange_body_is_a_fault(watch: Watch, office: World, role: str) -> None:
    """Files instead of text, JSON instead of a form, bytes that are no UTF-8, a multipart that breaks off."""
    web = office.browser(role)
    token = world.csrf_token(web)
    for rule in world.rules(office.app, "POST"):
        if rule.endpoint in ENDING:
            continue
        address, plain = office.address(rule), {"csrf_token": token, "number": "1", "kind": "single"}
        files = {name: (io.BytesIO(b"\x00\xff"), "x.txt") for name in (*FIELDS, *ANSWERS)}
        odd = "&".join(f"{name}=%ED%A0%80%ff" for name in (*FIELDS, *ANSWERS))
        head = f"csrf_token={token}&number=1&kind=single&"
        for options in (
            {"data": plain | files},
            {"data": head + odd, "content_type": URLENCODED},
            {"data": head.encode() + b"answer=\xff\xfe&name=\xed\xa0\x80", "content_type": URLENCODED},
            {"data": b"{", "content_type": "application/json", "headers": {"X-CSRFToken": token}},
            {"data": b"--x\r\nContent-Disp", "content_type": "multipart/form-data; boundary=x"},
            {"data": head + "&".join(f"a{n}=1" for n in range(3000)), "content_type": URLENCODED},
        ):
            watch(web.open("POST", address, **options), f"{role} POST {address} {str(options)[:120]}")


@pytest.mark.parametrize("role", ["trainee", "admin"])
def test_no_strange_address_of_a_form_is_a_fault(watch: Watch, office: World, role: str) -> None:
    web = office.browser(role)
    fields = {"csrf_token": world.csrf_token(web), "number": "1", "kind": "single", "answer": "0", "reason": "x"}
    for rule in world.rules(office.app, "POST"):
        for argument in rule.arguments:
            for value in ADDRESSES:
                address = office.address(rule, **{argument: value})
                watch(web.open("POST", address, data=fields), f"{role} POST {address[:80]}")


def test_what_is_another_persons_stays_closed(office: World) -> None:
    """Another's certificate, course and office pages: 403 or 404, and nothing of the other's name."""
    web = office.browser("trainee")
    for address, status in {
        f"/me/certificates/{office.foreign_code}.pdf": 404,
        f"/hr/certificates/{office.foreign_code}": 403,
        "/hr/certificates": 403,
        "/admin/": 403,
        "/admin/outbox": 403,
        f"/admin/outbox/{office.row}": 403,
        "/courses/cc-01/final/result/2": 404,
        "/courses/cc-01/final/7777": 404,
    }.items():
        found = web.get(address)
        assert found.status == status, f"{address}: {found.status} {found.text[:100]}"
        assert "Toản" not in found.text
    hr = office.browser("hr").get("/admin/outbox")
    assert hr.status == 403
    assert "quyền" in hr.text


def test_an_answer_to_anothers_attempt_changes_nothing(office: World) -> None:
    """The attempt is found by the person who asks: there is no address of another's to write to."""
    before = world.tables()["attempt_item"]
    web = office.browser("admin")
    fields = {"csrf_token": world.csrf_token(web), "number": "1", "kind": "single", "answer": "0"}
    answer = web.open("POST", "/courses/cc-01/final/1", data=fields)
    assert answer.status_code in {404, 409}
    assert world.tables()["attempt_item"] == before


@pytest.mark.parametrize("role", ROLES)
def test_more_than_a_route_takes_is_refused_with_a_page(watch: Watch, office: World, role: str) -> None:
    web = office.browser(role)
    for rule in world.rules(office.app, "POST"):
        most = getattr(office.app.view_functions[rule.endpoint], "megabytes", 2)
        answer = web.open("POST", office.address(rule), data={"name": "x" * (most * 1024 * 1024 + 1)})
        watch(answer, f"POST {rule}")
        assert answer.status_code == 413, rule
        assert f"{most} MB" in answer.get_data(as_text=True)


def test_an_unknown_method_is_refused_with_a_page_that_names_the_others(watch: Watch, office: World) -> None:
    web = office.browser("trainee")
    for rule in world.rules(office.app, "GET"):
        for method in ("BREW", "PUT", "DELETE", "PROPFIND"):
            answer = web.open(method, office.address(rule))
            watch(answer, f"{method} {rule}")
            assert answer.status_code == 405, rule
            assert "GET" in answer.headers["Allow"], rule


def test_head_and_options_answer_without_a_body(office: World) -> None:
    for role in ROLES:
        web = office.browser(role)
        for rule in world.rules(office.app, "GET"):
            address = office.address(rule)
            head = web.open("HEAD", address)
            assert head.status_code == web.open("GET", address).status_code, f"{role} {rule}"
            assert not head.get_data(), rule
            options = web.open("OPTIONS", address)
            assert options.status_code < 500, rule
            if options.status_code == 200:
                assert "GET" in options.headers["Allow"], rule


def test_static_files_do_not_lead_out(watch: Watch, office: World) -> None:
    web = Browser(office.app)
    for address in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%00", "/static/"):
        answer = web.open("GET", address)
        watch(answer, address)
        assert answer.status_code == 404, address
