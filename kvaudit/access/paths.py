"""Paths in words: from a principal over what it holds and does to the vault, each step with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kvaudit.access.chains import Chain
from kvaudit.access.escalation import Rung
from kvaudit.access.estate import Estate
from kvaudit.access.impersonation import VIRTUAL
from kvaudit.access.membership import Directory
from kvaudit.access.network import reachability
from kvaudit.access.roles import Roles
from kvaudit.model.finding import Step, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import WORDS, unpack
from kvaudit.model.scope import Level, Scope
from kvaudit.model.vault import Vault

_NETWORK = {
    "open": "reachable from every network",
    "restricted": "reachable from the networks its firewall lists",
    "private": "closed to public networks",
    "unknown": "network not known",
}

_FEW = 3  # principals in a sentence


class Paths:
    """Writes the steps of paths."""

    def __init__(self, estate: Estate, directory: Directory, roles: Roles) -> None:
        self._estate = estate
        self._directory = directory
        self._roles = roles
        self._ends: dict[int, Step] = {}
        self._given: dict[int, tuple[Grant, tuple[Step, ...]]] = {}  # by identity of the grant, which is kept with it

    def of(self, principal: str, grant: Grant) -> tuple[Step, ...]:
        """From a principal to what a grant gives."""
        return self.heads(principal, (grant.principal,)) + self.grant_steps(grant)

    def heads(self, principal: str, holders: tuple[str, ...]) -> tuple[Step, ...]:
        """From a principal to what it holds itself or through groups."""
        if holders == (principal,):
            return self._directory.steps(principal, principal)
        if len(holders) == 1:
            return self._directory.steps(principal, holders[0])
        return tuple(dict.fromkeys(step for holder in holders for step in self._directory.steps(principal, holder)))

    def onward(self, grants: Sequence[Grant], rungs: Sequence[Rung]) -> tuple[Step, ...]:
        """From the holders of grants on: what they are given, and the actions taken with it."""
        if len(grants) == 1 and not rungs:
            return self.grant_steps(grants[0])
        steps = dict.fromkeys(step for grant in grants for step in self.grant_steps(grant))
        return (*steps, *actions_told(rungs))

    def along(self, chain: Chain, grants: Sequence[Grant], rungs: Sequence[Rung] = ()) -> tuple[Step, ...]:
        """From the holders of the first grants of a chain to what these grants of its end lead to."""
        parts = [*((hop.deed.way.grants, hop.told(self._directory.label)) for hop in chain.hops), (grants, rungs)]
        steps = self.onward(*parts[0])
        person: tuple[str, ...] = ()
        for hop, part in zip(chain.hops, parts[1:], strict=True):
            entered = self._directory.is_group(hop.target)
            person = (*person, hop.target) if entered else (hop.target,)
            steps += (*self._heads_of(person, holders_of(part[0])), *self.onward(*part))
        return steps

    def _heads_of(self, person: tuple[str, ...], holders: tuple[str, ...]) -> tuple[Step, ...]:
        """From whom one has become to what he holds; what the one who began holds himself was told at the start."""
        found: dict[Step, None] = {}
        for holder in holders:
            own = next((each for each in person if holder == each or holder in self._directory.ways_up(each)), None)
            if own is not None and own not in VIRTUAL:
                found.update(dict.fromkeys(self._directory.steps(own, holder)))
        return tuple(found)

    def grant_steps(self, grant: Grant) -> tuple[Step, ...]:
        """What the cause of a grant says, and what binds it."""
        known = self._given.get(id(grant))
        if known is None:
            known = self._given[id(grant)] = grant, self._steps_of(grant)
        return known[1]

    def _steps_of(self, grant: Grant) -> tuple[Step, ...]:
        origin = grant.origins[0] if grant.origins else None
        step = Step(_STEP_KIND[grant.cause.kind], self._cause(grant), grant.cause.id, origin)
        if grant.reason and grant.verdict is not Verdict.UNKNOWN:
            kind = "condition" if grant.verdict in (Verdict.CONDITIONAL, Verdict.ELIGIBLE) else "gap"
            return step, Step(kind, grant.reason, grant.condition or "")
        if grant.reason:
            return step, Step("gap", grant.reason, grant.need)
        return (step,)

    def _cause(self, grant: Grant) -> str:
        if grant.cause.kind == "accessPolicy":
            return f"is given {words(grant)} by an access policy of {grant.scope.name}"
        if grant.cause.kind == "ownership":
            return f"owns {grant.scope.name}"
        if grant.cause.kind == "directoryRole":
            if grant.verdict is Verdict.ELIGIBLE:
                return f"is eligible for the directory role {grant.role}, and must activate it first"
            return f"holds the directory role {grant.role}"
        if grant.cause.kind == "groupEligibility":
            return f"is eligible for {grant.role} of {grant.scope.name}, and must activate it first"
        if grant.cause.kind == "appRole":
            return f"holds the application permission {grant.role} of {grant.scope.name}"
        where = f"at {scope_label(grant.scope)}"
        role = self.role_name(grant.role or "")
        end = f" until {grant.until}" if grant.until else ""
        if grant.cause.kind == "eligibility":
            return f"is eligible for {role} {where}{end}, and must activate it first"
        if grant.cause.kind == "activation":
            return f"has activated {role} {where}{end}"
        return f"is assigned {role} {where}"

    def some(self, principals: Sequence[str]) -> str:
        """Principals in a sentence, the first few by name."""
        shown = ", ".join(map(self._directory.label, principals[:_FEW]))
        return shown if len(principals) <= _FEW else f"{shown} and {len(principals) - _FEW:,} more"

    def role_name(self, key: str) -> str:
        """A role in words."""
        role = self._roles.get(key)
        return role.name if role else f"role {key} (definition not given)"

    def vault_step(self, number: int) -> Step:
        """The end of a path: the vault, with who reaches it over the network."""
        step = self._ends.get(number)
        if step is None:
            vault = self._estate.vaults[number]
            origin = vault.origins[0] if vault.origins else None
            step = Step("vault", f"key vault {vault.name}, {network_words(vault)}", vault.id, origin)
            self._ends[number] = step
        return step


def actions_told(rungs: Iterable[Rung]) -> tuple[Step, ...]:
    """The actions of a climb as steps."""
    return tuple([Step("action", rung.text, rung.ref or rung.action) for rung in rungs])


def holders_of(grants: Sequence[Grant]) -> tuple[str, ...]:
    """Who holds grants, each once."""
    return tuple(dict.fromkeys(grant.principal for grant in grants))


def network_words(vault: Vault) -> str:
    """Who reaches a vault over the network, in words."""
    return _NETWORK[reachability(vault)]


_STEP_KIND = {
    "roleAssignment": "assignment",
    "accessPolicy": "policy",
    "eligibility": "eligibility",
    "activation": "activation",
    "ownership": "ownership",
    "directoryRole": "directoryRole",
    "groupEligibility": "groupEligibility",
    "appRole": "appRole",
}


def scope_label(scope: Scope) -> str:
    """A scope in words: "resource group rg-app"."""
    if scope.level is Level.ROOT:
        return "the root of the tenant (/)"
    if scope.object:
        return f"{scope.object} of key vault {scope.vault.rsplit('/', 1)[-1]}"
    if scope.level is Level.RESOURCE and scope.vault:
        return f"key vault {scope.name}"
    return f"{scope.level.label} {scope.name}"


def words(grant: Grant) -> str:
    """The words of an access policy, a long list shortened; not what one of them brings along."""
    names = unpack(grant.permissions & WORDS)
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"
