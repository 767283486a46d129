"""How far the input reaches: which facts are known for which vault, and the gaps that follow.

Source: the snapshot format, section 3: a section that was given and is empty says that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kvaudit.access.carriers import Carriers
from kvaudit.access.edges import anywhere, completed_elsewhere
from kvaudit.access.elsewhere import Elsewhere
from kvaudit.access.estate import Estate, Tree
from kvaudit.access.in_force import Holding
from kvaudit.access.membership import Directory
from kvaudit.model.directory import is_object_id
from kvaudit.model.finding import Gap, Verdict
from kvaudit.model.grant import MANAGEMENT_PLANE, Grant
from kvaudit.model.origin import Origin
from kvaudit.model.permission import READ_ONLY
from kvaudit.model.remedy import remedy
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Coverage, Snapshot

_ROWS_OF_A_SUBSCRIPTION = {  # listed a subscription at a time, so one row of it stands for the whole list
    "roleAssignments": "role_assignments",
    "denyAssignments": "deny_assignments",
    "roleEligibilities": "eligibilities",
    "roleActivations": "activations",
    "locks": "locks",
}
_MAY_BE_FROM_ELSEWHERE = ("roleAssignments", "roleEligibilities")  # delegated to another tenant, so in no list


class Completeness:
    """What is known to be complete, by section and vault, or other resource whose place is in a tree."""

    def __init__(self, snapshot: Snapshot, tree: Tree) -> None:
        self._snapshot = snapshot
        self._tree = tree
        self._coverage: dict[str, dict[str, list[Coverage]]] = {}
        for each in snapshot.coverage:
            self._coverage.setdefault(each.fact, {}).setdefault(each.scope, []).append(each)
        self._uneven = {
            each.fact for each in snapshot.coverage if each.scope not in (TENANT, _subscription(each.scope))
        }
        self._listed: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, str], bool | None] = {}
        self._settings = {each.vault for each in snapshot.diagnostic_settings}

    def known(self, section: str, number: int) -> bool | None:
        """Whether a section is known whole for a vault: True, False (in part), None (nothing of it was given)."""
        if section == "vaults":
            vault = self._snapshot.vaults[number]
            whole = vault.has_properties and vault.uses_rbac is not None and vault.policies is not None
            # Of a page that was cut off other vaults are missing; what is said of this vault alone is its own damage.
            own = self._coverage.get(section, {}).get(self._tree.scopes[number].key, ())
            return whole and all(each.complete for each in own)
        if section == "diagnosticSettings":
            stated = self._stated(section, self._tree.scopes[number].key, number)
            if stated is None and self._tree.scopes[number].key in self._settings:
                return True
            return stated if stated is not None else self._given(section)
        subscription = self._tree.scopes[number].subscription
        if section in self._uneven:
            return self._in_subscription(section, subscription, number)  # coverage may be narrower or wider than it
        key = (section, subscription)
        if key not in self._known:
            self._known[key] = self._in_subscription(section, subscription, number)
        return self._known[key]

    def is_partial(self, section: str, number: int) -> bool:
        """Whether a section is said to be incomplete for a vault: looked for, and not all of it came back."""
        return self._stated(section, self._tree.scopes[number].key, number) is False

    def _in_subscription(self, section: str, subscription: str, number: int) -> bool | None:
        stated = self._stated(section, self._tree.scopes[number].key, number)
        if stated is not None:
            return stated
        if section in _ROWS_OF_A_SUBSCRIPTION and subscription in self._subscriptions_of(section):
            return True
        return self._given(section)

    def _given(self, section: str) -> bool | None:
        return False if section in self._snapshot.given else None

    def _stated(self, section: str, key: str, number: int) -> bool | None:
        """What the coverage says for a vault: a scope known to be partial outweighs one said to be complete."""
        by_scope = self._coverage.get(section)
        if not by_scope:
            return None
        found = [each for scope in (*self._tree.chain(number), key, TENANT) for each in by_scope.get(scope, ())]
        return all(each.complete for each in found) if found else None

    def _subscriptions_of(self, section: str) -> frozenset[str]:
        if section not in self._listed:
            rows: Iterable[Any] = getattr(self._snapshot, _ROWS_OF_A_SUBSCRIPTION[section])
            if section in _MAY_BE_FROM_ELSEWHERE:
                rows = (row for row in rows if not row.from_elsewhere)
            texts = {row.scope for row in rows}
            self._listed[section] = frozenset(_subscription(text) for text in texts)
        return self._listed[section]

    def why_unknown(self, number: int) -> str:
        """Why a vault's own properties are not known whole."""
        vault = self._snapshot.vaults[number]
        if not vault.has_properties:
            return "listed without its properties"
        for each in self._coverage.get("vaults", {}).get(self._tree.scopes[number].key, ()):
            if not each.complete:
                return each.reason
        return "its permission model is not known" if vault.uses_rbac is None else "its access policies are not known"

    def reason(self, section: str, number: int) -> str:
        """Why a section is not known whole for a vault."""
        for scope in (*self._tree.chain(number), TENANT):
            for each in self._coverage.get(section, {}).get(scope, ()):
                if not each.complete and each.reason:
                    return each.reason
        return "not given" if section not in self._snapshot.given else "given, but not for this scope"


