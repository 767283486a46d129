"""Functions whose arguments must be known. Source: Azure's "ARM template functions".

Each takes its arguments and gives its value; arguments it cannot take make it raise UnfitError, and the call then
stays as it is written.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urljoin

import msgspec

from kvaudit.sources.template.symbols import render

Function = Callable[..., Any]
LARGEST = 1 << 20
"""Characters of a text, or items of a list, beyond which nothing is made."""


class UnfitError(Exception):
    """Arguments that a function cannot take."""


def look_up(mapping: Any, name: str) -> tuple[bool, Any]:
    """A name in an object, in any case as templates take it: whether it is there, and its value."""
    if type(mapping) is not dict and not isinstance(mapping, Mapping):
        return False, None
    if name in mapping:
        return True, mapping[name]
    lower = name.lower()
    for key, value in mapping.items():
        if key.lower() == lower:
            return True, value
    return False, None


def require(value: Any, *kinds: type) -> Any:
    """The value, if it is of one of these types. A truth value is no number."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise UnfitError
    return value


def bounded(value: Any) -> Any:
    """A text or list that is not too large."""
    if len(value) > LARGEST:
        raise UnfitError
    return value


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def text_of(value: Any) -> str:
    """A value as `string` writes it."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)


def _int(value: Any) -> int:
    try:
        return int(require(value, str, int))
    except ValueError as error:
        raise UnfitError from error


def _bool(value: Any) -> bool:
    if isinstance(value, (bool, int)):
        return bool(value)
    words = {"true": True, "1": True, "false": False, "0": False}
    if str(value).lower() not in words:
        raise UnfitError
    return words[str(value).lower()]


def _json(text: Any) -> Any:
    try:
        return msgspec.json.decode(require(text, str))
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnfitError from error


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return look_up(container, require(item, str))[0]
    if isinstance(container, list):
        return any(equal(each, item) for each in container)
    return text_of(item) in require(container, str)


def _union(*values: Any) -> Any:
    if all(isinstance(each, dict) for each in values):
        merged: dict[str, Any] = {}
        for each in values:
            merged = _merged(merged, each)
        return merged
    found: dict[bytes, Any] = {}
    for each in values:
        for item in require(each, list):
            found.setdefault(msgspec.json.encode(render(item), order="sorted"), item)
    return bounded(list(found.values()))


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for key, value in other.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _intersection(first: Any, *others: Any) -> Any:
    if isinstance(first, dict):
        shared = dict(first)
        for each in others:
            shared = {key: value for key, value in shared.items() if equal(require(each, dict).get(key), value)}
        return shared
    return [item for item in require(first, list) if all(_contains(require(each, list), item) for each in others)]


def _substring(text: Any, start: Any, length: Any = None) -> str:
    end = len(require(text, str)) if length is None else require(start, int) + require(length, int)
    if require(start, int) < 0 or end > len(text) or end < start:
        raise UnfitError
    return str(text[start:end])


def _split(text: Any, separators: Any) -> list[str]:
    signs = separators if isinstance(separators, list) else [separators]
    if not signs or not all(isinstance(sign, str) and sign for sign in signs):
        raise UnfitError
    return re.split("|".join(map(re.escape, signs)), require(text, str))


def _range(start: Any, count: Any) -> list[int]:
    if not 0 <= require(count, int) <= 10_000:  # Azure's own bound
        raise UnfitError
    return list(range(require(start, int), start + count))


def _divided(one: Any, other: Any, *, rest: bool = False) -> Any:
    if not require(other, int):
        raise UnfitError
    whole = abs(require(one, int)) // abs(other)
    whole = whole if (one < 0) == (other < 0) else -whole
    return one - whole * other if rest else whole


def _extreme(choose: Function, values: tuple[Any, ...]) -> int:
    numbers = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
    if not numbers:
        raise UnfitError
    return int(choose(require(each, int) for each in numbers))


def _ordered(compare: Function) -> Function:
    def judge(one: Any, other: Any) -> bool:
        if type(one) is not type(other):
            raise UnfitError
        return bool(compare(require(one, int, str), other))

    return judge


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(require(text, str), validate=True).decode()
    except ValueError as error:
        raise UnfitError from error


def _shallow_merge(items: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for each in require(items, list):
        merged |= require(each, dict)
    return merged


def _flatten(items: Any) -> Any:
    return bounded([item for each in require(items, list) for item in require(each, list)])


def _padded(value: Any, length: Any, sign: Any = " ") -> str:
    if not 0 <= require(length, int) <= 16 or len(require(sign, str)) != 1:  # Azure's own bound
        raise UnfitError
    return text_of(require(value, str, int)).rjust(length, sign)


def _replaced(text: Any, old: Any, new: Any) -> str:
    if not require(old, str):
        raise UnfitError
    return str(bounded(require(text, str).replace(old, require(new, str))))


def _index(container: Any, item: Any, *, last: bool = False) -> int:
    if isinstance(container, list):
        found = [number for number, each in enumerate(container) if equal(each, item)]
        return found[-1 if last else 0] if found else -1
    text, wanted = require(container, str).lower(), require(item, str).lower()
    return int(text.rfind(wanted) if last else text.find(wanted))


def _edge(container: Any, place: int) -> Any:
    if not require(container, list, str):
        return None if isinstance(container, list) else ""
    return container[place]


def _from_end(items: Any, place: Any, *, must_be: bool) -> Any:
    number = require(place, int)
    if 0 < number <= len(require(items, list)):
        return items[-number]
    if must_be:
        raise UnfitError
    return None


def _cut(container: Any, count: Any, *, rest: bool) -> Any:
    number = max(require(count, int), 0)
    return require(container, list, str)[number:] if rest else require(container, list, str)[:number]


STRICT: dict[str, Function] = {
    "add": lambda one, other: require(one, int) + require(other, int),
    "sub": lambda one, other: require(one, int) - require(other, int),
    "mul": lambda one, other: require(one, int) * require(other, int),
    "div": _divided,
    "mod": lambda one, other: _divided(one, other, rest=True),
    "min": lambda *values: _extreme(min, values),
    "max": lambda *values: _extreme(max, values),
    "less": _ordered(lambda one, other: one < other),
    "lessorequals": _ordered(lambda one, other: one <= other),
    "greater": _ordered(lambda one, other: one > other),
    "greaterorequals": _ordered(lambda one, other: one >= other),
    "int": _int,
    "bool": _bool,
    "json": _json,
    "string": text_of,
    "contains": _contains,
    "union": _union,
    "intersection": _intersection,
    "substring": _substring,
    "split": _split,
    "join": lambda items, sign: bounded(require(sign, str).join(map(text_of, require(items, list)))),
    "replace": _replaced,
    "trim": lambda text: require(text, str).strip(),
    "tolower": lambda text: require(text, str).lower(),
    "toupper": lambda text: require(text, str).upper(),
    "startswith": lambda text, start: require(text, str).lower().startswith(require(start, str).lower()),
    "endswith": lambda text, end: require(text, str).lower().endswith(require(end, str).lower()),
    "indexof": _index,
    "lastindexof": lambda container, item: _index(container, item, last=True),
    "first": lambda container: _edge(container, 0),
    "last": lambda container: _edge(container, -1),
    "indexfromend": lambda items, place: _from_end(items, place, must_be=True),
    "tryindexfromend": lambda items, place: _from_end(items, place, must_be=False),
    "skip": lambda container, count: _cut(container, count, rest=True),
    "take": lambda container, count: _cut(container, count, rest=False),
    "range": _range,
    "padleft": _padded,
    "items": lambda given: [{"key": key, "value": given[key]} for key in sorted(require(given, dict), key=str.lower)],
    "objectkeys": lambda given: sorted(require(given, dict), key=str.lower),
    "shallowmerge": _shallow_merge,
    "flatten": _flatten,
    "base64": lambda text: base64.b64encode(require(text, str).encode()).decode(),
    "base64tostring": _decoded,
    "base64tojson": lambda text: _json(_decoded(text)),
    "uri": lambda base, relative: urljoin(require(base, str), require(relative, str)),
    "uricomponent": lambda text: quote(require(text, str), safe=""),
    "uricomponenttostring": lambda text: unquote(require(text, str)),
}
"""By lower-case name."""

DEEP = {"contains", "intersection", "string", "join", "min", "max", "indexof", "lastindexof"}
"""Those that look into the items of lists and objects, which must then be known as well."""
