"""Vaults and what hangs on them: diagnostic settings, private endpoints, and the objects inside.

Source: the azurerm provider's documentation; semantics 2.1, 2.2, 2.7, 7.4, 7.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kvaudit.model.scope import scope_key
from kvaudit.sources.declared import Body
from kvaudit.sources.rows import Damage
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.policies import FIELDS, POLICIES, Policies, entry_of
from kvaudit.sources.terraform.references import Known, Symbol
from kvaudit.sources.terraform.resource import Resource, dig
from kvaudit.sources.terraform.types import OBJECTS, VAULT_TYPE
from kvaudit.sources.wire import (
    Address,
    Arm,
    ConnectionState,
    Diagnostic,
    Log,
    NetworkAcls,
    ObjectRow,
    Row,
    VaultProperties,
)

_PLAIN = {
    "enable_rbac_authorization": ("rbac_authorization_enabled", "enable_rbac_authorization"),
    "public_network_access": ("public_network_access_enabled",),
    "soft_delete_retention_in_days": ("soft_delete_retention_days",),
    "enable_purge_protection": ("purge_protection_enabled",),
    "enabled_for_deployment": ("enabled_for_deployment",),
    "enabled_for_template_deployment": ("enabled_for_template_deployment",),
    "enabled_for_disk_encryption": ("enabled_for_disk_encryption",),
}
"""Fields of a vault by the names that Terraform has for them, the newer one first."""

_RBAC = FIELDS["enable_rbac_authorization"]
_DYNAMIC = (
    "the plan does not tell whether a dynamic block gives it access policies; "
    "put the .tf files beside the plan, or apply it and scan the vault"
)


def vault(context: Context, resource: Resource, policies: Policies) -> Body:
    """A vault. azurerm's always have soft delete; what a lookup does not say of one is not known."""
    identifier = context.ids.id(resource)
    not_known: Damage = {}
    values: dict[str, Any] = {}
    for field, names in _PLAIN.items():
        found = _first(context, resource, names)
        values[field] = found.value if isinstance(found, Known) else None
        if isinstance(found, Symbol) or (resource.is_data and found.value is None):
            not_known[f"/{FIELDS[field]}"] = NOT_YET
    access = values["public_network_access"]
    values["public_network_access"] = "Enabled" if access is True else "Disabled" if access is False else access
    properties = VaultProperties(
        **values,
        tenant_id=context.known(resource, "tenant_id"),
        enable_soft_delete=True,
        network_acls=_network(context, resource, not_known),
        sku={"name": context.known(resource, "sku_name")},
    )
    if resource.is_data:
        not_known[f"/{FIELDS['private_endpoint_connections']}"] = NOT_YET
    row = row_of(
        Arm(
            id=identifier,
            name=context.ids.name(resource),
            type=VAULT_TYPE,
            location=context.known(resource, "location"),
            tags=context.shown(resource, "tags"),
            properties=row_of(properties),
        )
    )
    body = context.body(resource, row, not_known)
    body.row["properties"][POLICIES] = _entries(context, resource, body, policies)
    return body


def _first(context: Context, resource: Resource, names: Iterable[str]) -> Known | Symbol:
    """What the first argument that is set says; of two names for one, the one that the configuration uses.

    What a vault was made with stays behind under the other name until the change is applied.
    """
    for name in sorted(names, key=lambda each: not context.resolver.says(resource, each)):
        found = context.argument(resource, name)
        if isinstance(found, Symbol) or found.value is not None:
            return found
    return Known(None)


def _network(context: Context, resource: Resource, not_known: Damage) -> Any:
    """The firewall; what of it is not known yet leaves it open whether it lets anyone in."""
    found = context.argument(resource, "network_acls")
    blocks = found.value if isinstance(found, Known) else None
    field = f"/{FIELDS['network_acls']}"
    is_dynamic = resource.unknown.get("network_acls") is True and context.sets(resource, "network_acls")
    if is_dynamic:
        context.facts.leaves_open("network_acls", (context.origin(resource),))
    if isinstance(found, Symbol) or (blocks is None and (resource.is_data or is_dynamic)):
        not_known[field] = NOT_YET
        return None
    if not isinstance(blocks, list) or not blocks or not isinstance(blocks[0], dict):
        return None if blocks == [] else blocks
    at = "network_acls", 0
    action, bypass, addresses = (
        context.argument(resource, *at, name) for name in ("default_action", "bypass", "ip_rules")
    )
    if not (isinstance(action, Known) and isinstance(bypass, Known) and isinstance(addresses, Known)):
        not_known[field] = NOT_YET
        return None
    subnets = context.resolver.arguments(resource, *at, "virtual_network_subnet_ids")
    acls = NetworkAcls(
        default_action=action.value,
        bypass=bypass.value,
        ip_rules=_wrapped(addresses.value, "value"),
        virtual_network_rules=[
            row_of(Address(id=each.value if isinstance(each, Known) else context.ids.scope_of(each, resource).text))
            for each in subnets
        ],
    )
    return row_of(acls)


def _wrapped(items: Any, field: str) -> Any:
    return [row_of(Address(**{field: item})) for item in items] if isinstance(items, list) else items


