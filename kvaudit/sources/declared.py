"""What infrastructure as code declares, read as Resource Manager's own rows.

A declaration is a closed world (snapshot format, section 3): what it does not declare is not there, for the vaults
that it declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kvaudit.model.origin import Origin
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Coverage
from kvaudit.model.vault import Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.reading import Rows
from kvaudit.sources.rows import Damage
from kvaudit.sources.wire import Row

_CLOSED = ("roleAssignments", "denyAssignments", "roleEligibilities", "diagnosticSettings", "locks")
"""Sections of which a declaration says all there is on its own vaults."""

_RBAC_BY_DEFAULT = "2026-02-01"


class Body(NamedTuple):
    """A resource as Resource Manager has it, with the pointer of what declares it."""

    row: Row
    pointer: str
    places: dict[str, Origin] = {}  # where parts of it are written, by their pointers: the pointer above, and on
    not_known: Damage = {}  # fields of its properties that are not known before deployment: "/networkAcls": why
    closed: bool = True  # False for what is there already, of which the declaration says no more than it needs


def read_declared(facts: Facts, rows: Iterable[Body | tuple[Row, str]]) -> None:
    """Read bodies as Resource Manager has them, each with the pointer of what declares it."""
    reader = Rows(facts)
    closed: list[Vault] = []
    for body in (Body(*row) for row in rows):
        facts.places, facts.not_known = body.places, body.not_known
        known = len(facts.vaults)
        reader.read_one(body.row, body.pointer)
        if body.closed:
            closed += facts.vaults[known:]
    facts.places, facts.not_known = {}, {}
    for section in _CLOSED:
        facts.given.add(section)
        facts.coverage += [
            Coverage(section, scope_key(vault.id), complete=True, origins=vault.origins) for vault in closed
        ]


def is_rbac_by_default(api_version: str) -> bool:
    """Whether a vault made without `enableRbacAuthorization` decides by Azure RBAC (semantics 2.1)."""
    return api_version[: len(_RBAC_BY_DEFAULT)] >= _RBAC_BY_DEFAULT
