"""What one document says, collected while it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

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
from kvaudit.model.remedy import remedy
from kvaudit.model.role import DenyAssignment, Lock, RoleAssignment, RoleDefinition, RolePolicy, ScheduledAssignment
from kvaudit.model.snapshot import TENANT, Coverage, Resource, Subscription, Unresolved
from kvaudit.model.value import Value
from kvaudit.model.vault import DiagnosticSetting, Vault, VaultObject
from kvaudit.sources.rows import Damage
from kvaudit.sources.wire import Row

SUBSCRIPTION_LENGTH = len("/subscriptions/00000000-0000-0000-0000-000000000000")


class Mention(Value):
    """What a row about something else says of a principal; there are many, and few say anything new."""

    type: str | None
    name: str | None
    upn: str | None
    app_id: str | None
    origins: tuple[Origin, ...]
    service_type: str | None = None

    def adds_to(self, known: Principal) -> bool:
        """Whether it says what is not known yet."""
        return bool(
            (self.upn and not known.upn)
            or (self.app_id and not known.app_id)
            or (self.name and not known.name)
            or (self.type and not known.type)
            or (self.service_type and not known.service_type)
        )

    def of(self, principal: str) -> Principal:
        """The same as a principal."""
        return Principal(
            principal,
            self.type,
            self.name,
            self.upn,
            self.app_id,
            service_type=self.service_type,
            listed=False,
            origins=self.origins,
        )


class Side(StrEnum):
    """Which side of a plan: what is there before it is applied, or what will be."""

    PRIOR = "prior"
    PLANNED = "planned"


class Facts:
    """The facts of one document, under the names of the snapshot's fields; `rows` counts its rows by kind."""

    def __init__(self, document: Document, side: Side = Side.PLANNED) -> None:
        self.document = document
        self.side = side  # which one is read, of a plan
        self.vaults: list[Vault] = []
        self.role_assignments: list[RoleAssignment] = []
        self.role_definitions: list[RoleDefinition] = []
        self.deny_assignments: list[DenyAssignment] = []
        self.eligibilities: list[ScheduledAssignment] = []
        self.activations: list[ScheduledAssignment] = []
        self.role_policies: list[RolePolicy] = []
        self.diagnostic_settings: list[DiagnosticSetting] = []
        self.locks: list[Lock] = []
        self.subscriptions: list[Subscription] = []
        self.resources: list[Resource] = []
        self.principals: list[Principal] = []
        self.group_members: list[GroupMembers] = []
        self.owners: list[Owners] = []
        self.applications: list[Application] = []
        self.directory_roles: list[DirectoryRole] = []
        self.app_roles: list[AppRole] = []
        self.group_eligibilities: list[GroupEligibility] = []
        self.vault_objects: list[VaultObject] = []
        self.coverage: list[Coverage] = []
        self.gaps: list[Gap] = []
        self.unresolved: list[Unresolved] = []
        self.given: set[str] = set()
        self.rows: Counter[str] = Counter()
        self.first_unknown = ""  # pointer of the first row of no known shape
        self.member_ids: list[str] = []  # bare ids, in a file that is named for a group
        self.template: Row | None = None  # of an ARM template, until it is evaluated
        self.template_at = ""  # its pointer, where something is around it
        self.parameters: Row | None = None  # of a parameter file
        self.taken_at: str | None = None
        self.viewer: str | None = None  # through whose eyes Azure was looked at, in words
        self.tenant_id: str | None = None
        self.cloud: str | None = None
        self.assigned_in: set[str] = set()  # where the scopes of role assignments begin: "/subscriptions/<guid>/"
        self.judged = 0  # how many role assignments belong to answers of which that was looked at
        self.assigned_flat = False  # some of them came from az, flattened
        self.roles: dict[str, str] = {}  # role definition ids as written → keys, each worked out once
        self.conditions_known = True  # False: its role assignments come without the conditions they may have
        self.otherwise: list[Coverage] = []  # what holds where no other document says how far a section reaches
        self.role_holders: dict[
            tuple[str, bool], dict[str, tuple[Origin, ...]]
        ] = {}  # holders of directory roles, told one by one
        self.not_whole: dict[tuple[str, str], tuple[int, str]] = {}  # section, words → how many rows, the first
        self.mentioned: dict[str, Mention] = {}  # by object id, what assignments' rows say of principals in passing

        # Of the declared body that is being read: where its parts are written, and what is not known of it yet.
        self.places: Mapping[str, Origin] = {}
        self.not_known: Damage = {}
        self.elsewhere: dict[str, Document] = {}  # by pointer: the templates that one links to

    def origin(self, pointer: str) -> tuple[Origin, ...]:
        """One place in this document, as facts carry it; of a declared body, where the nearest part is written."""
        at = pointer if self.places else ""
        while at:
            if at in self.places:
                return (self.places[at],)
            at = at.rpartition("/")[0]
        at = pointer if self.elsewhere else ""
        while at:
            if at in self.elsewhere:
                return (Origin(self.elsewhere[at], pointer[len(at) :]),)
            at = at.rpartition("/")[0]
        return (Origin(self.document, pointer),)

    def leaves_open(self, text: str, origins: tuple[Origin, ...]) -> None:
        """Note what infrastructure as code does not say before it is deployed."""
        self.unresolved.append(Unresolved(text, origins))

    def gap(self, need: str, subject: str, reason: str, pointer: str) -> None:
        """Something here that could not be read. Of what a document lists as a whole, no command knows the name."""
        command = remedy(need, "" if subject == self.document.name else subject)
        self.gaps.append(Gap(need, subject, reason, command, origins=self.origin(pointer)))

    def assigned(self, scope: str) -> None:
        """Remember in which subscription a role is assigned: the beginning of a scope tells, and there are few."""
        self.assigned_in.add(scope[: SUBSCRIPTION_LENGTH + 1])

    def count_open(self, need: str, words: str, pointer: str) -> None:
        """Count a row that leaves a section open; all rows of one kind are one statement in the end."""
        count, first = self.not_whole.get((need, words), (0, pointer))
        self.not_whole[need, words] = count + 1, first

    def close_counts(self) -> None:
        """Say what counted rows leave open. No command would show it: it is there, and not judged."""
        for (need, words), (count, first) in self.not_whole.items():
            reason = f"{words}: {count}"
            self.gaps.append(Gap(need, TENANT, reason, origins=self.origin(first)))
            self.incomplete(need, TENANT, reason, first)

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
