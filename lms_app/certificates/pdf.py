"""One design and its words become a PDF (the home of WeasyPrint).

The same words give the same bytes: the dates in the file are those of the certificate. A design can reach
nothing but its own folder, and its template runs in Jinja's sandbox.
"""

import re
import threading
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape
from weasyprint import CSS, HTML, Document
from weasyprint import Attachment as AttachedFile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from lms_app.certificates.design import PAGE, STYLE, BadDesign, Design
from lms_app.certificates.fitting import Fit

VARIANT = "pdf/a-3a"
QR, SEAL, TOKEN = "qr.png", "seal.png", "token.png"
PERSONAL = (QR, TOKEN)
"""Pictures that differ from person to person; the others are equal in a run."""

MARK = re.compile("@([a-z_]+)@+")
IN_TEXT = re.compile(rf"{MARK.pattern}(?![^<>]*>)")
OUT_OF_FLOW = "position:absolute;left:0;top:0;font-size:40pt;white-space:nowrap"
MADE_AT, MADE, DATE = "issued_at", ("2001-02-03T04:05:06+00:00", "2002-02-03T04:05:06+00:00"), "D:%Y%m%d%H%M%S"
"""The word that dates the file, and what stands for it in a stencil, since no other text would be taken for a date."""

MADE_DATE = "D:20010203040506"
ALPHABET = (
    "0123456789 aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz "
    "AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆFGHIÌỈĨÍỊJKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVWXYỲỶỸÝỴZ "
    "ČčĔĕŎŏŬŭÑñ ff fi fl ffi ffl ,.:;'’()/-–·&+\"“”"
)
"""Vietnamese, and the names of the peoples of Vietnam."""
FAULTS = (TemplateError, ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError)
SLACK = 0.5
"""CSS pixels by which a text may leave its box before `overflows` names it."""

Pictures = Mapping[str, bytes]
"""PNG files that a design finds beside its own, by name."""

_one_at_a_time = threading.Lock()
"""Pango and fontconfig underneath are not promised to be safe in threads; a sheet takes a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF. `at`: when it was made, with its zone; without it the PDF would hold the present time."""

    name: str
    content: bytes
    media_type: str
    description: str
    at: datetime


def render(
    design: Design, words: Mapping[str, str], pictures: Pictures, attachments: Sequence[Attachment] = ()
) -> bytes:
    """The sheet as tagged PDF/A-3. Raises `Invalid` when a text cannot fit, `BadDesign` when the design is at fault."""
    return print_page(design, page(design, words, design.fits(words)), pictures, attachments)


def page(design: Design, words: Mapping[str, str], fits: Mapping[str, Fit]) -> str:
    """The HTML of the sheet, with these sizes and lines. Raises `BadDesign`."""
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(design.folder), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    environment.globals.update(fit=lambda name: _style(fits[name]), lines=lambda name: _lines(fits[name]))
    with _faults(design):
        return environment.get_template(PAGE).render(c=words)


def print_page(design: Design, html: str, pictures: Pictures, attachments: Sequence[Attachment] = ()) -> bytes:
    """The same HTML gives the same bytes. Raises `BadDesign`."""
    with _one_at_a_time, _faults(design):
        reach = _Folder(design.folder, pictures)
        pdf: bytes = _lay_out(design, html, reach).write_pdf(
            pdf_variant=VARIANT, attachments=[_attached(one) for one in attachments], finisher=_tidy
        )
        reach.judge()
        return pdf


@dataclass(frozen=True)
class Stencil:
    """A design with all on it that is equal in a run; for the words named in `personal` stand marks like `@full_name@`.

    `words` are any person's, `credential` is any attachment like theirs; of `pictures` the personal ones are as large
    as theirs.
    """

    design: Design
    words: Mapping[str, str]
    personal: Collection[str]
    pictures: Pictures
    credential: Attachment

    @property
    def letters(self) -> str:
        """What the fonts of a filled sheet can write besides its own words."""
        lacking = set().union(*(face.missing(ALPHABET) for face in self.design.faces.values()))
        return " ".join("".join(letter for letter in ALPHABET if letter not in lacking).split())

    def draw(self, fits: Mapping[str, tuple[float, int]], *, longer: int = 1, alphabet: bool = False) -> bytes:
        """`fits`: size and number of lines of each personal word that has a box; `longer` marks are wider.

        `alphabet`: all letters stand beside each mark, in its face and out of the flow.
        """
        marks = {name: f"@{name}{'@' * longer}" for name in self.personal} | {MADE_AT: MADE[longer > 1]}
        sizes = {
            name: Fit(size, (marks[name],) if lines == 1 else (marks[name], marks[name] + "@@"))
            for name, (size, lines) in fits.items()
        }
        html = page(self.design, {**self.words, **marks}, self.design.fits(self.words, sizes))
        if alphabet:
            head, begin, body = html.partition("<body")
            beside = f'<span style="{OUT_OF_FLOW}">{escape(self.letters)}</span>'
            html = head + begin + IN_TEXT.sub(lambda mark: mark[0] + beside, body)
        return print_page(self.design, html, self.pictures, [self.credential])


