"""A sheet drawn once and filled many times, and the signature field (the home of pikepdf, with merging.py).

WeasyPrint does all layout, tags, fonts and metadata, once for all that is equal in a run. What differs stands there as
`@full_name@`; filling writes the person's glyphs under the same marked content, so tags and reading order stay. What a
fill cannot do just as WeasyPrint would raises `CannotFill`; then the certificate is drawn as a whole (`pdf.render`).
"""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream, StreamDecodeLevel, String

from lms_app.certificates import fitting, pdf, qr
from lms_app.certificates.fitting import Box, Fit
from lms_app.certificates.lettering import CannotFill, Content, Font, Known, Slot

Words = Mapping[str, str]
FIELD, FIELD_SAYS, REASON = "CoQuanCap", "Chữ ký số của cơ quan cấp", "Cấp giấy chứng nhận"
PRINTED_LOCKED = 132
UNKNOWN = 1111111111
"""As wide as any number that `/ByteRange` will need; whoever seals the file writes the true ones over it."""

POINTS, UNITS = 0.75, 1024
"""Points in a CSS pixel; parts of a pixel in which Pango counts sizes."""

CODES = re.compile(r"<([0-9a-f]{4})> <([0-9a-f]+)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SignatureField:
    """`hole`: bytes of CMS to reserve. `reason` and `place` are shown by readers beside the signature."""

    hole: int
    reason: str
    place: str


def with_signature_field(content: bytes, signed_at: datetime, wanted: SignatureField) -> bytes:
    """The file with an empty certifying signature (DocMDP, no change allowed), ready to be sealed.

    `/Contents` holds zeros, `/ByteRange` is `[0 1111111111 1111111111 1111111111]`.
    """
    with _opened(content) as file:
        _add_field(file, wanted).M = String(_zoned(signed_at))
        return _saved(file)


def _add_field(file: Pdf, wanted: SignatureField) -> Any:
    page = file.pages[0].obj
    limits = Dictionary(Type=Name.TransformParams, P=1, V=Name("/1.2"))
    signature = file.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/ETSI.CAdES.detached"),
            Contents=String(bytes(wanted.hole)),
            ByteRange=Array([0, UNKNOWN, UNKNOWN, UNKNOWN]),
            Reason=String(wanted.reason),
            Location=String(wanted.place),
            Reference=Array([Dictionary(Type=Name.SigRef, TransformMethod=Name.DocMDP, TransformParams=limits)]),
        )
    )
    widget = file.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String(FIELD),
            TU=String(FIELD_SAYS),
            V=signature,
            Rect=Array([0, 0, 0, 0]),
            F=PRINTED_LOCKED,
            P=page,
        )
    )
    page.Annots = Array([widget])
    file.Root.AcroForm = file.make_indirect(Dictionary(Fields=Array([widget]), SigFlags=3))
    file.Root.Perms = Dictionary(DocMDP=signature)
    _tag(file, widget)
    return signature


def _tag(file: Pdf, widget: Any) -> None:
    """The field joins the tag tree as a form, after all that is printed."""
    tree = file.Root.StructTreeRoot
    document = tree.K[0]
    form = file.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Form,
            P=document,
            Alt=String(FIELD_SAYS),
            K=Dictionary(Type=Name.OBJR, Obj=widget, Pg=file.pages[0].obj),
        )
    )
    document.K.append(form)
    numbers = tree.ParentTree.Nums
    widget.StructParent = int(numbers[len(numbers) - 2]) + 1
    numbers.extend([widget.StructParent, form])


