"""Role assignments and what PIM adds: flat from az, under `properties` from REST and Resource Graph.

Source: semantics 1.8, 7.2, 7.5, 7.6.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, USER
from kvaudit.model.origin import Origin
from kvaudit.model.role import RoleAssignment, ScheduledAssignment, role_key
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Coverage
from kvaudit.sources.facts import SUBSCRIPTION_LENGTH, Facts, Mention
from kvaudit.sources.json_text import JsonList
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.base import Shape, last_segment, lower, opened, without_extension
from kvaudit.sources.wire import Assignment, FlatAssignment, Row, Schedule

SECTION = "roleAssignments"
NAME = "role assignments"
_IN_HSM = "managed HSM role assignments"
_KINDS: dict[str | None, str] = {kind: kind for kind in (USER, GROUP, SERVICE_PRINCIPAL)}  # one of each, not one a row


def read_assignment(facts: Facts, row: Row, pointer: str) -> str | None:
    """A role assignment, nested or flat.

    There may be hundreds of thousands of them: this takes fields from the row as it is, and leaves whatever is not of
    the expected type to the careful way.
    """
    body = row.get("properties")
    body = row if body is None else canonical(body) if type(body) is dict else {}
    get = body.get
    identifier, scope, definition, principal = row.get("id"), get("scope"), get("roleDefinitionId"), get("principalId")
    kind, condition = get("principalType"), get("condition")
    description, delegated = get("description"), get("delegatedManagedIdentityResourceId")
    if not (
        type(identifier) is type(scope) is type(definition) is type(principal) is str
        and (scope and definition and principal)
        and (kind is None or type(kind) is str)
        and (condition is None or type(condition) is str)
        and (description is None or type(description) is str)
        and (delegated is None or type(delegated) is str)
    ):
        return _read_with_care(facts, row, pointer)
    name = body.get("principalName")
    made = _add(
        facts,
        identifier,
        scope,
        definition,
        principal,
        kind or None,
        condition or None,
        description or None,
        delegated or None,
        name,
        pointer,
    )
    if made and body is row:
        facts.assigned_flat = True
    return None if made else _IN_HSM


_BULK = msgspec.json.Decoder(list[FlatAssignment])


def read_in_bulk(facts: Facts, items: JsonList) -> bool:
    """All assignments of a list as az prints it, without a look at each row's keys; False where it is another list."""
    rows = items.all_of(_BULK)
    if not rows or not all(row.scope and row.role_definition_id and row.principal_id for row in rows):
        return False
    for number, row in enumerate(rows):
        made = _add(
            facts,
            row.id,
            row.scope,
            row.role_definition_id,
            row.principal_id,
            row.principal_type or None,
            row.condition or None,
            row.description or None,
            row.delegated_managed_identity_resource_id or None,
            row.principal_name,
            f"/{number}",
        )
        facts.rows[NAME if made else _IN_HSM] += 1
        if made:
            facts.assigned_flat = True
    return True


def _add(  # noqa: PLR0913, PLR0917 -- the fields of a row, of which there may be hundreds of thousands
    facts: Facts,
    identifier: str,
    scope: str,
    definition: str,
    principal: str,
    kind: str | None,
    condition: str | None,
    description: str | None,
    delegated: str | None,
    name: object,
    pointer: str,
) -> bool:
    """Add an assignment and what its row says of its principal; False for one inside a managed HSM."""
    role = facts.roles.get(definition)
    if role is None:
        role = facts.roles[definition] = _role_of(definition)
    if not role or scope[:5] == "/keys":
        return False
    principal = principal.lower()
    kind = _KINDS.get(kind, kind)
    origins = facts.origin(pointer)
    facts.role_assignments.append(
        RoleAssignment(identifier, scope, role, principal, kind, condition, description, delegated, origins)
    )
    facts.assigned_in.add(scope[: SUBSCRIPTION_LENGTH + 1])
    if name and principal not in facts.mentioned:
        facts.mentioned[principal] = _mentioned(kind, name, origins)
    return True


def _role_of(definition: str) -> str:
    """The key of a role, or "" for a role inside a managed HSM, which has a role-based access control of its own."""
    return "" if definition.lower().startswith("microsoft.keyvault/") else role_key(definition)


def _mentioned(kind: str | None, name: object, origins: tuple[Origin, ...]) -> Mention:
    """What `principalName` says (semantics 7.2): UPN of a user, appId or URI of an application, name of a group."""
    text = name if isinstance(name, str) else None
    if kind == USER:
        return Mention(USER, None, text, None, origins)
    if kind == SERVICE_PRINCIPAL:
        return Mention(SERVICE_PRINCIPAL, None, None, text, origins)
    return Mention(kind if kind == GROUP else None, text, None, None, origins)


def _read_with_care(facts: Facts, row: Row, pointer: str) -> str | None:
    """An assignment in which something is missing or of a wrong type."""
    arm, body, at, damage = opened(row, pointer)
    assignment, in_body = convert(body, Assignment)
    if assignment.scope is None and arm.id and "/scope" not in in_body:
        # A query of Resource Graph that did not ask for the scope: the id begins with it.
        assignment.scope = without_extension(arm.id, "microsoft.authorization/roleassignments")
    subject = arm.id or assignment.scope or facts.document.name
    scope = scope_key(assignment.scope or arm.id or "") if assignment.scope or arm.id else TENANT
    facts.damaged(SECTION, subject, pointer, damage, scope)
    facts.damaged(SECTION, subject, at, in_body, scope)
    if not (assignment.scope and assignment.role_definition_id and assignment.principal_id):
        if not (damage or in_body):
            reason = "a role assignment without scope, role or principal"
            facts.damaged(SECTION, subject, pointer, {"": reason}, scope)
        return None
    if "/condition" in in_body:
        return None  # with a condition that cannot be read it would look unconditional
    role = _role_of(assignment.role_definition_id)
    if not role:
        return _IN_HSM
    identifier = arm.id or _identifier(assignment.scope, arm.name)
    facts.role_assignments.append(
        RoleAssignment(
            identifier,
            assignment.scope,
            role,
            assignment.principal_id.lower(),
            assignment.principal_type,
            assignment.condition or None,
            assignment.description,
            assignment.delegated_managed_identity_resource_id,
            facts.origin(pointer),
        )
    )
    facts.assigned(assignment.scope)
    return None


