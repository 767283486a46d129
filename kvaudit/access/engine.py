"""From a snapshot to what is granted. `resolve` is the only way in; what it returns is read, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

import msgspec

from kvaudit.access.answers import Answers
from kvaudit.access.completeness import (
    Completeness,
    completing_gaps,
    grant_gaps,
    holder_gaps,
    no_vault_gap,
    stated_gaps,
    takeover_gaps,
    vault_gaps,
)
from kvaudit.access.cut import cut
from kvaudit.access.denies import Denies
from kvaudit.access.escalation import Place
from kvaudit.access.estate import Estate
from kvaudit.access.locks import read_only
from kvaudit.access.means import Means
from kvaudit.access.membership import Directory
from kvaudit.access.network import reachability
from kvaudit.access.outlook import escalations
from kvaudit.access.paths import Paths, network_words
from kvaudit.access.policies import policy_grants
from kvaudit.access.prospects import takeovers
from kvaudit.access.rbac import RoleGrants
from kvaudit.access.roles import Roles
from kvaudit.access.ways import Way
from kvaudit.model.finding import Gap, Step
from kvaudit.model.grant import DEPTH, Answer, Escalation, Grant
from kvaudit.model.permission import DATA, Question
from kvaudit.model.role import Lock
from kvaudit.model.scope import parse_scope
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.vault import DiagnosticSetting, Vault


def resolve(snapshot: Snapshot, as_of: dt.datetime, depth: int = DEPTH) -> Access:
    """Work out all grants of a snapshot at a time (with a time zone).

    `depth` is how many actions of one's own a way may take that leads through others.
    """
    return Access(snapshot, as_of, depth)


class Access:
    """What is granted, and the questions that can be put to it."""

    def __init__(self, snapshot: Snapshot, as_of: dt.datetime, depth: int = DEPTH) -> None:
        self._depth = depth
        self.snapshot = snapshot
        self.as_of = as_of
        self.estate = Estate(snapshot)
        self.directory = Directory(snapshot)
        self.roles = Roles(snapshot)
        self.denies = Denies(snapshot, self.estate, self.directory)
        self.completeness = Completeness(snapshot, self.estate)
        self.paths = Paths(self.estate, self.directory, self.roles)
        self._beginnings: dict[int, tuple[Grant, tuple[Step, ...]]] = {}
        role_grants = RoleGrants(snapshot, self.estate, self.roles, self.directory, self.denies)
        self.grants: tuple[Grant, ...] = (
            *policy_grants(self.estate, self.directory),
            *role_grants.standing(as_of),
            *role_grants.eligible(as_of),
        )

    @property
    def vaults(self) -> tuple[Vault, ...]:
        """The vaults; numbers elsewhere are places in this tuple."""
        return self.snapshot.vaults

    @cached_property
    def stated_gaps(self) -> tuple[Gap, ...]:
        """What the collector says did not come back whole, and vaults, where nothing says that there are none."""
        return (*no_vault_gap(self.snapshot), *stated_gaps(self.snapshot, self.estate))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The required facts that were not seen, over the whole estate."""
        found = (
            *vault_gaps(self.estate, self.completeness),
            *self.stated_gaps,
            *grant_gaps(self.grants, self.estate, self.snapshot),
            *self._completing_gaps,
            *holder_gaps(self.grants, self.directory, self.snapshot),
        )
        return (*self.snapshot.gaps, *found)

    @property
    def _completing_gaps(self) -> Iterable[Gap]:
        """Of roles that no vault's grants name; what is held elsewhere is looked through only where some is unknown."""
        given = self.snapshot.role_assignments, self.snapshot.eligibilities, self.snapshot.activations
        if all(self.roles.get(role) for role in {row.role for rows in given for row in rows}):
            return ()
        return completing_gaps(self.grants, self.means.elsewhere, self.directory, self.snapshot)

    @property
    def carrier_gaps(self) -> tuple[Gap, ...]:
        """The required facts that would say who controls the resources whose identities hold access."""
        carriers = self.means.carriers
        return self._untold(
            *grant_gaps(chain.from_iterable(carriers.grants.values()), carriers, self.snapshot),
            *(self.answers.control_gaps(DATA) if self.means.uncontrolled else ()),
            *self.answers.veiled_actors(DATA, by_resources=True),
        )

    @property
    def power_gaps(self) -> tuple[Gap, ...]:
        """The required facts that would say who has the powers of the directory that lead to data."""
        return self._untold(*self.answers.veiled_actors(DATA, by_resources=False))

    def _untold(self, *found: Gap) -> tuple[Gap, ...]:
        told = {(gap.need, gap.subject) for gap in self.gaps}
        return tuple(gap for gap in found if (gap.need, gap.subject) not in told)

    @property
    def takeover_gaps(self) -> tuple[Gap, ...]:
        """The facts that would say who can act as whom, and were not seen whole: answers and comparisons rest on them.

        A scan names them with the rules that look at them.
        """
        own = takeover_gaps(self.snapshot, self.directory, self.grants)
        return (*own, *self.carrier_gaps, *self.power_gaps)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """What of each vault decides which escalation edges work there."""
        return tuple(
            Place(
                vault.uses_rbac,
                vault.for_template_deployment,
                vault.for_deployment,
                read_only(self.locks(number)),
            )
            for number, vault in enumerate(self.vaults)
        )

    @cached_property
    def means(self) -> Means:
        """The means of coming by more."""
        return Means(
            self.snapshot,
            self.as_of,
            self.estate,
            self.directory,
            self.roles,
            self.denies,
            self.grants,
            self.places,
            self._depth,
        )

    @cached_property
    def escalations(self) -> tuple[Escalation, ...]:
        """Every grant that lets its assignee obtain data access by its own actions, once for each first edge."""
        return tuple(escalations((*self.grants, *self.means.rewritable), self.places, self.means))

    @cached_property
    def takeovers(self) -> tuple[Escalation, ...]:
        """Every grant or power over others that leads to data access by acting as them, once for each first step."""
        means = self.means
        elevated = escalations(means.elevated, self.places, means)
        climbs = (*self.escalations, *elevated)
        return tuple(takeovers(self.grants, climbs, means, self.directory, self.paths))

    @cached_property
    def answers(self) -> Answers:
        """What answers questions, and shares between them what it has worked out."""
        return Answers(self, self.means)

    def can(
        self, principal: str, question: Question, numbers: Sequence[int]
    ) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """For each of these vaults whether a principal (object id, lower case) can do what is asked, and the gaps."""
        return self.answers.can(principal, question, numbers)

    def who(self, question: Question, numbers: Sequence[int]) -> tuple[tuple[Answer, ...], tuple[Gap, ...]]:
        """Everyone who can do what is asked on these vaults, in whatever way, and the gaps."""
        return self.answers.who(question, numbers)

    def cut(self, principal: str, question: Question, number: int) -> tuple[Step, ...]:
        """The fewest grants without which a principal cannot escalate to what is asked on a vault, in words.

        Empty where it does not escalate. The answer was tried: the question was put again without these grants.
        """
        vault = self.vaults[number]

        def ask(snapshot: Snapshot) -> Sequence[Way]:
            again = Access(snapshot, self.as_of, self._depth)
            return again.answers.ways(principal, question, again.estate.number[self.estate.scopes[number].key])

        def told(grant: Grant) -> Step:
            step = self.paths.grant_steps(grant)[0]
            return msgspec.structs.replace(step, text=f"{self.directory.label(grant.principal)} {step.text}")

        nearby = self._nearby(principal, vault.id)
        return tuple(map(told, cut(nearby, ask)))

    def _nearby(self, principal: str, vault: str) -> Snapshot:
        """Of the snapshot what bears on one principal and one vault: whom it can act as, and what is beside it."""
        reached = {principal, *(hop.target for chain in self.means.chains.of(principal) for hop in chain.hops)}
        who = reached.union(*map(self.directory.ways_up, reached))
        scope = parse_scope(vault)
        kept = {
            name: tuple(row for row in getattr(self.snapshot, name) if row.principal in who)
            for name in ("role_assignments", "eligibilities", "activations", "app_roles")
        }
        vaults = tuple(
            each
            for each, other in zip(self.vaults, self.estate.scopes, strict=True)
            if other.key == scope.key or other.subscription == scope.subscription
        )
        return msgspec.structs.replace(self.snapshot, vaults=vaults, **kept)

    def known(self, section: str, number: int) -> bool | None:
        """Whether a section of the snapshot is whole for a vault: True, False (in part), None (nothing given)."""
        return self.completeness.known(section, number)

    @cached_property
    def _settings(self) -> dict[str, tuple[DiagnosticSetting, ...]]:
        found: dict[str, list[DiagnosticSetting]] = {}
        for setting in self.snapshot.diagnostic_settings:
            found.setdefault(setting.vault, []).append(setting)
        return {key: tuple(settings) for key, settings in found.items()}

    def diagnostics(self, number: int) -> tuple[DiagnosticSetting, ...]:
        """The diagnostic settings of a vault, as far as they were given."""
        return self._settings.get(self.estate.scopes[number].key, ())

    @cached_property
    def _locks(self) -> dict[int, tuple[Lock, ...]]:
        found: dict[int, list[Lock]] = {}
        for lock in self.snapshot.locks:
            reach = self.estate.reach(lock.scope)
            for number in reach.certain.every if reach and not reach.scope.object else ():
                found.setdefault(number, []).append(lock)
        return {number: tuple(locks) for number, locks in found.items()}

    def locks(self, number: int) -> tuple[Lock, ...]:
        """The locks on a vault and above it, as far as they were given."""
        return self._locks.get(number, ())

    def reachable(self, number: int) -> str:
        """Who reaches a vault over the network: open, restricted, private or unknown."""
        return reachability(self.vaults[number])

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """The same of every vault, in words."""
        return tuple(map(network_words, self.vaults))

    def path(self, grant: Grant) -> tuple[Step, ...]:
        """The steps of a grant, from its assignee; a single vault is the last."""
        steps = self.paths.of(grant.principal, grant)
        return (*steps, self.paths.vault_step(grant.vaults[0])) if len(grant.vaults) == 1 else steps

    def escalation_path(self, escalation: Escalation) -> tuple[Step, ...]:
        """The steps of an escalation, from the assignee of its grant through its actions.

        Several escalations begin with one grant, and share its steps; a grant is known by its identity, and kept.
        """
        grant = escalation.grant
        known = self._beginnings.get(id(grant))
        if known is None:
            known = self._beginnings[id(grant)] = grant, self.paths.of(grant.principal, grant)
        return known[1] + escalation.tell()
