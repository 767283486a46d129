"""What is delegated to other tenants (Azure Lighthouse): roles that no list of role assignments has. Semantics 1.8.

Source: Microsoft.ManagedServices/registrationAssignments with their definitions expanded, 2022-10-01.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kvaudit.model.role import RoleAssignment, ScheduledAssignment, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.base import Shape, nothing, opened, without_extension
from kvaudit.sources.wire import Authorization, Registration, RegistrationBody, Row

_FACT = "roleAssignments"
_ELIGIBLE = "roleEligibilities"
_IN_WORDS = "delegated to another tenant (Azure Lighthouse)"
_FOREIGN = "ForeignGroup"  # what Azure calls whoever comes from another tenant


def read_delegation(facts: Facts, row: Row, pointer: str) -> None:
    """What one delegation gives to principals of another tenant, as assignments over what is delegated."""
    arm, body, at, damage = opened(row, pointer)
    scope = without_extension(arm.id or "", "microsoft.managedservices")
    told, wrong = convert(body, RegistrationBody)
    definition, deeper = convert(canonical(told.registration_definition or {}), Registration)
    inner, deepest = convert(canonical(definition.properties or {}), Registration)
    subject = arm.id or facts.document.name
    over = scope_key(scope) if scope else TENANT
    damage = {**damage, **wrong, **deeper, **deepest}
    facts.damaged(_FACT, subject, pointer, damage, over)
    given = definition if inner.authorizations is None else inner
    if not scope or given.authorizations is None:
        if not damage:
            reason = "a delegation to another tenant (Lighthouse) without what it gives"
            facts.damaged(_FACT, subject, pointer, {"": reason}, over)
        return
    delegated = _Delegated(subject, scope, at)
    for number, item in enumerate(given.authorizations):
        if one := _told(facts, delegated, item, _FACT, f"#{number}"):
            facts.role_assignments.append(RoleAssignment(**one, description=_IN_WORDS))
    for number, item in enumerate(given.eligible_authorizations or ()):
        if one := _told(facts, delegated, item, _ELIGIBLE, f"#eligible{number}"):
            facts.eligibilities.append(ScheduledAssignment(**one, status="Provisioned", member_type="Direct"))


class _Delegated(NamedTuple):
    """A delegation: its id, over what it is, and where it stands."""

    id: str
    scope: str
    pointer: str


def _told(facts: Facts, delegated: _Delegated, item: Any, section: str, name: str) -> dict[str, Any] | None:
    """What one authorization says, as the fields of an assignment; None, and a gap, where a part is missing."""
    one, damage = convert(item, Authorization)
    identifier = f"{delegated.id}{name}"
    if damage or not (one.principal_id and one.role_definition_id):
        reasons = damage or {"": "an authorization of a delegation has no principal or no role"}
        facts.damaged(section, identifier, delegated.pointer, reasons, scope_key(delegated.scope))
        return None
    principal, origins = one.principal_id.lower(), facts.origin(delegated.pointer)
    label = f"{one.principal_id_display_name or 'somebody'} of another tenant"  # whose directory nobody here can read
    facts.mentioned.setdefault(principal, Mention(_FOREIGN, label, None, None, origins))
    return {
        "id": identifier,
        "scope": delegated.scope,
        "role": role_key(one.role_definition_id),
        "principal": principal,
        "origins": origins,
        "from_elsewhere": True,
    }


SHAPES = (
    Shape(
        "delegations to other tenants",
        "delegations",
        read_delegation,
        ("microsoft.managedservices/registrationassignments",),
    ),
    Shape("definitions of delegations", "", nothing, ("microsoft.managedservices/registrationdefinitions",)),
)
