"""A folder that a designer edits: its boxes and faces, read from design.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lms_app.certificates import fitting
from lms_app.certificates.fitting import Box, Face, Fit
from lms_app.core.errors import LmsError

SETTINGS, PAGE, STYLE = "design.yml", "certificate.html", "certificate.css"


class BadDesign(LmsError):
    """The folder cannot be used; the sentence names the file and what is wrong. Nobody's data is at fault."""


@dataclass(frozen=True)
class Design:
    folder: Path
    boxes: Mapping[str, Box]
    faces: Mapping[str, Face]

    def fits(self, words: Mapping[str, str], known: Mapping[str, Fit] | None = None) -> dict[str, Fit]:
        """Size and lines of each text in a box. Raises `Invalid` for a text that cannot be made to fit."""
        known = known or {}
        return {name: known.get(name) or self.fit(name, words[name]) for name in self.boxes}

    def fit(self, name: str, text: str) -> Fit:
        return fitting.fit(text, self.boxes[name], self.faces[name].width, name)

    def missing(self, words: Mapping[str, str]) -> set[str]:
        """Letters that the design's own fonts lack; they would come from whatever the machine has."""
        return set().union(*(self.faces[name].missing(words[name]) for name in self.boxes))


def load(folder: Path) -> Design:
    """Raises `BadDesign` when the folder, its settings or a font file is missing or wrong."""
    try:
        fields = yaml.safe_load((folder / SETTINGS).read_text("utf-8"))["fields"]
        boxes = {name: _box(values) for name, values in fields.items()}
        faces = {name: fitting.face(folder / "fonts" / values["face"]) for name, values in fields.items()}
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise BadDesign(
            "Mẫu giấy %(name)s chưa dùng được: %(file)s: %(why)s", name=folder.name, file=SETTINGS, why=error
        ) from error
    return Design(folder.resolve(), boxes, faces)


def _box(values: Mapping[str, Any]) -> Box:
    return Box(float(values["width"]), float(values["max"]), float(values["min"]), int(values["lines"]))
