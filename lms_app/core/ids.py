"""New ids, and codes that people type."""

import secrets
from uuid import UUID, uuid4  # noqa: TID251 - this is its one home

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford base 32: no I, L, O, U."""

_LOOK_ALIKE = str.maketrans("OIL", "011")
_MODULUS = 0b100101
"""x^5 + x^2 + 1, which generates GF(32)."""

CODE_LENGTH = 13


def new_id() -> UUID:
    return uuid4()


def new_code() -> str:
    """Twelve random characters (60 bits) and one that checks them: 13 characters, without dashes."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """The character that catches every single wrong one and every swap of neighbours: r = 2r + d over GF(32)."""
    rest = 0
    for character in body:
        rest = _double(rest) ^ ALPHABET.index(character)
    return ALPHABET[_double(rest)]


def parse_code(typed: str) -> str | None:
    """The code as stored, from what a person typed (any case, dashes, O for 0, I or L for 1), or None."""
    code = "".join(c for c in typed.upper() if c.isalnum()).translate(_LOOK_ALIKE)
    if len(code) != CODE_LENGTH or any(c not in ALPHABET for c in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def show_code(code: str) -> str:
    """As printed: 7KQ4-M2XF-9TDP-H."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _double(value: int) -> int:
    value <<= 1
    return value ^ _MODULUS if value >= len(ALPHABET) else value
