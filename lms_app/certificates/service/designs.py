"""The designs of this installation: what there is, how one looks, what is wrong with it."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lms_app.certificates import design, sandbox
from lms_app.certificates.design import BadDesign, Design
from lms_app.certificates.sandbox import Drawn, Task
from lms_app.core.errors import Invalid, NotFound
from lms_app.core.site import settings

KEPT = 64
"""Sheets kept in the memory of a process: 200 KB each."""


def folders() -> list[Path]:
    return design.folders(settings().designs)


def folder(name: str) -> Path:
    """Raises `NotFound`; no name leads out of the folder of designs."""
    found = {path.name: path for path in folders()}.get(name)
    if found is None:
        raise NotFound("Không có mẫu giấy chứng nhận này.")
    return found


def chosen(name: str, kind: str, language: str) -> Design:
    """The design that a course asks for. Raises `Invalid`, for its author, and `BadDesign` for one that is broken."""
    where = {path.name: path for path in folders()}.get(name)
    if where is None:
        raise Invalid(
            "Không có mẫu giấy %(design)s. Hãy sửa certificate.template của khóa học; các mẫu có ở đây: %(designs)s.",
            design=name,
            designs=", ".join(path.name for path in folders()),
        )
    made = design.load(where, design.first_language(where))
    if kind not in made.kinds:
        raise Invalid(
            "Mẫu giấy %(design)s không dùng cho loại %(kind)s, chỉ dùng cho %(kinds)s. "
            "Hãy sửa certificate.kind hoặc certificate.template của khóa học.",
            design=name,
            kind=kind,
            kinds=", ".join(made.kinds),
        )
    if language not in made.languages:
        raise Invalid(
            "Mẫu giấy %(design)s không có bản %(language)s, chỉ có %(languages)s. "
            "Hãy sửa certificate.language hoặc certificate.template của khóa học.",
            design=name,
            language=language,
            languages=", ".join(made.languages),
        )
    return design.load(where, language)


def opened(where: Path) -> tuple[Design | None, BadDesign | None]:
    """A design in its first language, or what is wrong with its settings; nothing is drawn."""
    try:
        return design.load(where, design.first_language(where)), None
    except BadDesign as error:
        return None, error


def drawn(where: Path, language: str, kind: str, name: str = "", title: str = "") -> Drawn:
    """One sheet; drawn anew when a file of the design has changed. Raises `BadDesign`, `Invalid`."""
    return _drawn(Task(str(where.resolve()), settings().url, language, kind, name, title), _state(where))


def problems(where: Path, language: str = "") -> list[str]:
    """Each kind in one language, or in all, with the hardest names and titles: some seconds a language."""
    made, error = opened(where)
    if made is None:
        return [str(error)]
    languages = (language,) if language else made.languages
    return _problems(str(where.resolve()), settings().url, _state(where), languages, made.kinds)


@lru_cache(KEPT)
def _drawn(task: Task, _state: object) -> Drawn:
    return sandbox.draw(task)


@lru_cache(KEPT)
def _problems(where: str, url: str, _state: object, languages: tuple[str, ...], kinds: tuple[str, ...]) -> list[str]:
    return [
        f"{kind} {language}: {problem}"
        for language in languages
        for kind in kinds
        for problem in sandbox.problems(Task(where, url, language, kind))
    ]


def _state(where: Path) -> tuple[tuple[str, int], ...]:
    """Changes whenever a file of the design does."""
    return tuple(_times(where))


def _times(where: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(where.rglob("*")):
        yield str(path), path.stat().st_mtime_ns
