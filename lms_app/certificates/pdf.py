"""One design and its words become a PDF (the home of WeasyPrint).

The same words give the same bytes: the dates in the file are those of the certificate. A design can reach
nothing but its own folder, and its template runs in Jinja's sandbox.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from lms_app.certificates.design import PAGE, STYLE, BadDesign, Design
from lms_app.certificates.fitting import Fit

VARIANT = "pdf/a-3a"
QR = "qr.png"
FAULTS = (TemplateError, ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError)
SLACK = 0.5
"""CSS pixels by which a text may leave its box before `overflows` names it."""

_one_at_a_time = threading.Lock()
"""Pango and fontconfig underneath are not promised to be safe in threads; a sheet takes a tenth of a second."""


def render(design: Design, words: Mapping[str, str], qr: bytes) -> bytes:
    """The sheet as tagged PDF/A-3. Raises `Invalid` when a text cannot fit, `BadDesign` when the design is at fault."""
    with _one_at_a_time, _faults(design):
        reach = _Folder(design.folder, qr)
        pdf: bytes = _lay_out(design, words, reach).write_pdf(pdf_variant=VARIANT)
        reach.judge()
        return pdf


def overflows(design: Design, words: Mapping[str, str], qr: bytes) -> list[str]:
    """Ids of elements whose text leaves its box or the page, measured in the finished layout."""
    with _one_at_a_time, _faults(design):
        document = _lay_out(design, words, _Folder(design.folder, qr))
    found = [f"{len(document.pages)} pages"] if len(document.pages) > 1 else []
    return found + sorted(_wide(document.pages[0]._page_box))  # noqa: SLF001 - the layout has no public door


def _lay_out(design: Design, words: Mapping[str, str], fetcher: "_Folder") -> Document:
    fonts = FontConfiguration()
    base = design.folder.as_uri() + "/"
    style = CSS(
        string=(design.folder / STYLE).read_text("utf-8"), base_url=base, url_fetcher=fetcher, font_config=fonts
    )
    page = HTML(string=_page(design, words), base_url=base, url_fetcher=fetcher)
    document: Document = page.render(stylesheets=[style], font_config=fonts)
    fetcher.judge()
    return document


def _page(design: Design, words: Mapping[str, str]) -> str:
    fits = design.fits(words)
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(design.folder), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    environment.globals.update(fit=lambda name: _style(fits[name]), lines=lambda name: _lines(fits[name]))
    return environment.get_template(PAGE).render(c=words)


def _style(fit: Fit) -> Markup:
    """Attributes of a fitted element; its lines are ours, so nothing else may break them."""
    classes = " ".join(["two"] * (len(fit.lines) > 1) + ["also"] * fit.also)
    named = f' class="{classes}"' if classes else ""
    return Markup(f'{named} style="font-size:{fit.size}pt;white-space:nowrap"')  # noqa: S704 - a number and constants


def _lines(fit: Fit) -> Markup:
    """The space stays before the break, so that words copied out of the PDF are not glued together."""
    return Markup(" <br>").join(escape(line) for line in fit.lines)


@contextmanager
def _faults(design: Design) -> Iterator[None]:
    """Whatever a template or a picture can do wrong is the design's fault, not that of whoever gets a certificate."""
    try:
        yield
    except FAULTS as error:
        raise BadDesign("Mẫu giấy %(name)s chưa dùng được: %(why)s", name=design.folder.name, why=error) from error


class _Folder(URLFetcher):  # type: ignore[misc]  # WeasyPrint is not typed
    """Gives out files of one folder and the QR code; whatever else is asked for is noted down, and `judge` raises.

    WeasyPrint itself would leave out a picture that it did not get, inside an SVG without a word.
    """

    def __init__(self, folder: Path, qr: bytes) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._folder = folder
        self._qr = qr
        self._refused: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 - files have none
        try:
            return URLFetcherResponse(url, body=self._body(url))
        except (OSError, ValueError):
            self._refused.append(url)
            raise

    def _body(self, url: str) -> bytes:
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self._folder):
            raise PermissionError(url)
        return self._qr if path == self._folder / QR else path.read_bytes()

    def judge(self) -> None:
        """Raises `BadDesign` that names each address which was not given out."""
        if self._refused:
            raise BadDesign(
                "Mẫu giấy %(name)s dùng địa chỉ không được phép hoặc không có: %(urls)s. "
                "Mẫu chỉ dùng được tệp trong thư mục của nó.",
                name=self._folder.name,
                urls=", ".join(dict.fromkeys(self._refused)),
            )


def _wide(box: Any, name: str = "") -> set[str]:
    """Walk the boxes: a line of text wider than the block it stands in, or a block taller than it was given."""
    element = getattr(box, "element", None)
    name = (element.get("id") if element is not None and hasattr(element, "get") else None) or name
    found: set[str] = set()
    for child in getattr(box, "children", ()):
        inside = getattr(child, "children", None)
        if type(child).__name__ == "LineBox":
            text = sum(part.width for part in inside or () if part.width)
            if text > box.width + SLACK or child.position_y + child.height > box.position_y + box.height + SLACK:
                found.add(name)
        found |= _wide(child, name)
    return found


def document(html: str, style: str, folder: Path) -> bytes:
    """A page of ours that is no design (the printed register) as tagged PDF; `style` may name files of `folder`."""
    folder = folder.resolve()
    fetcher, fonts, base = _Folder(folder, b""), FontConfiguration(), folder.as_uri() + "/"
    with _one_at_a_time:
        sheet = CSS(string=style, base_url=base, url_fetcher=fetcher, font_config=fonts)
        page = HTML(string=html, base_url=base, url_fetcher=fetcher)
        made: bytes = page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_tags=True)
    return made
