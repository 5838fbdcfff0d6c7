"""Names of people, checked for what may be printed."""

import re
import unicodedata

from lms_app.core.errors import Invalid

LONGEST_NAME = 120
SIGNS = " '’ʼʹ-.,"
"""What stands in names beside letters: H'Hen Niê, K’Brếu, Nguyễn Thị Mai-Anh."""


def full_name(typed: str) -> str:
    """A name as it may be printed: Latin letters, NFC, one space between words; what can be mended is, silently.

    Raises `Invalid`, which names the first other character and its position, counted from 1 in the mended name.
    """
    made = re.sub(r"[ \t\r\n\u00a0\u2000-\u200a\u202f\u205f\u3000]+", " ", unicodedata.normalize("NFC", typed)).strip()
    wrong = next((at for at, character in enumerate(made) if not _is_of_a_name(character)), None)
    if wrong is not None:
        raise _not_of_a_name(made[wrong], wrong + 1)
    if not any(character.isalpha() for character in made):
        raise Invalid("Ghi họ tên bằng chữ.", {"name": "Ghi họ tên bằng chữ."})
    if len(made) > LONGEST_NAME:
        sentence = "Họ tên dài %(length)s ký tự, dài nhất là %(most)s. Hãy kiểm tra có chữ nào thừa."
        raise Invalid(sentence, {"name": sentence}, length=len(made), most=LONGEST_NAME)
    return made


def _is_of_a_name(character: str) -> bool:
    """A Latin letter, a sign, or a combining mark such as that of Ê̆, which has no letter of its own."""
    is_letter = character.isalpha() and unicodedata.name(character, "").startswith("LATIN")
    return is_letter or character in SIGNS or "\u0300" <= character <= "\u036f"


def _not_of_a_name(character: str, position: int) -> Invalid:
    """A character that nobody sees is shown by its number."""
    sentence = "Ký tự thứ %(position)s là “%(character)s”. Ghi họ tên bằng chữ, không dùng số và ký hiệu."
    if unicodedata.category(character)[0] in "CZ":
        sentence = "Ký tự thứ %(position)s không nhìn thấy được (%(character)s). Hãy xóa rồi gõ lại họ tên."
        character = f"U+{ord(character):04X}"
    return Invalid(sentence, {"name": sentence}, position=position, character=character)
