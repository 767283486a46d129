"""Key vaults: az, REST and Resource Graph. Semantics 2.1, 2.2, 2.7, 7.1, 7.5, 7.6."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from kvaudit.model.permission import TYPES
from kvaudit.model.snapshot import TENANT
from kvaudit.model.vault import AccessPolicy, NetworkRules, PrivateEndpoint, Vault
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, canonical, convert, escape, kind_of
from kvaudit.sources.shapes.base import Shape, last_segment, lower, nothing
from kvaudit.sources.shapes.words import SECTION, Held, Reading, policy_of, together, words_held
from kvaudit.sources.wire import (
    Address,
    Arm,
    Connection,
    ConnectionState,
    NetworkAcls,
    PolicyEntry,
    Row,
    Sku,
    VaultProperties,
)

_ENCODER = msgspec.json.Encoder()


def read_vault(facts: Facts, row: Row, pointer: str) -> None:
    """A vault; one listed without properties answers nothing that depends on them (semantics 7.1)."""
    arm, damage = convert(row, Arm)
    if not arm.id:
        subject = arm.name or facts.document.name
        facts.damaged(SECTION, subject, pointer, damage or {"": "a vault without an id"}, TENANT)
        return
    reading = Reading(facts, arm.id, pointer)
    reading.damaged(damage, "")
    name = arm.name or last_segment(arm.id)
    tags = reading.tags(arm.tags, "/tags")
    origins = facts.origin(pointer)
    if not arm.properties:
        facts.vaults.append(Vault(arm.id, name, arm.location, tags, has_properties=False, origins=origins))
        return
    body, wrong = convert(arm.properties, VaultProperties)
    reading.damaged(wrong, "/properties")
    wrong = wrong | facts.not_known
    sku, wrong_sku = convert(body.sku or {}, Sku)
    reading.damaged(wrong_sku, "/properties/sku")

    def flag(field: str, value: bool | None) -> bool | None:  # noqa: FBT001 - a field's value
        """A flag whose absence means no; of a damaged one, or one not known yet, nothing is known."""
        return None if f"/{field}" in wrong else bool(value)

    facts.vaults.append(
        Vault(
            arm.id,
            name,
            arm.location,
            tags,
            lower(body.tenant_id),
            uses_rbac=flag("enableRbacAuthorization", body.enable_rbac_authorization),
            policies=_policies(reading, body, wrong),
            network=None if "/networkAcls" in wrong else _network(reading, body.network_acls),
            public_access=_public_access(reading, body, wrong),
            private_endpoints=None if "/privateEndpointConnections" in wrong else _endpoints(reading, body),
            # The service answers this for every vault of today; where it is left out, nothing is known.
            soft_delete=body.enable_soft_delete,
            retention_days=body.soft_delete_retention_in_days,
            purge_protection=flag("enablePurgeProtection", body.enable_purge_protection),
            for_deployment=flag("enabledForDeployment", body.enabled_for_deployment),
            for_template_deployment=flag("enabledForTemplateDeployment", body.enabled_for_template_deployment),
            for_disk_encryption=flag("enabledForDiskEncryption", body.enabled_for_disk_encryption),
            sku=lower(sku.name),
            origins=origins,
        )
    )


def _public_access(reading: Reading, body: VaultProperties, wrong: Damage) -> str | None:
    field = "/publicNetworkAccess"
    if field in wrong:
        return None
    return reading.word("publicNetworkAccess", body.public_network_access, "Enabled", f"/properties{field}")


def read_policies(facts: Facts, vault: str, row: Row, pointer: str) -> tuple[AccessPolicy, ...] | None:
    """The policies that a row has for a vault it is not itself; None where they cannot be read."""
    arm, damage = convert(row, Arm)
    reading = Reading(facts, vault, pointer)
    body, wrong = convert(arm.properties or {}, VaultProperties)
    reading.damaged(damage, "")
    reading.damaged(wrong, "/properties")
    return None if damage else _policies(reading, body, wrong)


def _policies(reading: Reading, body: VaultProperties, wrong: Damage) -> tuple[AccessPolicy, ...] | None:
    if "/accessPolicies" in wrong:
        return None
    policies = []
    for number, item in enumerate(body.access_policies or ()):
        at = f"/properties/accessPolicies/{number}"
        entry, damage = convert(item, PolicyEntry)
        held, unfit = _held(_ENCODER.encode(entry.permissions))
        if damage or unfit:
            reading.damaged(damage, at)
            reading.damaged(unfit, f"{at}/permissions")
        policy = policy_of(reading, entry, held, at, damage)
        if policy:
            policies.append(policy)
    return tuple(policies)


@lru_cache(maxsize=4096)
def _held(encoded: bytes) -> tuple[Held, Damage]:
    """What the lists of a policy entry hold together, and what in them is no list of words.

    Estates say the same few lists over and over: as JSON again they are a key to look up, faster than any reading.
    """
    permissions = canonical(msgspec.json.decode(encoded) or {})
    parts = []
    damage: Damage = {}
    for kind in TYPES:
        listed = permissions.get(kind)
        if type(listed) is list:
            part = words_held(kind, listed)
            parts.append(part)
            for number in part.unfit:
                damage[f"/{kind}/{number}"] = f"expected text, found {kind_of(listed[number])}"
        elif listed is not None:
            damage[f"/{kind}"] = f"expected a list, found {kind_of(listed)}"
    for kind in sorted(permissions.keys() - TYPES):
        if permissions[kind]:
            damage[f"/{escape(kind)}"] = "no type of permission"
    return together(parts), damage


def _network(reading: Reading, acls: Row | None) -> NetworkRules | None:
    """The firewall; one that was never set lets everything in (semantics 2.7)."""
    at = "/properties/networkAcls"
    body, damage = convert(acls or {}, NetworkAcls)
    reading.damaged(damage, at)
    action = reading.word("default action", body.default_action, "Allow", f"{at}/defaultAction")
    bypass = reading.word("bypass", body.bypass, "AzureServices", f"{at}/bypass")
    addresses = _addresses(reading, body.ip_rules, f"{at}/ipRules")
    subnets = _addresses(reading, body.virtual_network_rules, f"{at}/virtualNetworkRules")
    if damage or action is None or bypass is None or addresses is None or subnets is None:
        return None
    return NetworkRules(action, bypass, addresses, subnets)


def _addresses(reading: Reading, items: list[Any] | None, at: str) -> tuple[str, ...] | None:
    found = []
    for number, item in enumerate(items or ()):
        rule, damage = convert(item, Address)
        text = rule.value or rule.id
        if damage or not text:
            reading.damaged(damage or {"": "neither an address nor a subnet"}, f"{at}/{number}")
            return None
        found.append(text)
    return tuple(found)


def _endpoints(reading: Reading, body: VaultProperties) -> tuple[PrivateEndpoint, ...]:
    found = []
    for number, item in enumerate(body.private_endpoint_connections or ()):
        endpoint, damage = _endpoint(item)
        reading.damaged(damage, f"/properties/privateEndpointConnections/{number}")
        found.append(endpoint)
    return tuple(found)


def _endpoint(item: Any) -> tuple[PrivateEndpoint, Damage]:
    connection, damage = convert(item, Connection)
    inner, deeper = convert(connection.properties or {}, ConnectionState)
    state = connection.private_link_service_connection_state or inner.private_link_service_connection_state
    status, deepest = convert(state or {}, ConnectionState)
    return PrivateEndpoint(connection.id or "", status.status), {**damage, **deeper, **deepest}


def read_connection(facts: Facts, row: Row, pointer: str) -> str | None:
    """A private endpoint connection listed by itself: it adds to its vault, and says nothing else of it."""
    endpoint, damage = _endpoint(row)
    vault = endpoint.id.rpartition("/")[0].rpartition("/")[0]
    if "/managedhsms/" in vault.lower():
        return "private endpoint connections of managed HSMs"
    if not vault:
        facts.damaged(SECTION, facts.document.name, pointer, damage or {"": "no id"}, TENANT)
        return None
    Reading(facts, vault, pointer).damaged(damage, "")
    origins = facts.origin(pointer)
    name = last_segment(vault)
    facts.vaults.append(Vault(vault, name, private_endpoints=(endpoint,), has_properties=False, origins=origins))
    return None


_KEY_VAULT = "microsoft.keyvault/"
SHAPES = (
    Shape("vaults", SECTION, read_vault, (_KEY_VAULT + "vaults",)),
    Shape(
        "private endpoint connections",
        SECTION,
        read_connection,
        (_KEY_VAULT + "vaults/privateendpointconnections",),
    ),
    Shape(
        "private endpoint connections of managed HSMs",
        "",
        nothing,
        (_KEY_VAULT + "managedhsms/privateendpointconnections",),
    ),
    Shape("managed HSMs", "", nothing, (_KEY_VAULT + "managedhsms",)),
    Shape(
        "deleted vaults",
        "",
        nothing,
        (
            _KEY_VAULT + "deletedvaults",
            _KEY_VAULT + "locations/deletedvaults",
            _KEY_VAULT + "deletedmanagedhsms",
            _KEY_VAULT + "locations/deletedmanagedhsms",
        ),
    ),
    Shape(
        "private link resources",
        "",
        nothing,
        (_KEY_VAULT + "vaults/privatelinkresources", _KEY_VAULT + "managedhsms/privatelinkresources"),
    ),
)
