"""What closes the holes that were found: the role or permission, where, and the commands that give it.

Sources: Microsoft Learn, az role assignment, az role definition, az keyvault role assignment, az rest; Microsoft Graph,
grant an appRoleAssignment to a service principal, create unifiedRoleAssignment; ids of application permissions from the
Microsoft Graph permissions reference, of roles from Microsoft Entra built-in roles. They are the same in every tenant.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kvaudit.model.checkup import Cure
from kvaudit.model.directory import GRAPH_APP
from kvaudit.model.value import Value
from kvaudit.sources.live.ledger import Entry, Status
from kvaudit.sources.live.met import subscription_of
from kvaudit.sources.live.needs import ACTIONS, DIRECTORY_READERS, GROUP_READER, HSM_AUDITOR, NEEDS, READER
from kvaudit.sources.live.viewer import Viewer
from kvaudit.sources.live.wanted import Selection

ROLE_NAME = "kvaudit reader"
_GROUPS = "/providers/Microsoft.Management/managementGroups/"
_PERMISSIONS = {
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup": "edb419d6-7edc-42a3-9345-509bfdf5d87c",
}
_WIDEST = "Directory.Read.All"
_BESIDE_WIDEST = "PrivilegedEligibilitySchedule.Read.AzureADGroup"  # the one that the widest does not hold
_DIRECTORY_ROLES = {DIRECTORY_READERS: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}
_GRAPH_ID = f'"$(az ad sp show --id {GRAPH_APP} --query id --output tsv)"'


class Place(Value):
    """Where roles are to be given."""

    selection: Selection
    subscriptions: tuple[str, ...]  # ids of those that are looked at
    tenant: str | None
    graph: str  # the address of Microsoft Graph

    @property
    def root(self) -> str:
        """The group above all others; its name is the tenant's id."""
        return f"{_GROUPS}{self.tenant or '<tenant id>'}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """What holds all that was selected, and no more than that as far as roles can be given there."""
        chosen = self.selection
        if chosen.everything:
            return (self.root,)
        if chosen.groups:
            return tuple(f"{_GROUPS}{name}" for name in chosen.groups)
        return tuple(f"/subscriptions/{each}" for each in self.subscriptions) or (self.root,)

    @property
    def assignable(self) -> tuple[str, ...]:
        """The same for a custom role, which knows one management group at most."""
        return (self.root,) if len(self.selection.groups) > 1 else self.scopes


def role_definition(place: Place) -> dict[str, Any]:
    """A custom role of just the needed reads, as `az role definition create` takes it."""
    return {
        "Name": ROLE_NAME,
        "IsCustom": True,
        "Description": "Reads what kvaudit audits: vaults, their settings, and access to them. Changes nothing.",
        "Actions": list(ACTIONS),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": list(place.assignable),
    }


def cures(entries: Iterable[Entry], viewer: Viewer, place: Place) -> tuple[Cure, ...]:
    """What would close all holes that a role or a permission closes. A token that is not taken is none of them."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.status is Status.DENIED and entry.http != 401:
            need = NEEDS[entry.what]
            found.setdefault("graph" if need.graph else need.role, []).append(entry)
    return (
        *_roles(found.get(READER, []), found.get(GROUP_READER, []), viewer, place),
        *_hsms(found.get(HSM_AUDITOR, []), viewer),
        *_directory(found.get("graph", []), viewer, place),
    )


def _roles(denied: Sequence[Entry], unplaced: Sequence[Entry], viewer: Viewer, place: Place) -> Iterator[Cure]:
    """Reader where something is denied; for the management groups alone, the role that reads them."""
    everywhere = {subscription_of(entry.scope) for entry in denied} >= set(place.subscriptions)
    by_scope: dict[str, list[str]] = {}
    for entry in denied:
        for scope in _places(entry.scope, place, everywhere=everywhere):
            by_scope.setdefault(scope, []).append(entry.what)
    above = [entry.what for entry in unplaced]
    for scope, closed in by_scope.items():
        closes = _names([*closed, *(above if scope == place.root else ())])
        yield Cure(f"the role {READER} at {scope}", closes, (_assign(viewer, READER, scope),))
    if above and place.root not in by_scope:
        command = _assign(viewer, GROUP_READER, place.root)
        yield Cure(f"the role {GROUP_READER} at {place.root}", _names(above), (command,))
    if denied:
        yield _custom(viewer, place, by_scope, _names(entry.what for entry in denied))


