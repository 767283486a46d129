"""Why somebody has on one side what he has not on the other: the one fact that is different and explains it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from kvaudit.access.impersonation import VIRTUAL
from kvaudit.access.membership import Directory
from kvaudit.access.paths import scope_label
from kvaudit.access.settings import settings
from kvaudit.access.side import Side, key_of
from kvaudit.access.takeovers import by_ids
from kvaudit.access.ways import Way
from kvaudit.model.finding import Gap, Step
from kvaudit.model.grant import Grant
from kvaudit.model.origin import Origin
from kvaudit.model.permission import WORDS, unpack
from kvaudit.model.role import DenyAssignment, PermissionBlock
from kvaudit.model.scope import Level, parse_scope, scope_key
from kvaudit.model.value import Value

NEW, GONE, CHANGED, UNSEEN = "new", "gone", "changed", "unseen"

_SECTIONS = {"eligibility": "roleEligibilities", "activation": "roleActivations"}
_PAST = {"is": "was", "has": "had"}
_SWITCHES = ("enabled for template deployment", "enabled for deployment", "locks")


class Reason(Value):
    """What is different between the sides."""

    kind: str
    what: str
    id: str
    text: str
    origins: tuple[Origin, ...] = ()
    who: str = ""  # of a membership, who joined or left; the text goes on from there

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells reasons apart."""
        return self.kind, self.what, self.id


