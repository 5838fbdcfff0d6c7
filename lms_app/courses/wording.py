"""Rules that look at one line of text at a time: tone placement, old levels, personal data, raw HTML, alt texts."""

import re
from collections.abc import Iterator

from lms_app.courses.issues import Issue
from lms_app.courses.quiz_format import FENCE

CODE = re.compile(r"(`+).*?\1")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)(?P<attributes>\{[^}]*\})?")
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)")
ADDRESS = re.compile(r"https?://\S+|\]\([^)]*\)")
HTML = re.compile(r"</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>|<!--")
DIGITS = re.compile(r"(?<![\d.,/-])(?:\d{9,12}|0\d{2,3}[ .]\d{3}[ .]\d{3,4})(?!\d)")
TONE = re.compile(r"\b\w*(?:(?<![qQ])[uU][ýỳỷỹỵÝỲỶỸỴ]|[oO][áàảãạéèẻẽẹÁÀẢÃẠÉÈẺẼẸ])\b")
DISTRICT = re.compile(r"\b(?:cấp huyện|quận/huyện|quận, huyện|UBND (?:quận|huyện|thị xã)|(?:Quận|Huyện) [A-ZĐ]\w+)")
PAST = re.compile(r"không còn|trước đây|trước ngày|bãi bỏ|kết thúc|bỏ cấp|cũ\b", re.IGNORECASE)
_NEW_TO_OLD = {
    new: old
    for first, seconds in (
        ("o", ("áàảãạ", "a", "óòỏõọ")),
        ("o", ("éèẻẽẹ", "e", "óòỏõọ")),
        ("u", ("ýỳỷỹỵ", "y", "úùủũụ")),
    )
    for marked, moved in zip(seconds[0], seconds[2], strict=True)
    for new, old in (
        (first + marked, moved + seconds[1]),
        (first.upper() + marked, moved.upper() + seconds[1]),
        (first.upper() + marked.upper(), moved.upper() + seconds[1].upper()),
    )
}
"""oá -> óa, uý -> úy and so on, in three cases."""


def old_placement(word: str) -> str:
    """`thuỷ` -> `thủy`: the mark on the first vowel of an open oa, oe, uy."""
    return word[:-2] + _NEW_TO_OLD.get(word[-2:], word[-2:])


def lines(text: str, first: int = 1) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without code: fenced blocks left out, spans blanked."""
    fenced = False
    for at, line in enumerate(text.split("\n"), first):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield at, CODE.sub(lambda found: " " * len(found[0]), line)


def check(text: str, file: str, first: int, lang: str) -> Iterator[Issue]:
    """What is wrong in each line by itself."""
    for at, line in lines(text, first):
        if HTML.search(line):
            yield Issue(file, at, "raw-html")
        for image in IMAGE.finditer(line):
            if not image["alt"].strip() and "decor" not in (image["attributes"] or ""):
                yield Issue(file, at, "no-alt")
        words = ADDRESS.sub(" ", line)
        if DIGITS.search(words):
            yield Issue(file, at, "personal-data")
        if lang == "vi":
            yield from _vietnamese(words, file, at)


def _vietnamese(line: str, file: str, at: int) -> Iterator[Issue]:
    for word in TONE.findall(line):
        yield Issue(file, at, "tone", {"word": word, "wanted": old_placement(word)})
    if (found := DISTRICT.search(line)) and not PAST.search(line):
        yield Issue(file, at, "district", {"word": found[0]})


def syllables(text: str) -> int:
    """Tiếng to read: words split at spaces, without alt texts, trainer's notes and marks of the format."""
    count, in_trainer = 0, False
    for line in text.split("\n"):
        if re.match(r">\s*\[!trainer\]", line, re.IGNORECASE):
            in_trainer = True
        in_trainer = in_trainer and line.startswith(">")
        if not in_trainer and not line.startswith("///"):
            words = IMAGE.sub(" ", re.sub(r"\[!\w+\]", " ", line)).split()
            count += sum(any(c.isalnum() for c in word) for word in words)
    return count
