"""Who holds the roles of the directory itself, or may come to hold them. Semantics 3.3.

Source: Microsoft Graph v1.0, roleManagement/directory and directoryRoles; PIM for groups.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.directory import DirectoryRole
from kvaudit.model.directory import GroupEligibility as Eligibility
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.base import Shape, lower, nothing
from kvaudit.sources.shapes.directory import EXPANDED, GRAPH, ids_of, kind_by_keys, read_principal
from kvaudit.sources.unfolded import unfolded
from kvaudit.sources.wire import DirectoryRoleRow, GroupEligibility, RoleHolder, RoleOfDirectory, Row

PART_OF_DIRECTORY = "roles that are held over a part of the directory only are not judged"


def read_directory_role(facts: Facts, row: Row, pointer: str) -> None:
    """A role of the directory with who holds it."""
    body, damage = convert(row, DirectoryRoleRow)
    role = body.role or body.display_name or body.role_template_id
    facts.damaged("directoryRoles", role or facts.document.name, pointer, damage, TENANT)
    if not role or body.members is None:
        if not damage:
            reason = "a directory role without a name or members"
            facts.damaged("directoryRoles", role or facts.document.name, pointer, {"": reason}, TENANT)
        return
    members, whole = ids_of(facts, body.members, f"{pointer}/members")
    if not whole or (body.role is None and len(members) == EXPANDED):
        facts.incomplete("directoryRoles", TENANT, f"{role}: not all members are listed", pointer)
    facts.directory_roles.append(DirectoryRole(role, members, bool(body.eligible), facts.origin(pointer)))


def read_role_holder(facts: Facts, row: Row, pointer: str) -> str | None:
    """One holder of a role of the directory (roleManagement/directory/roleAssignments)."""
    return hold_role(facts, row, pointer, "")


def hold_role(facts: Facts, row: Any, pointer: str, role: str, *, eligible: bool = False) -> str | None:
    """Note who holds a role, by its template where that is known.

    A role that is held over a part of the directory (an application, an administrative unit) is not taken for the
    whole: it is counted, and the section is not complete. `role` is what is known of it from elsewhere.
    """
    body, damage = convert(row, RoleHolder)
    definition, wrong = convert(body.role_definition or {}, RoleOfDirectory)
    role = lower(definition.template_id) or role or lower(body.role_definition_id) or ""
    holder = lower(body.principal_id)
    facts.damaged("directoryRoles", role or facts.document.name, pointer, {**damage, **wrong}, TENANT)
    if not role or not holder:
        if not damage:
            reason = "a role assignment of the directory without role or principal"
            facts.damaged("directoryRoles", role or facts.document.name, pointer, {"": reason}, TENANT)
        return None
    principal = unfolded(body.principal or {})
    if principal.get("id") and len(principal) > 1:
        read_principal(facts, principal, f"{pointer}/principal", kind_by_keys(principal))
    if "/directoryScopeId" in damage:
        return None
    if (body.directory_scope_id or "/") != "/" or (body.app_scope_id or "/") != "/":
        facts.count_open("directoryRoles", PART_OF_DIRECTORY, pointer)
        return "directory roles over a part of the directory"
    facts.role_holders.setdefault((role, eligible), {}).setdefault(holder, facts.origin(pointer))
    return None


def read_eligible(facts: Facts, row: Any, pointer: str) -> str | None:
    """Somebody who may activate a role of the directory."""
    return hold_role(facts, row, pointer, "", eligible=True)


def read_group_eligibility(facts: Facts, row: Row, pointer: str) -> str | None:
    """Who may become a member or owner of a group. Those who are already are listed as its members as well."""
    body, damage = convert(row, GroupEligibility)
    if "assignmentType" in canonical(row):
        return "memberships of groups (PIM)"
    group, principal = lower(body.group_id), lower(body.principal_id)
    facts.damaged("groupEligibilities", group or facts.document.name, pointer, damage, TENANT)
    if not (group and principal):
        if not damage:
            reason = "an eligibility without group or principal"
            facts.damaged("groupEligibilities", group or facts.document.name, pointer, {"": reason}, TENANT)
        return None
    as_owner = (body.access_id or "").lower() == "owner"
    origins = facts.origin(pointer)
    facts.group_eligibilities.append(
        Eligibility(group, principal, as_owner, body.start_date_time, body.end_date_time, origins)
    )
    return None


def close(facts: Facts) -> None:
    """What is known of directory roles when all rows were seen."""
    for (role, eligible), holders in facts.role_holders.items():
        origins = tuple(origin for places in holders.values() for origin in places)
        facts.directory_roles.append(DirectoryRole(role, tuple(holders), eligible, origins))


_ROLE_HELD = frozenset({"principalId", "roleDefinitionId", "directoryScopeId"})
SHAPES = (
    Shape(
        "directory roles",
        "directoryRoles",
        read_directory_role,
        (GRAPH + "directoryrole",),
        (frozenset({"role", "members"}), frozenset({"roleTemplateId", "members"})),
    ),
    Shape(
        "directory role assignments",
        "directoryRoles",
        read_role_holder,
        (GRAPH + "unifiedroleassignment", GRAPH + "unifiedroleassignmentscheduleinstance"),
        (_ROLE_HELD,),
    ),
    Shape(
        "eligible directory roles",
        "directoryRoles",
        read_eligible,
        (GRAPH + "unifiedroleeligibilityscheduleinstance", GRAPH + "unifiedroleeligibilityschedule"),
        (_ROLE_HELD | {"roleEligibilityScheduleId"},),
    ),
    Shape(
        "eligible memberships of groups (PIM)",
        "groupEligibilities",
        read_group_eligibility,
        (GRAPH + "privilegedaccessgroupeligibilityscheduleinstance",),
        (frozenset({"accessId", "groupId", "principalId"}),),
    ),
    Shape(
        "directory role definitions",
        "",
        nothing,
        (GRAPH + "unifiedroledefinition",),
        (frozenset({"templateId", "rolePermissions"}),),
    ),
)
