"""What a collector that sees everything and is asked for everything brings home from an estate: a snapshot."""

from __future__ import annotations

from tests.live.azure.estate import Estate, Row

APPLICATION = "#microsoft.graph.application"
TENANT = "tenant"
COMPLETE = (
    "vaults", "roleAssignments", "roleDefinitions", "denyAssignments", "roleEligibilities", "roleActivations",
    "rolePolicies", "diagnosticSettings", "locks", "subscriptions", "resources", "principals", "groupMembers",
    "owners", "applications", "directoryRoles", "appRoleAssignments", "groupEligibilities",
)  # fmt: skip


def snapshot(estate: Estate) -> Row:
    """Made from the estate and nothing else, to hold against what was collected over the wire."""
    people = estate.principals.values()
    return {
        "schema": "kvaudit/snapshot/v1",
        "takenAt": "2026-11-23T00:00:00Z",
        "tenantId": estate.tenant,
        "cloud": "AzureCloud",
        "vaults": list(estate.vaults),
        "roleAssignments": list(estate.role_assignments),
        "roleDefinitions": list(estate.role_definitions),
        "denyAssignments": list(estate.deny_assignments),
        "roleEligibilities": list(estate.eligibilities),
        "roleActivations": list(estate.activations),
        "rolePolicies": list(estate.role_policies),
        "diagnosticSettings": list(estate.diagnostic_settings),
        "locks": list(estate.locks),
        "subscriptions": [
            {
                "id": each.scope,
                "displayName": each.name,
                "managementGroupAncestors": [group.name for group in estate.chain(each.parent)],
            }
            for each in estate.subscriptions
        ],
        "resources": [*estate.carriers, *estate.log_stores],
        "principals": [row for row in people if row["@odata.type"] != APPLICATION],
        "groupMembers": [
            {"group": group, "members": list(members)}
            for group, members in estate.members.items()
            if group in estate.principals
        ],
        "owners": [{"object": each, "owners": list(owners)} for each, owners in estate.owners.items()],
        "applications": [row for row in people if row["@odata.type"] == APPLICATION],
        "directoryRoles": [
            {"role": row["roleTemplateId"], "members": list(estate.members[row["id"]])}
            for row in estate.directory_roles
        ],
        "appRoleAssignments": [row for rows in estate.app_role_assignments.values() for row in rows],
        "groupEligibilities": estate.group_eligibilities,
        "coverage": [{"fact": fact, "scope": TENANT, "complete": True} for fact in COMPLETE],
    }
