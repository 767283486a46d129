"""One resource of a plan or a state, and all of them found by module, type and name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from kvaudit.model.value import Value
from kvaudit.sources.wire import Row

Key = str | int | None
"""What tells instances apart: the key of for_each, the number of count, or nothing."""

_DEEPEST = 64  # modules in modules that references are followed through; nobody nests half as deep
MANAGED, DATA = "managed", "data"
_PART = re.compile(r'\.?([^.\[\]"]+)|\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|[^\]]*)\]')


class Index(Value):
    """What stands in brackets; None for something that is worked out, or for all of them."""

    key: Key


def parts(address: str) -> tuple[str | Index, ...]:
    """An address or a reference, name by name and index by index."""
    found: list[str | Index] = []
    for match in _PART.finditer(address):
        name, text, number = match.groups()
        if name is not None:
            found.append(name)
        else:
            found.append(Index(int(number) if number else text))
    return tuple(found)


class Resource(Value):
    """An instance of a resource, with the values it has or will have as far as they are known."""

    address: str
    mode: str  # managed | data
    type: str
    name: str
    values: Row
    pointer: str  # of the resource in its document
    values_at: str  # of its values
    module: str = ""  # the module's address; "" for the root
    key: Key = None
    provider: str = ""  # the provider's source address, as far as it is said
    unknown: Row = {}  # after_unknown of its change
    sensitive: Row = {}  # true for each value that is marked as sensitive

    @property
    def is_new(self) -> bool:
        """Whether its id is not known: it is yet to be made."""
        return not isinstance(self.values.get("id"), str)

    @property
    def is_data(self) -> bool:
        """Whether it is there already and only looked up."""
        return self.mode == DATA

    @property
    def segment(self) -> str:
        """The address as a single segment of a resource id."""
        return self.address.replace("/", "~1")


class Resources:
    """All resources of a document, by where and what they are."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._all = tuple(resources)
        self._instances: dict[tuple[str, str, str, str], dict[Key, Resource]] = {}
        self._called: dict[tuple[str, str], dict[Key, str]] = {}
        for each in self._all:
            place = each.module, each.mode, each.type, each.name
            self._instances.setdefault(place, {}).setdefault(each.key, each)
        for module in {each.module for each in self._all}:
            above = ""
            for name, key in calls(module)[:_DEEPEST]:
                below = inside(above, name, key)
                self._called.setdefault((above, name), {})[key] = below
                above = below

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._all)

    def instances(self, module: str, mode: str, kind: str, name: str) -> dict[Key, Resource]:
        """The instances of a resource in an instance of a module."""
        return self._instances.get((module, mode, kind, name), {})

    def called(self, module: str, name: str) -> dict[Key, str]:
        """The instances of a module that is called in an instance of another, by their keys."""
        return self._called.get((module, name), {})


@lru_cache(maxsize=1 << 16)
def calls(module: str) -> tuple[tuple[str, Key], ...]:
    """The calls that lead to an instance of a module, from the root down: the name of each, and its key."""
    return _calls(parts(module))


def _calls(path: tuple[str | Index, ...]) -> tuple[tuple[str, Key], ...]:
    found = []
    left = list(path)[::-1]
    while left and left.pop() == "module" and left:
        name = left.pop()
        last = left.pop() if left and isinstance(left[-1], Index) else None
        found.append((str(name), last.key if isinstance(last, Index) else None))
    return tuple(found)


def place_of(address: str) -> tuple[str, Key]:
    """The instance of a module that a resource is in, and the key of the resource's own instance."""
    path = parts(address)
    last = path[-1] if path else None
    module = ".".join(f"module.{name}{bracket(key)}" for name, key in _calls(path))
    return module, last.key if isinstance(last, Index) else None


def caller(module: str) -> tuple[str, str, Key]:
    """The instance of a module that calls one, with the name and key of the call."""
    *above, (name, key) = calls(module)
    return ".".join(f"module.{each}{bracket(at)}" for each, at in above), name, key


def inside(module: str, name: str, key: Key) -> str:
    """The address of an instance of a module that is called in another."""
    return f"{module}.module.{name}{bracket(key)}".lstrip(".")


def bracket(key: Any) -> str:
    """The key of an instance as an address has it."""
    return "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'


def dig(value: Any, path: Iterable[str | int]) -> Any:
    """What is at a path in decoded JSON; None where there is nothing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
