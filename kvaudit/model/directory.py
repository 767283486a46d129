"""Who there is: principals, memberships, ownerships. Ids are lower case throughout."""

from __future__ import annotations

import re

from kvaudit.model.origin import Origin
from kvaudit.model.value import Value

USER, GROUP, SERVICE_PRINCIPAL = "User", "Group", "ServicePrincipal"
EVERYONE = "00000000-0000-0000-0000-000000000000"  # as a principal of a deny assignment: semantics 1.5


_OBJECT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_object_id(text: str) -> bool:
    """Whether a text, lower case, may be an object id: code that is not deployed yet names principals otherwise."""
    return _OBJECT_ID.fullmatch(text) is not None


class Principal(Value):
    """A user, group or service principal; a None was not in the input."""

    id: str
    type: str | None = None  # User | Group | ServicePrincipal | ForeignGroup | Device | Unknown
    name: str | None = None
    upn: str | None = None
    app_id: str | None = None
    user_type: str | None = None  # Member | Guest
    enabled: bool | None = None
    service_type: str | None = None  # Application | ManagedIdentity | Legacy | SocialIdp
    group_types: tuple[str, ...] | None = None  # DynamicMembership, Unified
    deleted: bool | None = None
    membership_rule: str | None = None  # of a dynamic group: who is in it
    listed: bool = True  # from a directory's own listing; False for what an assignment's row says in passing
    origins: tuple[Origin, ...] = ()


class Application(Value):
    """An application registration. Its object id is not the one of its service principal."""

    id: str
    app_id: str | None = None
    name: str | None = None
    origins: tuple[Origin, ...] = ()


class GroupMembers(Value):
    """The direct members of one group."""

    group: str
    members: tuple[str, ...]
    complete: bool = True
    origins: tuple[Origin, ...] = ()


class Owners(Value):
    """The owners of an application, service principal or group."""

    object: str
    owners: tuple[str, ...]
    origins: tuple[Origin, ...] = ()


class DirectoryRole(Value):
    """Who holds a role of the directory itself."""

    role: str  # display name or template id
    members: tuple[str, ...]
    eligible: bool = False  # they must activate it first
    origins: tuple[Origin, ...] = ()


class GroupEligibility(Value):
    """Who may activate a membership or the ownership of a group (PIM for groups). Times as Graph writes them."""

    group: str
    principal: str
    as_owner: bool = False
    start: str | None = None
    end: str | None = None
    origins: tuple[Origin, ...] = ()


GRAPH_APP = "00000003-0000-0000-c000-000000000000"
"""The appId of Microsoft Graph, the same in every tenant."""

GRAPH_ROLES = {
    "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8": "RoleManagement.ReadWrite.Directory",
    "06b708a9-e830-4db3-a914-8e69da51d44f": "AppRoleAssignment.ReadWrite.All",
    "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9": "Application.ReadWrite.All",
    "18a4783c-866b-4cc7-a460-3d5e5662c884": "Application.ReadWrite.OwnedBy",
    "19dbc75e-c2e2-444c-a770-ec69d8559fc7": "Directory.ReadWrite.All",
    "62a82d76-70ea-41e2-9197-370581804d09": "Group.ReadWrite.All",
    "dbaae8cf-10b5-4b86-a4a1-f871c94c6695": "GroupMember.ReadWrite.All",
    "89c8469c-83ad-45f7-8ff2-6e3d4285709e": "ServicePrincipalEndpoint.ReadWrite.All",
}
"""App roles of Microsoft Graph that lead to more: id -> value. Source: Microsoft Graph permissions reference."""


class AppRole(Value):
    """An application permission: what a principal may do to an application, Microsoft Graph above all."""

    principal: str
    role: str  # the value of one of GRAPH_ROLES, else the app role's id
    resource: str  # object id of the service principal whose role it is
    resource_name: str | None = None
    origins: tuple[Origin, ...] = ()
