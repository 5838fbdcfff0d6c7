"""The units that a staff list may name: those in reach of who sends it, by code or by a name that is theirs alone."""

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from uuid import UUID

from lms_app.core.errors import Invalid
from lms_app.core.text import fold

GUESSES = 200
"""So many different unknown names get a suggestion: each takes hundredths of a second."""

NAMED = 8


class Places:
    def __init__(self, units: Iterable[tuple[UUID, str, str]]) -> None:
        """`units`: id, code, name of each."""
        self.names: dict[UUID, str] = {}
        self.codes: dict[UUID, str] = {}
        self._by_code: dict[str, UUID] = {}
        self._by_name: dict[str, list[UUID]] = defaultdict(list)
        self._guessed: dict[str, str] = {}
        for unit_id, code, name in units:
            self.names[unit_id], self.codes[unit_id] = name, code
            self._by_code[code.casefold()] = unit_id
            self._by_name[fold(name)].append(unit_id)

    def find(self, code: str, name: str) -> UUID:
        """A unit by its code, else by its name. A code may stand where the name belongs. Raises `Invalid`."""
        if not code and not name:
            raise Invalid("Ô này trống. Ghi mã hoặc tên đơn vị ở từng dòng; nếu ô đang gộp, hãy bỏ gộp.")
        if not code:
            return self._by_code.get(name.casefold()) or self._named(name)
        found = self._by_code.get(code.casefold())
        if found is None:
            raise Invalid("Không có đơn vị mang mã %(code)s trong phạm vi anh chị phụ trách.", code=code[:60])
        alike = self._by_name.get(fold(name), [found]) if name else [found]
        if found not in alike:
            raise Invalid(
                "Mã %(code)s là của %(unit)s, không phải đơn vị ghi ở cột tên. Sửa mã hoặc tên.",
                code=code[:60],
                unit=self.names[found],
            )
        return found

    def _named(self, name: str) -> UUID:
        alike = self._by_name.get(fold(name), [])
        if len(alike) == 1:
            return alike[0]
        if alike:
            codes = ", ".join(sorted(self.codes[one] for one in alike)[:NAMED])
            raise Invalid("Có %(found)s đơn vị cùng tên này. Ghi mã: %(codes)s.", found=len(alike), codes=codes)
        guess = self._guess(fold(name))
        if guess:
            raise Invalid("Không có đơn vị này. Có phải %(unit)s? Ghi đúng tên hoặc ghi mã.", unit=guess)
        raise Invalid("Không có đơn vị này trong phạm vi anh chị phụ trách. Ghi mã hoặc đúng tên đơn vị.")

    def _guess(self, folded: str) -> str:
        if folded not in self._guessed:
            near = get_close_matches(folded, self._by_name, 1, 0.75) if len(self._guessed) < GUESSES else []
            self._guessed[folded] = self.names[self._by_name[near[0]][0]] if near else ""
        return self._guessed[folded]
