"""How long the ways to check a certificate take, whole requests in one process, among 20,000 certificates.

Goals: by code p95 under 20 ms, a PDF under 300 ms, a list of 10,000 codes under 5 s.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles

from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from benchmarks.pages import environment
from lms_app.app import create_app
from lms_app.certificates.models import Certificate
from lms_app.core import outbox, storage, tables
from lms_app.core.db import db, make_wal
from lms_app.core.ids import new_code, new_id
from lms_app.core.settings import Settings
from tests import make

STORED, LISTED = 20_000, 10_000
OFFICER = "lan@coquan.example"
LIST = "/hr/certificates/check"
CHUNK = 2000
LOOKING = 2.0
Fields = Mapping[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500, help="by code")
    parser.add_argument("--lists", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env(environment(Path(folder)) | {"LMS_RATE_LIMITS": "0"}))
        with app.app_context():
            codes, pdf = _filled()
        client = app.test_client()
        print(f"{'whole request':40} {'median':>9} {'p95':>9}")
        _by_code(client, codes, wanted.requests)
        _by_file(client, pdf)
        _by_list(client, codes, wanted.lists)


def _filled() -> tuple[list[str], bytes]:
    """The codes of many certificates, and the PDF of one."""
    make_wal(db.engine)
    db.create_all()
    make.person("Phạm Ngọc Lan", "hr", email=OFFICER)
    first = make.certificate(make.person("Nguyễn Thị Thưởng"), make.course())
    outbox.drain()
    db.session.refresh(first)
    row = {column.key: getattr(first, column.key) for column in Certificate.__table__.columns}
    copies = [_copy(row, at) for at in range(2, STORED + 2)]
    for at in range(0, STORED, CHUNK):
        db.session.execute(insert(Certificate), copies[at : at + CHUNK])
    db.session.commit()
    return [copy["code"] for copy in copies], storage.get(first.file_key or "")


def _copy(row: dict[str, object], at: int) -> dict[str, str]:
    own = {"number": at, "edition": at, "status_list": 2, "status_index": at}
    return row | own | {"id": new_id(), "code": new_code(), "serial": f"VL-2026-{at:06}", "book_number": str(at)}  # type: ignore[return-value]  # the code is one


def _by_code(client: FlaskClient, codes: list[str], count: int) -> None:
    chosen = codes[:: len(codes) // count]
    _told("by code", [_timed(client.get, f"/v/{code}", "valid") for code in chosen])
    _told("by code and name", [_timed(client.post, f"/v/{code}", "valid", {"name": "x y"}) for code in chosen])


def _by_file(client: FlaskClient, pdf: bytes) -> None:
    """The first is sent two seconds after its sender has opened the page, by which a helper is started."""
    _told("the page with the form", [_timed(client.get, "/verify", "PDF")])
    time.sleep(LOOKING)
    for name, content, count in (
        ("with bytes added, the first", pdf + b"\n%x", 1),
        ("as given out", pdf, 20),
        ("with bytes added", pdf + b"\n%x", 20),
    ):
        times = [_timed(client.post, "/verify", "Sổ", {"pdf": (io.BytesIO(content), "a.pdf")}) for _ in range(count)]
        _told(f"by a PDF {name}", times)


def _by_list(client: FlaskClient, codes: list[str], count: int) -> None:
    client.post("/sign-in", data={"email": OFFICER, "password": "demo-2026", "csrf_token": _token(client, "/sign-in")})
    rows: list[tables.Row] = [[at, "Nguyễn Thị Thưởng", code] for at, code in enumerate(codes[:LISTED], 1)]
    content = tables.write(["STT", "Họ và tên", "Mã tra cứu"], rows)
    token = _token(client, LIST)
    times = [
        _timed(client.post, LIST, "10.000", {"csrf_token": token, "list": (io.BytesIO(content), "a.xlsx")})
        for _ in range(count)
    ]
    _told(f"by a list of {LISTED} in xlsx", times)


def _token(client: FlaskClient, path: str) -> str:
    return client.get(path).text.split('name="csrf_token" value="')[1].split('"')[0]


def _timed(send: Callable[..., TestResponse], path: str, expected: str, fields: Fields | None = None) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    answer = send(path, data=fields)
    took = (time.perf_counter() - start) * 1000
    assert expected in answer.text, answer.text[:500]
    return took


def _told(name: str, times: list[float]) -> None:
    highest = quantiles(times * 2, n=20, method="inclusive")[-1]
    print(f"{name:40} {median(times):6.1f} ms {highest:6.1f} ms")


if __name__ == "__main__":
    main()
