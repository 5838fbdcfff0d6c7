"""Draws a design in a process of its own, because a template may ask for any time and any memory."""

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lms_app.certificates import design, pdf, picture, qr, sheet, trials, wording
from lms_app.certificates.design import BadDesign, Design
from lms_app.certificates.models import Certificate
from lms_app.core.apart import Overrun, Pool
from lms_app.core.errors import Invalid, LmsError

SECONDS, MEGABYTES = 60, 1500
"""For all samples of one language; one sheet needs a tenth of a second and a third of the memory."""

LARGEST_FONT = 20_000_000
"""Bytes: WeasyPrint keeps each font of a style sheet as a file while it draws."""

PICTURE_WIDTH, TOKEN_LENGTH = 1400, 190

_pool = Pool("lms_app.certificates.sandbox:answer", SECONDS, MEGABYTES, LARGEST_FONT)


@dataclass(frozen=True)
class Task:
    """`name` and `title` stand instead of the sample's. `signed`: as the words of a signed sheet."""

    folder: str
    site_url: str
    language: str = sheet.VI
    kind: str = "COMPLETION"
    name: str = ""
    title: str = ""
    signed: str = wording.BY_OFFICE


@dataclass(frozen=True)
class Drawn:
    pdf: bytes
    png: bytes


def draw(task: Task) -> Drawn:
    """One sheet and its picture. Raises `BadDesign`, or `Invalid` for a text that the design cannot hold."""
    answer = _run("draw", task)
    return Drawn(base64.b64decode(answer["pdf"]), base64.b64decode(answer["png"]))


def problems(task: Task) -> list[str]:
    """What is wrong with one kind in one language of a design, drawn with all the trials."""
    try:
        found: list[str] = _run("problems", task)["problems"]
    except LmsError as error:
        return [str(error)]
    return found


def _run(what: str, task: Task) -> Any:
    try:
        answer = _pool.call(b"", what=what, asked=asdict(task))
    except Overrun as error:
        raise BadDesign(
            "Mẫu giấy %(name)s cần quá nhiều thời gian hoặc bộ nhớ nên bị dừng. Hãy xem lại vòng lặp trong %(file)s.",
            name=Path(task.folder).name,
            file=design.PAGE,
        ) from error
    if "error" in answer:
        raise (Invalid if answer["invalid"] else BadDesign)(answer["error"], **answer["values"])
    return answer


def answer(_content: bytes, what: str, asked: dict[str, Any]) -> dict[str, Any]:
    """In the child: what JSON can say."""
    task = Task(**asked)
    try:
        return {"problems": _problems(task)} if what == "problems" else _draw(task)
    except LmsError as error:
        values = {name: str(value) for name, value in error.values.items()}
        return {"error": error.message, "values": values, "invalid": isinstance(error, Invalid)}


def _draw(task: Task) -> dict[str, Any]:
    made = design.load(Path(task.folder), task.language)
    issued = trials.sample(
        task.name or made.sample.get("full_name") or trials.NAMES[1],
        task.title or made.sample.get("course_title") or trials.TITLES[1],
        made.sample.get("position") or trials.POSITIONS[1],
        made.folder.name,
        task.language,
        task.kind,
    )
    issued.unit_name = made.sample.get("unit_name") or issued.unit_name
    if not task.title and made.sample.get("course_title_en"):
        issued.english = {**issued.english, "course_title": made.sample["course_title_en"]}
    drawn = pdf.render(made, sheet.words(issued, task.site_url, signed=task.signed), _pictures(task, issued))
    png = picture.page_png(drawn, PICTURE_WIDTH)
    return {"pdf": base64.b64encode(drawn).decode(), "png": base64.b64encode(png).decode()}


def _problems(task: Task) -> list[str]:
    """Each problem once, with the first trial that met it and how many more did."""
    made = design.load(Path(task.folder), task.language)
    met: dict[str, list[str]] = {}
    for issued, refusable in _trials(made, task):
        who = " / ".join(text[:40] for text in (issued.full_name, issued.course_title, issued.position) if text)
        for problem in _problems_of(made, task, issued, refusable=refusable):
            met.setdefault(problem, []).append(who)
    return [
        f"{problem}: {who[0]}" + (f" (và {len(who) - 1} mẫu thử khác)" if len(who) > 1 else "")
        for problem, who in met.items()
    ]


def _trials(made: Design, task: Task) -> Iterator[tuple[Certificate, bool]]:
    asked = (made.folder.name, task.language, task.kind)
    yield from ((issued, False) for issued in trials.all_samples(*asked))
    yield from ((issued, True) for issued in trials.refusable(*asked))


def _problems_of(made: Design, task: Task, issued: Certificate, *, refusable: bool) -> list[str]:
    words = sheet.words(issued, task.site_url, signed=task.signed, replaces=trials.REPLACED)
    try:
        out = pdf.overflows(made, words, _pictures(task, issued))
    except Invalid as error:
        return [] if refusable else [str(error)]
    lacking = [f"phông {face} không có chữ {letter!r}" for letter, face in sorted(made.missing(words))]
    return [f"mục {name} tràn khỏi khung" for name in out] + lacking


def _pictures(task: Task, issued: Certificate) -> pdf.Pictures:
    """With a token that nobody signed."""
    return {
        pdf.QR: qr.png(qr.address(task.site_url, issued.code)),
        pdf.TOKEN: qr.token_png(f"{task.site_url}/verify/offline#{'x' * TOKEN_LENGTH}"),
    }
