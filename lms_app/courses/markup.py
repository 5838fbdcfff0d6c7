"""From the tree that Markdown makes to the HTML of our pages (frontend §4): pure functions on ElementTree.

Marks in the private-use area stand for what must pass the sanitiser untouched: an icon, a self-check.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from lms_app.core.text import fold
from lms_app.web.i18n import say

CALLOUTS = {
    "note": ("", "Ghi chú", "info"),
    "tip": ("tip", "Mẹo", "tip"),
    "important": ("warn", "Quan trọng", "flag"),
    "warning": ("err", "Cảnh báo", "warn"),
    "caution": ("err", "Cảnh báo", "warn"),
    "example": ("example", "Ví dụ", "example"),
}
"""Name in the source -> class, title, icon."""

TRAINER = "trainer"
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
MARK = re.compile("\ue000(?P<kind>check|icon):(?P<name>[^\ue000\ue001]*)\ue001")
WIDE = 3
"""More columns than this scroll sideways by themselves on a phone."""

_ESCAPED = re.compile("\x02(\\d+|amp)\x03")


@dataclass(frozen=True)
class Picture:
    """`address` on our pages; `width` and `height` in CSS pixels, 0 where not known; `size` in bytes."""

    address: str
    width: int
    height: int
    size: int


@dataclass(frozen=True)
class Context:
    """What a text needs from its course: `links` and `pictures` go from the target as written to our address."""

    lang: str
    links: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def check_mark(slug: str) -> str:
    """Stands where a self-check is drawn."""
    return f"\ue000check:{slug}\ue001"


def icon_mark(name: str) -> str:
    return f"\ue000icon:{name}\ue001"


def plain(element: Element) -> str:
    """The words of an element, on one line."""
    return " ".join(_ESCAPED.sub(_unescape, "".join(element.itertext())).split())


def _unescape(found: re.Match[str]) -> str:
    return "&" if found[1] == "amp" else chr(int(found[1]))


def inside(target: str) -> str:
    """A target as seen from the course's folder: `../media/x.svg` in a bank is `media/x.svg`."""
    return re.sub(r"^(?:\.{1,2}/)+", "", target)


def slug(text: str) -> str:
    """`Tìm chủ thật` -> `tim-chu-that`."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(text))) or "muc"


def dress_block(root: Element, context: Context) -> None:
    """A fragment inside a question: pictures and links only, nothing numbered, no ids."""
    _callouts(root, context.lang)
    _images_and_links(root, context)
    for element in root.iter():
        if element.tag in HEADINGS:
            element.tag = "p"
        element.attrib.pop("id", None)


def dress_page(root: Element, context: Context, anchors: Sequence[str]) -> list[tuple[str, str]]:
    """A whole lesson or handout; says its headings as (id, words). `anchors`: the original's ids, for a translation."""
    _callouts(root, context.lang)
    _Frames(context.lang).dress(root)
    _images_and_links(root, context)
    _lead(root)
    _tasks(root)
    return _headings(root, anchors)


def _callouts(parent: Element, lang: str) -> None:
    for child in list(parent):
        classes = child.get("class", "").split()
        if child.tag == "div" and "admonition" in classes and TRAINER in classes:
            parent.remove(child)
            continue
        _callouts(child, lang)
        kind = next((name for name in classes if name in CALLOUTS), None)
        if child.tag == "div" and "admonition" in classes:
            _aside(child, kind or "note", lang)
        elif child.tag == "details" and kind:
            child.set("class", f"note {CALLOUTS[kind][0]}".strip())


def _aside(box: Element, kind: str, lang: str) -> None:
    look, words, icon = CALLOUTS[kind]
    head = box.find("p[@class='admonition-title']")
    title = str(say(lang, words))
    if head is not None:
        own = plain(head)
        title = own if own and fold(own) != kind else title
        box.remove(head)
    box.tag, box.attrib = "aside", {"class": f"note {look}".strip(), "aria-label": title}
    line = Element("p", {"class": "note-t"})
    line.text = icon_mark(icon) + title
    line.tail = "\n"
    box.insert(0, line)


