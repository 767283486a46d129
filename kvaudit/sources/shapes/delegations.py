"""What is delegated to other tenants (Azure Lighthouse): roles that no list of role assignments has. Semantics 1.8.

Source: Microsoft.ManagedServices/registrationAssignments with their definitions expanded, 2022-10-01.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.role import RoleAssignment, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts, Mention
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.base import Shape, nothing, opened, without_extension
from kvaudit.sources.wire import Authorization, Registration, RegistrationBody, Row

_FACT = "roleAssignments"
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
    authorizations = inner.authorizations if inner.authorizations is not None else definition.authorizations
    if not scope or authorizations is None:
        if not damage:
            reason = "a delegation to another tenant (Lighthouse) without what it gives"
            facts.damaged(_FACT, subject, pointer, {"": reason}, over)
        return
    for number, item in enumerate(authorizations):
        _add(facts, item, number, scope, subject, at)


def _add(facts: Facts, item: Any, number: int, scope: str, subject: str, pointer: str) -> None:  # noqa: PLR0913, PLR0917
    one, damage = convert(item, Authorization)
    if damage or not (one.principal_id and one.role_definition_id):
        reasons = damage or {"": f"authorization {number} of a delegation has no principal or no role"}
        facts.damaged(_FACT, subject, pointer, reasons, scope_key(scope))
        return
    principal = one.principal_id.lower()
    name = f"{one.principal_id_display_name or 'somebody'} of another tenant"  # whose directory nobody here can read
    facts.mentioned.setdefault(principal, Mention(_FOREIGN, name, None, None, facts.origin(pointer)))
    facts.role_assignments.append(
        RoleAssignment(
            id=f"{subject}#{number}",
            scope=scope,
            role=role_key(one.role_definition_id),
            principal=principal,
            description="delegated to another tenant (Azure Lighthouse)",
            origins=facts.origin(pointer),
            from_elsewhere=True,
        )
    )


SHAPES = (
    Shape(
        "delegations to other tenants",
        "delegations",
        read_delegation,
        ("microsoft.managedservices/registrationassignments",),
    ),
    Shape("definitions of delegations", "", nothing, ("microsoft.managedservices/registrationdefinitions",)),
)
