"""Tenants of any size for benchmarks, made from numbers: nothing of them stands in memory but what there are few of."""

from __future__ import annotations

from tests.live.azure import bodies, directory
from tests.live.azure.estate import GROUPS, Estate, Joined, Listed, Made, ManagementGroup, Row, Subscription
from tests.live.azure.people import CARRIED, GROUP, KINDS, Guids, Members, Owners, People
from tests.live.azure.roles import role

UNITS = ("retail", "payments", "logistics", "research", "platform")
ROLES = (
    "Reader",
    "Contributor",
    "Storage Blob Data Reader",
    "AcrPull",
    "Key Vault Secrets User",
    "Key Vault Secrets Officer",
    "Key Vault Reader",
    "Monitoring Reader",
    "Virtual Machine Contributor",
    "Website Contributor",
    "Key Vault Crypto User",
)
PERIOD = 20  # after which assignments repeat in kind of scope
PER_GROUP = 4  # vaults in a resource group
POLICIES = 4  # entries in the access policies of every tenth vault


class Large(Estate):
    """Finds applications by number."""

    def of_application(self, app_id: str) -> list[Row]:
        return self.principals.of_application(app_id) if isinstance(self.principals, People) else []


class Maker:
    """Bodies from numbers. A vault, and an assignment, belong to the subscription in whose share the number is."""

    def __init__(self, subscriptions: int, vaults: int, assignments: int, principals: int, seed: int) -> None:
        numbers = Guids(f"{seed} subscriptions")
        self.tenant = bodies.guid(f"tenant {seed}")
        self.subscriptions = [
            Subscription(numbers.of(at), f"Subscription {at:03}", UNITS[at % len(UNITS)]) for at in range(subscriptions)
        ]
        self.people = People(principals, seed, self.carrier_id)
        self._names = Guids(f"{seed} assignments")
        self._vaults = vaults
        self._vault_share = max(1, -(-vaults // subscriptions))
        self._assignment_share = max(1, -(-assignments // subscriptions))

    def vault_id(self, number: int) -> str:
        scope = self.subscriptions[number // self._vault_share].scope
        return f"{scope}/resourceGroups/rg-{number // PER_GROUP:06}/providers/Microsoft.KeyVault/vaults/kv-{number:06}"

    def vault(self, number: int) -> Row:
        """One in ten has access policies."""
        if number % 10:
            return bodies.vault(self.vault_id(number), self.tenant)
        holders = (self.people.ids.of(self._somebody(number + at)) for at in range(POLICIES))
        entries = [bodies.policy(self.tenant, each, secrets=["get", "list"]) for each in holders]
        return bodies.vault(self.vault_id(number), self.tenant, enableRbacAuthorization=False, accessPolicies=entries)

    def setting(self, number: int) -> Row:
        """The diagnostic setting of a vault; one in twenty logs nothing."""
        at = number // self._vault_share
        row = bodies.diagnostic_setting(self.vault_id(number), "audit", "AuditEvent", workspaceId=self.store_id(at))
        row["properties"]["logs"][0]["enabled"] = number % 20 != 0
        return row

    def store_id(self, at: int) -> str:
        """The workspace of a subscription."""
        scope = self.subscriptions[at].scope
        return f"{scope}/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-{at:03}"

    def assignment(self, number: int) -> Row:
        """Of twenty one is at the subscription, four are at a vault, the others at resource groups with vaults."""
        at = number // self._assignment_share
        scope = self.subscriptions[at].scope
        vault = at * self._vault_share + (number * 7) % self._vault_share
        if number % PERIOD and vault < self._vaults:
            scope = self.vault_id(vault)
            if number % PERIOD > 4:
                scope = scope.split("/providers/", 1)[0]
        who = self._somebody(number)
        role_id = role(ROLES[number * 5 % len(ROLES)])
        row = bodies.assignment(scope, role_id, self.people.ids.of(who), KINDS[who % 10], name=self._names.of(number))
        row["properties"]["roleDefinitionId"] = "/".join(scope.split("/")[:3]) + role_id
        return row

    def assignment_number(self, identifier: str) -> int | None:
        name = identifier.rsplit("/", 1)[-1]
        return self._names.number(name) if len(name) == 36 else None

    def _somebody(self, number: int) -> int:
        return number * 7919 % self.people.count

    def carrier_id(self, number: int) -> str:
        """Of the web app whose identity the principal is."""
        scope = self.subscriptions[number % len(self.subscriptions)].scope
        return f"{scope}/resourceGroups/rg-apps/providers/Microsoft.Web/sites/app-{number}"

    def carrier(self, number: int) -> Row:
        identity = bodies.identity_of(self.tenant, self.people.ids.of(number))
        return bodies.resource(self.carrier_id(number), kind="app", identity=identity)

    def inherited(self) -> list[Row]:
        """What groups hold at the root and at management groups."""
        scopes = ("/", *(GROUPS + unit for unit in UNITS))
        groups = [self.people.ids.of(number) for number in range(GROUP, self.people.count, 10)] or [
            bodies.guid("group")
        ]
        return [
            bodies.assignment(scope, role(name), groups[at % len(groups)], "Group")
            for at, scope in enumerate(scopes)
            for name in ROLES[:2]
        ]


def vault_number(identifier: str) -> int | None:
    """Of a vault, or of what is at it."""
    _, _, rest = identifier.lower().partition("/vaults/kv-")
    digits = rest.partition("/")[0]
    return int(digits) if digits.isdigit() else None


def large(subscriptions: int, vaults: int, assignments: int, principals: int, seed: int = 1) -> Estate:
    """So many of each, spread evenly over the subscriptions; one principal in ten is the identity of a web app."""
    maker = Maker(subscriptions, vaults, assignments, principals, seed)
    subs, people = maker.subscriptions, maker.people
    administrator = role("Key Vault Administrator")
    kind = "roleEligibilityScheduleInstances"
    return Large(
        tenant=maker.tenant,
        name="Contoso",
        management_groups=[
            ManagementGroup(maker.tenant, "Tenant Root Group", None),
            *(ManagementGroup(unit, unit.title(), maker.tenant) for unit in UNITS),
        ],
        subscriptions=subs,
        vaults=Made(vaults, maker.vault, subs, vault_number, PERIOD),
        role_assignments=Joined(
            Listed(maker.inherited()),
            Made(assignments, maker.assignment, subs, maker.assignment_number, PERIOD),
        ),
        eligibilities=Listed(
            bodies.instance(kind, each.scope, administrator, people.ids.of(at * 10 % people.count), "User")
            for at, each in enumerate(subs)
        ),
        role_policies=Listed(
            bodies.role_policy(each.scope, administrator, approval=True, second_factor=True) for each in subs
        ),
        locks=Listed(bodies.lock(each.scope, "CanNotDelete") for each in subs[::5]),
        diagnostic_settings=Made(vaults, maker.setting, subs, vault_number, PERIOD),
        carriers=Listed(maker.carrier(number) for number in range(CARRIED, principals, 10)),
        log_stores=Listed(bodies.resource(maker.store_id(at)) for at in range(len(subs))),
        principals=people,
        members=Members(people),
        owners=Owners(people),
        app_role_assignments={directory.GRAPH_APP: []},
    )
