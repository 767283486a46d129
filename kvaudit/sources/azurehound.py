"""What AzureHound collected, read as rows of Resource Manager and Graph. Semantics 3.4, 7.10.

Source: AzureHound's models, of several versions. False, null and the empty list are left out alike; ids are written
in upper case by newer versions. Errors of a collection are in its log and not in its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from kvaudit.model.directory import GroupMembers
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.model.snapshot import Coverage
from kvaudit.sources.facts import Facts
from kvaudit.sources.hound_tree import Tree
from kvaudit.sources.reading import note_unknown
from kvaudit.sources.registry import SECTIONS
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.directory_roles import hold_role
from kvaudit.sources.wire import HoundRow, Row

SOME_ROLES = "AzureHound gives the holders of some management roles only, of no role for data, and no conditions"
_KIND = re.compile(r"AZ[A-Za-z0-9]{1,60}")
_ASSIGNING = re.compile(
    r"AZ\w+(Owner|Contributor|UserAccessAdmin|AdminLogin|RoleAssignment|KeyOperator|DataReader)s?", re.ASCII
)
_PRINCIPALS = {"AZUser": "user", "AZGroup": "group", "AZServicePrincipal": "servicePrincipal", "AZDevice": "device"}


def is_collection(meta: object) -> bool:
    """Whether what stands beside the data says that AzureHound wrote it."""
    return type(meta) is dict and str(canonical(meta).get("type")).lower() == "azure"


def is_item(row: object) -> bool:
    """Whether a row is one of AzureHound's: its kind and its data."""
    return (
        type(row) is dict
        and type(row.get("data")) is dict
        and type(row.get("kind")) is str
        and bool(_KIND.fullmatch(row["kind"]))
    )