def is_marked(text: str) -> bool:
    return bool(MARK.search(text)) or MADE_DATE in text


def said(text: str, words: Mapping[str, str]) -> str:
    """A text of a stencil with one person's words for the marks."""
    at = datetime.fromisoformat(words[MADE_AT]).astimezone(UTC)
    text = text.replace(MADE[0], words[MADE_AT]).replace(MADE_DATE, at.strftime(DATE))
    return MARK.sub(lambda mark: words.get(mark[1], mark[0]), text)


def overflows(design: Design, words: Mapping[str, str], pictures: Pictures) -> list[str]:
    """Ids of elements whose text leaves its box or the page, measured in the finished layout."""
    with _one_at_a_time, _faults(design):
        html = page(design, words, design.fits(words))
        document = _lay_out(design, html, _Folder(design.folder, pictures))
    most = 2 if design.token else 1
    found = [f"{len(document.pages)} pages"] if len(document.pages) > most else []
    sheets = [page._page_box for page in document.pages]  # noqa: SLF001 - the layout has no public door
    return found + sorted(set().union(*(_wide(sheet) | _outside(sheet, sheet) for sheet in sheets)))


def _lay_out(design: Design, html: str, fetcher: "_Folder") -> Document:
    fonts = FontConfiguration()
    base = design.folder.as_uri() + "/"
    style = CSS(
        string=(design.folder / STYLE).read_text("utf-8"), base_url=base, url_fetcher=fetcher, font_config=fonts
    )
    document: Document = HTML(string=html, base_url=base, url_fetcher=fetcher).render(
        stylesheets=[style], font_config=fonts
    )
    fetcher.judge()
    return document


def _attached(one: Attachment) -> AttachedFile:
    """As a data address, because that is where WeasyPrint takes the media type from."""
    return AttachedFile(
        url=f"data:{one.media_type};base64,{b64encode(one.content).decode()}",
        url_fetcher=URLFetcher(allowed_protocols=("data",)),
        name=one.name,
        description=one.description,
        created=one.at,
        modified=one.at,
        relationship="Alternative",
    )


def _tidy(_document: Document, pdf: Any) -> None:
    """WeasyPrint 70 lists each attachment twice, and leaves empty dictionaries and names that no link leads to.

    It asks for pictures to be smoothed, which PDF/A forbids (ISO 19005-3, 6.2.8).
    """
    catalogue = pdf.catalog
    if "AF" in catalogue:
        catalogue["AF"][:] = dict.fromkeys(catalogue["AF"])
    catalogue.get("Names", {}).pop("Dests", None)
    if not catalogue.get("Names", True):
        del catalogue["Names"]
    for found in pdf.objects:
        for name in ("Pattern", "Shading"):
            if isinstance(found, dict) and name in found and not found[name]:
                del found[name]
        if "Interpolate" in getattr(found, "extra", ()):
            found.extra["Interpolate"] = "false"


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
    """Gives out files of one folder and our pictures; whatever else is asked for is noted down, and `judge` raises.

    WeasyPrint itself would leave out a picture that it did not get, inside an SVG without a word.
    """

    def __init__(self, folder: Path, pictures: Pictures) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._folder = folder
        self._pictures = {folder / name: picture for name, picture in pictures.items()}
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
        return self._pictures.get(path) or path.read_bytes()

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


def _outside(box: Any, sheet: Any, name: str = "") -> set[str]:
    """Walk the boxes: a piece of text that leaves the paper."""
    element = getattr(box, "element", None)
    name = (element.get("id") if element is not None and hasattr(element, "get") else None) or name
    if type(box).__name__ == "TextBox":
        right, bottom = sheet.margin_width() + SLACK, sheet.margin_height() + SLACK
        inside = -SLACK <= box.position_x <= right - box.width and -SLACK <= box.position_y <= bottom - box.height
        return set() if inside else {name}
    return set().union(*(_outside(child, sheet, name) for child in getattr(box, "children", ())))


def document(html: str, style: str, folder: Path) -> bytes:
    """A page of ours that is no design (the printed register) as tagged PDF; `style` may name files of `folder`."""
    folder = folder.resolve()
    fetcher, fonts, base = _Folder(folder, {}), FontConfiguration(), folder.as_uri() + "/"
    with _one_at_a_time:
        sheet = CSS(string=style, base_url=base, url_fetcher=fetcher, font_config=fonts)
        page = HTML(string=html, base_url=base, url_fetcher=fetcher)
        made: bytes = page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_tags=True)
    return made
