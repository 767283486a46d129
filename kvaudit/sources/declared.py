"""What infrastructure as code declares, read as Resource Manager's own rows.

A declaration is a closed world (snapshot format, section 3): what it does not declare is not there, for the vaults
that it declares.
"""

from __future__ import annotations

from collections.abc import Iterable

from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Coverage
from kvaudit.sources.facts import Facts
from kvaudit.sources.reading import Rows
from kvaudit.sources.wire import Row

_CLOSED = ("roleAssignments", "denyAssignments", "roleEligibilities", "diagnosticSettings", "locks")
"""Sections of which a declaration says all there is on its own vaults."""


def read_declared(facts: Facts, rows: Iterable[tuple[Row, str]]) -> None:
    """Read bodies as Resource Manager has them, each with the pointer of what declares it."""
    reader = Rows(facts)
    for row, pointer in rows:
        reader.read_one(row, pointer)
    for section in _CLOSED:
        facts.given.add(section)
        facts.coverage += [
            Coverage(section, scope_key(vault.id), complete=True, origins=vault.origins) for vault in facts.vaults
        ]
