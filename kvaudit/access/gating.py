"""Conditions put to permissions, one action after the other. Source: semantics 1.2, 1.7 and 1.7.1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kvaudit.access import conditions
from kvaudit.model.permission import CATALOGUE, PermissionSet
from kvaudit.model.scope import Scope
from kvaudit.model.value import Value

_OF_VAULT = "microsoft.keyvault/vaults:name"
_OF_OBJECT = "microsoft.keyvault/vaults/secrets:name"
_NAMED_IN_REQUEST = ("secrets/set", "secrets/restore")


class Gated(Value):
    """What of a set is held for certain, and what under conditions that cannot be decided."""

    certain: PermissionSet
    possible: PermissionSet = 0
    undecided: frozenset[str] = frozenset()  # the attributes that would decide

    def __or__(self, other: Gated) -> Gated:
        certain = self.certain | other.certain
        possible = (self.possible | other.possible) & ~certain
        return Gated(certain, possible, self.undecided | other.undecided)


def gate(texts: Sequence[str], permissions: PermissionSet, scope: Scope, vault: str | None) -> Gated:
    """Put all of these conditions to each of the permissions, held at a scope on a vault of this name."""
    if not texts:
        return Gated(permissions)
    gated = Gated(0)
    while permissions:
        bit = permissions & -permissions
        permissions ^= bit
        permission = CATALOGUE[bit.bit_length() - 1]
        known: dict[tuple[str, str], str] = {}
        if permission.kind == "secrets":  # the attributes exist for the data actions of secrets only
            if vault is not None:
                known["resource", _OF_VAULT] = vault
            if scope.object.startswith("secrets/"):
                source = "request" if permission.name in _NAMED_IN_REQUEST else "resource"
                known[source, _OF_OBJECT] = scope.name
        truth = conditions.decide(texts, conditions.Attributes(permission.actions[0], known))
        if truth.value:
            gated |= Gated(bit)
        elif truth.value is None:
            gated |= Gated(0, bit, truth.unknown)
    return gated


def name_vaults(texts: Iterable[str]) -> bool:
    """Whether the vault's name matters to any of these conditions."""
    return any(_OF_VAULT in text.lower() for text in texts)
