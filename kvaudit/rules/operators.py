"""How values are compared, and how answers that may be unknown are taken together: as functions made once a run."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from typing import Any

from kvaudit.model.value import Value
from kvaudit.rules.fields import ABSENT, Getter, Type

Predicate = Callable[[Any], bool | None]


def _all(parts: Sequence[Predicate]) -> Predicate:
    def holds(subject: Any) -> bool | None:
        known = True
        for part in parts:
            truth = part(subject)
            if truth is False:
                return False
            if truth is None:
                known = False
        return True if known else None

    return holds


def _any(parts: Sequence[Predicate]) -> Predicate:
    def holds(subject: Any) -> bool | None:
        known = True
        for part in parts:
            truth = part(subject)
            if truth is True:
                return True
            if truth is None:
                known = False
        return False if known else None

    return holds


def _none(parts: Sequence[Predicate]) -> Predicate:
    some = _any(parts)

    def holds(subject: Any) -> bool | None:
        truth = some(subject)
        return None if truth is None else not truth

    return holds


GROUPS: dict[str, Callable[[Sequence[Predicate]], Predicate]] = {"any": _any, "all": _all, "none": _none}


class Operator(Value):
    """A way to compare."""

    help: str
    types: frozenset[Type]
    operand: str  # one: a value of the field's type; some: a list of such; flag; whole; names: permissions
    compile: Callable[[Getter, Any], Predicate]


def folded(get: Getter) -> Getter:
    """A getter of text in lower case."""
    return lambda subject: value.lower() if isinstance(value := get(subject), str) else value


def fold(operand: Any) -> Any:
    """Text, or the texts of a list, in lower case."""
    return tuple(map(fold, operand)) if isinstance(operand, tuple) else operand.lower()


def _equal(get: Getter, operand: Any) -> Predicate:
    return lambda subject: None if (value := get(subject)) is None else value == operand


def _unequal(get: Getter, operand: Any) -> Predicate:
    return lambda subject: None if (value := get(subject)) is None else value != operand


def _among(get: Getter, operand: Sequence[Any]) -> Predicate:
    wanted = frozenset(operand)
    return lambda subject: None if (value := get(subject)) is None else value in wanted


def _exists(get: Getter, operand: bool) -> Predicate:  # noqa: FBT001 -- the operand of the key
    def holds(subject: Any) -> bool | None:
        value = get(subject)
        if value is None:
            return None
        there = value is not ABSENT and value not in ("", ())
        return there is operand

    return holds


def _glob(get: Getter, operand: str) -> Predicate:
    fits = re.compile(fnmatch.translate(operand.lower())).match

    def holds(subject: Any) -> bool | None:
        value = get(subject)
        if value is None:
            return None
        items = () if value is ABSENT else value if isinstance(value, tuple) else (value,)
        return any(fits(item.lower()) for item in items)

    return holds


def _number(compare: Callable[[int, int], bool]) -> Callable[[Getter, int], Predicate]:
    def compile_number(get: Getter, operand: int) -> Predicate:
        def holds(subject: Any) -> bool | None:
            value = get(subject)
            return None if value is None else value is not ABSENT and compare(value, operand)

        return holds

    return compile_number


def _has(get: Getter, operand: Any) -> Predicate:
    if isinstance(operand, int):
        return lambda subject: None if (held := get(subject)) is None else held & operand == operand
    wanted = operand.lower()
    return lambda subject: None if (items := get(subject)) is None else any(item.lower() == wanted for item in items)


def _has_any(get: Getter, operand: int) -> Predicate:
    return lambda subject: None if (held := get(subject)) is None else bool(held & operand)


def _within(get: Getter, operand: int) -> Predicate:
    return lambda subject: None if (held := get(subject)) is None else not held & ~operand


_SCALARS = frozenset({Type.FLAG, Type.NUMBER, Type.TEXT, Type.WORD})
_NUMBERS = frozenset({Type.NUMBER})
_SETS = frozenset({Type.PERMISSIONS})
EQUAL = ""

OPERATORS: dict[str, Operator] = {
    EQUAL: Operator("is the value, in any case", _SCALARS, "one", _equal),
    "not": Operator("is another value", _SCALARS, "one", _unequal),
    "any": Operator("is one of the values", _SCALARS - {Type.FLAG}, "some", _among),
    "exists": Operator(
        "whether there is one", frozenset({Type.NUMBER, Type.TEXT, Type.WORD, Type.LIST}), "flag", _exists
    ),
    "glob": Operator(
        "fits the pattern, in any case; of a list, one does", frozenset({Type.TEXT, Type.LIST}), "text", _glob
    ),
    "min": Operator("is that or more", _NUMBERS, "one", _number(lambda value, least: value >= least)),
    "max": Operator("is that or less", _NUMBERS, "one", _number(lambda value, most: value <= most)),
    "above": Operator("is more", _NUMBERS, "one", _number(lambda value, bound: value > bound)),
    "below": Operator("is less", _NUMBERS, "one", _number(lambda value, bound: value < bound)),
    "has": Operator("holds it; of permissions, all of them", _SETS | {Type.LIST}, "one", _has),
    "has-any": Operator("holds any of the permissions", _SETS, "one", _has_any),
    "within": Operator("holds none beside the permissions", _SETS, "one", _within),
}
