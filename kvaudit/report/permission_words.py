"""Sets of permissions in words: few by name, many by what they come to."""

from __future__ import annotations

import re

from kvaudit.model.permission import KIND, PURGE, TYPES, WORDS, PermissionSet, unpack

_NAMED = 4
_TELLING = (
    "authorization/roleassignments/write",
    "keyvault/vaults/write",
    "keyvault/vaults/accesspolicies/write",
    "keyvault/vaults/deploy/action",
    "keyvault/vaults/secrets/write",
    "keyvault/vaults/delete",
    "keyvault/locations/deletedvaults/purge/action",
)
"""Operations named before all others where there is no room for all."""


def permission_words(held: PermissionSet, *, every: bool = False) -> str:
    """The permissions of a set, as they are asked for; long lists shortened unless every one is wanted."""
    parts = [said for kind in TYPES if (said := _of_type(kind, held & KIND[kind], every=every))]
    management = sorted(unpack(held & KIND["management"]), key=_rank)
    if management:
        parts.append(_listed(management, "management operations", every=every))
    return ", ".join(parts)


def short_words(kind: str, held: PermissionSet, *, every: bool = False) -> str:
    """The permissions of one kind without the name of the kind: "get, list", "all but purge"."""
    if kind == "management":
        found = [_SCOPE.sub("", name) for name in sorted(unpack(held), key=_rank)]
        return _listed(found, "operations", every=every)
    whole = KIND[kind] & WORDS
    if held & WORDS == whole:
        return "all"
    if held & WORDS == whole & ~PURGE:
        return "all but purge"
    return _listed([name.removeprefix(f"{kind}/") for name in names(kind, held)], "", every=every)


_SCOPE = re.compile(r"^(keyvault/locations|keyvault|authorization)/")


def _rank(name: str) -> tuple[int, bool]:
    return _TELLING.index(name) if name in _TELLING else len(_TELLING), name.endswith("/read")


def _of_type(kind: str, held: PermissionSet, *, every: bool) -> str:
    whole = KIND[kind] & WORDS
    if held & WORDS == whole:
        return f"{kind}/*"
    if held & WORDS == whole & ~PURGE and not every:
        return f"{kind}/* but purge"
    return _listed(names(kind, held), f"of {kind}", every=every)


def names(kind: str, held: PermissionSet) -> list[str]:
    """The permissions of a type; what only comes along with a policy's word is not named beside it."""
    found = list(unpack(held & KIND[kind]))
    brought = "keyvault/vaults/secrets/update/action"
    return [name for name in found if name != brought or "secrets/set" not in found]


def _listed(found: list[str], of_what: str, *, every: bool) -> str:
    if every or len(found) <= _NAMED + 1:
        return ", ".join(found)
    return f"{', '.join(found[:_NAMED])} and {len(found) - _NAMED} more {of_what}".rstrip()
