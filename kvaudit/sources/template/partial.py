"""Functions that can do with arguments of which a part is not known. Source: as functions.

Each gives UNDECIDED where too little is known; the call then stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

from kvaudit.sources.template.functions import LARGEST, UnfitError, equal, look_up, text_of
from kvaudit.sources.template.ids import Text, segments
from kvaudit.sources.template.symbols import Joined, Symbol, Unknown, is_known, join, render, symbol


class Undecided(Enum):
    """No value, as too little is known."""

    UNDECIDED = "undecided"


UNDECIDED = Undecided.UNDECIDED
_HOLE = re.compile(r"\{\{|\}\}|\{(\d{1,4})(?:,[^}:]*)?(?::([^}]*))?\}")
_DIGITS = re.compile(r"[dD](\d{1,2})|(0{1,20})")
_LOWER = ("uniqueString(", "guid(", "newGuid(")


def concat(arguments: Sequence[Any]) -> Any:
    """Texts one after the other, or lists."""
    if any(isinstance(each, list) for each in arguments):
        if not all(isinstance(each, list) for each in arguments):
            return UNDECIDED
        if sum(map(len, arguments)) > LARGEST:
            raise UnfitError
        return [item for each in arguments for item in each]
    if len(arguments) == 1 and isinstance(arguments[0], Symbol):
        return arguments[0]
    return _together([_as_text(each) for each in arguments])


def _as_text(value: Any) -> Text:
    if type(value) is str:
        return value
    if isinstance(value, Unknown):
        return value
    if isinstance(value, (dict, list)):
        if not is_known(value):
            raise UnfitError
        return text_of(value)
    return text_of(value)


def _together(parts: Sequence[Text]) -> Text:
    if sum([len(part) if type(part) is str else len(render(part)) for part in parts]) > LARGEST:
        raise UnfitError
    return join(parts)


def formatted(arguments: Sequence[Any]) -> Any:
    """A text with arguments put into its places."""
    if not arguments or not isinstance(arguments[0], str):
        return UNDECIDED
    parts: list[Text] = []
    for before, number, spelling in _holes(arguments[0]):
        parts.append(before)
        if number >= len(arguments):
            raise UnfitError
        if number:
            value = arguments[number]
            parts.append(value if type(value) is str else _spelt(value, spelling))
    return _together(parts)


@lru_cache(maxsize=1024)
def _holes(text: str) -> tuple[tuple[str, int, str | None], ...]:
    """The pieces of a text, each with the number of the argument behind it and how that is spelt; 0 for none."""
    pieces: list[tuple[str, int, str | None]] = []
    end = 0
    for hole in _HOLE.finditer(text):
        before = text[end : hole.start()]
        pieces.append((before + hole[0][0], 0, None) if hole[1] is None else (before, int(hole[1]) + 1, hole[2]))
        end = hole.end()
    return (*pieces, (text[end:], 0, None))


def _spelt(value: Any, spelling: str | None) -> Text:
    if not spelling or not isinstance(value, int) or isinstance(value, bool):
        return _as_text(value)
    digits = _DIGITS.fullmatch(spelling)
    if digits is None:
        raise UnfitError
    return f"{value:0{int(digits[1]) if digits[1] else len(digits[2])}d}"


def equals(arguments: Sequence[Any]) -> Any:
    """Whether two values are the same; unknown parts are, where they are the same expression."""
    one, other = arguments
    if is_known(one) and is_known(other):
        return equal(one, other)
    if render(one) == render(other) and type(one) is type(other):
        return True
    if isinstance(one, (list, dict)) and isinstance(other, (list, dict)) and type(one) is not type(other):
        return False
    return False if _cannot_be_equal(one, other) else UNDECIDED


def _cannot_be_equal(one: Any, other: Any) -> bool:
    """Texts that begin or end differently or are not as long, or a text in part known and something that is none."""
    sizes = {0 if each is None else _length(each) for each in (one, other)}
    if None not in sizes and len(sizes) > 1:
        return True
    if isinstance(one, Symbol) or isinstance(other, Symbol):
        return False
    if not all(isinstance(each, (str, Joined)) for each in (one, other)):
        return isinstance(one, Joined) != isinstance(other, Joined) and not isinstance(one, (str, list, dict))
    for text, whole in ((one, other), (other, one)):
        if isinstance(whole, str) and len(whole) < sum(
            len(p) for p in getattr(text, "parts", ()) if isinstance(p, str)
        ):
            return True
    (first, last), (other_first, other_last) = _edges(one), _edges(other)
    begins = first.startswith(other_first) or other_first.startswith(first)
    ends = last.endswith(other_last) or other_last.endswith(last)
    return not (begins and ends)


def _edges(text: str | Joined) -> tuple[str, str]:
    """What a text certainly begins and ends with."""
    if isinstance(text, str):
        return text, text
    first, last = text.parts[0], text.parts[-1]
    return first if isinstance(first, str) else "", last if isinstance(last, str) else ""


def empty(arguments: Sequence[Any]) -> Any:
    """Whether there is nothing in a value."""
    (value,) = arguments
    if isinstance(value, Joined):
        return False if any(isinstance(part, str) for part in value.parts) else UNDECIDED
    if isinstance(value, Symbol):
        return False if value.length else UNDECIDED
    return value is None or (not isinstance(value, int) and not value)


def length(arguments: Sequence[Any]) -> Any:
    """How many items or characters there are."""
    (value,) = arguments
    if isinstance(value, (str, list, dict)):
        return len(value)
    return UNDECIDED if (size := _length(value)) is None else size


def _length(value: Any) -> int | None:
    if isinstance(value, Symbol):
        return value.length
    if isinstance(value, Joined):
        sizes = [len(part) if isinstance(part, str) else part.length for part in value.parts]
        return None if None in sizes else sum(size for size in sizes if size)
    return len(value) if isinstance(value, str) else None


def take(arguments: Sequence[Any]) -> Any:
    """The beginning of a text; all of it where it is known to be no longer."""
    value, count = arguments
    if not isinstance(value, Unknown) or not isinstance(count, int):
        return UNDECIDED
    size = _length(value)
    if size is not None and size <= count:
        return value
    first = value.parts[0] if isinstance(value, Joined) else ""
    return first[:count] if isinstance(first, str) and len(first) >= count > 0 else UNDECIDED


def cased(arguments: Sequence[Any], function: str) -> Any:
    """A text in lower or upper case, what is not known of it included."""
    (value,) = arguments
    if not isinstance(value, Joined):
        return UNDECIDED
    lower = function == "tolower"
    return join(
        (part.lower() if lower else part.upper()) if isinstance(part, str) else _cased(part, lower=lower)
        for part in value.parts
    )


def _cased(part: Symbol, *, lower: bool) -> Symbol:
    if part.placeholder or (lower and part.text.startswith(_LOWER)):
        return part
    return symbol(f"{'toLower' if lower else 'toUpper'}({part.text})", plain=part.plain, length=part.length)


def split(arguments: Sequence[Any]) -> Any:
    """The segments of an id of which a part is not known."""
    value, sign = arguments
    if not isinstance(value, Joined) or sign not in ("/", ["/"]):
        return UNDECIDED
    found = segments(value)
    return UNDECIDED if found is None else found


def contains(arguments: Sequence[Any]) -> Any:
    """Whether an object has a name, a list an item or a text another, though not all in them is known."""
    container, item = arguments
    if isinstance(container, dict) and isinstance(item, str):
        return look_up(container, item)[0]
    if isinstance(container, list):
        if not container:
            return False
        answers = [equals((each, item)) for each in container]
        return True if True in answers else UNDECIDED if UNDECIDED in answers else False
    if isinstance(container, Joined) and isinstance(item, str):
        return True if any(isinstance(part, str) and item in part for part in container.parts) else UNDECIDED
    return UNDECIDED


def starts_with(arguments: Sequence[Any]) -> Any:
    """Whether a text begins with another, where the known beginning tells."""
    text, start = arguments
    if not isinstance(text, Joined) or not isinstance(start, str):
        return UNDECIDED
    known = _edges(text)[0].lower()
    if known.startswith(start.lower()):
        return True
    return UNDECIDED if start.lower().startswith(known) else False


def joined(arguments: Sequence[Any]) -> Any:
    """The items of a list as one text."""
    items, sign = arguments
    if not isinstance(items, list) or not isinstance(sign, str):
        return UNDECIDED
    return _together(
        [part for number, item in enumerate(items) for part in ((sign,) if number else ()) + (_as_text(item),)]
    )


def as_string(arguments: Sequence[Any]) -> Any:
    """A value as text."""
    return arguments[0] if isinstance(arguments[0], Unknown) else UNDECIDED


def as_array(arguments: Sequence[Any]) -> Any:
    """A value as a list: itself, or as its one item."""
    (value,) = arguments
    return UNDECIDED if isinstance(value, Symbol) else value if isinstance(value, list) else [value]


PARTIAL: dict[str, Callable[[Sequence[Any]], Any]] = {
    "concat": concat,
    "format": formatted,
    "equals": equals,
    "empty": empty,
    "length": length,
    "take": take,
    "tolower": lambda arguments: cased(arguments, "tolower"),
    "toupper": lambda arguments: cased(arguments, "toupper"),
    "split": split,
    "contains": contains,
    "startswith": starts_with,
    "join": joined,
    "string": as_string,
    "array": as_array,
    "createarray": list,
}
"""By lower-case name; each takes the list of arguments."""
