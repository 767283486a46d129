"""The directory as the azuread provider declares or looks it up: who there is, and who belongs to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kvaudit.model.directory import GRAPH_ROLES, DirectoryRole, GroupMembers, Owners
from kvaudit.model.origin import Origin
from kvaudit.sources.declared import Body
from kvaudit.sources.shapes.directory_roles import PART_OF_DIRECTORY
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.references import Known, Symbol
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.wire import AppRoleRow, DirectoryObject, Row

_GRAPH = "#microsoft.graph."
_MEMBER = "azuread_group_member"
_WITHOUT_MEMBERS = "azuread_group_without_members"
_APPLICATION = "azuread_application"


class Memberships:
    """Who belongs to what, put together from groups and from memberships that are resources of their own."""

    def __init__(self, replaced: Iterable[tuple[str, Row]]) -> None:
        self._left = {
            (str(before.get("group_object_id")).lower(), str(before.get("member_object_id")).lower())
            for kind, before in replaced
            if kind == _MEMBER
        }
        self.is_lost = False  # a member is of a group that cannot be told: it may be any that is declared
        self._members: dict[str, dict[str, Origin]] = {}
        self._whole: dict[str, tuple[bool, Origin]] = {}
        self._owners: dict[str, dict[str, Origin]] = {}
        self._roles: dict[str, dict[str, Origin]] = {}
        self._activated: dict[str, str] = {}  # roles of the directory by their own object ids

    def group(self, group: str, members: Iterable[str], origin: Origin, *, whole: bool) -> None:
        """A group with the members it lists; those of memberships that are taken away are there no more."""
        self._whole[group.lower()] = whole, origin
        for member in members:
            if (group.lower(), member.lower()) not in self._left:
                self.member(group, member, origin)

    def member(self, group: str, member: str, origin: Origin) -> None:
        """A member of a group."""
        self._members.setdefault(group.lower(), {}).setdefault(member.lower(), origin)

    def owner(self, owned: str, owner: str, origin: Origin) -> None:
        """An owner of a group, an application or a service principal."""
        self._owners.setdefault(owned.lower(), {}).setdefault(owner.lower(), origin)

    def holder(self, role: str, member: str, origin: Origin) -> None:
        """A holder of a role of the directory."""
        self._roles.setdefault(role, {}).setdefault(member.lower(), origin)

    def activated(self, identifier: str, role: str) -> None:
        """A role of the directory by the object id it has in the tenant, which is not that of its template."""
        self._activated[identifier.lower()] = role

    def put(self, context: Context) -> None:
        """Put all of them into the facts; members of a group that is not declared are not all it has."""
        facts = context.facts
        for group in dict.fromkeys((*self._whole, *self._members)):
            members = self._members.get(group, {})
            whole, origin = self._whole.get(group, (False, next(iter(members.values()), None)))
            origins = tuple(dict.fromkeys(each for each in (origin, *members.values()) if each))
            facts.group_members.append(GroupMembers(group, tuple(members), whole and not self.is_lost, origins))
        facts.owners += [
            Owners(owned, tuple(found), tuple(dict.fromkeys(found.values()))) for owned, found in self._owners.items()
        ]
        facts.directory_roles += [
            DirectoryRole(
                self._activated.get(role.lower(), role), tuple(found), origins=tuple(dict.fromkeys(found.values()))
            )
            for role, found in self._roles.items()
        ]


def group(context: Context, resource: Resource, memberships: Memberships) -> Iterator[Body]:
    """A group. Who is in one with a rule of membership is not said."""
    identifier = context.ids.own_principal(resource)
    types = context.known(resource, "types")
    yield _body(context, resource, "group", identifier, group_types=types)
    _owners(context, resource, memberships)
    if context.known(resource, "dynamic_membership") or (isinstance(types, list) and "DynamicMembership" in types):
        return
    found = context.argument(resource, "members")
    members = context.principals(resource, "members")
    # Of a list that is not known yet, the configuration has the references and nothing else.
    is_left_out = resource.is_data or (resource.type == _WITHOUT_MEMBERS and not resource.is_new)
    whole = isinstance(found, Known) and (found.value is not None or not is_left_out)
    memberships.group(identifier, members, context.origin(resource), whole=whole)


def member(context: Context, resource: Resource, memberships: Memberships) -> None:
    """A membership declared by itself."""
    found = context.resolver.argument(resource, "group_object_id")
    if isinstance(found, Symbol) and found.target is None:
        memberships.is_lost = True
    group, principal = (context.principal(resource, name) for name in ("group_object_id", "member_object_id"))
    if isinstance(group, str) and isinstance(principal, str):
        memberships.member(group, principal, context.origin(resource))
    else:
        context.gap(resource, "groupMembers", "a membership without a group or a member")


def service_principal(context: Context, resource: Resource, memberships: Memberships) -> Iterator[Body]:
    """A service principal."""
    yield _body(
        context,
        resource,
        "servicePrincipal",
        context.ids.own_principal(resource),
        app_id=_app_id(context, resource),
        service_principal_type=context.known(resource, "type"),
    )
    _owners(context, resource, memberships)


def user(context: Context, resource: Resource) -> Iterator[Body]:
    """A user."""
    yield _body(
        context,
        resource,
        "user",
        context.ids.own_principal(resource),
        user_principal_name=context.shown(resource, "user_principal_name"),
        user_type=context.known(resource, "user_type"),
        account_enabled=context.known(resource, "account_enabled"),
    )


def application(context: Context, resource: Resource, memberships: Memberships) -> Iterator[Body]:
    """An application registration; its object id is nobody who could hold access."""
    yield _body(
        context, resource, "application", context.ids.own_principal(resource), app_id=_app_id(context, resource)
    )
    _owners(context, resource, memberships)


def application_owner(context: Context, resource: Resource, memberships: Memberships) -> None:
    """An owner of an application, declared by itself."""
    owned, owner = (context.principal(resource, name) for name in ("application_id", "owner_object_id"))
    if isinstance(owned, str) and isinstance(owner, str):
        memberships.owner(owned.rpartition("/")[2], owner, context.origin(resource))
    else:
        context.gap(resource, "owners", "an ownership without an application or an owner")


def directory_role(context: Context, resource: Resource, memberships: Memberships) -> None:
    """A role of the directory that is activated in the tenant."""
    role = _role_name(resource)
    if isinstance(role, str):
        memberships.activated(context.ids.own_principal(resource), role)


def directory_role_holder(context: Context, resource: Resource, memberships: Memberships) -> None:
    """A role of the directory and one who holds it, by either of the resources that say so."""
    of_role, of_holder = _HOLDING[resource.type]
    role = context.resolver.argument(resource, of_role)
    name = role.value if isinstance(role, Known) else _role_name(role.target)
    holder = context.principal(resource, of_holder)
    if any(isinstance(each, Symbol) or each.value for each in _parts(context, resource)):
        context.facts.count_open("directoryRoles", PART_OF_DIRECTORY, resource.pointer)
        return
    if isinstance(name, str) and isinstance(holder, str):
        memberships.holder(name, holder, context.origin(resource))
    else:
        context.gap(resource, "directoryRoles", f"which role it assigns, or to whom, is {NOT_YET}")


def _parts(context: Context, resource: Resource) -> Iterator[Known | Symbol]:
    """The parts of the directory that a role is held over; none where it is held over all of it."""
    for name in _PARTS:
        found = context.argument(resource, name)
        yield Known(None) if isinstance(found, Known) and found.value == "/" else found


_PARTS = (
    "directory_scope_id",
    "directory_scope_object_id",
    "app_scope_id",
    "app_scope_object_id",
    "administrative_unit_object_id",
)

_HOLDING = {
    "azuread_directory_role_assignment": ("role_id", "principal_object_id"),
    "azuread_directory_role_member": ("role_object_id", "member_object_id"),
    "azuread_administrative_unit_role_member": ("role_object_id", "member_object_id"),
}
"""Which arguments name the role, and its holder."""


def _role_name(role: Resource | None) -> Any:
    values = role.values if role else {}
    return values.get("template_id") or values.get("display_name")


def app_role(context: Context, resource: Resource) -> Iterator[Body]:
    """An application permission. One that is looked up by its name has that name while its id is not known."""
    found = context.argument(resource, "app_role_id")
    if isinstance(found, Known):
        role = found.value
    else:
        role = _GRAPH_ROLE_IDS.get(str(found.path[-1]) if found.path else "", found.text)
    row = AppRoleRow(
        principal_id=context.principal(resource, "principal_object_id"),
        resource_id=context.principal(resource, "resource_object_id"),
        app_role_id=role,
        resource_display_name=context.known(resource, "resource_display_name"),
    )
    yield context.body(resource, row_of(row), closed=False)


_GRAPH_ROLE_IDS = {name: identifier for identifier, name in GRAPH_ROLES.items()}


def _app_id(context: Context, resource: Resource) -> Any:
    """Which application it is; before that has its id, by the address of its registration."""
    for name in _APP_IDS:
        found = context.argument(resource, name)
        if isinstance(found, Symbol):
            target = found.target
            is_registration = target is not None and target.type.startswith(_APPLICATION)
            return f"{target.address}.{_APP_IDS[0]}" if target is not None and is_registration else found.text
        if found.value:
            return found.value
    return f"{resource.address}.{_APP_IDS[0]}" if resource.type.startswith(_APPLICATION) else None


_APP_IDS = ("client_id", "application_id")
"""What the provider calls the id of an application, the newer name first."""


def _owners(context: Context, resource: Resource, memberships: Memberships) -> None:
    for owner in context.principals(resource, "owners"):
        memberships.owner(context.ids.own_principal(resource), owner, context.origin(resource))


def _body(context: Context, resource: Resource, kind: str, identifier: str, **more: Any) -> Body:
    name = context.shown(resource, "display_name") or resource.address
    row = DirectoryObject(id=identifier, odata_type=f"{_GRAPH}{kind}", display_name=name, **more)
    return context.body(resource, row_of(row), closed=False)
