"""Values by number: what a report says a thousand times stands in its file once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Table(Generic[Key]):
    """Numbers its values in the order in which they are first mentioned, and keeps a row for each."""

    def __init__(self, make: Callable[[Key], Any]) -> None:
        self._make = make
        self._numbers: dict[Key, int] = {}
        self.rows: list[Any] = []

    def number(self, key: Key) -> int:
        """The number of a value."""
        found = self._numbers.get(key)
        if found is None:
            row = self._make(key)
            found = self._numbers[key] = len(self.rows)
            self.rows.append(row)
        return found

    def numbers(self, keys: Iterable[Key]) -> list[int]:
        """The numbers of several."""
        return [self.number(key) for key in keys]
