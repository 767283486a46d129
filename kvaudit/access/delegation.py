"""Which roles a holder of roleAssignments/write may give to whom, through the conditions that bind him.

Source: semantics 1.7.2. The constraints bind every way of assigning, eligible and scheduled requests included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kvaudit.access import conditions
from kvaudit.access.membership import Directory
from kvaudit.access.roles import Role, Roles
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, BY_NAME, CATALOGUE, OF_KEY_VAULT, PermissionSet, pack
from kvaudit.model.value import Value

ASSIGN_ACTION = CATALOGUE[ASSIGN_ROLES.bit_length() - 1].actions[0]
_REQUESTS = (
    "authorization/roleassignmentschedulerequests/write",
    "authorization/roleeligibilityschedulerequests/write",
)
REQUEST_ROLES = pack(_REQUESTS)
_REQUESTED = "whether the service asks for roleAssignments/write as well is not confirmed"
_PREFIX = "microsoft.authorization/roleassignments:"
PRINCIPAL_ID, PRINCIPAL_TYPE = f"{_PREFIX}principalid", f"{_PREFIX}principaltype"


Gates = tuple[tuple[str, ...], ...]


class Offer(Value):
    """Roles that can be assigned to one principal: the holder, a group it belongs to, or what is within its reach."""

    target: str
    roles: tuple[str, ...]  # keys; empty: any role
    confidence: Confidence
    note: str = ""
    edge: str = "V5"
    action: str = ASSIGN_ACTION


class Delegations:
    """What the holders of roleAssignments/write can do with it."""

    def __init__(self, roles: Roles, directory: Directory, within_reach: Callable[[str], Iterable[str]]) -> None:
        """`within_reach` names the groups that a principal can enter, and whom it can act as, the nearest first."""
        self._roles = roles
        self._directory = directory
        self._within_reach = within_reach
        self._assignable: tuple[Role, ...] | None = None
        self._allowed: dict[tuple[Gates, str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def offers(self, grant: Grant, holder: str) -> tuple[Offer, ...]:
        """What a grant of roleAssignments/write lets this holder of it assign so that the holder gains."""
        confidence = _CONFIDENCE[grant.verdict]
        if not grant.permissions & ASSIGN_ROLES:
            role = self._roles.get(grant.role or "")
            if role is None or role.permissions & ASSIGN_ROLES:
                return ()  # constraints on assigning bind requests as well
            action = next(
                CATALOGUE[BY_NAME[name].index].actions[0] for name in _REQUESTS if grant.permissions & pack([name])
            )
            return (Offer(holder, (), Confidence.LOW, _REQUESTED, "V8", action),)
        if not grant.bound:  # where it is conditional all the same, it may be denied
            return (Offer(holder, (), Confidence.LOW if grant.verdict is Verdict.CONDITIONAL else confidence),)
        return self._under(self.gates(grant), holder, confidence, grant.reason)

    def offers_of(self, role: Role, holder: str, confidence: Confidence) -> tuple[Offer, ...]:
        """What this role would let its holder assign, given to himself: its own conditions bind him still."""
        gates = gates_of(role, None)
        if not all(gates):  # a block without condition
            return (Offer(holder, (), confidence),)
        return self._under(gates, holder, confidence, f"under the condition of the role {role.name}")

    def _under(self, gates: Gates, holder: str, confidence: Confidence, reason: str) -> tuple[Offer, ...]:
        offers = []
        for target in self._targets(gates, holder) if _name_principals(gates) else (holder,):
            sure, unsure = self._roles_for(gates, target)
            if sure:
                offers.append(Offer(target, sure, confidence))
            if unsure:
                offers.append(Offer(target, unsure, Confidence.LOW, reason))
        return tuple(offers)

    def _targets(self, gates: Gates, holder: str) -> Iterable[str]:
        """Whom a holder gains by giving them a role: himself, and those that the conditions tell from others.

        Of those that no condition names the nearest of each type stands for all.
        """
        text = _dashless("".join(text for gate in gates for text in gate))
        kinds: dict[str | None, str] = {}
        named: list[str] = []
        for each in (*sorted(self._directory.ways_up(holder)), *self._within_reach(holder)):
            if _dashless(each) in text:
                named.append(each)
            else:
                kinds.setdefault(self._directory.type_of(each), each)
        return dict.fromkeys((holder, *sorted(named), *sorted(kinds.values())))

    def gates(self, grant: Grant) -> Gates:
        """The conditions of each block of the role that gives the operation: one block's must hold, all of them."""
        role = self._roles.get(grant.role or "")
        return gates_of(role, grant.condition) if role else ()

    def names_principals(self, grant: Grant) -> bool:
        """Whether who gets the role matters to the conditions."""
        return _name_principals(self.gates(grant))

    def _roles_for(self, gates: Gates, target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The keys of the roles that may be assigned to a target, and of those that perhaps may."""
        kind = self._directory.type_of(target) or ""
        key = (gates, target if _name_principals(gates) else "", kind)
        found = self._allowed.get(key)
        if found is None:
            sure, unsure = [], []
            for role in self.assignable():
                known: dict[tuple[str, str], str] = {
                    ("request", f"{_PREFIX}roledefinitionid"): role.key,
                    ("request", PRINCIPAL_ID): target,
                }
                if kind:
                    known["request", PRINCIPAL_TYPE] = kind
                truths = [conditions.decide(gate, conditions.Attributes(ASSIGN_ACTION, known)).value for gate in gates]
                if any(truth is True for truth in truths):
                    sure.append(role.key)
                elif any(truth is None for truth in truths):
                    unsure.append(role.key)
            found = self._allowed[key] = (tuple(sure), tuple(unsure))
        return found

    def assignable(self) -> tuple[Role, ...]:
        """Every known role that gives anything of the catalogue, by name."""
        if self._assignable is None:
            giving = (role for role in self._roles.every() if role.permissions)
            self._assignable = tuple(sorted(giving, key=lambda role: (role.custom, role.name, role.key)))
        return self._assignable

    def among(self, offer: Offer) -> tuple[Role, ...]:
        """The roles of an offer."""
        if not offer.roles:
            return self.assignable()
        keys = set(offer.roles)
        return tuple(role for role in self.assignable() if role.key in keys)


def gates_of(role: Role, condition: str | None) -> Gates:
    """The conditions of each block of a role that gives roleAssignments/write, with that of an assignment of it."""
    return tuple(
        tuple(text for text in (block.condition, condition) if text)
        for block in role.blocks
        if block.management & ASSIGN_ROLES
    )


def _dashless(text: str) -> str:
    return text.replace("-", "").lower()


def _name_principals(gates: Gates) -> bool:
    """Whether conditions ask who gets the role, or of what type: what is not for the holder may be for its groups."""
    return any(f"{_PREFIX}principal" in text.lower() for gate in gates for text in gate)


def narrowest(roles: tuple[Role, ...], wanted: PermissionSet) -> Role | None:
    """The role that gives most of what is wanted and least beside the vault; the first by name among equals."""
    giving = [role for role in roles if role.permissions & wanted] if wanted else []
    return min(giving, key=lambda role: _breadth(role, wanted), default=None)


def _breadth(role: Role, wanted: PermissionSet) -> tuple[int, int, int, str]:
    held = role.permissions
    return -(held & wanted).bit_count(), (held & ~OF_KEY_VAULT).bit_count(), held.bit_count(), role.name


_CONFIDENCE = {
    Verdict.DIRECT: Confidence.HIGH,
    Verdict.CONDITIONAL: Confidence.HIGH,  # its conditions were put to this very request
    Verdict.ELIGIBLE: Confidence.MEDIUM,
    Verdict.UNKNOWN: Confidence.LOW,
}