def _subscription(text: str) -> str:
    """The key of the subscription a scope lies in, without parsing the rest of it."""
    parts = text.split("/", 3)
    return f"/subscriptions/{parts[2].lower()}" if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def no_vault_gap(snapshot: Snapshot) -> Iterator[Gap]:
    """Vaults that nobody looked for: nothing was judged, which is no pass. What declares none has none."""
    looked_for = "vaults" in snapshot.given or any(document.declares for document in snapshot.documents)
    if not snapshot.vaults and not looked_for:
        yield Gap("vaults", TENANT, "no vault was given", remedy("vaults", TENANT))


def vault_gaps(estate: Estate, completeness: Completeness) -> Iterator[Gap]:
    """Vaults whose properties, logs or role assignments are not known."""
    without_assignments: dict[str, tuple[int, int]] = {}
    for number, vault in enumerate(estate.vaults):
        if not completeness.known("vaults", number):
            reason = completeness.why_unknown(number)
            yield Gap("vaults", vault.id, reason, remedy("vaults", vault.id), origins=vault.origins)
        if not completeness.known("roleAssignments", number):
            subscription = estate.scopes[number].subscription or vault.id
            first, count = without_assignments.get(subscription, (number, 0))
            without_assignments[subscription] = (first, count + 1)
        if not completeness.known("diagnosticSettings", number):
            reason = f"diagnostic settings: {completeness.reason('diagnosticSettings', number)}"
            yield Gap("diagnosticSettings", vault.id, reason, remedy("diagnosticSettings", vault.id))
    for subscription, (number, count) in without_assignments.items():
        reason = f"role assignments: {completeness.reason('roleAssignments', number)} ({count} vaults)"
        yield Gap("roleAssignments", subscription, reason, remedy("roleAssignments", subscription))


_STATED = (
    "vaults",
    "denyAssignments",
    "roleEligibilities",
    "roleActivations",
    "rolePolicies",
    "locks",
    "principals",
    "applications",
    "vaultObjects",
    "deletedVaults",
    "managedHsms",
    "managedHsmRoles",
)
"""Sections of which a look that came back partial is a gap wherever it was; others matter with what rests on them."""


def stated_gaps(snapshot: Snapshot, estate: Estate) -> Iterator[Gap]:
    """What the collector says was looked for and did not come back whole.

    Damage in rows is a gap already; what is said of one listed vault matters with what is asked about it, save for its
    objects, which nothing that ships asks about.
    """
    told = {(gap.need, gap.reason) for gap in snapshot.gaps}
    for each in snapshot.coverage:
        asked_about = each.scope in estate.number and each.fact != "vaultObjects"
        if each.complete or asked_about or (each.fact, each.reason) in told:
            continue
        if each.fact in _STATED:
            yield Gap(each.fact, each.scope, each.reason, remedy(each.fact, each.scope))


def _told(snapshot: Snapshot, fact: str, name: str) -> str:
    """What the collector says of why something is not known, by the name at the end of its id; nothing, or a clause."""
    reasons = {each.scope.rsplit("/", 1)[-1]: each.reason for each in snapshot.coverage
               if each.fact == fact and not each.complete and each.reason}  # fmt: skip
    reason = reasons.get(name.lower()) or reasons.get(TENANT) or next(iter(reasons.values()), "")
    return f"; {reason}" if reason else ""