def _entries(context: Context, resource: Resource, body: Body, policies: Policies) -> Any:
    """The entries that are written in a vault."""
    identifier = str(body.row["id"])
    found = context.argument(resource, "access_policy")
    if isinstance(found, Symbol) or (resource.is_data and found.value is None):
        context.facts.incomplete(
            "vaults", scope_key(identifier), f"its access policies are {NOT_YET}", resource.pointer
        )
        return []
    if resource.unknown.get("access_policy") is True and body.row["properties"].get(_RBAC) is not True:
        _leave_open(context, resource, identifier, policies)
    if not isinstance(found.value, list):
        return found.value or []
    inline = context.resolver.says(resource, "access_policy")
    entries: list[Any] = []
    for number, item in enumerate(found.value):
        if not inline and policies.has(identifier, item):
            continue
        at = f"{body.pointer}/properties/{POLICIES}/{len(entries)}"
        body.places[at] = context.origin(resource, f"/access_policy/{number}")
        if isinstance(item, dict):
            holder = context.principal(resource, "access_policy", number, "object_id")
            item = entry_of(context, resource, identifier, holder, "access_policy", number)
        entries.append(item)
    return entries


def _leave_open(context: Context, resource: Resource, identifier: str, policies: Policies) -> None:
    """Entries that are not known at all: none are written, or a dynamic block gives what is not known yet.

    A plan says the same of both. Of a new vault, its sources tell them apart; and where entries are declared by
    themselves there are none inside, as the provider's documentation forbids both at once.
    """
    in_sources = context.sets(resource, "access_policy")
    apart = policies.names(identifier) and not context.resolver.says(resource, "access_policy")
    if resource.is_new and (in_sources is False or (in_sources is None and apart)):
        return
    reason = _DYNAMIC if in_sources is None else f"its access policies are {NOT_YET}; apply the plan and scan the vault"
    context.facts.leaves_open("access_policy", (context.origin(resource),))
    context.facts.incomplete("vaults", scope_key(identifier), reason, resource.pointer)


def vault_object(context: Context, resource: Resource) -> Body:
    """A secret, key or certificate: its name and dates. Its value is not even looked at."""
    at: tuple[str | int, ...] = ("certificate_attribute", 0) if resource.type.endswith("certificate") else ()
    names = {"expires": "expires" if at else "expiration_date", "notBefore": "not_before" if at else "not_before_date"}
    attributes = {name: context.known(resource, *at, theirs) for name, theirs in names.items()}
    row = ObjectRow(
        vault=context.scope(resource, "vaultObjects", "key_vault_id"),
        type=OBJECTS[resource.type],
        name=context.ids.name(resource) if context.shown(resource, "name") else resource.segment,
        attributes={name: value for name, value in attributes.items() if isinstance(value, str)},
    )
    return context.body(resource, row_of(row), closed=False)


_ON = "/providers/Microsoft.Insights/diagnosticSettings/"
_DESTINATIONS = {
    "workspace_id": "log_analytics_workspace_id",
    "storage_account_id": "storage_account_id",
    "event_hub_authorization_rule_id": "eventhub_authorization_rule_id",
    "marketplace_partner_id": "partner_solution_id",
}


def diagnostic_setting(context: Context, resource: Resource) -> Iterator[Body]:
    """A diagnostic setting; one of whose logs nothing is known yet leaves open whether its vault is logged."""
    target = context.scope(resource, "diagnosticSettings", "target_resource_id")
    logs: list[Any] = []
    for name, always in (("enabled_log", True), ("log", False)):
        found = context.argument(resource, name)
        if isinstance(found, Symbol) or _is_open(resource.unknown.get(name)):
            reason = f"{resource.address}: {name} is {NOT_YET}"
            context.facts.incomplete("diagnosticSettings", scope_key(target), reason, resource.pointer)
            return
        items = found.value if isinstance(found.value, list) else [] if found.value is None else [found.value]
        logs += [_log(item, always=always) if isinstance(item, dict) else item for item in items]
    destinations: dict[str, Any] = {}
    for field, argument in _DESTINATIONS.items():
        destinations[field] = context.scope(resource, "", argument) or None
    name = context.ids.name(resource)
    yield context.body(
        resource,
        row_of(
            Arm(
                id=f"{target}{_ON}{name}",
                name=name,
                type="Microsoft.Insights/diagnosticSettings",
                properties=row_of(Diagnostic(logs=logs, **destinations)),
            )
        ),
        closed=False,
    )


def _is_open(unknown: Any) -> bool:
    """Whether it is not known which logs a block is for, of any of several."""
    blocks = unknown if isinstance(unknown, list) else ()
    return any(dig(each, (name,)) is True for each in blocks for name in ("category", "category_group", "enabled"))


def _log(item: Row, *, always: bool) -> Row:
    enabled = item.get("enabled")
    return row_of(
        Log(
            category=item.get("category") or None,
            category_group=item.get("category_group") or None,
            enabled=True if always or enabled is None else enabled,
        )
    )


def private_endpoint(context: Context, resource: Resource) -> Iterator[Body]:
    """The connection that a private endpoint makes to a vault; one asked for by hand waits for approval."""
    connections = context.known(resource, "private_service_connection")
    for number in range(len(connections) if isinstance(connections, list) else 0):
        at = "private_service_connection", number
        target = context.scope(resource, "", *at, "private_connection_resource_id")
        if f"/providers/{VAULT_TYPE}/".lower() not in target.lower():
            continue
        manual = context.known(resource, *at, "is_manual_connection")
        status = {False: "Approved", True: "Pending"}.get(manual) if isinstance(manual, bool) else None
        state = ConnectionState(private_link_service_connection_state=row_of(ConnectionState(status=status)))
        row = Arm(
            id=f"{target}/privateEndpointConnections/{resource.segment}",
            type=f"{VAULT_TYPE}/privateEndpointConnections",
            properties=row_of(state),
        )
        yield context.body(resource, row_of(row), closed=False)
