"""What the Az module of PowerShell gives, through ConvertTo-Json. Semantics 7.7.

Names are its own; ConvertTo-Json at its default depth makes text of lists, and numbers of enums.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.permission import TYPES
from kvaudit.model.snapshot import TENANT
from kvaudit.model.vault import AccessPolicy, NetworkRules, Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import CUT_SHORT, canonical, convert
from kvaudit.sources.shapes.base import Shape, last_segment, lower
from kvaudit.sources.shapes.powershell_text import repaired
from kvaudit.sources.shapes.words import Reading, policy_of, together, words_held
from kvaudit.sources.wire import PolicyEntry, PsNetwork, PsPolicy, PsVault, Row

_ACTIONS = {0: "Allow", 1: "Deny"}
_BYPASSES = {0: "None", 1: "AzureServices"}


def read_vault(facts: Facts, row: Row, pointer: str) -> None:
    """Get-AzKeyVault. Without -VaultName it gives summary rows, which have neither policies nor the model.

    A null is as telling as a missing key: Select-Object makes one of what the summary does not have.
    """
    row = repaired(canonical(row))
    body, wrong = convert(row, PsVault)
    if not body.resource_id:
        reason = wrong or {"": "a vault without ResourceId"}
        facts.damaged("vaults", body.vault_name or facts.document.name, pointer, reason, TENANT)
        return
    reading = Reading(facts, body.resource_id, pointer)
    reading.damaged(wrong, "")
    name = body.vault_name or last_segment(body.resource_id)
    tags = reading.tags(body.tags, "/tags")
    origins = facts.origin(pointer)
    if row.get("accessPolicies") is None and row.get("enableRbacAuthorization") is None:
        facts.vaults.append(Vault(body.resource_id, name, body.location, tags, has_properties=False, origins=origins))
        return

    def flag(field: str, value: bool | None) -> bool | None:  # noqa: FBT001 - a field's value
        return None if f"/{field}" in wrong or field not in row else bool(value)

    facts.vaults.append(
        Vault(
            body.resource_id,
            name,
            body.location,
            tags,
            lower(body.tenant_id),
            uses_rbac=flag("enableRbacAuthorization", body.enable_rbac_authorization),
            policies=None if body.access_policies is None else _policies(reading, body.access_policies),
            network=None if body.network_acls is None else _network(reading, body.network_acls),
            public_access=None
            if "/publicNetworkAccess" in wrong or "publicNetworkAccess" not in row
            else reading.word("publicNetworkAccess", body.public_network_access, "Enabled", "/publicNetworkAccess"),
            private_endpoints=None,  # PowerShell does not show them here
            soft_delete=body.enable_soft_delete,
            retention_days=body.soft_delete_retention_in_days,
            purge_protection=flag("enablePurgeProtection", body.enable_purge_protection),
            for_deployment=flag("enabledForDeployment", body.enabled_for_deployment),
            for_template_deployment=flag("enabledForTemplateDeployment", body.enabled_for_template_deployment),
            for_disk_encryption=flag("enabledForDiskEncryption", body.enabled_for_disk_encryption),
            sku=body.sku.lower() if isinstance(body.sku, str) else None,
            origins=origins,
        )
    )


def _policies(reading: Reading, items: list[Any]) -> tuple[AccessPolicy, ...]:
    policies = []
    for number, item in enumerate(items):
        at = f"/accessPolicies/{number}"
        body, damage = convert(item, PsPolicy)
        held = together([words_held(kind, _listed(body, kind)) for kind in TYPES])
        entry = PolicyEntry(body.tenant_id, body.object_id, body.application_id)
        reading.damaged({"": CUT_SHORT} if type(item) is str else damage, at)
        policy = policy_of(reading, entry, held, at, damage)
        if policy:
            policies.append(policy)
    return tuple(policies)


def _listed(body: PsPolicy, kind: str) -> list[str]:
    """The words of one type: the list, or else the text of it that has commas, or the text that has blanks."""
    listed = getattr(body, f"permissions_to_{kind}")
    if isinstance(listed, list):
        return [str(word) for word in listed]
    return _split(getattr(body, f"permissions_to_{kind}_str") or listed)


def _split(value: list[Any] | str | None) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [str(item) for item in value or ()]


def _network(reading: Reading, acls: Row) -> NetworkRules | None:
    at = "/networkAcls"
    body, damage = convert(acls, PsNetwork)
    reading.damaged(damage, at)
    action = _enum(body.default_action, _ACTIONS)
    bypass = _enum(body.bypass, _BYPASSES)
    action = reading.word("default action", action, "Allow", f"{at}/defaultAction")
    bypass = reading.word("bypass", bypass, "AzureServices", f"{at}/bypass")
    if damage or action is None or bypass is None:
        return None
    addresses, subnets = _split(body.ip_address_ranges), _split(body.virtual_network_resource_ids)
    return NetworkRules(action, bypass, tuple(addresses), tuple(subnets))


def _enum(value: str | int | None, names: dict[int, str]) -> str | None:
    """The word of an enum that came out as a word, or as its number."""
    return names.get(value, str(value)) if isinstance(value, int) else value


SHAPES = (Shape("vaults (PowerShell)", "vaults", read_vault, keys=(frozenset({"vaultName", "resourceId"}),)),)
