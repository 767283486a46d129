"""The directory as the azuread provider declares or looks it up: who there is, and who belongs to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kvaudit.model.directory import DirectoryRole, GroupMembers, Owners
from kvaudit.model.origin import Origin
from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.references import Known, Symbol
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.wire import DirectoryObject, Row

_GRAPH = "#microsoft.graph."
_MEMBER = "azuread_group_member"


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
            DirectoryRole(role, tuple(found), origins=tuple(dict.fromkeys(found.values())))
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
    whole = isinstance(found, Known) and (found.value is not None or not resource.is_data)
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
        user_principal_name=context.known(resource, "user_principal_name"),
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
    """A role of the directory and one who holds it, by either of the resources that say so."""
    role = context.resolver.argument(resource, "role_id" if "role_id" in resource.values else "role_object_id")
    name = role.value if isinstance(role, Known) else _role_name(role)
    holder = context.principal(resource, "principal_object_id" if "assignment" in resource.type else "member_object_id")
    if isinstance(name, str) and isinstance(holder, str):
        memberships.holder(name, holder, context.origin(resource))
    else:
        context.gap(resource, "directoryRoles", f"which role it assigns, or to whom, is {NOT_YET}")


def _role_name(symbol: Symbol) -> Any:
    values = symbol.target.values if symbol.target else {}
    return values.get("template_id") or values.get("display_name")


def _app_id(context: Context, resource: Resource) -> Any:
    return context.known(resource, "client_id") or context.known(resource, "application_id")


def _owners(context: Context, resource: Resource, memberships: Memberships) -> None:
    for owner in context.principals(resource, "owners"):
        memberships.owner(context.ids.own_principal(resource), owner, context.origin(resource))


def _body(context: Context, resource: Resource, kind: str, identifier: str, **more: Any) -> Body:
    name = context.known(resource, "display_name") or resource.address
    row = DirectoryObject(id=identifier, odata_type=f"{_GRAPH}{kind}", display_name=name, **more)
    return context.body(resource, row_of(row), closed=False)
