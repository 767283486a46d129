"""What is delegated to other tenants (Azure Lighthouse): roles that no list of role assignments has. Semantics 1.8.

Source: Microsoft.ManagedServices/registrationAssignments with their definitions expanded, 2022-10-01.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.origin import Origin
from kvaudit.model.role import RoleAssignment, ScheduledAssignment, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.base import Shape, nothing, opened, without_extension
from kvaudit.sources.wire import Authorization, Registration, RegistrationBody, Row

_FACT = "roleAssignments"
_ELIGIBLE = "roleEligibilities"
Origins = tuple[Origin, ...]
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
    for number, item in enumerate(given.authorizations):
        if one := _told(facts, item, _FACT, f"{subject}#{number}", scope, at):
            identifier, role, principal, origins = one
            facts.role_assignments.append(
                RoleAssignment(
                    id=identifier,
                    scope=scope,
                    role=role,
                    principal=principal,
                    description="delegated to another tenant (Azure Lighthouse)",
                    origins=origins,
                    from_elsewhere=True,
                )
            )
    for number, item in enumerate(given.eligible_authorizations or ()):
        if one := _told(facts, item, _ELIGIBLE, f"{subject}#eligible{number}", scope, at):
            identifier, role, principal, origins = one
            facts.eligibilities.append(
                ScheduledAssignment(
                    id=identifier,
                    scope=scope,
                    role=role,
                    principal=principal,
                    status="Provisioned",
                    member_type="Direct",
                    origins=origins,
                    from_elsewhere=True,
                )
            )


def _told(  # noqa: PLR0913, PLR0917 - where it stands, and for whom to ask
    facts: Facts, item: Any, section: str, identifier: str, scope: str, pointer: str
) -> tuple[str, str, str, Origins] | None:
    """What one authorization says: its id, its role and its principal; None, and a gap, where one is missing."""
    one, damage = convert(item, Authorization)
    if damage or not (one.principal_id and one.role_definition_id):
        reasons = damage or {"": "an authorization of a delegation has no principal or no role"}
        facts.damaged(section, identifier, pointer, reasons, scope_key(scope))
        return None
    principal, origins = one.principal_id.lower(), facts.origin(pointer)
    name = f"{one.principal_id_display_name or 'somebody'} of another tenant"  # whose directory nobody here can read
    facts.mentioned.setdefault(principal, Mention(_FOREIGN, name, None, None, origins))
    return identifier, role_key(one.role_definition_id), principal, origins


SHAPES = (
    Shape(
        "delegations to other tenants",
        "delegations",
        read_delegation,
        ("microsoft.managedservices/registrationassignments",),
    ),
    Shape("definitions of delegations", "", nothing, ("microsoft.managedservices/registrationdefinitions",)),
)