def _places(scope: str, place: Place, *, everywhere: bool) -> tuple[str, ...]:
    """Where a role has to be given for what was denied at a scope."""
    subscription = subscription_of(scope)
    if not subscription or place.selection.groups or (place.selection.everything and everywhere):
        return place.scopes
    return (f"/subscriptions/{subscription}",)


def _custom(viewer: Viewer, place: Place, scopes: Iterable[str], closes: tuple[str, ...]) -> Cure:
    chosen = place.selection
    options = {"--vault": chosen.vaults, "--subscription": chosen.subscriptions, "--management-group": chosen.groups}
    words = [word for name, values in options.items() for value in values for word in (name, value)]
    return Cure(
        f"a role of just the needed reads, {ROLE_NAME}",
        closes,
        (
            f"{shlex.join(['kvaudit', 'doctor', '--role-definition', *words])} > kvaudit-reader.json",
            "az role definition create --role-definition @kvaudit-reader.json",
            *(_assign(viewer, ROLE_NAME, scope) for scope in scopes),
        ),
        instead=True,
    )


def _assign(viewer: Viewer, role: str, scope: str) -> str:
    return shlex.join(
        ["az", "role", "assignment", "create", "--assignee", _assignee(viewer), "--role", role, "--scope", scope]
    )


def _hsms(denied: Sequence[Entry], viewer: Viewer) -> Iterator[Cure]:
    for entry in denied:
        name = entry.scope.rsplit("/", 1)[-1]
        words = ["az", "keyvault", "role", "assignment", "create", "--hsm-name", name, "--role", HSM_AUDITOR]
        command = shlex.join([*words, "--assignee", _assignee(viewer), "--scope", "/"])
        yield Cure(f"the local role {HSM_AUDITOR} of {name}", (entry.what,), (command,))


def _directory(denied: Sequence[Entry], viewer: Viewer, place: Place) -> Iterator[Cure]:
    """Application permissions, which an application holds by itself; or a role of the directory, as a person does."""
    by_permission: dict[str, list[str]] = {}
    wide = any(NEEDS[entry.what].action == _WIDEST for entry in denied)
    for entry in denied:
        action = NEEDS[entry.what].action
        by_permission.setdefault(_WIDEST if wide and action != _BESIDE_WIDEST else action, []).append(entry.what)
    eligible = _names(by_permission.get(_BESIDE_WIDEST, ()))
    rest = _names(what for action, found in by_permission.items() if action != _BESIDE_WIDEST for what in found)
    if viewer.is_application:
        for action, closed in by_permission.items():
            command = _permit(viewer, place.graph, _PERMISSIONS[action])
            yield Cure(f"the application permission {action} of Microsoft Graph", _names(closed), (command,))
    elif eligible:
        # What az may ask Graph for is fixed, whoever signs in: https://learn.microsoft.com/graph/permissions-reference
        yield Cure(f"signing in as an application with the permission {_BESIDE_WIDEST}", eligible, ())
    for role, identifier in _DIRECTORY_ROLES.items():
        if rest:
            command = _appoint(viewer, place.graph, identifier)
            yield Cure(f"the directory role {role}", rest, (command,), instead=viewer.is_application)


def _permit(viewer: Viewer, graph: str, permission: str) -> str:
    who = _assignee(viewer)
    body = json.dumps({"principalId": who, "appRoleId": permission, "resourceId": ""})
    # The id of Microsoft Graph's service principal differs from tenant to tenant: the shell puts it in.
    quoted = f"{shlex.quote(body.removesuffix(_END))}{_GRAPH_ID}{shlex.quote(_END)}"
    return _post(f"{graph}/v1.0/servicePrincipals/{who}/appRoleAssignments", quoted)


_END = '"}'


def _appoint(viewer: Viewer, graph: str, role: str) -> str:
    body = json.dumps({"principalId": _assignee(viewer), "roleDefinitionId": role, "directoryScopeId": "/"})
    return _post(f"{graph}/v1.0/roleManagement/directory/roleAssignments", shlex.quote(body))


def _post(url: str, body: str) -> str:
    return f"az rest --method POST --url {shlex.quote(url)} --body {body}"


def _assignee(viewer: Viewer) -> str:
    return viewer.object_id or "<object id>"


def _names(sources: Iterable[str]) -> tuple[str, ...]:
    """Sources, once each, in the order of NEEDS."""
    found = set(sources)
    return tuple(what for what in NEEDS if what in found)