def grant_gaps(grants: Iterable[Grant], estate: Tree, snapshot: Snapshot) -> Iterator[Gap]:
    """Roles without definition and management groups without place, each once."""
    roles: dict[str, Grant] = {}
    places: dict[str, str] = {}
    for grant in grants:
        if grant.need == "roleDefinitions" and grant.role:
            roles.setdefault(grant.role, grant)
        elif grant.need == "subscriptions":
            for number in grant.vaults:
                places.setdefault(estate.scopes[number].subscription, grant.scope.name)
    for role, grant in sorted(roles.items()):
        yield _undefined(role, grant.scope.key, grant.origins, snapshot)
    for subscription, name in sorted(places.items()):
        told = _told(snapshot, "subscriptions", subscription.rsplit("/", 1)[-1])
        reason = f"its management groups are not known, and roles are assigned at {name}{told}"
        yield Gap("subscriptions", subscription, reason, remedy("subscriptions", subscription))


def completing_gaps(
    grants: Iterable[Grant], elsewhere: Elsewhere, directory: Directory, snapshot: Snapshot
) -> Iterator[Gap]:
    """Roles without definition, assigned where no vault is, that may complete a way which begins on one, each once."""
    begins: set[str] = set()
    told: set[str | None] = set()
    for grant in grants:
        if grant.need == "roleDefinitions":
            told.add(grant.role)
        elif _counts(grant) and grant.permissions & completed_elsewhere() and anywhere() & ~grant.permissions:
            begins.add(grant.principal)
    roles: dict[str, Holding] = {}
    for holder, holding in elsewhere.undefined():
        everyone = (holder, *directory.members_of(holder).ids)
        if any(not begins.isdisjoint((each, *directory.ways_up(each))) for each in everyone):
            roles.setdefault(holding[0].role, holding)
    for role, (row, _, _) in sorted(roles.items()):
        if role not in told:
            yield _undefined(role, scope_key(row.scope), row.origins, snapshot)


def _undefined(role: str, scope: str, origins: tuple[Origin, ...], snapshot: Snapshot) -> Gap:
    reason = f"the definition of this role was not given; it is assigned at {scope}"
    told = _told(snapshot, "roleDefinitions", role)
    return Gap("roleDefinitions", role, reason + told, remedy("roleDefinitions", role), origins=origins)


def uncontrolled(carriers: Carriers, known: Completeness) -> Iterator[tuple[Gap, frozenset[str]]]:
    """Subscriptions whose role assignments are not known, with the identities that their resources act as."""
    places: dict[str, list[int]] = {}
    for number in range(len(carriers.resources)):
        if not known.known("roleAssignments", number):
            places.setdefault(carriers.scopes[number].subscription, []).append(number)
    for subscription, numbers in sorted(places.items()):
        reason = f"role assignments: {known.reason('roleAssignments', numbers[0])}; who controls resources there that "
        reason += "act as principals with access is not known"
        gap = Gap("roleAssignments", subscription, reason, remedy("roleAssignments", subscription))
        yield gap, frozenset().union(*(carriers.identities[number] for number in numbers))


def holder_gaps(grants: Iterable[Grant], directory: Directory, snapshot: Snapshot) -> Iterator[Gap]:
    """Groups that hold access without their members, and holders that no list of principals has, each once.

    Where the list is said to be whole, who is not in it is known to be none of the tenant.
    """
    listed = _listed(snapshot)
    first: dict[str, Grant] = {}
    for grant in grants:
        if grant.principal not in first and _counts(grant):
            first[grant.principal] = grant
    for principal, grant in sorted(first.items()):
        if directory.is_group(principal):
            if not directory.members_of(principal).complete:
                gap = group_gap(principal, directory)
                told = _told(snapshot, "groupMembers", principal)
                yield msgspec.structs.replace(gap, reason=gap.reason + told)
        elif listed is False and directory.is_stranger(principal):
            yield _stranger_gap(principal, grant)


