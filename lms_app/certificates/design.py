"""A folder that a designer edits: its boxes and faces, read from design.yml (docs/designs.md)."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from lms_app.certificates import fitting, sheet
from lms_app.certificates.fitting import Box, Face, Fit
from lms_app.core.errors import LmsError

SETTINGS, PAGE, STYLE = "design.yml", "certificate.html", "certificate.css"
LARGEST_SETTINGS = 50_000
NEEDED, ALLOWED = ("title", "kinds", "languages", "fields"), ("sample", "token")
BOX, ALSO = ("max", "min", "lines", "width", "face"), ("also",)
SAMPLE = ("full_name", "course_title", "course_title_en", "position", "unit_name")


class BadDesign(LmsError):
    """The folder cannot be used; the sentence names the file and what is wrong. Nobody's data is at fault."""


@dataclass(frozen=True)
class Design:
    """One language of a design. `faces`: the font a text is set in; `also`: the one it falls back to as a whole.

    `sample`: names and titles of the designer's own for the preview. `token`: it prints the signed code.
    """

    folder: Path
    boxes: Mapping[str, Box]
    faces: Mapping[str, Face]
    also: Mapping[str, Face] = field(default_factory=dict)
    title: str = ""
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sample: Mapping[str, str] = field(default_factory=dict)
    token: bool = False

    def fits(self, words: Mapping[str, str], known: Mapping[str, Fit] | None = None) -> dict[str, Fit]:
        """Size and lines of each text in a box. Raises `Invalid` for a text that cannot be made to fit."""
        strange = self.boxes.keys() - words.keys()
        if strange:
            raise _bad(self.folder, f"không có mục chữ {', '.join(sorted(strange))}")
        known = known or {}
        return {name: known.get(name) or self.fit(name, words[name]) for name in self.boxes}

    def fit(self, name: str, text: str) -> Fit:
        """Raises `Invalid`."""
        face = self._face(name, text)
        return replace(fitting.fit(text, self.boxes[name], face.width, name), also=face is not self.faces[name])

    def missing(self, words: Mapping[str, str]) -> set[tuple[str, str]]:
        """Letters that the design's own fonts lack, and the font: they would come from whatever the machine has.

        A text that has no box may stand in any of the fonts, so none of them may lack a letter of it.
        """
        own = set(self.faces.values())
        return {
            (letter, face.name)
            for name, text in words.items()
            for face in ({self._face(name, text)} if name in self.boxes else own)
            for letter in face.missing(text)
        }

    def _face(self, name: str, text: str) -> Face:
        """The fallback for a letter that the face lacks, and for a mark on a mark (Ê̆), which few fonts stack."""
        face, also = self.faces[name], self.also.get(name)
        hard = any(map(unicodedata.combining, text)) or face.missing(text)
        return also if also and hard else face


def load(folder: Path, language: str = sheet.VI) -> Design:
    """Raises `BadDesign` when the folder, its settings, a font file or the language is missing or wrong."""
    return _read(folder.resolve(), _changed(folder), language)


def first_language(folder: Path) -> str:
    """The language a design names first. Raises `BadDesign`."""
    return str(next(iter(_settings(folder.resolve(), _changed(folder))["languages"])))


def folders(designs: Path) -> list[Path]:
    """Every folder that wants to be a design."""
    return sorted(path.parent for path in designs.glob(f"*/{SETTINGS}"))


def _changed(folder: Path) -> int:
    try:
        return (folder / SETTINGS).stat().st_mtime_ns
    except OSError as error:
        raise _bad(folder, error) from error


@lru_cache(64)
def _read(folder: Path, changed: int, language: str) -> Design:
    settings = _settings(folder, changed)
    languages: dict[str, Any] = settings["languages"]
    if language not in languages:
        raise BadDesign(
            "Mẫu giấy %(name)s không có bản %(language)s. Hãy chọn một trong: %(languages)s.",
            name=folder.name,
            language=language,
            languages=", ".join(languages),
        )
    fields = {**settings["fields"], **(languages[language] or {})}
    return Design(
        folder,
        {name: _box(values) for name, values in fields.items()},
        _faces(folder, fields, "face"),
        _faces(folder, fields, "also"),
        str(settings["title"]),
        tuple(settings["kinds"]),
        tuple(languages),
        settings.get("sample") or {},
        bool(settings.get("token")),
    )


def _faces(folder: Path, fields: Mapping[str, Any], key: str) -> dict[str, Face]:
    try:
        return {name: fitting.face(folder / "fonts" / values[key]) for name, values in fields.items() if key in values}
    except (OSError, ValueError) as error:
        raise _bad(folder, error) from error


