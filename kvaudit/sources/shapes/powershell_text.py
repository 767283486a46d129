"""What Get-AzKeyVault says as text beside its objects: exact where ConvertTo-Json cut the objects short.

Source: the text fields of PSKeyVault (`AccessPoliciesText`, `NetworkAclsText`), each a table of labels and values.
"""

from __future__ import annotations

from typing import Any

from kvaudit.sources.wire import Row

_POLICY = {
    "Tenant ID": "tenantId",
    "Object ID": "objectId",
    "Application ID": "applicationId",
    "Display Name": "displayName",
    "Permissions to Keys": "permissionsToKeysStr",
    "Permissions to Secrets": "permissionsToSecretsStr",
    "Permissions to Certificates": "permissionsToCertificatesStr",
    "Permissions to (Key Vault Managed) Storage": "permissionsToStorageStr",
}
_NETWORK = {
    "Default Action": "defaultAction",
    "Bypass": "bypass",
    "IP Rules": "ipAddressRanges",
    "Virtual Network Rules": "virtualNetworkResourceIds",
}


def repaired(row: Row) -> Row:
    """The row with its policies and its firewall from the text beside them, where the objects came out as text."""
    changes: Row = {}
    lost = _lost_policies(row.get("accessPolicies"))
    policies = _tables(row.get("accessPoliciesText"), _POLICY) if lost else None
    if policies is not None and len(policies) == lost:
        changes["accessPolicies"] = policies
    networks = _tables(row.get("networkAclsText"), _NETWORK) if type(row.get("networkAcls")) is str else None
    if networks is not None and len(networks) == 1:
        changes["networkAcls"] = networks[0]
    return {**row, **changes} if changes else row


def _lost_policies(value: Any) -> int:
    """How many policies there were where all of them came out as the name of their type; 0 for anything else."""
    names = value.split() if type(value) is str else value
    if type(names) is not list or not all(type(name) is str for name in names):
        return 0
    return len(names)


def _tables(text: Any, labels: dict[str, str]) -> list[Row] | None:
    """The tables of a text, every one with all its labels in their order; None for a text that is not so throughout.

    Names in it are chosen by strangers: one that brings lines of its own is no table, and nothing is taken from it.
    """
    if type(text) is not str:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    rows = []
    for start in range(0, len(lines), len(labels)):
        row: Row = {}
        for line, (label, name) in zip(lines[start:], labels.items(), strict=False):
            told, colon, value = line.partition(":")
            if not colon or told.strip() != label:
                return None
            row[name] = value.strip() or None
        if len(row) < len(labels):
            return None
        rows.append(row)
    return rows