class Sheet:
    """A stencil drawn, and what must be known to put one person on it. `wanted`: None leaves the files unsigned.

    Raises `CannotFill` for a design that sets a personal word in running text, spaces or changes its letters, or
    prints it twice; and what `pdf.render` raises.
    """

    def __init__(self, stencil: pdf.Stencil, wanted: SignatureField | None) -> None:
        self._design = stencil.design
        self._boxes = {name: box for name, box in self._design.boxes.items() if name in stencil.personal}
        largest = {name: (box.largest, 1) for name, box in self._boxes.items()}
        with _opened(stencil.draw(largest)) as file, _opened(stencil.draw(largest, alphabet=True)) as lettered:
            self._known = _take_fonts(file, lettered)
            content = _content(file, self._known)
            _judge_overleaf(file)
            fonts = self._fonts(_content(lettered, self._known), stencil.letters, str(file.Root.get("/Lang", "vi")))
            self._parts = content.parts
            self._beside = self._boxes.keys() - content.runs.keys()
            self._slots = self._measured(stencil, content, fonts)
            self._finish(file, wanted, stencil.pictures)

    def fill(self, words: Words, pictures: pdf.Pictures, credential: pdf.Attachment, signed_at: datetime) -> bytes:
        """The PDF of one person. The same arguments give the same bytes.

        Raises `CannotFill`; and `Invalid`, as `pdf.render` does, for a text that fits in no size.
        """
        drawn = b"\n".join(part if isinstance(part, bytes) else self._text(part, words) for part in self._parts)
        if any(self._fit(name, words).size != self._boxes[name].largest for name in self._beside):
            raise CannotFill("a text that makes those beside it smaller")
        with _opened(self._content) as file:
            _write(file.pages[0].obj.Contents, drawn)
            for name, which in self._codes.items():
                _draw_code(file.get_object(which), pictures[name])
            escaped = {name: escape(word) for name, word in words.items()}
            _write(file.Root.Metadata, pdf.said(self._metadata, escaped).encode())
            for which, key, text in self._strings:
                file.get_object(which)[key] = String(pdf.said(text, words))
            _attach(file, credential)
            if "/Perms" in file.Root:
                file.Root.Perms.DocMDP.M = String(_zoned(signed_at))
            return _saved(file)

    def _fit(self, name: str, words: Words) -> Fit:
        return self._design.fit(name, _spaced(words[name]))

    def _text(self, name: str, words: Words) -> bytes:
        slot = self._slots[name]
        known = self._known[slot.first.font]
        if name not in self._boxes:
            return slot.draw(slot.first.size, (_spaced(words[name]),), known)
        fit = self._fit(name, words)
        if fit.also:
            raise CannotFill("a text in the fallback face")
        return slot.draw(int(fit.size / POINTS * UNITS) / UNITS, fit.lines, known)

    def _measured(self, stencil: pdf.Stencil, content: Content, fonts: Mapping[str, Font]) -> dict[str, Slot]:
        """Draw the sheet in other sizes and in two lines, to see where the texts go. The rest must not move."""
        looks = [content]
        for longer, (small, lines) in enumerate(((True, 1), (False, 2), (True, 2)), start=2):
            fits = {name: self._look(name, box, lines, small=small) for name, box in self._boxes.items()}
            with _opened(stencil.draw(fits, longer=longer)) as file:
                looks.append(_content(file, self._known))
        if any(len(runs) > 1 for runs in content.runs.values()):
            raise CannotFill("a text that is there twice")
        if any(look.still() != content.still() for look in looks):
            raise CannotFill("a text that moves its neighbours, or stands in running text")
        slots = {}
        for name in content.runs:
            large, small_one, large_two, small_two = (look.runs[name] for look in looks)
            pairs = [list(zip(*both, strict=True)) for both in ((large, small_one), (large_two, small_two))]
            slots[name] = Slot.measured(fonts[large[0].font], {len(found): found for found in reversed(pairs)})
        return slots

    def _look(self, name: str, box: Box, lines: int, *, small: bool) -> tuple[float, int]:
        if name in self._beside:
            return box.largest, 1
        lines = min(lines, box.lines)
        largest = box.largest * (fitting.TWO_LINES_UP_TO if lines > 1 else 1)
        return (box.smallest if small else largest), lines

    def _fonts(self, content: Content, letters: str, language: str) -> dict[str, Font]:
        """The file behind each font: the one in which all letters have the numbers that WeasyPrint drew."""
        files = [Font(path, language) for path in sorted(self._design.folder.glob("fonts/*.[ot]tf"))]
        found = {}
        for run in (run for run in content.texts if run.text == letters):
            ours = next((font for font in files if run.is_drawn_as(font.shape(letters)[0])), None)
            if ours is None:
                raise CannotFill("a font whose file was not found, or whose glyphs have other numbers in the PDF")
            found[run.font] = ours
        return found

    def _finish(self, file: Pdf, wanted: SignatureField | None, pictures: pdf.Pictures) -> None:
        """Keep the file with its signature field, and know where in it the words stand that nobody sees."""
        if wanted:
            _add_field(file, wanted)
        self._content = _saved(file)
        with _opened(self._content) as again:
            self._codes = {name: _found(again, pictures[name]) for name in pdf.PERSONAL if name in pictures}
            self._metadata = again.Root.Metadata.read_bytes().decode()
            self._strings = [
                (one.objgen, key, str(value))
                for one in again.objects
                if isinstance(one, Dictionary)
                for key, value in one.items()
                if isinstance(value, String) and pdf.is_marked(str(value))
            ]


