"""The comparison operators of conditions, over text as it is written. Source: semantics 1.7.

An operator answers None where a text is not of its type: a number, a time, a truth value.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Operator = Callable[[str, str], bool | None]

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_ESCAPED = re.compile(r"\\([*?])|(\[)")


def _same(text: str) -> str:
    return text


def _number(text: str) -> Decimal | None:
    return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None


def _guid(text: str) -> str:
    """A GUID with or without dashes, in any case: Azure's own roles hold both."""
    return text.strip().replace("-", "").lower()


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.strip().lower())


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _like(text: str, pattern: str) -> bool:
    """`*` for any text, `?` for one character, a backslash before either takes it as it is."""
    return fnmatch.fnmatchcase(text, _ESCAPED.sub(lambda found: f"[{found[1] or found[2]}]", pattern))


def _reading(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Operator:
    def judge(left: str, right: str) -> bool | None:
        one, other = read(left), read(right)
        return None if one is None or other is None else compare(one, other)

    return judge


def _negated(judge: Operator) -> Operator:
    def opposite(left: str, right: str) -> bool | None:
        found = judge(left, right)
        return None if found is None else not found

    return opposite


def _operators() -> dict[str, Operator]:
    order = {
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
    }
    found: dict[str, Operator] = {}
    for kind, read in (("Numeric", _number), ("DateTime", _time), ("Guid", _guid), ("Bool", _truth)):
        found[f"{kind}Equals"] = _reading(read, operator.eq)
        found[f"{kind}NotEquals"] = _negated(found[f"{kind}Equals"])
        if kind in {"Numeric", "DateTime"}:
            found |= {f"{kind}{name}": _reading(read, compare) for name, compare in order.items()}
    for name, compare in (("Equals", operator.eq), ("StartsWith", str.startswith), ("Like", _like)):
        for case, read_text in (("", _same), ("IgnoreCase", str.lower)):
            found[f"String{name}{case}"] = _reading(read_text, compare)
            found[f"StringNot{name}{case}"] = _negated(found[f"String{name}{case}"])
    return found


OPERATORS = _operators()
"""Every operator by its name as Azure documents it."""


def _any_of(truths: list[bool | None]) -> bool | None:
    """Or, with None for what is not known."""
    return True if True in truths else None if None in truths else False


def _all_of(truths: list[bool | None]) -> bool | None:
    """And, with None for what is not known."""
    return False if False in truths else None if None in truths else True


QUANTIFIERS = {
    f"For{left}Of{right}Values": (over_left, over_right)
    for left, over_left in (("Any", _any_of), ("All", _all_of))
    for right, over_right in (("Any", _any_of), ("All", _all_of))
}
"""Of a cross-product prefix: how the left values are taken together, and how, for each of them, the right ones."""