class Causes:
    """Finds what a stronger side has, or lacks, that explains an access."""

    def __init__(self, strong: Side, weak: Side) -> None:
        self._strong = strong
        self._weak = weak
        self._old, self._new = (weak, strong) if strong.is_new else (strong, weak)
        self._came, self._went = (NEW, GONE) if strong.is_new else (GONE, NEW)

    def of(self, principal: str, vault: str, way: Way) -> Reason:
        """The reason why this way to something on a vault, by its key, is there on the stronger side only."""
        for find in (self._by_vault, self._by_grant, self._by_membership, self._by_contents, self._by_surroundings):
            for reason in find(principal, vault, way):
                return reason
        grant = next(_real(way))
        text = f"{self._label(grant)} {self._words(grant)}, which leads elsewhere now"
        return Reason("other", CHANGED, _id(grant), text, grant.origins)

    def _by_vault(self, _principal: str, vault: str, way: Way) -> Iterator[Reason]:
        if self._weak.number(vault) is not None:
            return
        for grant in _real(way):
            section = _SECTIONS.get(grant.cause.kind, "")
            listed = not section or section in self._weak.access.snapshot.given
            if listed and key_of(grant) not in self._weak.causes and grant.scope.level < Level.RESOURCE:
                yield self._grant(grant)
        number = self._strong.access.estate.number[vault]
        found = self._strong.access.vaults[number]
        words = "" if self._came == NEW else ", which is not listed any more"
        yield Reason("vault", self._came, vault, f"key vault {found.name}{words}", found.origins)

    def _by_grant(self, _principal: str, _vault: str, way: Way) -> Iterator[Reason]:
        for grant in _real(way):
            if key_of(grant) not in self._weak.causes:
                yield self._grant(grant)

    def _grant(self, grant: Grant) -> Reason:
        words = self._words(grant)
        if self._came == GONE:
            verb, _, rest = words.partition(" ")
            words = f"{_PAST.get(verb, verb)} {rest}"
        return Reason(grant.cause.kind, self._came, _id(grant), f"{self._label(grant)} {words}", grant.origins)

    def _words(self, grant: Grant) -> str:
        return self._strong.access.paths.grant_steps(grant)[0].text

    def _label(self, grant: Grant) -> str:
        return self._strong.access.directory.label(grant.principal)

    def _by_membership(self, principal: str, _vault: str, way: Way) -> Iterator[Reason]:
        here, there = self._strong.access.directory, self._weak.access.directory
        people = (principal, *(hop.target for hop in way.before))
        for grant in _real(way):
            if any(grant.principal in (each, *there.ways_up(each)) for each in people):
                continue
            chains = ((each, *here.ways_up(each).get(grant.principal, ())) for each in people)
            for member, group in (pair for chain in chains for pair in pairwise(chain)):
                if not there.is_in(member, group):
                    step = next(each for each in here.steps(member, group) if each.ref == group)
                    yield _membership(here, member, group, self._came, _origins(step))

    def _by_contents(self, _principal: str, vault: str, way: Way) -> Iterator[Reason]:
        """What a cause says has changed, though it is the same."""
        for grant in _real(way):
            if grant.cause.kind == "accessPolicy":
                yield from self._policy(grant)
            elif self._old.causes.get(key_of(grant)) != self._new.causes.get(key_of(grant)):
                yield self._condition(grant)
            else:
                yield from self._role(grant.role or "")
        beside = (scope_key(rung.ref) for rung in way.rungs if rung.edge == "V19" and rung.ref)  # where a copy is read
        for each in (vault, *beside):
            yield from self._settings(each, ("permission model",), "permissionModel")

    def _policy(self, grant: Grant) -> Iterator[Reason]:
        then, now = (side.policies[key_of(grant)] for side in (self._old, self._new))
        if grant.permissions & ~self._weak.policies[key_of(grant)].permissions:
            words = _change(set(unpack(then.permissions & WORDS)), set(unpack(now.permissions & WORDS)))
            text = f"the access policy of {self._label(grant)} on key vault {grant.scope.name}: {words}"
            yield Reason("accessPolicy", CHANGED, _id(grant), text, now.origins)

    def _condition(self, grant: Grant) -> Reason:
        then, now = (side.causes.get(key_of(grant)) for side in (self._old, self._new))
        word = "changed" if then and now else "added" if now else "removed"
        text = f"{self._label(grant)} {self._words(grant)}: the condition was {word}"
        return Reason(grant.cause.kind, CHANGED, _id(grant), text, grant.origins)

    def _role(self, key: str) -> Iterator[Reason]:
        """A role that gives more on the stronger side, or under other conditions."""
        then, now = (side.access.roles.get(key) for side in (self._old, self._new))
        if then is None or now is None or then.blocks == now.blocks:
            return
        more, less = (now, then) if self._strong.is_new else (then, now)
        if more.permissions & ~less.permissions or any(block.condition for block in less.blocks):
            words = _change(_actions(then.definition.blocks), _actions(now.definition.blocks)) or "its conditions"
            yield Reason("roleDefinition", CHANGED, key, f"role {now.name}: {words}", now.definition.origins)

    def _settings(self, vault: str, names: tuple[str, ...], kind: str) -> Iterator[Reason]:
        number, before = self._new.number(vault), self._old.number(vault)
        if number is None or before is None:
            return
        then, now = settings(self._old.access, before), settings(self._new.access, number)
        found = self._new.access.vaults[number]
        for name in names:
            if then[name] != now[name]:
                words = f"{name} of key vault {found.name}: {_said(then[name])} → {_said(now[name])}"
                yield Reason(kind, CHANGED, f"{vault}#{name}", words, found.origins)

    def _by_surroundings(self, principal: str, vault: str, way: Way) -> Iterator[Reason]:
        """Denies, the place of the subscription, switches of the vault, and roles that can be assigned."""
        here, there = (
            {scope_key(deny.assignment.id): deny.assignment for deny in side.denies(vault)}
            for side in (self._strong, self._weak)
        )
        for key in sorted(there.keys() - here.keys()):
            yield _deny(there[key], self._went)
        for key in sorted(there.keys() & here.keys()):
            if _content(there[key]) != _content(here[key]):
                yield _deny((here if self._strong.is_new else there)[key], CHANGED)
        yield from self._moved(vault)
        yield from self._carriers(way)
        if way.rungs:
            yield from self._settings(vault, _SWITCHES, "vaultSetting")
            for rung in way.rungs:
                if rung.ref:
                    yield from self._role(rung.ref)
            yield from self._roles()
        yield from self._denied_member(principal, there)

    def _carriers(self, way: Way) -> Iterator[Reason]:
        """A resource that acts as somebody on this side only, or is there on this side only."""
        there = {(each.id, each.principal, each.attached) for each in self._weak.access.snapshot.resources}
        kinds = {each.type for each in by_ids(way.edges)} - {""}
        for resource in self._strong.access.snapshot.resources if kinds else ():
            known = (resource.id, resource.principal, resource.attached) in there
            if not known and (resource.type or "").lower() in kinds:
                text = f"{resource.id} and whom it acts as"
                yield Reason("resource", self._came, resource.id, text, resource.origins)

    def _denied_member(self, principal: str, denies: dict[str, DenyAssignment]) -> Iterator[Reason]:
        """A deny that holds for a group one side has the principal in, or spares it."""
        here, there = self._strong.access.directory, self._weak.access.directory
        ups, others = here.groups_of(principal), there.groups_of(principal)
        for deny in denies.values():
            for group in sorted((ups ^ others).intersection((*deny.principals, *deny.excluded))):
                joined = group in self._new.access.directory.groups_of(principal)
                yield _membership(here, principal, group, NEW if joined else GONE)

    def _moved(self, vault: str) -> Iterator[Reason]:
        then, now = (
            side.access.estate.management_groups(number) if (number := side.number(vault)) is not None else None
            for side in (self._old, self._new)
        )
        if then != now:
            subscription = parse_scope(vault).subscription
            words = f"{_ancestry(then)} → {_ancestry(now)}"
            text = f"subscription {subscription.rpartition('/')[2]} moved between management groups: {words}"
            yield Reason("subscription", CHANGED, subscription, text)

    def _roles(self) -> Iterator[Reason]:
        """A role that can be assigned on this side, and is not there, or not the same, on the other."""
        for key, definition in sorted(self._strong.definitions.items()):
            if key in self._weak.definitions:
                yield from self._role(key)
            else:
                text = f"role {definition.name or key} can be assigned"
                yield Reason("roleDefinition", self._came, key, text, definition.origins)


