"""Who may do what: pure functions of a person. Every route names one of them with `@allow`."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """What an LMS launch allows. `use`: learn (one course), teach (one class and its course), data (one's own data).

    `back`: where the platform wants its people to return to, or "".
    """

    course: str
    launch: UUID
    use: str
    origin: str
    back: str = ""

    @property
    def teacher(self) -> bool:
        return self.use == "teach"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is looking, as Flask-Login wants it. `scope` is set inside an LMS frame.

    `unit_id`: of an HR officer, whose staff they look after, with all units below it; None for everybody's.
    """

    id: UUID
    name: str
    email: str | None
    locale: str
    epoch: int
    roles: frozenset[str] = field(default_factory=frozenset)
    scope: Scope | None = None
    name_source: str = "own"
    unit_id: UUID | None = None
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{self.id}.{self.epoch}"


class Visitor:
    """Somebody not signed in."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    roles: frozenset[str] = frozenset()
    scope: Scope | None = None
    locale = None

    def get_id(self) -> Any:
        return None


Somebody = Person | Visitor


def anyone(_who: Somebody) -> bool:
    return True


def visitor(who: Somebody) -> bool:
    return not who.is_authenticated


def learner(who: Somebody) -> bool:
    """Signed in, here or through an LMS. Which course, `may_learn` says."""
    return who.is_authenticated


def member(who: Somebody) -> bool:
    """Signed in here, not through an LMS frame."""
    return who.is_authenticated and who.scope is None


def framed(who: Somebody) -> bool:
    """Signed in through an LMS."""
    return who.is_authenticated and who.scope is not None


def class_teacher(who: Somebody) -> bool:
    """Instructor of one class of an LMS; of which, the launch says. Nothing else follows from it."""
    return who.is_authenticated and who.scope is not None and who.scope.teacher


def trainer(who: Somebody) -> bool:
    return member(who) and bool(who.roles & {"trainer", "admin"})


def hr(who: Somebody) -> bool:
    return member(who) and bool(who.roles & {"hr", "admin"})


def hr_of_all(who: Somebody) -> bool:
    """Looks after everybody's staff, and so after the register, the tree of units and the plans of all."""
    return admin(who) or (member(who) and "hr" in who.roles and isinstance(who, Person) and who.unit_id is None)


def is_hr(who: Somebody) -> bool:
    """Whose daily work the staff is; administrators find it from their own page."""
    return member(who) and "hr" in who.roles


def admin(who: Somebody) -> bool:
    return member(who) and "admin" in who.roles


def may_learn(who: Somebody, course: str) -> bool:
    """A frame session opens its one course; a member opens all."""
    return who.is_authenticated and (who.scope is None or who.scope.course == course)


def may_mend_name(who: Person) -> bool:
    """A platform, which can open a frame in anybody's name, must not rename a linked account."""
    return who.scope is None or who.name_source != "own"
