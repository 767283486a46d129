"""What infrastructure as code declares, read as Resource Manager's own rows.

A declaration is a closed world (snapshot format, section 3): what it does not declare is not there, for the vaults
that it declares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Coverage
from kvaudit.model.vault import Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.policy_changes import POLICY_RESOURCES, change_policies
from kvaudit.sources.reading import Rows
from kvaudit.sources.rows import canonical
from kvaudit.sources.wire import Row

CLOSED = ("roleAssignments", "denyAssignments", "roleEligibilities", "diagnosticSettings", "locks")
"""Sections of which a declaration says all there is on its own vaults."""

RBAC_BY_DEFAULT = "2026-02-01"
"""From this API version on a new vault uses Azure RBAC unless it says otherwise (semantics 2.1)."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", re.IGNORECASE)


def read_declared(facts: Facts, rows: Iterable[tuple[Row, str]]) -> None:
    """Read bodies as Resource Manager has them, each with the pointer of what declares it."""
    read_rows(facts, rows)
    close_world(facts)


def read_rows(facts: Facts, rows: Iterable[tuple[Row, str]], *, only_if: str = "") -> None:
    """Read bodies; `only_if` says under what they are declared, where that is not known.

    The `apiVersion` of a vault decides its permission model where the vault leaves that out. A body of accessPolicies
    changes the policies of a vault that was read before it, or of one that is not declared.
    """
    reader = Rows(facts)
    changes = []
    for row, pointer in rows:
        if str(row.get("type", "")).lower() == POLICY_RESOURCES:
            changes.append((row, pointer))
            continue
        vaults, granted = len(facts.vaults), [len(each) for each in _granted(facts)]
        reader.read_one(row, pointer)
        if len(facts.vaults) > vaults and facts.vaults[-1].has_properties and "apiVersion" in row:
            facts.vaults[-1] = _as_created(facts, facts.vaults[-1], row, pointer)
        if only_if:
            for each, size in zip(_granted(facts), granted, strict=True):
                each[size:] = [msgspec.structs.replace(grant, only_if=only_if) for grant in each[size:]]
    change_policies(facts, changes, only_if)


def _granted(facts: Facts) -> tuple[list[Any], ...]:
    return facts.role_assignments, facts.eligibilities, facts.activations


def _as_created(facts: Facts, vault: Vault, row: Row, pointer: str) -> Vault:
    """A vault as the service would create it: a permission model left out is the default of the API version."""
    version = row["apiVersion"] if isinstance(row["apiVersion"], str) else ""
    known = _VERSION.fullmatch(version) is not None
    properties = row.get("properties")
    written = canonical(properties).get("enableRbacAuthorization") if type(properties) is dict else None
    if written is not None:
        return msgspec.structs.replace(vault, declared_version=version if known else None, model_by_default=False)
    if not known:
        reason = f"enableRbacAuthorization is left to the API version, and {version or 'none'} is not known"
        facts.damaged("vaults", vault.id, f"{pointer}/apiVersion", {"": reason}, scope_key(vault.id))
        return msgspec.structs.replace(vault, uses_rbac=None, model_by_default=True)
    uses_rbac = version[: len(RBAC_BY_DEFAULT)] >= RBAC_BY_DEFAULT
    return msgspec.structs.replace(vault, uses_rbac=uses_rbac, declared_version=version, model_by_default=True)


def close_world(facts: Facts) -> None:
    """What is not declared is not there, for the vaults that are declared; of others only a name was seen."""
    facts.given.update(CLOSED)
    declared = [vault for vault in facts.vaults if vault.has_properties]
    facts.coverage += [
        Coverage(section, scope_key(vault.id), complete=True, origins=vault.origins)
        for section in CLOSED
        for vault in declared
    ]
