"""What is different between two looks at Azure: causes, what each of them changed for whom, settings, findings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kvaudit.model.finding import Confidence, Finding, Gap, Step, Verdict
from kvaudit.model.origin import Location, Origin
from kvaudit.model.permission import PermissionSet
from kvaudit.model.snapshot import Snapshot, Unresolved
from kvaudit.model.value import Value


class Kind(StrEnum):
    """What happened to an access."""

    GAINED = "gained"  # could not be had and can be obtained or is held now, or could be obtained and is held now
    LOST = "lost"  # the other way round
    CHANGED = "changed"  # held on both sides, or on neither, with another verdict or confidence
    APPEARED = "nowVisible"  # seen now; whether it was there before could not be seen
    VANISHED = "noLongerVisible"  # seen before; whether it is still there cannot be seen


class State(Value):
    """How a permission is had."""

    verdict: Verdict = Verdict.NONE
    confidence: Confidence = Confidence.HIGH  # of an escalation

    @property
    def level(self) -> int:
        """2: holds it, if under a condition or after an activation; 1: can obtain it; 0: neither, as far as is seen."""
        return _LEVELS.get(self.verdict, 0)

    @property
    def rank(self) -> tuple[int, int]:
        """By strength; the strongest has the least."""
        return -self.verdict.strength, -self.confidence

    def is_stronger(self, other: State) -> bool:
        """Whether it is more to have something like this than like the other."""
        return (-self.level, *self.rank) < (-other.level, *other.rank)


_LEVELS = {Verdict.DIRECT: 2, Verdict.CONDITIONAL: 2, Verdict.ELIGIBLE: 2, Verdict.ESCALATION: 1}


class Effect(Value):
    """What one cause changed in one way: all principals, permissions and vaults of which the same is to be said."""

    kind: Kind
    before: State
    after: State
    principals: tuple[str, ...]  # object ids: groups and their known members alike
    vaults: tuple[str, ...]  # ids as written
    permissions: PermissionSet
    object: str = ""  # "secrets/s1": on this object only
    path: tuple[Step, ...] = ()  # of the first principal, on the side where the access is stronger


class Change(Value):
    """One cause, with everything that follows from it.

    Kinds: roleAssignment, accessPolicy, eligibility, activation, membership, roleDefinition, permissionModel, vault,
    vaultSetting, denyAssignment, subscription, ownership, directoryRole, appRole, resource, gap, other.
    """

    kind: str
    what: str  # new | gone | changed | unseen
    id: str
    text: str
    effects: tuple[Effect, ...]
    origins: tuple[Origin, ...] = ()


class SettingChange(Value):
    """A setting of vaults that is different; None where it is not known."""

    name: str
    before: str | None
    after: str | None
    vaults: tuple[str, ...]


class FindingChange(Value):
    """A finding that one side has and the other has not."""

    kind: Kind  # gained: new; lost: went away; nowVisible, noLongerVisible: the other side could not be judged
    finding: Finding


class GapChange(Value):
    """Something that could not be seen on one side only."""

    kind: Kind  # nowVisible: seen now; noLongerVisible: not seen any more
    gap: Gap


class DiffReport(Value):
    """A finished comparison."""

    changes: tuple[Change, ...]
    settings: tuple[SettingChange, ...]
    findings: tuple[FindingChange, ...]
    gaps: tuple[GapChange, ...]
    locations: Mapping[Origin, Location]
    names: Mapping[str, str]
    types: Mapping[str, str]
    old: Snapshot
    new: Snapshot
    passed: bool  # nothing at the gates
    complete: bool

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """What is not known before deployment, on either side."""
        return tuple(dict.fromkeys((*self.old.unresolved, *self.new.unresolved)))

    def count(self, kind: Kind) -> int:
        """To how many principals this happened, on some vault."""
        effects = (effect for change in self.changes for effect in change.effects if effect.kind is kind)
        return len({principal for effect in effects for principal in effect.principals})
