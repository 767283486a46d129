"""Access policies declared apart from their vault: added to what it has, put in its place, or taken from it.

Source: semantics 7.8 (AccessPolicyUpdateKind: the last segment of the name is add, replace or remove).
"""

from __future__ import annotations

import msgspec

from kvaudit.model.scope import scope_key
from kvaudit.model.vault import AccessPolicy, Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.shapes.base import last_segment
from kvaudit.sources.shapes.vaults import read_policies
from kvaudit.sources.wire import Row

POLICY_RESOURCES = "microsoft.keyvault/vaults/accesspolicies"
_KINDS = ("replace", "remove", "add")
"""In the order in which they are applied."""

Policies = tuple[AccessPolicy, ...]


def change_policies(facts: Facts, places: dict[str, int], row: Row, pointer: str, only_if: str) -> None:
    """Apply a body of accessPolicies to its vault in the facts; `places` says where each vault is, by its key.

    A vault that is not there is one of which only such policies are known; it is added. A replacement or removal that
    is declared under a condition takes nothing away: what it would leave out may still be there.
    """
    facts.rows["access policies"] += 1
    identifier = str(row["id"])
    vault = identifier.rsplit("/", 2)[0]
    kind = _kind_of(row)
    if kind not in _KINDS:
        reason = f"accessPolicies are named add, replace or remove, and this is {kind!r}; taken for add"
        facts.gap("vaults", vault, reason, pointer)
    place = places.get(scope_key(vault))
    if place is None:
        place = places[scope_key(vault)] = len(facts.vaults)
        origins = facts.origin(pointer)
        facts.vaults.append(Vault(vault, last_segment(vault), policies=(), has_properties=False, origins=origins))
    found = read_policies(facts, vault, row, pointer)
    known = facts.vaults[place]
    if found is None or known.policies is None:
        return  # which is a gap by now
    if only_if:
        found = tuple(msgspec.structs.replace(policy, only_if=only_if) for policy in found)
    policies = _changed(known.policies, kind, found, certain=not only_if)
    facts.vaults[place] = msgspec.structs.replace(known, policies=policies)


def turn(row: Row) -> int:
    """When a body is applied, among others: nothing says which of them comes last, so what is added stays."""
    kind = _kind_of(row)
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _kind_of(row: Row) -> str:
    return last_segment(str(row["id"])).lower()


def _changed(policies: Policies, kind: str, found: Policies, *, certain: bool) -> Policies:
    if kind == "remove":
        return _without(policies, found) if certain else policies
    if kind == "replace" and certain:
        return found
    return (*policies, *found)


def _without(policies: Policies, removed: Policies) -> Policies:
    """The policies less these permissions; an entry of which nothing is left is gone."""
    taken: dict[tuple[str, str | None], int] = {}
    for each in removed:
        key = each.object_id, each.application_id
        taken[key] = taken.get(key, 0) | each.permissions
    left = []
    for policy in policies:
        permissions = policy.permissions & ~taken.get((policy.object_id, policy.application_id), 0)
        if permissions or permissions == policy.permissions:
            left.append(msgspec.structs.replace(policy, permissions=permissions))
    return tuple(left)
