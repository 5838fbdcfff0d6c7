"""Reading a posted answer. The page sends the question's kind along; the UPDATE that saves it compares that kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from lms_app.assessment import scoring
from lms_app.core import text
from lms_app.core.errors import Invalid

MOST_PARTS = 40
PREFIX = "answer-"
INCOMPLETE = "Trang này gửi thiếu dữ liệu. Hãy mở lại câu hỏi rồi trả lời."
Fields = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Posted:
    """`number` is the attempt's, so that an old tab cannot answer a newer paper. `missing`: a sentence, or None."""

    number: int
    kind: str
    answer: Any
    flagged: bool
    missing: str | None
    go: str

    @property
    def stays(self) -> bool:
        """Whether the page must be shown again: going on with a gap in the answer, and not by intent (the flag)."""
        return bool(self.missing) and not self.flagged and self.go != "back"


def read(form: Fields) -> Posted:
    """What was sent. Raises `Invalid` for what no page of ours sends."""
    number, kind = attempt_number(form), form.get("kind", "")
    if kind not in _READERS or number is None:
        raise Invalid(INCOMPLETE)
    answer, missing = _READERS[kind](form)
    return Posted(number, kind, answer, "flag" in form, missing, form.get("go", "next"))


def attempt_number(form: Fields) -> int | None:
    """Which attempt the page was about; None when it did not say. Raises `Invalid` for what is no number."""
    typed = form.get("number")
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):  # noqa: PLR2004 - nobody sits a test so often
        raise Invalid(INCOMPLETE)
    return int(typed)


def _single(form: Fields) -> tuple[Any, str | None]:
    answer = form.get("answer", "")[: scoring.LONGEST]
    return answer or None, None if answer else "Hãy chọn một đáp án"


def _multiple(form: Fields) -> tuple[Any, str | None]:
    answer = [part[: scoring.LONGEST] for part in form.getlist("answer")[:MOST_PARTS]]
    return answer or None, None if answer else "Hãy chọn ít nhất một đáp án"


def _numeric(form: Fields) -> tuple[Any, str | None]:
    answer = _typed(form.get("answer", ""))
    return answer or None, None if scoring.number(answer) is not None else "Hãy gõ một số, ví dụ 4,9"


def _gap(form: Fields) -> tuple[Any, str | None]:
    parts = _parts(form)
    answer = [_typed(parts[name]) for name in sorted(parts, key=lambda name: (len(name), name))]
    filled = bool(answer) and all(answer)
    return answer if any(answer) else None, None if filled else "Hãy điền đủ các chỗ trống"


def _order(form: Fields) -> tuple[Any, str | None]:
    parts = _parts(form)
    answer = {name: rank for name, rank in parts.items() if rank.isdigit()}
    if not answer or len(answer) < len(parts):
        return answer or None, "Hãy chọn số thứ tự cho mọi dòng"
    return answer, None if len(set(answer.values())) == len(answer) else "Mỗi số thứ tự chỉ dùng một lần"


def _match(form: Fields) -> tuple[Any, str | None]:
    parts = _parts(form)
    answer = {name: choice for name, choice in parts.items() if choice.isdigit()}
    filled = bool(answer) and len(answer) == len(parts)
    return answer or None, None if filled else "Hãy chọn cho mọi dòng"


def _parts(form: Fields) -> dict[str, str]:
    names = [name for name in form if name.startswith(PREFIX)][:MOST_PARTS]
    return {name.removeprefix(PREFIX)[:MOST_PARTS]: form[name][: scoring.LONGEST] for name in names}


def _typed(value: str) -> str:
    return text.clean(value.replace("\x00", ""))[: scoring.LONGEST]


_READERS: dict[str, Callable[[Fields], tuple[Any, str | None]]] = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "gap": _gap,
    "order": _order,
    "match": _match,
}