def _box(values: Mapping[str, Any]) -> Box:
    return Box(float(values["width"]), float(values["max"]), float(values["min"]), int(values["lines"]))


@lru_cache(64)
def _settings(folder: Path, _changed: int) -> dict[str, Any]:
    """What design.yml says, once nothing is wrong with it."""
    try:
        with (folder / SETTINGS).open("rb") as file:
            text = file.read(LARGEST_SETTINGS).decode("utf-8")
        node, found = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise _bad(folder, error) from error
    lines = dict(_lines(node))
    wrong = [f"dòng {lines.get(where) or lines.get(where[:-1]) or 1}: {what}" for where, what in _wrong(found)]
    if wrong:
        raise _bad(folder, "; ".join(wrong))
    return dict(found)


def _lines(node: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """Place of a key -> its line, counted from 1; as deep as a design.yml goes."""
    if isinstance(node, yaml.MappingNode) and len(where) <= len(("languages", "vi", "field", "key")):
        for key, value in node.value:
            here = (*where, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _lines(value, here)


Wrong = Iterator[tuple[tuple[str, ...], str]]


def _wrong(found: Any) -> Wrong:
    """Place and sentence of each thing that is not as docs/designs.md says."""
    if not isinstance(found, dict):
        yield (), f"phải có các khóa {', '.join(NEEDED)}"
        return
    yield from _keys(found, (), NEEDED, ALLOWED)
    kinds = found.get("kinds")
    if not isinstance(kinds, list) or not kinds or set(map(str, kinds)) - sheet.TITLES.keys():
        yield ("kinds",), f"kinds phải là danh sách gồm {', '.join(sheet.TITLES)}"
    languages = found.get("languages")
    if not isinstance(languages, dict) or not languages or set(languages) - set(sheet.LANGUAGES):
        yield ("languages",), f"languages phải gồm các khóa {', '.join(sheet.LANGUAGES)}"
        languages = {}
    if not isinstance(found.get("token", False), bool):
        yield ("token",), "token phải là true hoặc false"
    yield from _fields(found.get("fields"), ("fields",))
    for language, fields in languages.items():
        yield from _fields(fields or {}, ("languages", language))
    if "sample" in found:
        yield from _keys(found["sample"], ("sample",), (), SAMPLE)
        texts = found["sample"] if isinstance(found["sample"], dict) else {}
        wrong = (key for key, text in texts.items() if type(text) is not str)
        yield from ((("sample", str(key)), f"{key} phải là một dòng chữ") for key in wrong)


def _fields(found: Any, where: tuple[str, ...]) -> Wrong:
    if not isinstance(found, dict):
        yield where, f"{where[-1]} phải liệt kê các mục chữ"
        return
    for name, values in found.items():
        here = (*where, str(name))
        yield from _keys(values, here, BOX, ALSO)
        if isinstance(values, dict):
            yield from _numbers(values, here)


def _numbers(values: dict[str, Any], where: tuple[str, ...]) -> Wrong:
    for key in ("max", "min", "width"):
        if key in values and (type(values[key]) not in {int, float} or not 0 < values[key] <= fitting.LARGEST):
            yield (*where, key), f"{key} phải là số từ 0 đến {fitting.LARGEST}"
    if "lines" in values and values["lines"] not in {1, 2}:
        yield (*where, "lines"), "lines phải là 1 hoặc 2"
    for key in ("face", "also"):
        if key in values and (not isinstance(values[key], str) or Path(values[key]).name != values[key]):
            yield (*where, key), f"{key} phải là tên một tệp trong thư mục fonts"


def _keys(found: Any, where: tuple[str, ...], needed: tuple[str, ...], allowed: tuple[str, ...]) -> Wrong:
    if not isinstance(found, dict):
        yield where, f"{where[-1]} phải có các khóa {', '.join(needed or allowed)}"
        return
    for key in found:
        if key not in (*needed, *allowed):
            yield (*where, str(key)), f"khóa {key} không dùng được ở đây; có thể dùng: {', '.join((*needed, *allowed))}"
    for key in needed:
        if key not in found:
            yield where, f"thiếu khóa {key}" + (f" ở {where[-1]}" if where else "")


def _bad(folder: Path, why: object) -> BadDesign:
    return BadDesign("Mẫu giấy %(name)s chưa dùng được: %(file)s: %(why)s", name=folder.name, file=SETTINGS, why=why)
