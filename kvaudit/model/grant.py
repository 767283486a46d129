"""The unit of access: one cause gives one assignee one set of permissions over many vaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kvaudit.model.finding import Cause, Confidence, Path, Step, Verdict
from kvaudit.model.origin import Origin
from kvaudit.model.permission import PermissionSet
from kvaudit.model.scope import Scope
from kvaudit.model.value import Value

DATA_PLANE, MANAGEMENT_PLANE = "data", "management"
DEPTH = 4
"""How many actions of one's own a way through others may take, where nobody says otherwise."""

DIRECTORY_PLANE = "directory"  # an ownership or a role of the directory: it gives nothing on a vault by itself


class Grant(Value):
    """What one cause gives, as far as it gives it in one way.

    A role assignment over vaults of both permission models gives up to three grants: its data actions live on the
    RBAC vaults (direct), the same inert on the policy vaults (latent), and its management actions on all (direct).
    """

    cause: Cause
    principal: str  # the assignee's object id
    verdict: Verdict  # direct | conditional | eligible | latent | unknown; none: an entry that gives nothing
    plane: str  # data | management | directory
    permissions: PermissionSet
    vaults: tuple[int, ...]  # numbers of vaults in the snapshot, ascending; of a grant over resources, theirs
    scope: Scope  # where the assignment sits; of an access policy, its vault
    principal_type: str | None = None  # as the cause says it, or the directory
    role: str | None = None  # role key; None for an access policy; of a power over others what Graph calls it
    object: str = ""  # "secrets/s1": this object only
    reason: str = ""  # why it is not simply direct: the condition, the application, the missing fact
    bound: bool = False  # it rests on a condition that could not be decided for it alone
    condition: str | None = None  # the condition on the assignment, as written; one of the role itself is in `reason`
    need: str = ""  # of an unknown one: the section of the snapshot that would decide
    until: str | None = None  # when an activation or eligibility ends
    only_if: str = ""  # what a template declares it under, where only the deployment decides that
    origins: tuple[Origin, ...] = ()


class Answer(Value):
    """The answer to one question about one principal, for all vaults of which the same is to be said."""

    vaults: tuple[int, ...]  # numbers of vaults in the snapshot, ascending
    principal: str
    permission: str  # as asked
    verdict: Verdict
    paths: Sequence[Path] = ()
    matched: tuple[str, ...] = ()  # of several asked for, the ones that are held with this verdict
    cut: tuple[Step, ...] | None = None  # of an escalation: the fewest grants that break it; None: not asked


class Climbed(Value):
    """What an escalation gives on some of its vaults, by the best way there."""

    vaults: tuple[int, ...]
    gains: PermissionSet
    confidence: Confidence
    actions: int  # how many of his own it takes
    tell: Callable[[], tuple[Step, ...]]  # them in words


class Escalation(Value):
    """A grant that lets its holder obtain more: over these vaults, by this edge of the catalogue."""

    edge: str  # id in the catalogue: "V1"
    title: str
    grant: Grant  # what the holder has
    vaults: tuple[int, ...]
    gains: PermissionSet
    confidence: Confidence
    action: str  # the Azure action of the step: Microsoft.KeyVault/vaults/write
    roles: tuple[str, ...] = ()  # keys of roles it may assign to get there, for the assigning edges
    note: str = ""  # a condition nobody can decide, a lock in the way
    actions: int = 0  # how many of his own it takes
    tell: Callable[[], tuple[Step, ...]] = tuple  # them in words, when somebody asks: most are only counted
    targets: tuple[str, ...] = ()  # whom it comes to act as first, by this edge and this grant
    climbs: tuple[Climbed, ...] = ()  # by himself: where what is gained