def _listed(snapshot: Snapshot) -> bool | None:
    """Whether the list of principals is said to be whole; None where there is no list at all."""
    if "principals" not in snapshot.given:
        return None
    return any(each.fact == "principals" and each.scope == TENANT and each.complete for each in snapshot.coverage)


def _stranger_gap(principal: str, grant: Grant) -> Gap:
    reason = "holds access, and no list of principals has it: what it is, and who is behind it, is not known"
    command = f"az rest --url https://graph.microsoft.com/v1.0/directoryObjects/{principal}"
    return Gap("principals", principal, reason, command, origins=grant.origins)


def _counts(grant: Grant) -> bool:
    """Whether who holds a grant matters: it gives something, and more than a look at the vault's settings."""
    if grant.verdict in (Verdict.LATENT, Verdict.NONE):
        return False
    return grant.plane != MANAGEMENT_PLANE or bool(grant.permissions & ~READ_ONLY)


def group_gap(group: str, directory: Directory) -> Gap:
    """A group that holds access and whose members are not all known."""
    own = directory.knows_members(group)
    reason = "the members of a group inside it were not given" if own else "its members were not given"
    return Gap("groupMembers", group, f"{directory.label(group)} holds access; {reason}", remedy("groupMembers", group))


def veiled(snapshot: Snapshot, directory: Directory, grants: Iterable[Grant]) -> Iterator[Gap]:
    """Holders of no known type, where the list of principals is not whole: each may be a group, whoever is in it."""
    if _listed(snapshot) is not False:
        return
    why = next((each.reason for each in snapshot.coverage if each.fact == "principals" and not each.complete), None)
    holders = {grant.principal: grant for grant in grants}
    for principal in sorted(filter(directory.may_be_group, holders)):
        grant = holders[principal]
        if why is None:
            yield _stranger_gap(principal, grant)
        else:
            reason = f"holds access, and may be a group, as its type was not read: {why}"
            yield Gap("principals", principal, reason, remedy("principals", principal))


def open_gaps(snapshot: Snapshot, directory: Directory, grants: Iterable[Grant]) -> Iterator[Gap]:
    """Holders that code refers to and does not declare: before it is deployed each may be anybody who exists."""
    holders = {grant.principal: grant for grant in grants if any(each.document.declares for each in grant.origins)}
    identities = {each.principal for each in snapshot.resources}
    for principal in sorted(holders.keys() - identities):
        if not is_object_id(principal) and directory.name(principal) is None:  # what is declared has a name
            reason = "holds access, and may be anybody: who it is is not known before deployment"
            yield Gap("principals", principal, reason, "", origins=holders[principal].origins)


TAKEOVER_FACTS = ("resources", "owners", "directoryRoles", "appRoleAssignments", "groupEligibilities")
"""What ways to act as somebody else rest on: deeper facts all of them."""

_IDENTITY = "microsoft.managedidentity/userassignedidentities"


def takeover_gaps(snapshot: Snapshot, directory: Directory, grants: Iterable[Grant]) -> Iterator[Gap]:
    """What was looked for of the facts that say who can act as whom, and came back in part.

    Owners that are not all known matter only where what they own holds access.
    """
    vested = {grant.principal for grant in grants}
    held_by = {principal.app_id for each in vested if (principal := directory.principal(each)) and principal.app_id}
    for each in snapshot.coverage:
        application = directory.applications.get(each.scope)
        of_no_matter = (
            each.fact == "owners"
            and each.scope not in vested
            and (directory.type_of(each.scope) is not None or application is not None)
            and (application is None or application.app_id not in held_by)
        )
        if each.fact in TAKEOVER_FACTS and not each.complete and not of_no_matter:
            yield Gap(each.fact, each.scope, each.reason, remedy(each.fact, each.scope), origins=each.origins)
    known = {each.id for each in snapshot.resources if each.principal}
    for resource in snapshot.resources:
        own = (resource.id,) if (resource.type or "").lower() == _IDENTITY else ()
        for identity in (*own, *resource.attached):
            if identity not in known:
                known.add(identity)  # once is enough
                reason = "whom this identity acts as was not given"
                yield Gap("resources", identity, reason, f"az identity show --ids {identity}", origins=resource.origins)
