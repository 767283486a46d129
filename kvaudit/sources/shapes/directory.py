"""Users, groups, service principals and applications as Graph and az give them, and who belongs to what.

Source: Microsoft Graph v1.0; `$expand` on a list of directory objects stops at 20, without saying so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kvaudit.model.directory import (
    GRAPH_ROLES,
    GROUP,
    SERVICE_PRINCIPAL,
    USER,
    Application,
    AppRole,
    DirectoryRole,
    GroupMembers,
    Owners,
    Principal,
)
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import canonical, convert, is_cut, texts
from kvaudit.sources.shapes.base import Shape, lower, nothing
from kvaudit.sources.unfolded import unfolded
from kvaudit.sources.wire import (
    AppRoleRow,
    DirectoryObject,
    DirectoryRoleRow,
    GroupEligibility,
    Members,
    OwnersRow,
    RoleHolder,
    RoleOfDirectory,
    Row,
)

EXPANDED = 20
_TYPES = {
    "user": USER,
    "group": GROUP,
    "serviceprincipal": SERVICE_PRINCIPAL,
    "foreigngroup": "ForeignGroup",
    "device": "Device",
}
_GRAPH = "#microsoft.graph."


def read_principal(facts: Facts, row: Row, pointer: str, kind: str | None = None) -> None:
    """A user, group, service principal or device. A group may bring its members, any object its owners."""
    row = canonical(row)
    body, damage = convert(row, DirectoryObject)
    identifier = lower(body.id or body.object_id)
    if damage or not identifier:
        subject = identifier or body.display_name or facts.document.name
        damage = damage or {"": "a directory object without an id"}
        facts.damaged("principals", subject, pointer, damage, TENANT)
    if not identifier:
        return
    facts.principals.append(
        Principal(
            identifier,
            _type_of(body) or kind,
            body.display_name,
            body.user_principal_name,
            lower(body.app_id),
            body.user_type,
            body.account_enabled,
            body.service_principal_type,
            None if body.group_types is None else texts(body.group_types)[0],
            bool(body.deleted_date_time) if "deletedDateTime" in row else None,
            origins=facts.origin(pointer),
        )
    )
    if body.members is not None or "/members" in damage:
        _read_members(facts, identifier, body, pointer, whole="/members" not in damage)
    _read_expanded_owners(facts, identifier, body, pointer)
    _read_expanded_roles(facts, identifier, "appRoleAssignments", body.app_role_assignments, pointer)
    _read_expanded_roles(facts, identifier, "appRoleAssignedTo", body.app_role_assigned_to, pointer)


def _type_of(body: DirectoryObject) -> str | None:
    for word in (body.odata_type, body.type, body.object_type):
        if word and (known := _TYPES.get(word.lower().removeprefix(_GRAPH))):
            return known
    return None


def _read_members(facts: Facts, group: str, body: DirectoryObject, pointer: str, *, whole: bool) -> None:
    members, readable = _ids(facts, body.members or [], f"{pointer}/members")
    cut = body.members_next is not None or len(members) == EXPANDED
    complete = whole and readable and not cut
    facts.given.add("groupMembers")
    facts.group_members.append(GroupMembers(group, members, complete, facts.origin(f"{pointer}/members")))
    if cut:
        facts.gap("groupMembers", group, f"$expand lists {EXPANDED} members at most", f"{pointer}/members")


def _read_expanded_owners(facts: Facts, owned: str, body: DirectoryObject, pointer: str) -> None:
    if body.owners is None:
        return
    owners, whole = _ids(facts, body.owners, f"{pointer}/owners")
    facts.given.add("owners")
    facts.owners.append(Owners(owned, owners, facts.origin(f"{pointer}/owners")))
    if not whole or body.owners_next or len(body.owners) == EXPANDED:
        facts.incomplete("owners", owned, "not all owners are listed", f"{pointer}/owners")


def _read_expanded_roles(facts: Facts, holder: str, field: str, items: list[Any] | None, pointer: str) -> None:
    """The application permissions that an object holds, or that others hold of it."""
    if not items:
        return
    facts.given.add("appRoleAssignments")
    for number, item in enumerate(items):
        read_app_role(facts, item, f"{pointer}/{field}/{number}")
    if len(items) >= EXPANDED:
        facts.incomplete("appRoleAssignments", holder, f"$expand lists {EXPANDED} at most", f"{pointer}/{field}")


def _ids(facts: Facts, items: list[Any], pointer: str) -> tuple[tuple[str, ...], bool]:
    """The ids of a list of ids or objects; objects that say more than their id are principals themselves."""
    found = []
    for number, item in enumerate(items):
        if type(item) is str and not is_cut(item):
            found.append(item.lower())
            continue
        row = unfolded(item) if type(item) is dict else item
        body, damage = convert(row, DirectoryObject)
        identifier = lower(body.id or body.object_id)
        if identifier:
            found.append(identifier)
            if len(row) > 1:
                read_principal(facts, row, f"{pointer}/{number}", kind_by_keys(row))
        else:
            reason = damage.get("", "neither an id nor an object with one")
            facts.gap("groupMembers", facts.document.name, reason, f"{pointer}/{number}")
    return tuple(dict.fromkeys(found)), len(found) == len(items)


def kind_by_keys(row: Row) -> str | None:
    """What a directory object is whose row does not say: its fields tell."""
    return _kind_of(tuple(canonical(row)))


@lru_cache(maxsize=4096)
def _kind_of(keys: tuple[str, ...]) -> str | None:
    if "userPrincipalName" in keys:
        return USER
    if "appId" in keys and ("servicePrincipalType" in keys or "servicePrincipalNames" in keys):
        return SERVICE_PRINCIPAL
    return GROUP if "securityEnabled" in keys or "groupTypes" in keys else None


def _read_by_keys(facts: Facts, row: Row, pointer: str) -> None:
    read_principal(facts, row, pointer, kind_by_keys(row))


def read_application(facts: Facts, row: Row, pointer: str) -> None:
    """An application registration; its owners may come with it."""
    body, damage = convert(row, DirectoryObject)
    identifier = lower(body.id or body.object_id)
    subject = identifier or body.app_id or facts.document.name
    facts.damaged("applications", subject, pointer, damage, TENANT)
    if not identifier:
        if not damage:
            facts.damaged("applications", subject, pointer, {"": "an application without an id"}, TENANT)
        return
    origins = facts.origin(pointer)
    facts.applications.append(Application(identifier, lower(body.app_id), body.display_name, origins))
    _read_expanded_owners(facts, identifier, body, pointer)


def read_members(facts: Facts, row: Row, pointer: str) -> None:
    """A pair of a group and its members, ids or objects."""
    body, damage = convert(row, Members)
    subject = body.group or facts.document.name
    facts.damaged("groupMembers", subject, pointer, damage)
    if not body.group:
        if not damage:
            facts.damaged("groupMembers", subject, pointer, {"": "members of no group"}, TENANT)
        return
    if body.members is None and not damage:
        facts.gap("groupMembers", subject, "no members given", pointer)
    members, whole = _ids(facts, body.members or [], f"{pointer}/members")
    complete = whole and body.members is not None
    facts.group_members.append(GroupMembers(body.group.lower(), members, complete, facts.origin(pointer)))


def read_owners(facts: Facts, row: Row, pointer: str) -> None:
    """A pair of an object and its owners."""
    body, damage = convert(row, OwnersRow)
    subject = body.object or facts.document.name
    facts.damaged("owners", subject, pointer, damage, TENANT)
    if not body.object or body.owners is None:
        if not damage:
            facts.damaged("owners", subject, pointer, {"": "an object or its owners are missing"}, TENANT)
        return
    owners, whole = _ids(facts, body.owners, f"{pointer}/owners")
    if not whole:
        facts.incomplete("owners", body.object.lower(), "not all owners could be read", pointer)
    facts.owners.append(Owners(body.object.lower(), owners, facts.origin(pointer)))


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
    members, whole = _ids(facts, body.members, f"{pointer}/members")
    if not whole or (body.role is None and len(members) == EXPANDED):
        facts.incomplete("directoryRoles", TENANT, f"{role}: not all members are listed", pointer)
    facts.directory_roles.append(DirectoryRole(role, members, facts.origin(pointer)))


def read_role_holder(facts: Facts, row: Row, pointer: str) -> str | None:
    """One holder of a role of the directory (roleManagement/directory/roleAssignments)."""
    return hold_role(facts, row, pointer, "")


def hold_role(facts: Facts, row: Any, pointer: str, role: str) -> str | None:
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
    if body.principal and body.principal.get("id"):
        read_principal(facts, body.principal, f"{pointer}/principal", kind_by_keys(body.principal))
    if "/directoryScopeId" in damage:
        return None
    if (body.directory_scope_id or "/") != "/" or (body.app_scope_id or "/") != "/":
        words = "roles are held over a part of the directory only, which is not judged"
        facts.count_open("directoryRoles", words, pointer)
        return "directory roles over a part of the directory"
    facts.role_holders.setdefault(role, {}).setdefault(holder, facts.origin(pointer))
    return None


def note_eligible(facts: Facts, pointer: str) -> None:
    """Count somebody who may activate a role of the directory."""
    facts.count_open("directoryRoles", "holders are eligible only, which is not judged", pointer)


def _read_eligible(facts: Facts, _row: Row, pointer: str) -> None:
    note_eligible(facts, pointer)


def _read_group_eligibility(facts: Facts, row: Row, pointer: str) -> str | None:
    """Who may become a member or owner of a group. Those who are already are listed as its members as well."""
    body, _ = convert(row, GroupEligibility)
    if "assignmentType" in canonical(row):
        return "memberships of groups (PIM)"
    if (body.access_id or "member").lower() == "member":
        facts.count_open("groupMembers", "memberships are eligible only (PIM for groups), which is not judged", pointer)
    return None


def close(facts: Facts) -> None:
    """What is known of directory roles when all rows were seen."""
    for role, holders in facts.role_holders.items():
        origins = tuple(origin for places in holders.values() for origin in places)
        facts.directory_roles.append(DirectoryRole(role, tuple(holders), origins))


def read_app_role(facts: Facts, row: Row, pointer: str) -> None:
    """An application permission; those of Microsoft Graph that lead to more are known by their names."""
    body, damage = convert(row, AppRoleRow)
    principal, resource, role = lower(body.principal_id), lower(body.resource_id), lower(body.app_role_id)
    subject = principal or facts.document.name
    facts.damaged("appRoleAssignments", subject, pointer, damage, TENANT)
    if not (principal and resource and role):
        if not damage:
            reason = "an app role assignment without principal, resource or role"
            facts.damaged("appRoleAssignments", subject, pointer, {"": reason}, TENANT)
        return
    name = body.resource_display_name
    facts.app_roles.append(AppRole(principal, GRAPH_ROLES.get(role, role), resource, name, facts.origin(pointer)))


_ROLE_HELD = frozenset({"principalId", "roleDefinitionId", "directoryScopeId"})
PRINCIPALS = "users, groups and service principals"
SHAPES = (
    Shape("groups with members", "groupMembers", read_members, keys=(frozenset({"group", "members"}),)),
    Shape("owners", "owners", read_owners, keys=(frozenset({"object", "owners"}),)),
    Shape(
        "directory roles",
        "directoryRoles",
        read_directory_role,
        (_GRAPH + "directoryrole",),
        (frozenset({"role", "members"}), frozenset({"roleTemplateId", "members"})),
    ),
    Shape(
        "directory role assignments",
        "directoryRoles",
        read_role_holder,
        (_GRAPH + "unifiedroleassignment", _GRAPH + "unifiedroleassignmentscheduleinstance"),
        (_ROLE_HELD,),
    ),
    Shape(
        "eligible directory roles",
        "",
        _read_eligible,
        (_GRAPH + "unifiedroleeligibilityscheduleinstance", _GRAPH + "unifiedroleeligibilityschedule"),
        (_ROLE_HELD | {"roleEligibilityScheduleId"},),
    ),
    Shape(
        "eligible memberships of groups (PIM)",
        "",
        _read_group_eligibility,
        (_GRAPH + "privilegedaccessgroupeligibilityscheduleinstance",),
        (frozenset({"accessId", "groupId", "principalId"}),),
    ),
    Shape(
        "directory role definitions",
        "",
        nothing,
        (_GRAPH + "unifiedroledefinition",),
        (frozenset({"templateId", "rolePermissions"}),),
    ),
    Shape(
        "app role assignments",
        "appRoleAssignments",
        read_app_role,
        (_GRAPH + "approleassignment",),
        (frozenset({"principalId", "resourceId", "appRoleId"}),),
    ),
    Shape(
        PRINCIPALS,
        "principals",
        _read_by_keys,
        (*_TYPES, *(_GRAPH + name for name in _TYPES)),
        (
            frozenset({"id", "userPrincipalName"}),
            frozenset({"objectId", "userPrincipalName"}),
            frozenset({"id", "appId", "servicePrincipalType"}),
            frozenset({"id", "appId", "servicePrincipalNames"}),
            frozenset({"id", "displayName", "securityEnabled"}),
            frozenset({"objectId", "displayName", "securityEnabled"}),
            frozenset({"id", "displayName", "objectType"}),
            frozenset({"id", "deletedDateTime", "additionalProperties"}),
        ),
    ),
    Shape(
        "applications",
        "applications",
        read_application,
        (_GRAPH + "application",),
        (frozenset({"id", "appId", "identifierUris"}), frozenset({"id", "appId", "signInAudience"})),
    ),
)
