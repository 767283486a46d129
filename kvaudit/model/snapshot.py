"""All facts of one look at Azure, with what was looked for and what could not be read."""

from __future__ import annotations

from kvaudit.model.directory import (
    Application,
    AppRole,
    DirectoryRole,
    GroupEligibility,
    GroupMembers,
    Owners,
    Principal,
)
from kvaudit.model.finding import Gap
from kvaudit.model.origin import Document, Origin
from kvaudit.model.role import DenyAssignment, Lock, RoleAssignment, RoleDefinition, RolePolicy, ScheduledAssignment
from kvaudit.model.value import Value
from kvaudit.model.vault import DiagnosticSetting, Vault, VaultObject

REQUIRED = ("vaults", "roleAssignments", "roleDefinitions", "groupMembers", "subscriptions", "diagnosticSettings")
"""Sections that decide the main questions; the others serve deeper rules (snapshot format, section 3)."""

TENANT = "tenant"


class Subscription(Value):
    """A subscription and its management groups."""

    id: str  # key: /subscriptions/<guid>
    name: str | None = None
    ancestors: tuple[str, ...] | None = None  # keys of management-group scopes, nearest first; None: not known
    origins: tuple[Origin, ...] = ()


class Resource(Value):
    """A resource that carries an identity, is one, or receives logs."""

    id: str
    type: str | None = None
    location: str | None = None
    principal: str | None = None  # of its system-assigned identity, or of the user-assigned identity it is
    attached: tuple[str, ...] = ()  # keys of user-assigned identities
    client_id: str | None = None
    origins: tuple[Origin, ...] = ()


class Coverage(Value):
    """What is known of how far a section reaches: over this scope it is complete, or it is not and why."""

    fact: str  # section name
    scope: str  # key of a scope, or "tenant"
    complete: bool
    reason: str = ""
    origins: tuple[Origin, ...] = ()


class Unresolved(Value):
    """What infrastructure as code leaves open until it is deployed, and the name it goes by meanwhile."""

    text: str
    origins: tuple[Origin, ...] = ()


class Snapshot(Value):
    """The facts. A section in `given` was looked for, though nothing may have been found."""

    taken_at: str | None = None
    tenant_id: str | None = None
    cloud: str | None = None
    viewers: tuple[str, ...] = ()  # through whose eyes Azure was looked at, in words
    vaults: tuple[Vault, ...] = ()
    role_assignments: tuple[RoleAssignment, ...] = ()
    role_definitions: tuple[RoleDefinition, ...] = ()
    deny_assignments: tuple[DenyAssignment, ...] = ()
    eligibilities: tuple[ScheduledAssignment, ...] = ()
    activations: tuple[ScheduledAssignment, ...] = ()
    role_policies: tuple[RolePolicy, ...] = ()
    diagnostic_settings: tuple[DiagnosticSetting, ...] = ()
    locks: tuple[Lock, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    resources: tuple[Resource, ...] = ()
    principals: tuple[Principal, ...] = ()
    group_members: tuple[GroupMembers, ...] = ()
    owners: tuple[Owners, ...] = ()
    applications: tuple[Application, ...] = ()
    directory_roles: tuple[DirectoryRole, ...] = ()
    app_roles: tuple[AppRole, ...] = ()
    group_eligibilities: tuple[GroupEligibility, ...] = ()
    vault_objects: tuple[VaultObject, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    given: frozenset[str] = frozenset()  # section names (camelCase, as in the snapshot format)
    gaps: tuple[Gap, ...] = ()  # what was there and could not be read
    unresolved: tuple[Unresolved, ...] = ()  # of what infrastructure as code declares
    documents: tuple[Document, ...] = ()
