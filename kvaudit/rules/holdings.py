"""The live grants of an access in the order rules ask for them, and the words and confidence of findings about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

import msgspec

from kvaudit.access.engine import Access
from kvaudit.model.finding import Confidence, NotEvaluated
from kvaudit.model.grant import Grant
from kvaudit.model.permission import PermissionSet
from kvaudit.model.profile import Profile
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.base import Context, Meta, Result, not_seen
from kvaudit.rules.cohorts import Cohort, cohorts_of
from kvaudit.rules.foreigners import ForeignerIndex
from kvaudit.rules.grant_words import few
from kvaudit.rules.listing import Listing
from kvaudit.rules.profiles import Party, Teams

Vaults = tuple[int, ...]  # their numbers, as those of a grant
# What `az ad user list` leaves out, guests and disabled accounts, must be asked for by name.
_WHOLE_DIRECTORY = (
    "az rest --url 'https://graph.microsoft.com/v1.0/users"
    "?$select=id,displayName,userPrincipalName,userType,accountEnabled' > users.json; "
    "az ad sp list --all > service-principals.json; az ad group list > groups.json"
)


class Holdings:
    """What is held over the vaults, by cohorts and judged by the profile. The rules of a run share it."""

    def __init__(self, access: Access, profile: Profile) -> None:
        self.teams = Teams(profile, access.directory, access.roles)
        self.foreigners = ForeignerIndex(access.directory)
        self.listing = Listing(access)
        self._type_of = access.directory.type_of
        self._cohorts = cohorts_of(access, self.teams)
        # By identity, and kept by it: comparing grants and lists of vaults would cost more than joining them.
        self._joined: dict[tuple[int, ...], Grant] = {}
        self._united: dict[tuple[int, ...], tuple[tuple[Vaults, ...], Vaults]] = {}

    def cohorts(self, some_of: PermissionSet) -> Iterator[Cohort]:
        """The cohorts that are given any of these permissions."""
        return (cohort for cohort in self._cohorts if cohort.places(some_of))

    def beyond(
        self, cohort: Cohort, some_of: PermissionSet, parties: Sequence[Party] | None = None
    ) -> dict[int, PermissionSet]:
        """What of these permissions each grant of a cause gives beyond the profile of parties, by its place.

        The parties are all of the assignee's unless they are named. A grant that stays within it is left out.
        """
        those = cohort.parties if parties is None else parties
        excess = ((place, self.teams.beyond_all(those, grant) & some_of) for place, grant in enumerate(cohort.grants))
        return {place: held for place, held in excess if held}

    def exceeding(self, cohort: Cohort, some_of: PermissionSet) -> Iterator[tuple[Grant, PermissionSet]]:
        """What of these permissions the causes of a cohort give beyond the profile, each as one grant."""
        beyond = self.beyond(cohort, some_of)
        excess = union(beyond.values())
        return ((grant, excess) for grant in self.joined(cohort, tuple(beyond)))

    def joined(self, cohort: Cohort, places: Sequence[int]) -> Iterator[Grant]:
        """Of each cause of a cohort the grants at these places, as one grant; none for no place."""
        if len(places) == 1:
            place = places[0]
            return (grants[place] for grants in cohort.causes)
        return (self.join([grants[place] for place in places]) for grants in cohort.causes if places)

    def join(self, grants: Sequence[Grant]) -> Grant:
        """The grants of one cause as one: the strongest of them, with what they give and where, taken together."""
        if len(grants) == 1:
            return grants[0]
        key = tuple(map(id, grants))
        found = self._joined.get(key)
        if found is None:
            strongest = max(grants, key=lambda grant: grant.verdict.strength)
            permissions = union(grant.permissions for grant in grants)
            vaults = self.unite([grant.vaults for grant in grants])
            found = self._joined[key] = msgspec.structs.replace(strongest, permissions=permissions, vaults=vaults)
        return found

    def unite(self, extents: Iterable[Vaults]) -> Vaults:
        """All vaults of some lists of them, ascending. Who shares the lists shares the result, too."""
        different = {id(extent): extent for extent in extents}
        key = tuple(different)
        if len(key) == 1:
            return different[key[0]]
        known = self._united.get(key)
        if known is None:
            those = tuple(different.values())
            known = self._united[key] = those, tuple(sorted(set[int]().union(*those)))
        return known[1]

    def undecided(self, cohort: Cohort) -> frozenset[str]:
        """The holders of a cohort in no team of whom too little is known to say that they are in none."""
        seen = cohort.own.team is not None or cohort.own.need != "principals"
        return frozenset() if seen or self.listing.tells_of(self._type_of(cohort.holder)) else cohort.holders

    def knows(self, principal: str) -> Confidence:
        """How sure it is that the profile does not allow a principal what it seems not to."""
        return Confidence.MEDIUM if any(party.unseen for party in self.teams.parties(principal)) else Confidence.HIGH


def holdings(context: Context) -> Holdings:
    """The holdings of a run."""
    return context.once(_holdings)


def _holdings(context: Context) -> Holdings:
    return Holdings(context.access, context.profile)


def union(sets: Iterable[PermissionSet]) -> PermissionSet:
    """All permissions of some sets."""
    return reduce(or_, sets, 0)


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