class Collection:
    """A collection while it is read; what joins several of its rows waits for the last of them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tree = Tree(facts)
        self._vaults: set[str] = set()
        self._named_vaults: dict[str, tuple[str, str]] = {}  # those that other rows name: id and pointer
        self._assigned: set[str] = set()  # assignments read: one is repeated for everything it reaches
        self._subscriptions: dict[str, str] = {}  # those in which something was seen, and where
        self._applications: dict[str, str] = {}  # appId → object id
        self._app_owners: list[tuple[Row, str]] = []
        self._roles: dict[str, str] = {}  # ids of directory roles → template ids
        self._holders: list[tuple[str, Row, str, bool]] = []
        self._by_kind = {
            "AZKeyVault": self._vault,
            "AZKeyVaultAccessPolicy": self._names_vault,  # some are never listed: semantics 3.4
            "AZApp": self._application,
            "AZAppOwner": self._app_owner,
            "AZGroupOwner": self._owners,
            "AZServicePrincipalOwner": self._owners,
            "AZGroupMember": self._members,
            "AZRole": self._role,
            "AZRoleAssignment": self._role_holders,
            "AZRoleEligibilityScheduleInstance": self._eligible,
            "AZAppRoleAssignment": self._app_role,
            "AZDeviceOwner": self._nothing,
            "AZTenant": self._tree.tenant,
            "AZSubscription": self._tree.subscription,
            "AZManagementGroup": self._tree.group,
            "AZManagementGroupDescendant": self._tree.descendant,
        }

    def read(self, items: Iterable[Any], pointer: str) -> None:
        """All items. Each is counted under its kind, whether something of it is used or not."""
        facts = self._facts
        facts.conditions_known = False
        for number, item in enumerate(items):
            at = f"{pointer}/{number}"
            if not is_item(item):
                note_unknown(facts, at)
                continue
            facts.rows[item["kind"]] += 1
            self._item(item["kind"], canonical(item["data"]), f"{at}/data")
        self._finish()

    def _item(self, kind: str, data: Row, at: str) -> None:
        reader = self._by_kind.get(kind)
        if reader:
            reader(data, at)
        elif kind in _PRINCIPALS:
            self._section("principals", {"@odata.type": f"#microsoft.graph.{_PRINCIPALS[kind]}", **data}, at)
        elif _ASSIGNING.fullmatch(kind):
            self._assignments(data, at)
        elif str(data.get("id")).lower().startswith("/subscriptions/"):
            self._section("resources", data, at)

    def _section(self, section: str, row: Row, at: str) -> None:
        self._facts.given.add(section)
        SECTIONS[section](self._facts, row, at)

    def _nothing(self, data: Row, at: str) -> None:
        """Rows of which nothing is used."""

    def _vault(self, data: Row, at: str) -> None:
        """A vault. What a collection may leave out although it is set is not known: public network access."""
        facts = self._facts
        properties = data.get("properties")
        inner = canonical(properties) if type(properties) is dict else {}
        if type(properties) is dict and not (inner.get("tenantId") or inner.get("vaultUri")):
            data = {key: value for key, value in data.items() if key != "properties"}  # a Go struct that nothing filled
        before = len(facts.vaults)
        self._section("vaults", data, at)
        if len(facts.vaults) == before:
            return
        vault = facts.vaults.pop()
        known = vault.public_access if inner.get("publicNetworkAccess") else None
        facts.vaults.append(msgspec.structs.replace(vault, public_access=known))
        self._vaults.add(scope_key(vault.id))
        self._seen_at(vault.id, at)

    def _names_vault(self, data: Row, at: str) -> None:
        """Remember a vault that a row names: that it exists is known, should nothing else tell of it."""
        named = data.get("keyVaultId")
        if type(named) is str and named:
            self._named_vaults.setdefault(scope_key(named), (named, at))

    def _assignments(self, data: Row, at: str) -> None:
        """The role assignments in the one list of a row, each in an object beside the id of what it reaches."""
        self._facts.given.add("roleAssignments")
        self._names_vault(data, at)
        for field, entries in data.items():
            for number, entry in enumerate(entries if type(entries) is list else ()):
                self._assignment(entry, f"{at}/{field}/{number}")

    def _assignment(self, entry: Any, at: str) -> None:
        fields = entry.items() if type(entry) is dict else ()
        nested = ((name, canonical(one)) for name, one in fields if type(one) is dict)
        found = next(((name, row) for name, row in nested if "properties" in row), None)
        if found is None:
            self._facts.gap("roleAssignments", self._facts.document.name, "no role assignment in this entry", at)
            return
        name, row = found
        body = canonical(row["properties"]) if type(row["properties"]) is dict else {}
        told = row.get("id"), body.get("scope"), body.get("roleDefinitionId"), body.get("principalId")
        key = "\n".join(map(str, told)).lower()
        if key in self._assigned:
            return
        self._assigned.add(key)
        if type(body.get("scope")) is str:
            self._seen_at(body["scope"], at)
        SECTIONS["roleAssignments"](self._facts, row, f"{at}/{name}")

    def _seen_at(self, scope: str, at: str) -> None:
        subscription = parse_scope(scope).subscription
        if subscription:
            self._subscriptions.setdefault(subscription, at)

    def _application(self, data: Row, at: str) -> None:
        body, _ = convert(data, HoundRow)
        if body.id and body.app_id:
            self._applications[body.app_id.lower()] = body.id.lower()
        self._section("applications", data, at)

    def _app_owner(self, data: Row, at: str) -> None:
        self._facts.given.add("owners")
        self._app_owners.append((data, at))

    def _owners(self, data: Row, at: str) -> None:
        body, _ = convert(data, HoundRow)
        self._owned(body.group_id or body.service_principal_id, data, at)

    def _owned(self, owned: str | None, data: Row, at: str) -> None:
        owners = data.get("owners")
        self._section("owners", {"object": owned, "owners": [] if owners is None else _inside(owners, "owner")}, at)

    def _members(self, data: Row, at: str) -> None:
        """A group's members. None at all may be a failure as well, which the collection does not tell apart."""
        members = data.get("members")
        body, _ = convert(data, HoundRow)
        if members is None and body.group_id:
            origins = self._facts.origin(at)
            self._facts.given.add("groupMembers")
            self._facts.group_members.append(GroupMembers(body.group_id.lower(), (), complete=False, origins=origins))
            return
        self._section("groupMembers", {"group": data.get("groupId"), "members": _inside(members, "member")}, at)

    def _role(self, data: Row, at: str) -> None:
        body, damage = convert(data, HoundRow)
        self._facts.damaged("directoryRoles", body.id or self._facts.document.name, at, damage)
        if body.id and body.template_id:
            self._roles[body.id.lower()] = body.template_id.lower()

    def _role_holders(self, data: Row, at: str) -> None:
        body, damage = convert(data, HoundRow)
        self._facts.given.add("directoryRoles")
        self._facts.damaged("directoryRoles", self._facts.document.name, at, damage)
        for number, row in enumerate(body.role_assignments or ()):
            self._holders.append((body.role_definition_id or "", row, f"{at}/roleAssignments/{number}", False))

    def _eligible(self, data: Row, at: str) -> None:
        self._facts.given.add("directoryRoles")
        body, _ = convert(data, HoundRow)  # what is damaged is named when the holder is read
        self._holders.append((body.role_definition_id or "", data, at, True))

    def _app_role(self, data: Row, at: str) -> None:
        self._section("appRoleAssignments", data, at)

    def _finish(self) -> None:
        facts = self._facts
        self._tree.finish()
        for key, (named, at) in self._named_vaults.items():
            if key not in self._vaults:
                self._section("vaults", {"id": named}, at)
                self._seen_at(named, at)
        objects = set(self._applications.values())
        for data, at in self._app_owners:
            body, _ = convert(data, HoundRow)
            app = (body.app_id or "").lower()  # older versions wrote the object id here
            if app and app not in self._applications and app not in objects:
                facts.count_open("owners", "owners of applications that are not in the collection are not judged", at)
                continue
            self._owned(self._applications.get(app, app), data, at)
        for role, row, at, eligible in self._holders:
            hold_role(facts, row, at, self._roles.get(role.lower(), role.lower()), eligible=eligible)
        for subscription, at in self._subscriptions.items():
            reach = Coverage("roleAssignments", subscription, complete=False, reason=SOME_ROLES)
            facts.otherwise.append(msgspec.structs.replace(reach, origins=facts.origin(at)))


def _inside(entries: Any, name: str) -> Any:
    """The objects that stand under a name in each entry of a list; what is no such entry stays, to be named later."""
    if type(entries) is not list:
        return entries
    return [entry.get(name, entry) if type(entry) is dict else None for entry in entries]