def _identifier(scope: str, name: str | None) -> str:
    return f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}" if name else ""


def assignments_reach(facts: Facts) -> None:
    """What the assignments of a document, or of one answer in it, say of their completeness.

    Source: section 3 of the snapshot format.

    Rows in a subscription make it complete, save where all of them sit at one subscription itself: that is what
    `az role assignment list` without --all gives, or all at one vault, as with --scope: what is inherited there is
    hidden, unless another document tells. Rows above subscriptions say nothing of those below.
    """
    begins = {scope.lower().rstrip("/") for scope in facts.assigned_in}
    cut = (scope.split("/") for scope in begins)
    subscriptions = sorted({"/".join(parts[:3]) for parts in cut if parts[1:2] == ["subscriptions"]})
    exact = all(len(scope) <= SUBSCRIPTION_LENGTH for scope in facts.assigned_in)
    rows = facts.role_assignments[facts.judged :]
    facts.assigned_in, facts.judged = set(), len(facts.role_assignments)
    if facts.assigned_flat and exact and len(begins) == 1 and subscriptions:
        reason = "every assignment sits at the subscription itself: looks like az role assignment list without --all"
        facts.gap(SECTION, subscriptions[0], reason, "")
        facts.incomplete(SECTION, subscriptions[0], reason, "")
        return
    origins = facts.origin("")
    if facts.assigned_flat and len(subscriptions) == 1 and _all_at_one_resource(rows):
        reason = "every assignment sits at one resource: az role assignment list --scope leaves out what is inherited"
        facts.otherwise.append(Coverage(SECTION, subscriptions[0], complete=False, reason=reason, origins=origins))
        return
    facts.coverage += [Coverage(SECTION, key, complete=True, origins=origins) for key in subscriptions]


def _all_at_one_resource(rows: Sequence[RoleAssignment]) -> bool:
    """Whether there are several rows, and all of one scope below a resource group."""
    first = scope_key(rows[0].scope) if len(rows) > 1 else ""
    return first.count("/") >= _RESOURCE_DEPTH and all(scope_key(row.scope) == first for row in rows)


_RESOURCE_DEPTH = 8  # slashes: /subscriptions/<id>/resourceGroups/<name>/providers/<namespace>/<type>/<name>


def _read_schedule(facts: Facts, row: Row, pointer: str, section: str) -> None:
    arm, body, at, damage = opened(row, pointer)
    assignment, in_assignment = convert(body, Assignment)
    schedule, in_schedule = convert(body, Schedule)
    subject = arm.id or facts.document.name
    scope = scope_key(assignment.scope or arm.id or "") if assignment.scope or arm.id else TENANT
    facts.damaged(section, subject, pointer, damage, scope)
    in_body = {**in_assignment, **in_schedule}
    facts.damaged(section, subject, at, in_body, scope)
    if not (assignment.scope and assignment.role_definition_id and assignment.principal_id):
        if not in_body:
            facts.damaged(section, subject, pointer, {"": "no scope, role or principal"}, scope)
        return
    if "/condition" in in_body:
        return  # as for assignments
    made = schedule.origin_role_assignment_id
    target = facts.eligibilities if section == "roleEligibilities" else facts.activations
    target.append(
        ScheduledAssignment(
            arm.id or "",
            assignment.scope,
            role_key(assignment.role_definition_id),
            assignment.principal_id.lower(),
            assignment.principal_type,
            assignment.condition or None,
            schedule.status,
            schedule.assignment_type,
            schedule.member_type,
            schedule.start_date_time,
            schedule.end_date_time,
            lower(made) if made and "/" in made else last_segment(made).lower() if made else None,
            facts.origin(pointer),
        )
    )


def read_eligibility(facts: Facts, row: Row, pointer: str) -> None:
    """A roleEligibilityScheduleInstance."""
    _read_schedule(facts, row, pointer, "roleEligibilities")


def read_activation(facts: Facts, row: Row, pointer: str) -> None:
    """A roleAssignmentScheduleInstance."""
    _read_schedule(facts, row, pointer, "roleActivations")


_AUTHORIZATION = "microsoft.authorization/"
_ALL_OF = frozenset({"scope", "roleDefinitionId", "principalId"})
SHAPES = (
    Shape(NAME, SECTION, read_assignment, (_AUTHORIZATION + "roleassignments",), (_ALL_OF,)),
    Shape(
        "eligible role assignments",
        "roleEligibilities",
        read_eligibility,
        (_AUTHORIZATION + "roleeligibilityscheduleinstances",),
        (_ALL_OF | {"memberType", "status"},),
    ),
    Shape(
        "active role assignments (PIM)",
        "roleActivations",
        read_activation,
        (_AUTHORIZATION + "roleassignmentscheduleinstances",),
        (_ALL_OF | {"assignmentType", "status"},),
    ),
)
