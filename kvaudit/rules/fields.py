"""What a rule in YAML can look at: the fields of each kind of subject, typed, each with what unknown means for it.

A getter is bound to an access once a run and then asked for one subject after the other. It answers None where the
input does not say, and ABSENT where there is nothing to say: an access policy has no role.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

from kvaudit.model.permission import unpack
from kvaudit.model.value import Value

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

Getter = Callable[[Any], Any]
Teller = Callable[[Any], str]
Speaker = Callable[[Any], dict[str, str]]


class Absent(Enum):
    """There is no such thing here, and that is known."""

    ABSENT = "none"


ABSENT = Absent.ABSENT


class Type(StrEnum):
    """What a field holds."""

    FLAG = "true or false"
    NUMBER = "number"
    TEXT = "text"
    WORD = "word"
    LIST = "list"
    PERMISSIONS = "permissions"


class Field(Value):
    """One thing to look at."""

    name: str
    type: Type
    help: str
    bind: Callable[[Access], Getter]
    need: str | Callable[[Access, Any], str]  # the section of the snapshot that would say it
    words: tuple[str, ...] = ()  # of a WORD: all there are
    show: Callable[[Any], str] | None = None  # the value in a message, where that is not plain
    tell: Callable[[Access], Teller] | None = None  # the words of a subject, where they come without its value
    common: bool = False  # whether subjects that are alike (Kind.likeness) all have the same of it

    def need_for(self, access: Access, subject: Any) -> str:
        """The section that would say what is not known of this subject."""
        return self.need if isinstance(self.need, str) else self.need(access, subject)

    def say(self, value: Any) -> str:
        """A value in a message."""
        if value is None:
            return "unknown"
        if value is ABSENT:
            return "none"
        if self.show is not None:
            return self.show(value)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.type is Type.PERMISSIONS:
            return ", ".join(unpack(value))
        return (", ".join(value) or "none") if self.type is Type.LIST else str(value)

    def teller(self, access: Access) -> Teller:
        """A function that puts what a subject has of it in the words of a message."""
        if self.tell is not None:
            return self.tell(access)
        read, say = self.bind(access), self.say
        return lambda subject: say(read(subject))


class Kind(Value):
    """A kind of subject: how to go through all of them, what each is called, and its fields."""

    name: str  # one of base.SUBJECTS
    subjects: Callable[[Access], Sequence[Any]]
    label: Callable[[Access, Any, str], str]  # what a gap calls the subject, where this need is not met
    fields: Mapping[str, Field]
    likeness: Callable[[Any], Hashable] | None = None  # in what subjects are alike; None: each is of its own kind


def table(*fields: Field) -> dict[str, Field]:
    """Fields by name."""
    return {field.name: field for field in fields}


def reader(words: Iterable[str]) -> Callable[[str | None], str | None]:
    """A function that writes a word of Azure's as the table does, whatever its case; None for one it does not have."""
    written = {word.lower(): word for word in words}
    return lambda value: None if value is None else written.get(value.lower())
