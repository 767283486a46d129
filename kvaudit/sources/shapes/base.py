"""What a shape is, and what several families need of Resource Manager's rows."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, canonical, convert
from kvaudit.sources.wire import Arm, Row

_RESOURCE_MANAGER = ("/subscriptions/", "/providers/")

Reader = Callable[[Facts, Row, str], str | None]
"""Puts what a row says into the facts; the text is its pointer. The answer is the kind of a row that is another."""


class Shape(msgspec.Struct, frozen=True):
    """A kind of row: what it is called, the section it feeds, how it is known, how it is read."""

    name: str
    section: str  # "" for what is recognised and not used
    read: Reader
    types: tuple[str, ...] = ()  # lower case, of `type` or `@odata.type`
    keys: tuple[frozenset[str], ...] = ()  # any of these, all of them there, where no type says


def nothing(_facts: Facts, _row: Row, _pointer: str) -> None:
    """Read a row of which nothing is used."""


def opened(row: Row, pointer: str) -> tuple[Arm, Row, str, Damage]:
    """A row of Resource Manager: its envelope, its properties (nested or flattened) with their pointer, the damage."""
    row = canonical(row)
    arm, damage = convert(row, Arm)
    if arm.properties is None:
        return arm, row, pointer, damage
    return arm, canonical(arm.properties), f"{pointer}/properties", damage


def last_segment(identifier: str) -> str:
    """The name at the end of a resource id."""
    return identifier.rstrip("/").rpartition("/")[2]


def without_extension(identifier: str, provider: str) -> str | None:
    """The id of what an extension resource sits on: what is before its provider; None where it is no such id."""
    at = identifier.lower().rfind(f"/providers/{provider}/")
    if at < 0:
        return None
    return identifier[:at] or "/"


def lower(text: str | None) -> str | None:
    """An id as it is joined."""
    return text.lower() if text else None


def type_in_id(identifier: str) -> str | None:
    """The type that an id of Resource Manager spells out: the provider, and every other segment after it."""
    key = identifier.lower().rstrip("/")
    if not key.startswith(_RESOURCE_MANAGER):
        return None
    provider = key.rfind("/providers/")
    if provider < 0:
        parts = key.split("/")
        return "microsoft.resources/subscriptions" + ("/resourcegroups" if len(parts) > 3 else "")
    namespace, *rest = key[provider + len("/providers/") :].split("/")
    return "/".join([namespace, *rest[::2]])
