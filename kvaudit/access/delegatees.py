"""Whom conditions on the assigning of roles let be given one: of use to whoever can act as them. Source: 1.7.2."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kvaudit.access.delegation import PRINCIPAL_ID, PRINCIPAL_TYPE
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
from kvaudit.model.role import role_key
from kvaudit.model.snapshot import Snapshot

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_LEAVES_OUT = re.compile(rf"notequals|(?:!|not)[\s(]+@request\[{PRINCIPAL_ID}")


def delegatees(snapshot: Snapshot, roles: Roles, directory: Directory) -> frozenset[str]:
    """The object ids that conditions name; where they ask for a type of principal, or leave some out, everybody's."""
    texts = set(_conditions(snapshot, roles))
    if any(PRINCIPAL_TYPE in text or _LEAVES_OUT.search(text) for text in texts):
        everyone = (principal.id for principal in directory.principals())
        return frozenset((*everyone, *(each.principal for each in snapshot.resources if each.principal)))
    return frozenset(role_key(found) for text in texts for found in _ID.findall(text))


def _conditions(snapshot: Snapshot, roles: Roles) -> Iterator[str]:
    """The conditions, in lower case, that ask who gets a role."""
    given = snapshot.role_assignments, snapshot.eligibilities, snapshot.activations
    texts = {row.condition.lower() for rows in given for row in rows if row.condition}
    for key in {row.role for rows in given for row in rows}:
        role = roles.get(key)
        texts.update(text.lower() for text in (role.conditions if role else ()))
    return (text for text in texts if PRINCIPAL_ID in text or PRINCIPAL_TYPE in text)