def _real(way: Way) -> Iterator[Grant]:
    """The grants of a way that are facts of an input, not made on the way."""
    return (grant for grant in way.resting_on if grant.principal not in VIRTUAL)


def _deny(deny: DenyAssignment, what: str) -> Reason:
    text = f"deny assignment {deny.name or deny.id} at {scope_label(parse_scope(deny.scope))}"
    return Reason("denyAssignment", what, scope_key(deny.id), text, deny.origins)


def _membership(directory: Directory, member: str, group: str, what: str, origins: tuple[Origin, ...] = ()) -> Reason:
    words = "joined" if what == NEW else "left"
    return Reason("membership", what, group, f"{words} {directory.label(group)}", origins, directory.label(member))


def unseen(gap: Gap, *, is_new: bool) -> Reason:
    """The reason of what one side could not see."""
    words = "cannot be seen any more" if is_new else "could not be seen before"
    text = f"{gap.need} of {gap.subject} {words}: {gap.reason}"
    return Reason("gap", UNSEEN, f"{gap.need}/{scope_key(gap.subject)}", text, gap.origins)


def _id(grant: Grant) -> str:
    return "/".join(key_of(grant)[1:])


def _origins(step: Step) -> tuple[Origin, ...]:
    return (step.origin,) if step.origin else ()


def _actions(blocks: tuple[PermissionBlock, ...] | None) -> set[str]:
    found = set[str]()
    for block in blocks or ():
        found.update((*block.actions, *block.data_actions))
        found.update(f"not {action}" for action in (*block.not_actions, *block.not_data_actions))
    return found


def _change(then: set[str], now: set[str]) -> str:
    parts = (("added", sorted(now - then)), ("removed", sorted(then - now)))
    return "; ".join(f"{word} {', '.join(those)}" for word, those in parts if those)


def _content(deny: DenyAssignment) -> tuple[object, ...]:
    return (
        scope_key(deny.scope),
        deny.blocks,
        frozenset(deny.principals),
        frozenset(deny.excluded),
        deny.this_scope_only,
        (deny.effect or "").lower(),
        deny.condition,
    )


def _ancestry(groups: tuple[str, ...] | None) -> str:
    return "not known" if groups is None else " < ".join(each.rpartition("/")[2] for each in groups) or "none"


def _said(value: str | None) -> str:
    return "not known" if value is None else value
