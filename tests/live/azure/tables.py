"""The tables of Resource Graph, and how a body of Resource Manager looks as a row of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.live.azure.estate import GROUPS, Estate, Listed, Row, Rows
from tests.live.azure.roles import built_in

Shown = Callable[[Row], Row]
Tables = Callable[[Estate], list[tuple[Rows, Shown]]]


def _resource(estate: Estate) -> Shown:
    def shown(body: Row) -> Row:
        parts = body["id"].split("/")
        return {
            "id": body["id"],
            "name": body["name"],
            "type": body["type"].lower(),
            "tenantId": estate.tenant,
            "kind": body.get("kind", ""),
            "location": body.get("location", ""),
            "resourceGroup": parts[4].lower() if len(parts) > 4 else "",
            "subscriptionId": parts[2],
            "managedBy": "",
            "sku": body.get("sku"),
            "plan": None,
            "properties": body.get("properties"),
            "tags": body.get("tags"),
            "identity": body.get("identity"),
            "zones": None,
            "extendedLocation": None,
        }

    return shown


def _authorization(estate: Estate) -> Shown:
    def shown(body: Row) -> Row:
        properties = body["properties"]
        if "roleDefinitionId" in properties:
            guid = properties["roleDefinitionId"].rsplit("/", 1)[-1]
            properties = {
                **properties,
                "roleDefinitionId": f"/providers/Microsoft.Authorization/RoleDefinitions/{guid}",
            }
        parts = body["id"].split("/")
        return {
            "id": body["id"],
            "name": body["name"],
            "type": body["type"].lower(),
            "tenantId": estate.tenant,
            "subscriptionId": parts[2] if parts[1] == "subscriptions" else "",
            "resourceGroup": "",
            "location": "global",
            "properties": properties,
        }

    return shown


def _containers(estate: Estate) -> Rows:
    rows = [
        {
            "id": each.scope,
            "name": each.name,
            "type": "microsoft.resources/subscriptions",
            "tenantId": estate.tenant,
            "subscriptionId": each.id,
            "properties": {
                "state": each.state,
                "managedByTenants": [],
                "managementGroupAncestorsChain": [
                    {"displayName": group.display_name, "name": group.name} for group in estate.chain(each.parent)
                ],
            },
        }
        for each in estate.subscriptions
    ]
    rows += [
        {
            "id": GROUPS + group.name,
            "name": group.name,
            "type": "microsoft.management/managementgroups",
            "tenantId": estate.tenant,
            "subscriptionId": "",
            "properties": {
                "tenantId": estate.tenant,
                "displayName": group.display_name,
                "details": {
                    "parent": {"name": group.parent, "id": GROUPS + group.parent} if group.parent else None,
                    "managementGroupAncestorsChain": [
                        {"displayName": up.display_name, "name": up.name}
                        for up in (estate.chain(group.parent) if group.parent else [])
                    ],
                },
            },
        }
        for group in estate.management_groups
    ]
    return Listed(rows)


class _Everywhere(Listed):
    """Rows that every scope has."""

    def below(self, _scope: str) -> Sequence[Row]:
        return self


def _as_it_is(row: Row) -> Row:
    return row


TABLES: dict[str, Tables] = {
    "resources": lambda estate: [
        (rows, _resource(estate)) for rows in (estate.vaults, estate.managed_hsms, estate.carriers, estate.log_stores)
    ],
    "resourcecontainers": lambda estate: [(_containers(estate), _as_it_is)],
    "authorizationresources": lambda estate: [
        (estate.role_assignments, _authorization(estate)),
        (_Everywhere([*built_in(), *estate.role_definitions]), _authorization(estate)),
    ],
    "managedserviceresources": lambda estate: [(estate.registrations, _authorization(estate))],
}
