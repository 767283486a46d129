"""The live grants of an access in the order rules ask for them, and the words and confidence of findings about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from weakref import WeakKeyDictionary

import msgspec

from kvaudit.access.engine import Access
from kvaudit.model.finding import Confidence, NotEvaluated, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.profile import Profile
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.base import Context, Meta, Result, not_seen
from kvaudit.rules.foreigners import ForeignerIndex
from kvaudit.rules.grant_words import few
from kvaudit.rules.listing import Listing
from kvaudit.rules.profiles import Party, Teams

LIVE = frozenset({Verdict.DIRECT, Verdict.CONDITIONAL, Verdict.ELIGIBLE})
# What `az ad user list` leaves out, guests and disabled accounts, must be asked for by name.
_WHOLE_DIRECTORY = (
    "az rest --url 'https://graph.microsoft.com/v1.0/users"
    "?$select=id,displayName,userPrincipalName,userType,accountEnabled' > users.json; "
    "az ad sp list --all > service-principals.json; az ad group list > groups.json"
)


class Holdings:
    """What is held over the vaults, found by what it gives. An estate has many grants, but few kinds of them."""

    def __init__(self, access: Access, profile: Profile) -> None:
        self.teams = Teams(profile, access.directory, access.roles)
        self.foreigners = ForeignerIndex(access.directory)
        self.listing = Listing(access)
        self._type_of = access.directory.type_of
        causes: dict[str, list[Grant]] = {}
        for grant in access.grants:
            if grant.verdict in LIVE:
                causes.setdefault(grant.cause.id, []).append(grant)
        self._kinds: dict[tuple[PermissionSet, ...], list[tuple[Grant, ...]]] = {}
        for grants in causes.values():
            self._kinds.setdefault(tuple([grant.permissions for grant in grants]), []).append(tuple(grants))

    def giving(self, some_of: PermissionSet) -> Iterator[tuple[Grant, ...]]:
        """The live grants that give any of these permissions, cause by cause."""
        for held, causes in self._kinds.items():
            places = [place for place, permissions in enumerate(held) if permissions & some_of]
            if len(places) == len(held):
                yield from causes
            elif len(places) == 1:
                place = places[0]
                yield from ((grants[place],) for grants in causes)
            elif places:
                yield from (tuple([grants[place] for place in places]) for grants in causes)

    def beyond(
        self, grants: Sequence[Grant], some_of: PermissionSet, parties: Sequence[Party] | None = None
    ) -> tuple[Grant, PermissionSet] | None:
        """What of these permissions the grants of one cause give beyond the profile of the parties that hold them.

        The parties are all of the assignee's unless they are named.
        """
        those = self.teams.parties(grants[0].principal) if parties is None else parties
        having = [(grant, held) for grant in grants if (held := self.teams.beyond_all(those, grant) & some_of)]
        if not having:
            return None
        whole = 0
        for _, part in having:
            whole |= part
        return joined([grant for grant, _ in having]), whole

    def is_unseen(self, principal: str) -> bool:
        """Whether too little is known of a principal in no team to say that it is in none."""
        own = self.teams.of(principal)
        return own.team is None and own.need == "principals" and not self.listing.tells_of(self._type_of(principal))

    def knows(self, principal: str) -> Confidence:
        """How sure it is that the profile does not allow a principal what it seems not to."""
        return Confidence.MEDIUM if any(party.unseen for party in self.teams.parties(principal)) else Confidence.HIGH


_of_access: WeakKeyDictionary[Access, tuple[Profile, Holdings]] = WeakKeyDictionary()


def holdings(context: Context) -> Holdings:
    """The holdings of a run, which all its rules share; they are let go with the access they are of."""
    profile, held = _of_access.get(context.access, (None, None))
    if held is None or profile is not context.profile:
        held = Holdings(context.access, context.profile)
        _of_access[context.access] = (context.profile, held)
    return held


def joined(grants: Sequence[Grant]) -> Grant:
    """The grants of one cause as one: the strongest of them, with what they give and where, taken together."""
    if len(grants) == 1:
        return grants[0]
    strongest = max(grants, key=lambda grant: grant.verdict.strength)
    permissions = 0
    extents: dict[int, tuple[int, ...]] = {}  # by identity: the grants of one scope share one long tuple
    for grant in grants:
        permissions |= grant.permissions
        extents[id(grant.vaults)] = grant.vaults
    vaults = strongest.vaults
    if len(extents) > 1:
        vaults = tuple(sorted(set().union(*extents.values())))
    return msgspec.structs.replace(strongest, permissions=permissions, vaults=vaults)


def people(context: Context, members: Sequence[str]) -> str:
    """Principals in a sentence, the first few by name."""
    return few(members, context.access.directory.label)


def unseen(meta: Meta, context: Context, principals: Collection[str], what: str) -> Iterator[Result]:
    """What a rule answers, once, about principals of whom the input does not say what the rule must know.

    A list of principals that leaves this out was not made for it (`az ad user list` knows no guests, a list of users no
    groups): the rule is not evaluated for them, which is no gap. A list known to be cut short is one.
    """
    if principals and holdings(context).listing.given:
        yield NotEvaluated("principals", (meta.id,), _WHOLE_DIRECTORY)
    elif principals:
        subject = min(principals) if len(principals) == 1 else TENANT
        reason = f"{what} not known of {people(context, sorted(principals))}"
        yield not_seen(meta, context, "principals", subject, reason)
