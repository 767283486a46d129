"""Principals made from numbers, who belongs to which of them, and who owns them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping

from tests.live.azure import directory
from tests.live.azure.estate import Row

KINDS = ("User",) * 6 + ("Group",) + ("ServicePrincipal",) * 3
GROUP, APPLICATIONS, CARRIED = 6, (7, 8), 9  # the last digits of their numbers
MEMBERS = 8
_SPACE = 1 << 128


class Guids:
    """Numbers as GUIDs that look like chance, and back."""

    def __init__(self, seed: str) -> None:
        digest = hashlib.blake2b(seed.encode(), digest_size=32).digest()
        self._factor = int.from_bytes(digest[:16], "big") | 1
        self._offset = int.from_bytes(digest[16:], "big")
        self._inverse = pow(self._factor, -1, _SPACE)

    def of(self, number: int) -> str:
        text = f"{(number * self._factor + self._offset) % _SPACE:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def number(self, guid: str) -> int | None:
        """A very large one for a GUID that is none of these; None for what is no GUID."""
        try:
            return (int(guid.replace("-", ""), 16) - self._offset) * self._inverse % _SPACE
        except ValueError:
            return None


class People(Mapping[str, Row]):
    """Of ten, six are users, one is a group, two are of applications, one is the identity of a resource.

    The application of a service principal has its number and `count`. `carrier` gives the id of the resource.
    """

    def __init__(self, count: int, seed: int, carrier: Callable[[int], str]) -> None:
        self.count = count
        self.ids = Guids(f"{seed} principals")
        self.apps = Guids(f"{seed} applications")
        self._carrier = carrier
        self._graph = directory.service_principal("Microsoft Graph", app_id=directory.GRAPH_APP)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        for number in range(self.count):
            yield self.ids.of(number)
            if number % 10 in APPLICATIONS:
                yield self.ids.of(number + self.count)
        yield self._graph["id"]

    def __getitem__(self, identifier: str) -> Row:
        if identifier == self._graph["id"]:
            return self._graph
        number = self.number(identifier)
        if number is None:
            raise KeyError(identifier)
        return self.body(number)

    def number(self, identifier: str) -> int | None:
        """None for nobody."""
        number = self.ids.number(identifier)
        if number is None or number >= 2 * self.count:
            return None
        return number if number < self.count or (number - self.count) % 10 in APPLICATIONS else None

    def body(self, number: int) -> Row:
        identity = {"id": self.ids.of(number)}
        if number >= self.count:
            number -= self.count
            return directory.application(f"app-{number}") | identity | {"appId": self.apps.of(number)}
        digit = number % 10
        if digit < GROUP:
            return directory.user(f"User N{number}", "contoso.example") | identity
        if digit == GROUP:
            return directory.group(f"Group {number}") | identity
        name, app_id = f"app-{number}", self.apps.of(number)
        if digit == CARRIED:
            carrier = self._carrier(number)
            return directory.service_principal(name, "ManagedIdentity", carrier, app_id) | identity
        return directory.service_principal(name, app_id=app_id) | identity

    def of_application(self, app_id: str) -> list[Row]:
        """The service principal, and the application where there is one."""
        if app_id == directory.GRAPH_APP:
            return [self._graph]
        number = self.apps.number(app_id)
        if number is None or number >= self.count or KINDS[number % 10] != "ServicePrincipal":
            return []
        return [self.body(each) for each in (number, number + self.count) if self.number(self.ids.of(each)) is not None]


class Members(Mapping[str, list[str]]):
    """Of groups: some users, and for every fifth group the next one."""

    def __init__(self, people: People) -> None:
        self._people = people

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        return (self._people.ids.of(number) for number in range(GROUP, self._people.count, 10))

    def __getitem__(self, identifier: str) -> list[str]:
        number = self._people.number(identifier)
        if number is None or number >= self._people.count or number % 10 != GROUP:
            raise KeyError(identifier)
        users = _users(self._people, number, MEMBERS)
        following = number + 10
        nested = [following] if number % 50 == GROUP and following < self._people.count else []
        return [self._people.ids.of(each) for each in (*users, *nested)]


class Owners(Mapping[str, list[str]]):
    """One of each group, application and service principal of an application."""

    def __init__(self, people: People) -> None:
        self._people = people

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        return (identifier for identifier in self._people if self._owned(identifier))

    def __getitem__(self, identifier: str) -> list[str]:
        if not self._owned(identifier):
            raise KeyError(identifier)
        return [self._people.ids.of(each) for each in _users(self._people, self._people.number(identifier) or 0, 1)]

    def _owned(self, identifier: str) -> bool:
        number = self._people.number(identifier)
        return number is not None and (number >= self._people.count or number % 10 in {GROUP, *APPLICATIONS})


def _users(people: People, number: int, count: int) -> list[int]:
    tens = max(1, people.count // 10)
    found = ((number * 31 + at * 7) % tens * 10 + at % GROUP for at in range(count))
    return sorted({each for each in found if each < people.count})
