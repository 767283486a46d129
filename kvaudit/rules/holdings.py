"""The live grants of an access in the order rules ask for them, and the words and confidence of findings about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import BY_NAME, KIND, TYPES, PermissionSet, unpack
from kvaudit.model.profile import Profile
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.base import Context, Meta, Result, not_seen
from kvaudit.rules.profiles import Teams

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

LIVE = frozenset({Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE})
_MANY = 6  # permissions and members in a sentence


class Holdings:
    """What is held over the vaults, found by what it gives. An estate has many grants, but few kinds of them."""

    def __init__(self, access: Access, profile: Profile) -> None:
        self.teams = Teams(profile, access.directory, access.roles)
        self._kinds: dict[tuple[str, PermissionSet], list[Grant]] = {}
        seen: set[tuple[str, str]] = set()
        self._divided: set[tuple[str, str]] = set()  # plane and cause of those that give in more than one way
        for grant in access.grants:
            if grant.verdict in LIVE:
                self._kinds.setdefault((grant.plane, grant.permissions), []).append(grant)
                key = (grant.plane, grant.cause.id)
                (self._divided if key in seen else seen).add(key)

    def giving(self, plane: str, some_of: PermissionSet) -> Iterator[tuple[Grant, ...]]:
        """The live grants of a plane that give any of these permissions, cause by cause."""
        divided: dict[str, list[Grant]] = {}
        for (held_on, permissions), grants in self._kinds.items():
            if held_on != plane or not permissions & some_of:
                continue
            for grant in grants:
                if (plane, grant.cause.id) in self._divided:
                    divided.setdefault(grant.cause.id, []).append(grant)
                else:
                    yield (grant,)
        yield from map(tuple, divided.values())


@lru_cache(maxsize=1)
def _holdings(access: Access, profile: Profile) -> Holdings:
    return Holdings(access, profile)


def holdings(context: Context) -> Holdings:
    """The holdings of a run; all its rules share them."""
    return _holdings(context.access, context.profile)


def joined(grants: Sequence[Grant]) -> Grant:
    """The grants of one cause as one: the strongest of them, with what they give and where, taken together."""
    if len(grants) == 1:
        return grants[0]
    strongest = max(grants, key=lambda grant: grant.verdict.strength)
    permissions = 0
    vaults: set[int] = set()
    for grant in grants:
        permissions |= grant.permissions
        vaults.update(grant.vaults)
    return msgspec.structs.replace(strongest, permissions=permissions, vaults=tuple(sorted(vaults)))


def part_of(grants: Sequence[Grant], part: Callable[[Grant], PermissionSet]) -> tuple[Grant, PermissionSet] | None:
    """Of the grants of one cause, joined, those that have a part, and the part; None where none has it."""
    having = [(grant, held) for grant in grants if (held := part(grant))]
    if not having:
        return None
    whole = 0
    for _, held in having:
        whole |= held
    return joined([grant for grant, _ in having]), whole


def sureness(grant: Grant) -> Confidence:
    """High for what is held outright; less for what must be activated or hangs on an undecided condition."""
    return Confidence.HIGH if grant.verdict is Verdict.DIRECT else Confidence.MEDIUM


def hedge(grant: Grant) -> str:
    """What a message must add where the access is not held outright: "" or words in brackets, with a blank before."""
    if grant.verdict is Verdict.ELIGIBLE:
        return " (once it activates the role)"
    if grant.verdict is Verdict.CONDITIONAL:
        return f" ({grant.reason})" if grant.reason else " (under a condition)"
    return ""


def permission_words(held: PermissionSet) -> str:
    """A set in a sentence: "secrets/get, keys/sign and 4 more"."""
    return _few([name.removeprefix("keyvault/") for name in unpack(held)])


def kinds_of(held: PermissionSet) -> str:
    """The permission class of a finding: "keys,secrets", "management"."""
    return ",".join(kind for kind in (*TYPES, "management") if held & KIND[kind])


def people(context: Context, members: Collection[str]) -> str:
    """Principals in a sentence, the first few by name."""
    return _few([context.access.directory.label(member) for member in members])


def _few(words: Sequence[str]) -> str:
    if len(words) <= _MANY:
        return ", ".join(words)
    return f"{', '.join(words[: _MANY - 1])} and {len(words) - _MANY + 1:,} more"


def unseen(meta: Meta, context: Context, principals: Collection[str]) -> Iterator[Result]:
    """What a rule answers, once, about principals of whom the input says nothing.

    Nothing, where the directory was listed and not known to be cut short: then there is nobody of that id.
    """
    snapshot = context.access.snapshot
    cut_short = any(each.fact == "principals" and not each.complete for each in snapshot.coverage)
    if not principals or ("principals" in snapshot.given and not cut_short):
        return
    subject = min(principals) if len(principals) == 1 else TENANT
    reason = f"type and name are not known of {people(context, sorted(principals))}"
    yield not_seen(meta, context, "principals", subject, reason)


def bit(name: str) -> PermissionSet:
    """One permission of the catalogue as a set."""
    return 1 << BY_NAME[name].index
