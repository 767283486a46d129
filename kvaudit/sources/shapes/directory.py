"""Users, groups, service principals and applications as Graph and az give them, and who belongs to what.

Source: Microsoft Graph v1.0; `$expand` on a list of directory objects stops at 20, without saying so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kvaudit.model.directory import (
    GROUP,
    SERVICE_PRINCIPAL,
    USER,
    Application,
    GroupMembers,
    Owners,
    Principal,
)
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import canonical, convert, is_cut, texts
from kvaudit.sources.shapes.app_roles import read_app_role
from kvaudit.sources.shapes.base import Shape, lower
from kvaudit.sources.unfolded import unfolded
from kvaudit.sources.wire import (
    DirectoryObject,
    Members,
    OwnersRow,
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
GRAPH = "#microsoft.graph."


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
            body.membership_rule or None,
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
        if word and (known := _TYPES.get(word.lower().removeprefix(GRAPH))):
            return known
    return None


def _read_members(facts: Facts, group: str, body: DirectoryObject, pointer: str, *, whole: bool) -> None:
    members, readable = ids_of(facts, body.members or [], f"{pointer}/members")
    cut = body.members_next is not None or len(members) == EXPANDED
    complete = whole and readable and not cut
    facts.given.add("groupMembers")
    facts.group_members.append(GroupMembers(group, members, complete, facts.origin(f"{pointer}/members")))
    if cut:
        facts.gap("groupMembers", group, f"$expand lists {EXPANDED} members at most", f"{pointer}/members")


def _read_expanded_owners(facts: Facts, owned: str, body: DirectoryObject, pointer: str) -> None:
    if body.owners is None:
        return
    owners, whole = ids_of(facts, body.owners, f"{pointer}/owners")
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


def ids_of(facts: Facts, items: list[Any], pointer: str) -> tuple[tuple[str, ...], bool]:
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
    members, whole = ids_of(facts, body.members or [], f"{pointer}/members")
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
    owners, whole = ids_of(facts, body.owners, f"{pointer}/owners")
    if not whole:
        facts.incomplete("owners", body.object.lower(), "not all owners could be read", pointer)
    facts.owners.append(Owners(body.object.lower(), owners, facts.origin(pointer)))


PRINCIPALS = "users, groups and service principals"
SHAPES = (
    Shape("groups with members", "groupMembers", read_members, keys=(frozenset({"group", "members"}),)),
    Shape("owners", "owners", read_owners, keys=(frozenset({"object", "owners"}),)),
    Shape(
        PRINCIPALS,
        "principals",
        _read_by_keys,
        (*_TYPES, *(GRAPH + name for name in _TYPES)),
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
        (GRAPH + "application",),
        (frozenset({"id", "appId", "identifierUris"}), frozenset({"id", "appId", "signInAudience"})),
    ),
)
