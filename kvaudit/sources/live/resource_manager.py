"""What Resource Manager says of access: by subscription, by vault, and of the resources that carry identities."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from kvaudit.sources.live.azure import row_of, rows_of
from kvaudit.sources.live.crew import Batch
from kvaudit.sources.live.desk import Desk, Source
from kvaudit.sources.live.ledger import TENANT
from kvaudit.sources.live.met import last_part, subscription_of

# The package's version, 2022-04-01, does not tell of a deny that it is for the audit only, or under which condition: it
# would be taken for one that denies.
_DENIES_VERSION = "2024-07-01-preview"

ACCESS, VAULTS = "role assignments", "diagnostics"
"""Names of phases."""

_CUSTOM = "type eq 'CustomRole'"
_DEFINITIONS = (
    "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' "
    "| where tostring(properties.type) =~ 'CustomRole' | project id,name,type,properties | order by id asc"
)
ASSIGNMENTS = (
    "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
    "| project id,name,type,properties | order by id asc"
)
_CARRIERS = (
    "resources | where isnotnull(identity) or type in~ ('microsoft.managedidentity/userassignedidentities'){where} "
    "| project id,name,type,location,identity,principalId=properties.principalId,clientId=properties.clientId,"
    "identityProfile=properties.identityProfile | order by id asc"
)
_OF_HOLDERS = (
    " | where tostring(identity) has_any ({ids}) or tostring(properties.principalId) in~ ({ids}) "
    "or tostring(properties.identityProfile) has_any ({ids})"
)
_STORES = "resources | where id in~ ({ids}) | project id,name,type,location | order by id asc"
_NAMED = 400  # ids that a query names at most; beyond that it is cheaper to look at all
_USER_TYPES = frozenset({"User", "Group", "ForeignGroup", "Device"})


class ResourceManager:
    """The reading of Resource Manager."""

    def __init__(self, desk: Desk, known_roles: Container[str]) -> None:
        self._desk = desk
        self._azure = desk.azure
        self._known_roles = known_roles
        self.asked: set[str] = set()  # subscriptions whose authorization was asked for
        self._carried: set[str] = set()  # holders whose resources were asked for
        self._stores: set[str] = set()

    def access_of(self, subscriptions: Iterable[str]) -> Batch:
        """Who is assigned what in subscriptions, above and below them; each is asked about once."""
        new = [each for each in subscriptions if each and each not in self.asked]
        self.asked.update(new)
        shared = self._shared(new)
        return self._desk.give_out(ACCESS, [*shared, *(source for each in new for source in self._of(each))])

    def of_vaults(self, vaults: Iterable[str]) -> Batch:
        """What is asked of each vault by itself, after all that others wait for."""
        sources = [source for each in _in_turns(vaults) for source in self._of_vault(each)]
        return self._desk.give_out(VAULTS, sources, urgency=1)

    def of_subscriptions(self, subscriptions: Iterable[str]) -> Batch:
        """What concerns the vaults of a subscription alone: locks, and vaults that were deleted."""
        return self._desk.give_out(ACCESS, [source for each in subscriptions for source in self._around(each)])

    def every_source(self, subscription: str) -> Iterator[Source]:
        """All that is asked of a subscription, of Resource Manager itself: it says what it denies.

        Resource Graph leaves that out of its answers instead.
        """
        scope = f"/subscriptions/{subscription}"
        yield from self._of(subscription)
        if self._by_query:
            yield self._custom_roles(scope)
        yield from self._around(subscription)
        yield self._policies(scope)

    def definitions(self) -> None:
        """The roles that are assigned and were not defined yet: built-in ones that are newer than this program."""
        operation = self._azure.definitions.role_definitions.get_by_id

        def fetch(role: str) -> Callable[[], list[list[Any]]]:
            path = f"/providers/Microsoft.Authorization/roleDefinitions/{last_part(role)}"
            return lambda: [[row_of(operation, path)]]

        undefined = self._desk.met.undefined(self._known_roles)
        self._desk.give_out(ACCESS, [Source("roleDefinitions", role, fetch(role)) for role in undefined]).wait()

    def policies(self) -> None:
        """What activating a role takes, at each scope where somebody may."""
        self._desk.give_out(ACCESS, [self._policies(scope) for scope in sorted(self._desk.met.eligible)]).wait()

    def _policies(self, scope: str) -> Source:
        operation = self._azure.schedules.role_management_policy_assignments.list_for_scope
        return Source("rolePolicies", scope, _listing(operation, scope))

    def carriers(self) -> bool:
        """Resources that act as somebody who was met, and who may do what to them. Says whether it had to ask."""
        met = self._desk.met.principals
        holders = sorted(each for each, kind in met.items() if kind not in _USER_TYPES and each not in self._carried)
        if not holders:
            self._desk.spool.give("resources")
            return False
        name = f"{TENANT}, {len(holders)} more" if self._carried else TENANT
        self._carried.update(holders)
        self._desk.read(Source("resources", name, lambda: self._query_carriers(holders)))
        self.access_of(sorted(self._desk.met.carriers)).wait()
        return True

    def stores(self) -> None:
        """Where logs go: in which region, and who may do what there."""
        new = sorted(set(self._desk.met.stores) - self._stores)
        self._stores.update(new)
        for start in range(0, len(new), _NAMED):
            part = new[start : start + _NAMED]
            kql = _STORES.format(ids=_quoted(part))
            self._desk.read(Source("logStores", part[0], lambda kql=kql: self._azure.query(kql)))  # type: ignore[misc]
        self.access_of(sorted({subscription_of(store) for store in new})).wait()

    def _query_carriers(self, holders: Sequence[str]) -> Iterator[Any]:
        where = _OF_HOLDERS.format(ids=_quoted(holders)) if len(holders) <= _NAMED else ""
        return self._azure.query(_CARRIERS.format(where=where))

    def _shared(self, subscriptions: Sequence[str]) -> Iterator[Source]:
        """What one query answers for all subscriptions."""
        if not subscriptions:
            return
        if self._by_query and not self._desk.ledger.has("roleDefinitions", TENANT):
            yield Source("roleDefinitions", TENANT, lambda: self._azure.query(_DEFINITIONS))
        if self._desk.wanted.fast and not self._desk.ledger.has("roleAssignments", TENANT):
            everything = self._desk.wanted.selection.everything
            scope = TENANT if everything else f"{TENANT}, from {subscriptions[0]}"
            within = () if everything else subscriptions
            yield Source(
                "roleAssignments", scope, lambda: self._azure.query(ASSIGNMENTS, subscriptions=within, above=True)
            )

    @property
    def _by_query(self) -> bool:
        """Whether custom roles are asked of Resource Graph: where the subscriptions are many."""
        chosen = self._desk.wanted.selection
        return self._desk.wanted.fast or not (chosen.vaults or chosen.subscriptions)

    def _of(self, subscription: str) -> Iterator[Source]:
        scope = f"/subscriptions/{subscription}"
        assignments, schedules = self._azure.assignments, self._azure.schedules
        if not self._desk.wanted.fast:
            yield Source("roleAssignments", scope, _listing(assignments.role_assignments.list_for_scope, scope))
        if not self._by_query:
            yield self._custom_roles(scope)
        denies = f"{scope}/providers/Microsoft.Authorization/denyAssignments"
        yield Source("denyAssignments", scope, lambda: self._azure.arm.listing(denies, api_version=_DENIES_VERSION))
        eligible = schedules.role_eligibility_schedule_instances.list_for_scope
        yield Source("roleEligibilities", scope, _listing(eligible, scope))
        active = schedules.role_assignment_schedule_instances.list_for_scope
        yield Source("roleActivations", scope, _listing(active, scope))
        yield Source("delegations", scope, lambda: self._delegations(scope))

    def _custom_roles(self, scope: str) -> Source:
        operation = self._azure.definitions.role_definitions.list
        return Source("roleDefinitions", scope, _listing(operation, scope, filter=_CUSTOM))

    def _delegations(self, scope: str) -> Iterator[Any]:
        path = f"{scope}/providers/Microsoft.ManagedServices/registrationAssignments"
        return self._azure.arm.listing(path, __expandRegistrationDefinition="true", api_version="2022-10-01")

    def _around(self, subscription: str) -> Iterator[Source]:
        scope = f"/subscriptions/{subscription}"
        locks = f"{scope}/providers/Microsoft.Authorization/locks"
        yield Source("locks", scope, lambda: self._azure.arm.listing(locks, api_version="2020-05-01"))
        deleted = self._azure.vaults_of(subscription).vaults.list_deleted
        yield Source("deletedVaults", scope, _listing(deleted))

    def _of_vault(self, vault: str) -> Iterator[Source]:
        path = f"{vault}/providers/Microsoft.Insights/diagnosticSettings"
        version = "2021-05-01-preview"
        yield Source("diagnosticSettings", vault, lambda: self._azure.arm.listing(path, api_version=version))
        if self._desk.wanted.objects:
            parts = vault.split("/")
            group, name = parts[4], parts[8]
            client = self._azure.vaults_of(subscription_of(vault))
            yield Source("keys", vault, _listing(client.keys.list, group, name))
            yield Source("secrets", vault, _listing(client.secrets.list, group, name))

    def hsm_roles(self) -> Batch:
        """The local roles of managed HSMs, from their data planes."""
        return self._desk.give_out(
            VAULTS, [source for each in self._desk.met.hsms.items() for source in self._hsm(*each)]
        )

    def _hsm(self, hsm: str, address: str) -> Iterator[Source]:
        service = self._azure.hsm(address)

        def fetch() -> Iterator[Any]:
            for kind in ("roleAssignments", "roleDefinitions"):
                yield from service.listing(f"/providers/Microsoft.Authorization/{kind}", api_version="7.4")

        yield Source("managedHsmRoles", hsm, fetch)


def _in_turns(vaults: Iterable[str]) -> Iterator[str]:
    """Vaults of one subscription after those of another, so that not all threads wait for the limit of one."""
    by_subscription: dict[str, list[str]] = {}
    for vault in vaults:
        by_subscription.setdefault(subscription_of(vault), []).append(vault)
    for turn in zip_longest(*by_subscription.values()):
        yield from filter(None, turn)


def _listing(operation: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[[], Iterator[Any]]:
    return lambda: rows_of(operation, *arguments, **options)


def _quoted(ids: Iterable[str]) -> str:
    """Ids for a query; a quote in one cannot end its text."""
    return ",".join("'" + each.replace("\\", "\\\\").replace("'", "\\'") + "'" for each in ids)
