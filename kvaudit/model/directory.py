"""Who there is: principals, memberships, ownerships. Ids are lower case throughout."""

from __future__ import annotations

from kvaudit.model.origin import Origin
from kvaudit.model.value import Value

USER, GROUP, SERVICE_PRINCIPAL = "User", "Group", "ServicePrincipal"
EVERYONE = "00000000-0000-0000-0000-000000000000"  # as a principal of a deny assignment: semantics 1.5


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
    origins: tuple[Origin, ...] = ()
