"""What one document says, collected while it is read."""

from __future__ import annotations

from collections import Counter

from kvaudit.model.directory import Application, DirectoryRole, GroupMembers, Owners, Principal
from kvaudit.model.finding import Gap
from kvaudit.model.origin import Document, Origin
from kvaudit.model.remedy import remedy
from kvaudit.model.role import DenyAssignment, Lock, RoleAssignment, RoleDefinition, ScheduledAssignment
from kvaudit.model.snapshot import Coverage, Resource, Subscription, Unresolved
from kvaudit.model.vault import DiagnosticSetting, Vault, VaultObject
from kvaudit.sources.rows import Damage
from kvaudit.sources.wire import Row

SUBSCRIPTION_LENGTH = len("/subscriptions/00000000-0000-0000-0000-000000000000")


class Facts:
    """The facts of one document, under the names of the snapshot's fields; `rows` counts its rows by kind."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.vaults: list[Vault] = []
        self.role_assignments: list[RoleAssignment] = []
        self.role_definitions: list[RoleDefinition] = []
        self.deny_assignments: list[DenyAssignment] = []
        self.eligibilities: list[ScheduledAssignment] = []
        self.activations: list[ScheduledAssignment] = []
        self.diagnostic_settings: list[DiagnosticSetting] = []
        self.locks: list[Lock] = []
        self.subscriptions: list[Subscription] = []
        self.resources: list[Resource] = []
        self.principals: list[Principal] = []
        self.group_members: list[GroupMembers] = []
        self.owners: list[Owners] = []
        self.applications: list[Application] = []
        self.directory_roles: list[DirectoryRole] = []
        self.vault_objects: list[VaultObject] = []
        self.coverage: list[Coverage] = []
        self.gaps: list[Gap] = []
        self.unresolved: list[Unresolved] = []
        self.given: set[str] = set()
        self.rows: Counter[str] = Counter()
        self.first_unknown = ""  # pointer of the first row of no known shape
        self.member_ids: list[str] = []  # bare ids, in a file that is named for a group
        self.template: Row | None = None  # of an ARM template, until it is evaluated
        self.parameters: Row | None = None  # of a parameter file
        self.taken_at: str | None = None
        self.tenant_id: str | None = None
        self.cloud: str | None = None
        self.assigned_in: set[str] = set()  # where the scopes of role assignments begin: "/subscriptions/<guid>/"
        self.assigned_flat = False  # some of them came from az, flattened
        self.roles: dict[str, str] = {}  # role definition ids as written → keys, each worked out once
        self.mentioned: dict[str, Principal] = {}  # principals that an assignment's row names in passing

    def origin(self, pointer: str) -> tuple[Origin, ...]:
        """One place in this document, as facts carry it."""
        return (Origin(self.document, pointer),)

    def gap(self, need: str, subject: str, reason: str, pointer: str) -> None:
        """Something here that could not be read."""
        self.gaps.append(Gap(need, subject, reason, remedy(need, subject), origins=self.origin(pointer)))

    def assigned(self, scope: str) -> None:
        """Remember in which subscription a role is assigned: the beginning of a scope tells, and there are few."""
        self.assigned_in.add(scope[: SUBSCRIPTION_LENGTH + 1])

    def incomplete(self, need: str, scope: str, reason: str, pointer: str) -> None:
        """A section that does not reach all of a scope."""
        self.coverage.append(Coverage(need, scope, complete=False, reason=reason, origins=self.origin(pointer)))

    def damaged(self, need: str, subject: str, pointer: str, damage: Damage, scope: str = "") -> None:
        """Damaged fields of a row: a gap each, and what the section says of the scope is not complete."""
        for field, reason in damage.items():
            name = field.rpartition("/")[2]
            words = f"{name}: {reason}" if name else reason
            self.gap(need, subject, words, pointer + field)
            if scope:
                self.incomplete(need, scope, words, pointer + field)
