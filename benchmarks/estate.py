"""Make up an estate and write it as `az` would have exported it.

    python benchmarks/estate.py FOLDER [--vaults N] [--subscriptions N] [--assignments N] [--principals N] [--groups N]
                                       [--carriers N]

The same seed and sizes give the same bytes. What is not given follows from the number of vaults, in the proportions of
the full size: 10,000 vaults in 200 subscriptions under a tree of management groups, 200,000 role assignments, 50,000
principals, 5,000 groups. Most assignments are none of a vault's business, as in a real tenant: storage, registries,
virtual machines, and teams that hold their own resource groups, with and without vaults in them. With carriers there
are machines, apps, automation accounts and identities as well, each acting as one of the principals; all else stays.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import rows
import tables
from rows import MANAGEMENT_GROUP, Row, Who

T = TypeVar("T")

FULL_VAULTS = 10_000
TEAMS = len(tables.TEAM_NAMES)
MADE = "2025-{:02}-{:02}T09:14:05.112233+00:00"


@dataclass(frozen=True)
class Size:
    """How large an estate is."""

    vaults: int
    subscriptions: int
    assignments: int
    principals: int
    groups: int
    carriers: int = 0

    @classmethod
    def of(cls, vaults: int, **given: int | None) -> Size:
        """The size of so many vaults; what is not given is in proportion."""
        full = {"subscriptions": 200, "assignments": 200_000, "principals": 50_000, "groups": 5_000}
        parts = {name: given.get(name) or max(1, number * vaults // FULL_VAULTS) for name, number in full.items()}
        return cls(vaults, **parts, carriers=given.get("carriers") or 0)


class Vault(NamedTuple):
    """What other exports need of a vault."""

    id: str
    uses_rbac: bool


class Estate:
    """A made-up tenant."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self._random = random.Random(seed)
        self._carried = random.Random(f"{seed} carriers")
        self._tenant = self._guid()
        self._users = [self._user(number) for number in range(size.principals * 3 // 5)]
        self._identities = [self._identity(number) for number in range(size.principals - len(self._users))]
        self._groups = [self._group(number) for number in range(max(10, size.groups))]
        top = dict.fromkeys(("platform", "landing-zones", "sandbox"), self._tenant)
        self._parents: dict[str, str | None] = {
            self._tenant: None,
            **top,
            **dict.fromkeys(tables.UNITS, "landing-zones"),
        }
        units = [tables.UNITS[number % len(tables.UNITS)] for number in range(size.subscriptions)]
        self._subscriptions = {self._guid(): unit for unit in units}
        self._custom_roles = [(self._guid(), *role) for role in tables.CUSTOM_ROLES]

    def write(self, folder: Path) -> None:
        """Write every export, one subscription a file where `az` works a subscription at a time."""
        _write(folder / "users.json", [rows.user(each) for each in self._users])
        _write(folder / "service-principals.json", [self._identity_row(each) for each in self._identities])
        _write(folder / "groups.json", [rows.group(each) for each in self._groups])
        _write(folder / "group-members.json", self._memberships())
        _write(folder / "management-groups.json", self._entities())
        _write(folder / "role-definitions.json", [self._definition(*role) for role in self._custom_roles])
        in_use = {group for unit in self._subscriptions.values() for group in self._above(unit)}
        inherited = {group: list(self._inherited(group)) for group in self._parents if group in in_use}
        vault_counts = _shares(self.size.vaults, self.size.subscriptions)
        own = self.size.assignments - sum(map(len, inherited.values()))
        counts = _shares(own, self.size.subscriptions)
        carriers = iter(_shares(self.size.carriers, self.size.subscriptions))
        for subscription, vaults, count in zip(self._subscriptions, vault_counts, counts, strict=True):
            from_above = [row for group in self._above(self._subscriptions[subscription]) for row in inherited[group]]
            groups = self._write_subscription(folder, subscription, vaults, count, from_above)
            if self.size.carriers:
                resources = [self._carrier(groups, number) for number in range(next(carriers))]
                _write(folder / "resources" / f"{subscription}.json", resources)

    def _write_subscription(
        self, folder: Path, subscription: str, vaults: int, count: int, from_above: list[Row]
    ) -> list[str]:
        """The resource groups. Two vaults share one; two in three have none."""
        file = f"{subscription}.json"
        base = f"/subscriptions/{subscription}"
        names = [f"{self._pick(tables.PRODUCTS)}-{number:03}" for number in range(max(3, vaults * 3 // 2))]
        groups = [f"{base}/resourceGroups/rg-{name}" for name in names]
        bodies = [self._vault(groups[number // 2], subscription, number) for number in range(vaults)]
        made = [Vault(body["id"], body["properties"]["enableRbacAuthorization"]) for body in bodies]
        settings = [
            rows.diagnostic_setting(vault.id, enabled=self._chance(0.95)) for vault in made if self._chance(0.95)
        ]
        _write(folder / "vaults" / file, {"value": bodies})
        _write(folder / "diagnostic-settings" / file, settings)
        own = [self._assignment(base, groups, made) for _ in range(count)]
        _write(folder / "role-assignments" / file, from_above + own)
        return groups

    def _carrier(self, groups: Sequence[str], number: int) -> Row:
        """A resource that acts as one of the identities there are, or is one."""
        who = self._carried.choice(self._identities)
        provider = self._carried.choice(tables.CARRIERS)
        return rows.carrier(f"{self._carried.choice(groups)}/providers/{provider}/app-{number:04}", provider, who.id)

    # Who there is

    def _user(self, number: int) -> Who:
        name = f"{self._pick(tables.FIRST_NAMES)}.{self._pick(tables.LAST_NAMES)}".lower()
        return Who(self._guid(), "User", f"{name}.{number}@fabrikam.example")

    def _identity(self, number: int) -> Who:
        name = f"id-{self._pick(tables.PRODUCTS)}-{self._pick(tables.STAGES)}-{number:05}"
        return Who(self._guid(), "ServicePrincipal", name)

    def _group(self, number: int) -> Who:
        engineers = f"{self._pick(tables.PRODUCTS).title()} Engineers {number:04}"
        name = tables.TEAM_NAMES[number] if number < TEAMS else engineers
        return Who(self._guid(), "Group", name)

    def _identity_row(self, who: Who) -> Row:
        return rows.identity(who, self._guid(), "ManagedIdentity" if self._chance(0.7) else "Application")

    def _memberships(self) -> list[Row]:
        """The teams that run the tenant have six people; others mostly few, some many, and some hold another group.

        A few hold each other or themselves, as real ones do.
        """
        members: list[list[str]] = []
        for number, group in enumerate(self._groups):
            is_team = number < TEAMS
            count = min(len(self._users), 6 if is_team else 2 + int(self._random.expovariate(1 / 10)))
            nested = [self._pick(self._groups[TEAMS:]).id] if not is_team and self._chance(0.2) else []
            cycle = {50: [self._groups[number - 1].id], 51: [group.id]}.get(number % 100, [])
            members.append([user.id for user in self._random.sample(self._users, count)] + nested + cycle)
        for number in range(49, len(members) - 1, 100):
            members[number].append(self._groups[number + 1].id)
        return [{"group": group.id, "members": ids} for group, ids in zip(self._groups, members, strict=True)]

    def _anyone(self) -> Who:
        dice = self._random.random()
        if dice < 0.02:
            return Who(self._guid(), "ServicePrincipal", "")  # gone from the directory
        return self._pick(self._identities if dice < 0.6 else self._groups if dice < 0.86 else self._users)

    # Where things are

    def _above(self, group: str | None) -> Iterator[str]:
        """A management group and those above it, up to the root."""
        while group:
            yield group
            group = self._parents[group]

    def _entities(self) -> list[Row]:
        made = []
        for kind, parents in ((MANAGEMENT_GROUP, self._parents), ("/subscriptions", self._subscriptions)):
            for name, parent in parents.items():
                made.append(rows.entity(kind, name, list(self._above(parent))[::-1], self._tenant))
        return made

    # Vaults

    def _vault(self, group: str, subscription: str, number: int) -> Row:
        """A vault that differs from others in what vaults differ in: model, network, protection."""
        name = f"kv-{self._pick(tables.PRODUCTS)}-{subscription[:8]}-{number:03}"
        path = f"{group}/providers/Microsoft.KeyVault/vaults/{name}"
        uses_rbac, closed = self._chance(0.4), self._chance(0.85)
        properties: Row = {
            "accessPolicies": [self._policy() for _ in range(0 if uses_rbac else self._random.randint(6, 18))],
            "enableRbacAuthorization": uses_rbac,
            "enabledForDeployment": self._chance(0.05),
            "enabledForDiskEncryption": False,
            "enabledForTemplateDeployment": self._chance(0.15),
            "networkAcls": {
                "bypass": "AzureServices" if self._chance(0.6) else "None",
                "defaultAction": "Deny" if closed else "Allow",
                "ipRules": [{"value": "203.0.113.17/32"}] if closed else [],
                "virtualNetworkRules": [],
            },
            "privateEndpointConnections": [rows.private_endpoint(path)] if closed and self._chance(0.8) else [],
            "publicNetworkAccess": "Disabled" if closed and self._chance(0.6) else "Enabled",
            "tenantId": self._tenant,
        }
        if self._chance(0.9):
            properties["enablePurgeProtection"] = True
        tags = {"owner": self._pick(tables.PRODUCTS), "stage": self._pick(tables.STAGES)}
        return rows.vault(path, self._pick(tables.REGIONS), tags, properties)

    def _policy(self) -> Row:
        """An entry of the kind its holder usually has; most are an application that reads secrets."""
        dice = self._random.random()
        secrets: Sequence[str] = ()
        keys: Sequence[str] = ()
        if dice < 0.78:
            who, secrets = self._pick(self._identities), ("get", "list") if self._chance(0.08) else ("get",)
        elif dice < 0.82:
            who, keys = self._pick(self._identities), ("get", "wrapKey", "unwrapKey")
        elif dice < 0.9:
            who, secrets = self._groups[0], ("get", "list", "set", "delete", "recover")
        elif dice < 0.96:
            who, secrets, keys = self._groups[1], ("list",), ("list",)
        else:
            who, secrets = self._anyone(), ("Get", "List", "Set", "Delete")
        return rows.policy(who.id, self._tenant, secrets, keys)

    # Roles

    def _definition(self, guid: str, name: str, actions: Sequence[str], data_actions: Sequence[str]) -> Row:
        scope = f"/subscriptions/{self._pick(list(self._subscriptions))}"
        return rows.role_definition(scope, guid, name, actions, data_actions)

    def _inherited(self, group: str) -> Iterator[Row]:
        """What is assigned at a management group: `az` repeats it in every subscription below."""
        count = len(tables.TENANT_ROLES) if group == self._tenant else 2
        for role in self._random.sample(tables.TENANT_ROLES, count):
            who = self._groups[2] if role in tables.CHANGES_EVERYTHING else self._pick(self._groups)
            yield self._assign(f"{MANAGEMENT_GROUP}/{group}", role, who)

    def _assignment(self, base: str, groups: Sequence[str], vaults: Sequence[Vault]) -> Row:
        """One of a subscription's own assignments, at the level and of the kind that are common."""
        dice = self._random.random()
        if dice < 0.005:
            return self._assign(base, self._pick(tables.SUBSCRIPTION_ROLES), self._anyone())
        if dice < 0.35:
            role = self._pick(self._custom_roles)[:2] if dice < 0.02 else self._pick(tables.GROUP_ROLES)
            return self._assign(self._pick(groups), role, self._anyone())
        if dice < 0.43 and vaults:
            return self._vault_assignment(vaults)
        provider, roles = self._pick(tables.RESOURCE_ROLES)
        resource = f"{self._pick(tables.PRODUCTS)}{self._random.randrange(10_000)}"
        scope = f"{self._pick(groups)}/providers/{provider}/{resource}"
        row = self._assign(scope, self._pick(roles), self._anyone())
        is_conditional = "Blob" in row["roleDefinitionName"] and self._chance(0.02)
        return _conditional(row, tables.BLOB_CONDITION) if is_conditional else row

    def _vault_assignment(self, vaults: Sequence[Vault]) -> Row:
        """A data role on a vault or on one of its secrets; now and then on a policy vault, where it waits."""
        with_rbac = [vault for vault in vaults if vault.uses_rbac]
        vault = self._pick(with_rbac if with_rbac and self._chance(0.9) else vaults)
        scope = vault.id if self._chance(0.95) else f"{vault.id}/secrets/{self._pick(tables.PRODUCTS)}-password"
        row = self._assign(scope, self._pick(tables.VAULT_ROLES), self._anyone())
        return _conditional(row, tables.NAME_CONDITION) if vault.uses_rbac and self._chance(0.02) else row

    def _assign(self, scope: str, role: tables.Role, who: Who) -> Row:
        made = MADE.format(self._random.randint(1, 12), self._random.randint(1, 28))
        return rows.role_assignment(self._guid(), scope, role, who, made)

    # Chance

    def _guid(self) -> str:
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def _pick(self, among: Sequence[T]) -> T:
        return among[int(self._random.random() * len(among))]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def _conditional(row: Row, condition: str) -> Row:
    return dict(sorted((row | {"condition": condition, "conditionVersion": "2.0"}).items()))


def _shares(total: int, parts: int) -> list[int]:
    """A total in equal parts, what is left over among the first."""
    each, left = divmod(max(0, total), parts)
    return [each + (number < left) for number in range(parts)]


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="new, empty, or an estate made before")
    parser.add_argument("--vaults", type=int, default=FULL_VAULTS)
    for name in ("subscriptions", "assignments", "principals", "groups", "carriers"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = vars(parser.parse_args())
    folder, seed = options.pop("folder"), options.pop("seed")
    if folder.exists() and any(folder.iterdir()) and not (folder / "group-members.json").exists():
        parser.error(f"{folder} holds something else than an estate")
    shutil.rmtree(folder, ignore_errors=True)
    estate = Estate(Size.of(**options), seed)
    estate.write(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*.json"))
    print(f"{estate.size}: {size / 1e6:.1f} MB in {folder}")


if __name__ == "__main__":
    main()
