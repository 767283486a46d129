"""Rows as typed values: keys in any case, and a field of a wrong type named instead of believed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from kvaudit.sources.wire import SPELLING, Row, Wire

T = TypeVar("T", bound=Wire)
Damage = dict[str, str]
"""What is wrong in a row: the pointer of each damaged field, relative to the row, and in what way."""

CUT_SHORT = "cut short by ConvertTo-Json; export again with -Depth 10"
_NO_DAMAGE: Damage = {}
_CUT_SHORT = re.compile(r"@\{|(System|Microsoft)\.[\w.`]+(\[|$| )", re.ASCII)  # what it writes for an object too deep


@lru_cache(maxsize=4096)
def _renamed(keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """The keys in Azure's spelling, or None where they have it already."""
    renamed = tuple(key if (name := SPELLING.get(key.lower(), key)) in keys else name for key in keys)
    return None if renamed == keys else renamed


def canonical(row: Row) -> Row:
    """The row with its own keys (not those further in) in Azure's spelling, whatever their case was."""
    renamed = _renamed(tuple(row))
    return row if renamed is None else dict(zip(renamed, row.values(), strict=True))


def convert(row: Any, shape: type[T]) -> tuple[T, Damage]:
    """Read a row as a shape. A field of a wrong type becomes None, and is named in the damage."""
    if type(row) is not dict:
        return shape(), {"": f"expected an object, found {kind_of(row)}"}
    row = canonical(row)
    try:
        return msgspec.convert(row, shape), _NO_DAMAGE
    except msgspec.ValidationError as error:
        return _without_damage(row, shape, error)


def _without_damage(row: Row, shape: type[T], error: msgspec.ValidationError) -> tuple[T, Damage]:
    good = dict(row)
    damage: Damage = {}
    while True:
        words, _, path = str(error).partition(" - at `$.")
        field = path.removesuffix("`")  # a Wire has no Wire inside, so the path is one field
        damage[f"/{field}"] = f"{_expected(words)}, found {kind_of(row[field])}"
        good[field] = None
        try:
            return msgspec.convert(good, shape), damage
        except msgspec.ValidationError as another:
            error = another


def _expected(words: str) -> str:
    types = words.partition("`")[2].partition("`")[0].split(" | ")
    names = {"array": "a list", "object": "an object", "str": "text", "bool": "true or false", "int": "a number"}
    return "expected " + " or ".join(names.get(name, name) for name in types if name != "null")


def kind_of(value: Any) -> str:
    """What a JSON value is, in words; an expression of a template is itself."""
    if is_cut(value):
        return f"text: {CUT_SHORT}"
    if type(value) is str and value[:1] == "[" and value[-1:] == "]":
        return f"{value[:200]}, which is not known before deployment"
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def is_cut(value: Any) -> bool:
    """Whether a value is what ConvertTo-Json writes for an object too deep for it: its type, or its fields as text."""
    return type(value) is str and _CUT_SHORT.match(value) is not None


def escape(key: str) -> str:
    """A key as a segment of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def texts(items: list[Any] | None) -> tuple[tuple[str, ...], bool]:
    """The items of a list that are text, and whether all of them were."""
    found = tuple(item for item in items or () if type(item) is str)
    return found, len(found) == len(items or ())
