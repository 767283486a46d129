"""What infrastructure as code declares, read as Resource Manager's own rows.

A declaration is a closed world (snapshot format, section 3): what it does not declare is not there, for the vaults
that it declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from kvaudit.model.finding import Gap
from kvaudit.model.origin import Origin
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import Level, parse_scope, scope_key
from kvaudit.model.snapshot import Coverage
from kvaudit.model.vault import Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.policy_changes import POLICY_RESOURCES, change_policies, turn
from kvaudit.sources.reading import Rows
from kvaudit.sources.registry import sections_of
from kvaudit.sources.rows import Damage, canonical
from kvaudit.sources.scope_tree import ScopeTree
from kvaudit.sources.wire import Row

CLOSED = ("roleAssignments", "denyAssignments", "roleEligibilities", "diagnosticSettings", "locks")
"""Sections of which a declaration says all there is on its own vaults."""

_GIVEN = {"resources", "vaultObjects"}
"""Sections that it gives if it has anything of them."""

_RBAC_BY_DEFAULT = "2026-02-01"
"""From this API version on a new vault uses Azure RBAC unless it says otherwise (semantics 2.1)."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", re.IGNORECASE)


class Body(NamedTuple):
    """A resource as Resource Manager has it, with the pointer of what declares it.

    The `apiVersion` of a vault decides its permission model where the vault leaves that out.
    """

    row: Row
    pointer: str
    places: dict[str, Origin] = {}  # where parts of it are written, by their pointers: the pointer above, and on
    not_known: Damage = {}  # fields of its properties that are not known before deployment: "/networkAcls": why
    closed: bool = True  # False for what is there already, of which the declaration says no more than it needs
    only_if: str = ""  # what it is declared under, where that is not known before deployment


def read_declared(facts: Facts, bodies: Iterable[Body]) -> None:
    """Read bodies as Resource Manager has them, and close the world of the vaults among them.

    Bodies of accessPolicies change the vaults that are declared, wherever they stand, or speak of one that is not.
    """
    reader = Rows(facts)
    closed: list[Vault] = []
    changes: list[Body] = []
    for body in bodies:
        if str(body.row.get("type", "")).lower() == POLICY_RESOURCES:
            changes.append(body)
            continue
        vaults = len(facts.vaults)
        granted = [len(each) for each in _granted(facts)] if body.only_if else []
        facts.places, facts.not_known = body.places, body.not_known
        reader.read_one(body.row, body.pointer)
        if len(facts.vaults) > vaults and facts.vaults[-1].has_properties:
            facts.vaults[-1] = _as_created(facts, facts.vaults[-1], body)
            closed += facts.vaults[vaults:] if body.closed else ()
        for each, size in zip(_granted(facts), granted, strict=True) if body.only_if else ():
            each[size:] = [msgspec.structs.replace(grant, only_if=body.only_if) for grant in each[size:]]
    known: dict[str, int] = {}
    for number, vault in enumerate(facts.vaults if changes else ()):
        known.setdefault(scope_key(vault.id), number)
    for body in sorted(changes, key=lambda each: turn(each.row)):
        facts.places, facts.not_known = body.places, body.not_known
        change_policies(facts, known, body.row, body.pointer, body.only_if)
    facts.places, facts.not_known = {}, {}
    _close(facts, closed)
    _leave_open_below(facts, closed)
    # Origins refer to the document by now, and findings ask it how they are mended.
    for document in (facts.document, *facts.elsewhere.values()):
        msgspec.structs.force_setattr(document, "declares", True)


def _granted(facts: Facts) -> tuple[list[Any], ...]:
    return facts.role_assignments, facts.eligibilities, facts.activations


def _as_created(facts: Facts, vault: Vault, body: Body) -> Vault:
    """A vault as the service would create it: a permission model left out is the default of the API version."""
    if "apiVersion" not in body.row:
        return vault  # which its tool chooses
    version = body.row["apiVersion"] if isinstance(body.row["apiVersion"], str) else ""
    known = _VERSION.fullmatch(version) is not None
    properties = body.row.get("properties")
    written = canonical(properties).get("enableRbacAuthorization") if type(properties) is dict else None
    if written is not None:
        return msgspec.structs.replace(vault, declared_version=version if known else None, model_by_default=False)
    if not known:
        reason = f"enableRbacAuthorization is left to the API version, and {version or 'none'} is not known"
        facts.damaged("vaults", vault.id, f"{body.pointer}/apiVersion", {"": reason}, scope_key(vault.id))
        return msgspec.structs.replace(vault, uses_rbac=None, model_by_default=True)
    uses_rbac = version[: len(_RBAC_BY_DEFAULT)] >= _RBAC_BY_DEFAULT
    return msgspec.structs.replace(vault, uses_rbac=uses_rbac, declared_version=version, model_by_default=True)


def _close(facts: Facts, declared: Iterable[Vault]) -> None:
    """What is not declared is not there, for the vaults that are declared; of others only a name was seen.

    Of a resource that acts as somebody it is who may control it.
    """
    facts.given |= {*CLOSED, *sections_of(facts.rows) & _GIVEN}
    facts.coverage += [
        Coverage(section, scope_key(vault.id), complete=True, origins=vault.origins)
        for vault in declared
        for section in CLOSED
    ]
    facts.coverage += [
        Coverage("roleAssignments", scope_key(each.id), complete=True, origins=each.origins) for each in facts.resources
    ]


def assigned_scopes(facts: Facts) -> dict[str, tuple[Origin, ...]]:
    """The scopes at which something is assigned or may be activated, each with the first place that says so."""
    found: dict[str, tuple[Origin, ...]] = {}
    for assignment in facts.role_assignments:
        found.setdefault(assignment.scope, assignment.origins)
    for scheduled in (*facts.eligibilities, *facts.activations):
        found.setdefault(scheduled.scope, scheduled.origins)
    return found


def leave_open(facts: Facts, vaults: Sequence[str], scope: str, origins: tuple[Origin, ...]) -> None:
    """Say of some vaults, by their keys, that a role is assigned at a scope that may be above them, and may not."""
    reason = f"a role is assigned at {scope}, and whether that covers it is not known"
    for key in vaults[:1]:
        facts.gaps.append(Gap("roleAssignments", key, reason, remedy("roleAssignments", key), origins=origins))
    facts.coverage += [
        Coverage("roleAssignments", key, complete=False, reason=reason, origins=origins) for key in vaults
    ]


def _leave_open_below(facts: Facts, declared: Iterable[Vault]) -> None:
    """Where a scope with assignments, or the place of a vault, is not known whole, the one may be above the other."""
    groups: dict[str, list[str]] = {}
    for vault in declared:
        scope = parse_scope(vault.id)
        groups.setdefault(scope.resource_group or scope.key, []).append(scope.key)
    places = ScopeTree(groups)
    for text, origins in assigned_scopes(facts).items() if groups else ():
        scope = parse_scope(text)
        if scope.level not in {Level.SUBSCRIPTION, Level.RESOURCE_GROUP}:
            continue
        for group in places.perhaps_below(scope.key):
            if not scope.covers(parse_scope(group)):
                leave_open(facts, groups[group], text, origins)
