"""Markdown -> sanitised HTML. The only home of markdown, pymdownx and nh3 (course-format §5).

Raw HTML in a text is shown as text; then the output passes an allow-list; icons and self-check marks, which the
list would not let through, are put in last.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from lms_app.courses import markup
from lms_app.courses.markup import Context
from lms_app.web.i18n import say
from lms_app.web.page import icons

EXTENSIONS = (
    "tables",
    "attr_list",
    "def_list",
    "abbr",
    "footnotes",
    "sane_lists",
    "pymdownx.superfences",
    "pymdownx.betterem",
    "pymdownx.quotes",
    "pymdownx.blocks.details",
    "pymdownx.blocks.caption",
)
INLINE = {"a", "abbr", "b", "br", "code", "del", "em", "i", "img", "s", "span", "strong", "sub", "sup"}
TAGS = INLINE | {
    *("aside", "blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "hr", "li", "ol"),
    *("p", "pre", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    *("h2", "h3", "h4", "h5", "h6"),
}
ATTRIBUTES = {
    "*": {"id", "lang"},
    "a": {"href", "rel", "title"},
    "abbr": {"title"},
    "aside": {"aria-label"},
    "div": {"role", "tabindex", "aria-label"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
    "ol": {"start"},
    "th": {"scope"},
}
CLASSES = {
    "p": {"lead", "note-t"},
    "aside": {"note", "tip", "warn", "err", "example"},
    "details": {"note", "tip", "warn", "err", "example"},
    "div": {"scroll", "footnote"},
    "table": {"wide", "pin", "fit"},
    "th": {"num"},
    "td": {"num"},
    "img": {"decor"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
_LONELY_MARK = re.compile(f"<p[^>]*>\\s*({markup.MARK.pattern})\\s*</p>")
_BLOCK_START = re.compile(r"^(?:(\d+)([.)])|([-+*#>|~=]))(?=\s|$)")


@dataclass(frozen=True)
class Rendered:
    """`anchors`: (id, words) of each heading; `pictures`: their targets as written."""

    html: str
    anchors: tuple[tuple[str, str], ...]
    pictures: frozenset[str]


class _Dress(Treeprocessor):
    """Hands Markdown's finished tree to `markup`, as a page or as a fragment."""

    context: Context
    whole = False
    anchors: Sequence[str] = ()
    found: Sequence[tuple[str, str]] = ()
    pictures: frozenset[str] = frozenset()

    def run(self, root: Element) -> None:
        self.pictures = frozenset(markup.inside(image.get("src", "")) for image in root.iter("img"))
        if self.whole:
            markup.drop_first_heading(root)
            self.found = markup.dress_page(root, self.context, self.anchors)
        else:
            markup.dress_block(root, self.context)


class _Ours(Extension):
    def __init__(self, dress: _Dress) -> None:
        super().__init__()
        self.dress = dress

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.treeprocessors.register(self.dress, "dress", 4)


class Renderer:
    """Renders the texts of one course in one language. Not for two threads at once."""

    def __init__(self, context: Context) -> None:
        self._dress = _Dress()
        self._dress.context = context
        back = str(say(context.lang, "Về chỗ có chú thích này"))
        self._markdown = Markdown(
            extensions=[*EXTENSIONS, _Ours(self._dress)],
            extension_configs={
                "pymdownx.quotes": {"callouts": True},
                "pymdownx.highlight": {"use_pygments": False},
                "footnotes": {"BACKLINK_TITLE": back},
            },
        )

    def page(self, text: str, anchors: Sequence[str] = ()) -> Rendered:
        """A whole lesson or handout. `anchors`: ids of the original's headings, so that links work in a translation."""
        found = self._convert(text, whole=True, anchors=anchors)
        return Rendered(found, tuple(self._dress.found), self._dress.pictures)

    def block(self, text: str) -> str:
        """Paragraphs inside a question; empty for an empty text."""
        return self._convert(text) if text.strip() else ""

    def inline(self, text: str) -> str:
        """A stem, an option, a cell: what may stand inside a label."""
        found = self._convert(_BLOCK_START.sub(_no_block, text.strip()))
        joined = re.sub(r"</p>\s*<p>", "<br>", found.strip())
        return nh3.clean(joined, tags=INLINE, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None).strip()

    def plain(self, text: str) -> str:
        """Words only, no HTML, spaces at the ends kept."""
        words = html.unescape(nh3.clean(self.inline(text), tags=set()))
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}{words}{after}" if words else text

    def _convert(self, text: str, *, whole: bool = False, anchors: Sequence[str] = ()) -> str:
        self._dress.whole, self._dress.anchors = whole, anchors
        return _finish(sanitise(self._markdown.reset().convert(text)))


def sanitise(text: str) -> str:
    """The allow-list that all HTML of course texts passes."""
    return nh3.clean(
        text, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=CLASSES, url_schemes=SCHEMES, link_rel=None
    )


def _no_block(found: re.Match[str]) -> str:
    """Keeps `1. x` or `- x` at the start of an option from becoming a list."""
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"


def _finish(text: str) -> str:
    drawn = icons()

    def put(found: re.Match[str]) -> str:
        if found["kind"] == "check":
            name = re.sub(r"[^a-z0-9-]", "", found["name"])
            return f"<!--check:{name}-->"
        return str(drawn.get(found["name"], ""))

    return markup.MARK.sub(put, _LONELY_MARK.sub(r"\1", text)).strip()
