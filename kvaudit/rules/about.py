"""What findings say alike of the same thing, and its words: made once a run, and shared by all rules that hit it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from kvaudit.model.finding import Cause, Step
from kvaudit.model.grant import Grant
from kvaudit.model.origin import Origin
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.rules.fields import Kind, Speaker, Teller

if TYPE_CHECKING:
    from kvaudit.access.engine import Access


class About(Value):
    """What a finding says of its subject beside its words; the meaning of each is that of the field of a finding."""

    subject: str
    vaults: tuple[str, ...]
    principal: str | None = None
    cause: Cause | None = None
    path: tuple[Step, ...] = ()
    origins: tuple[Origin, ...] = ()


class Subjects:
    """The vaults and grants of a run as findings speak of them.

    Grants and lists of vaults are known by identity: comparing them would cost more than all that is saved. What is
    known by its identity is kept, so that nothing else can take its place.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._vaults: dict[int, About] = {}
        self._grants: dict[int, tuple[Grant, About]] = {}
        self._extents: dict[int, tuple[tuple[int, ...], tuple[str, ...]]] = {}
        self._lists: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._tellers: dict[tuple[str, str], Teller] = {}
        self.speakers: dict[str, Speaker] = {}  # of the rules in Python, by id

    def vault(self, number: int) -> About:
        """A vault."""
        about = self._vaults.get(number)
        if about is None:
            access, vault = self._access, self._access.vaults[number]
            about = self._vaults[number] = About(
                subject=access.estate.scopes[number].key,
                vaults=(vault.id,),
                cause=Cause("vault", vault.id),
                path=(access.paths.vault_step(number),),
                origins=vault.origins,
            )
        return about

    def grant(self, grant: Grant) -> About:
        """A grant: its cause, assignee, path and vaults."""
        known = self._grants.get(id(grant))
        if known is None:
            known = self._grants[id(grant)] = grant, self.along(grant, self._access.path(grant), grant.vaults)
        return known[1]

    def along(self, grant: Grant, path: tuple[Step, ...], numbers: tuple[int, ...]) -> About:
        """A grant with the path that begins with it, and the vaults that it leads to."""
        cause = grant.cause
        return About(scope_key(cause.id), self.vault_ids(numbers), grant.principal, cause, path, grant.origins)

    def vault_ids(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """The ids of vaults as a finding lists them: as they were written, sorted by their keys."""
        if len(numbers) == 1:
            return self.vault(numbers[0]).vaults
        known = self._extents.get(id(numbers))
        if known is None:
            ids = self._lists.get(numbers)
            if ids is None:
                vaults = self._access.vaults
                ids = self._lists[numbers] = tuple([vaults[each].id for each in sorted(numbers, key=self._place_of)])
            known = self._extents[id(numbers)] = numbers, ids
        return known[1]

    @cached_property
    def _place_of(self) -> Callable[[int], int] | None:
        """The place of a vault among all, sorted by their keys; None where they come sorted, as those of files do."""
        keys = [scope.key for scope in self._access.estate.scopes]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        places = {number: place for place, number in enumerate(order)}
        return None if order == [*range(len(keys))] else places.__getitem__

    def speaker(self, kind: Kind, names: Iterable[str]) -> Speaker:
        """A function that puts these of the fields of a kind in the words of a message; other names are left out."""
        bound = [(name, self._teller(kind, name)) for name in names if name in kind.fields]
        return lambda subject: {name: tell(subject) for name, tell in bound}

    def _teller(self, kind: Kind, name: str) -> Teller:
        teller = self._tellers.get((kind.name, name))
        if teller is None:
            teller = self._tellers[kind.name, name] = kind.fields[name].teller(self._access)
        return teller