def _content(file: Pdf, known: Known) -> Content:
    return Content(file.pages[0], known, pdf.MARK)


def _judge_overleaf(file: Pdf) -> None:
    for page in list(file.pages)[1:]:
        if any(pdf.is_marked(run.text) for run in Content(page, _glyphs(page), pdf.MARK).texts):
            raise CannotFill("a personal text on another page than the first")


def _take_fonts(file: Pdf, lettered: Pdf) -> Known:
    """Put in the fonts that have the whole alphabet: glyphs keep their numbers in every subset."""
    fonts, others = file.pages[0].obj.Resources.Font, lettered.pages[0].obj.Resources.Font
    for name in sorted(fonts.keys()):
        if name not in others:
            raise CannotFill("a font that has another name in another sheet")
        fonts[name] = file.copy_foreign(others[name])
    return _glyphs(file.pages[0])


def _glyphs(page: Any) -> Known:
    return {name: _texts(font.ToUnicode.read_bytes()) for name, font in sorted(page.obj.Resources.Font.items())}


def _texts(to_unicode: bytes) -> dict[int, str]:
    _, _, pairs = to_unicode.decode("ascii").partition("endcodespacerange")
    return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in CODES.findall(pairs)}


def _found(file: Pdf, code: bytes) -> tuple[int, int]:
    size = qr.stored(code)[:2]
    alike = [one.objgen for one in file.objects if _is_picture(one) and (int(one.Width), int(one.Height)) == size]
    if len(alike) != 1:
        raise CannotFill("no code, or another picture of its size")
    return alike[0]


def _is_picture(found: Any) -> bool:
    return isinstance(found, Stream) and found.get("/Subtype") == Name.Image


def _draw_code(stream: Any, png: bytes) -> None:
    width, height, rows = qr.stored(png)
    if (int(stream.Width), int(stream.Height)) != (width, height):
        raise CannotFill("a code of another size")
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceGray, 1
    columns = Dictionary(Predictor=15, Colors=1, BitsPerComponent=1, Columns=width)
    stream.write(rows, filter=Name.FlateDecode, decode_parms=columns)


def _attach(file: Pdf, credential: pdf.Attachment) -> None:
    stream, at = file.Root.Names.EmbeddedFiles.Names[1].EF.F, String(credential.at.strftime(pdf.DATE + "Z"))
    checksum = hashlib.md5(credential.content, usedforsecurity=False).digest()
    stream.Params = Dictionary(Size=len(credential.content), CheckSum=String(checksum), CreationDate=at, ModDate=at)
    _write(stream, credential.content)


def _write(stream: Any, content: bytes) -> None:
    stream.write(zlib.compress(content), filter=Name.FlateDecode)


def _zoned(at: datetime) -> str:
    return at.astimezone(UTC).strftime(pdf.DATE) + "+00'00'"


def _spaced(text: str) -> str:
    """As HTML does."""
    return " ".join(text.split())


def _opened(content: bytes) -> Pdf:
    return Pdf.open(BytesIO(content))


def _saved(file: Pdf) -> bytes:
    out = BytesIO()
    file.save(
        out,
        deterministic_id=True,
        compress_streams=True,
        stream_decode_level=StreamDecodeLevel.none,
        object_stream_mode=ObjectStreamMode.generate,
    )
    return out.getvalue()
