"""A province with its HR officers, and what tables and sums of a page say."""

import io
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
from flask import Flask
from openpyxl import load_workbook

from tests import make
from tests.web import Browser, Page

OFFICER, CHIEF, STRANGER = "xa@coquan.example", "tinh@coquan.example", "tam@coquan.example"
TODAY = "2026-11-26T03:00:00Z"


class Place:
    """A province with two communes, and a school below one; an officer of that one, and one of everybody."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.province = make.unit("Tỉnh Vĩnh Long", kind="province", code="VL")
        self.commune = make.unit("Xã An Bình", self.province, code="AB")
        self.school = make.unit("Trường mầm non An Bình", self.commune, kind="school", code="MN")
        self.neighbour = make.unit("Xã Bình Phú", self.province, code="BP")
        make.hr(self.commune, OFFICER)
        make.hr(None, CHIEF)

    def browser(self, email: str) -> Browser:
        web = Browser(self.app)
        web.sign_in(email)
        return web


def table(page: Page, at: int = 0) -> list[list[str]]:
    """The cells of a table of a page, with its header, as a reader sees them."""
    found = list(_main(page).iter("table"))
    if at >= len(found):
        return []
    return [[_text(cell) for cell in row if cell.tag in {"th", "td"}] for row in found[at].iter("tr")]


def sums(page: Page) -> dict[str, str]:
    """The numbers on top of a list, by what they count."""
    return {_text(pair[0]): _text(pair[1]) for pair in _main(page).findall(".//dl[@class='sum']/div")}


def sheet(web: Browser, address: str) -> list[list[Any]]:
    """The cells of the file at an address; empty ones are ""."""
    found = load_workbook(io.BytesIO(web.open("GET", address).data)).active
    assert found is not None
    return [["" if cell is None else cell for cell in row] for row in found.iter_rows(values_only=True)]


def shown(cells: list[Any]) -> list[str]:
    """Cells of a file as a page writes them."""
    return [f"{cell:%d/%m/%Y}" if hasattr(cell, "year") else str(cell) for cell in cells]


def _main(page: Page) -> ET.Element:
    found = html5lib.parse(page.body, namespaceHTMLElements=False).find(".//main")
    assert found is not None
    return found


def _text(node: ET.Element) -> str:
    return " ".join("".join(node.itertext()).split())