class _Frames:
    """Tables into scrolling regions, pictures into figures; captions are numbered through the page."""

    def __init__(self, lang: str) -> None:
        self.lang, self.tables, self.figures = lang, 0, 0

    def dress(self, parent: Element) -> None:
        for at, child in enumerate(list(parent)):
            table, image = child.find("table"), child.find(".//img")
            if child.tag == "figure" and table is not None:
                parent[at] = self._table(table, child.find("figcaption"), child.tail)
            elif child.tag == "figure" and image is not None:
                self._figure(child, image)
            elif child.tag == "table":
                parent[at] = self._table(child, None, child.tail)
            elif child.tag == "p" and image is not None and len(child) == 1 and not (child.text or "").strip():
                child.tag = "figure"
            else:
                self.dress(child)

    def _table(self, table: Element, caption: Element | None, tail: str | None) -> Element:
        region = Element("div", {"class": "scroll", "role": "region", "tabindex": "0"})
        region.tail, table.tail = tail, "\n"
        region.append(table)
        if caption is not None:
            self.tables += 1
            words = _caption(caption, str(say(self.lang, "Bảng %(n)s.", n=self.tables)))
            head = Element("caption")
            head.append(words)
            table.insert(0, head)
            region.set("aria-label", plain(words))
        else:
            region.set("aria-label", str(say(self.lang, "Bảng")))
        _cells(table)
        return region

    def _figure(self, figure: Element, image: Element) -> None:
        caption = figure.find("figcaption")
        tail = figure.tail
        figure.clear()
        figure.tail, image.tail = tail, "\n"
        figure.append(image)
        if caption is not None:
            self.figures += 1
            words = _caption(caption, str(say(self.lang, "Hình %(n)s.", n=self.figures)))
            words.tag = "figcaption"
            figure.append(words)


def _caption(caption: Element, number: str) -> Element:
    """The caption's words behind its number, in a span."""
    words = Element("span")
    words.text = f"{number} "
    for paragraph in caption.iter("p"):
        _append_text(words, paragraph.text)
        for child in paragraph:
            if child.get("class") == "caption-prefix":
                _append_text(words, (child.tail or "").lstrip())
            else:
                words.append(child)
    return words


def _append_text(element: Element, text: str | None) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + (text or "")
    else:
        element.text = (element.text or "") + (text or "")


def _cells(table: Element) -> None:
    columns = 0
    for row in table.iter("tr"):
        columns = max(columns, len(row))
        for at, cell in enumerate(row):
            if "right" in cell.attrib.pop("style", ""):
                cell.set("class", "num")
            if cell.tag == "th":
                cell.set("scope", "col")
            elif at == 0 and plain(cell):
                cell.tag = "th"
                cell.set("scope", "row")
    if columns > WIDE:
        table.set("class", "wide")


def _images_and_links(root: Element, context: Context) -> None:
    for image in root.iter("img"):
        _image(image, context)
    for link in root.iter("a"):
        written = link.get("href", "")
        target, mark, anchor = inside(written).partition("#")
        if target in context.links:
            link.set("href", f"{context.links[target]}{mark}{anchor}")
        elif target in context.pictures:
            link.set("href", context.pictures[target].address)
        elif urlsplit(written).scheme in {"http", "https"}:
            link.set("rel", "external noopener noreferrer")


def _image(image: Element, context: Context) -> None:
    picture = context.pictures.get(inside(image.get("src", "")))
    if picture:
        image.set("src", picture.address)
        if picture.width and picture.height:
            image.set("width", str(picture.width))
            image.set("height", str(picture.height))
    image.set("alt", "" if image.get("class") == "decor" else image.get("alt", ""))
    image.set("loading", "lazy")
    image.set("decoding", "async")


def _lead(root: Element) -> None:
    if any("lead" in element.get("class", "") for element in root.iter("p")):
        return
    for child in root:
        if child.tag == "p" and not MARK.match((child.text or "").strip()):
            child.set("class", "lead")
        if child.tag in {"p", "h2", "ul", "ol", "div"}:
            return


def _tasks(root: Element) -> None:
    for item in root.iter("li"):
        holder = item if (item.text or "").strip() or not len(item) else item[0]
        holder.text = re.sub(r"^\s*\[[ xX]\] ", "☐ ", holder.text or "") or holder.text


def _headings(root: Element, anchors: Sequence[str]) -> list[tuple[str, str]]:
    found = list(_heading_elements(root))
    given = list(anchors) if len(anchors) == len(found) else [""] * len(found)
    taken: set[str] = set()
    for heading, anchor in zip(found, given, strict=True):
        wanted = heading.get("id") or anchor or slug(plain(heading))
        name, n = wanted, 2
        while name in taken:
            name, n = f"{wanted}-{n}", n + 1
        taken.add(name)
        heading.set("id", name)
    return [(heading.get("id", ""), plain(heading)) for heading in found]


def _heading_elements(root: Element) -> Iterator[Element]:
    return (element for element in root.iter() if element.tag in HEADINGS)


def drop_first_heading(root: Element) -> None:
    """A `#` title in the text would be a second h1 on the page."""
    for heading in _heading_elements(root):
        if heading.tag == "h1":
            heading.tag = "h2"
