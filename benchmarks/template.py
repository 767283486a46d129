"""A large ARM template, and what reading it costs beside the parser's own work on it.

    python benchmarks/template.py [--megabytes N] [--others N] [--literal]

Each stack has a vault, an identity, a role assignment and policies that refer to each other by expressions, as Bicep
writes them, among resources that are nobody's business: so many times those of one stack. No two stacks share a name,
so hardly any two expressions are the same. With --literal there are no expressions at all.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from kvaudit.sources.load import load

_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
_TENANT_ID = "tenant().tenantId"
_LOCATION = "parameters('location')"
_TAGS = "variables('tags')"
_IS_PROD = "equals(parameters('environment'), 'prod')"
_VAULT = "format('kv-{0}-{1}', parameters('environment'), '%N')"
_IDENTITY = "format('id-{0}-{1}', parameters('environment'), '%N')"
_VAULT_ID = f"resourceId('Microsoft.KeyVault/vaults', {_VAULT})"
_IDENTITY_ID = f"resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', {_IDENTITY})"
_ROLE = f"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{_SECRETS_USER}')"
_PRINCIPAL = f"reference({_IDENTITY_ID}, '2023-01-31').principalId"
_SCOPE = f"format('Microsoft.KeyVault/vaults/{{0}}', {_VAULT})"
_NAME = f"guid({_VAULT_ID}, {_IDENTITY_ID}, '{_SECRETS_USER}')"
_ADDED = f"format('{{0}}/{{1}}', {_VAULT}, 'add')"
_SUBNET = "format('{0}/{1}', 'vnet', 'snet-%N')"
_RULE = {
    "name": "allow-https",
    "properties": {
        "description": "From the proxies", "priority": 100, "direction": "Inbound", "access": "Allow",
        "protocol": "Tcp", "sourceAddressPrefix": "192.0.2.0/24", "sourcePortRange": "*",
        "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": "443",
    },
}  # fmt: skip
_POLICY = {"tenantId": f"[{_TENANT_ID}]", "objectId": f"[{_PRINCIPAL}]", "permissions": {"secrets": ["get", "list"]}}

_OF_CONCERN: list[dict[str, Any]] = [
    {
        "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": f"[{_VAULT}]",
        "location": f"[{_LOCATION}]", "tags": f"[{_TAGS}]",
        "properties": {
            "tenantId": f"[{_TENANT_ID}]", "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": f"[{_IS_PROD}]", "enablePurgeProtection": True,
            "publicNetworkAccess": "Disabled", "accessPolicies": [],
            "networkAcls": {"defaultAction": "Deny", "bypass": "None", "ipRules": [], "virtualNetworkRules": []},
        },
    },
    {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31",
        "name": f"[{_IDENTITY}]", "location": f"[{_LOCATION}]",
    },
    {
        "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01",
        "scope": f"[{_SCOPE}]",
        "name": f"[{_NAME}]",
        "properties": {
            "roleDefinitionId": f"[{_ROLE}]", "principalId": f"[{_PRINCIPAL}]", "principalType": "ServicePrincipal",
        },
        "dependsOn": [f"[{_IDENTITY_ID}]", f"[{_VAULT_ID}]"],
    },
    {
        "type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2023-07-01",
        "name": f"[{_ADDED}]", "properties": {"accessPolicies": [_POLICY]},
        "dependsOn": [f"[{_IDENTITY_ID}]", f"[{_VAULT_ID}]"],
    },
]  # fmt: skip
_OTHERS: list[dict[str, Any]] = [
    {
        "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2023-11-01",
        "name": "[format('nsg-{0}-%N', parameters('environment'))]", "location": f"[{_LOCATION}]",
        "properties": {"securityRules": [_RULE] * 8},
    },
    {
        "type": "Microsoft.Network/virtualNetworks/subnets", "apiVersion": "2023-11-01",
        "name": f"[{_SUBNET}]",
        "properties": {"addressPrefix": "192.0.2.0/24", "networkSecurityGroup": {
            "id": "[resourceId('Microsoft.Network/networkSecurityGroups', format('nsg-{0}-%N', "
                  "parameters('environment')))]"}},
    },
    {
        "type": "Microsoft.Web/serverfarms", "apiVersion": "2023-12-01", "name": "[format('plan-{0}', '%N')]",
        "location": f"[{_LOCATION}]", "tags": f"[{_TAGS}]", "sku": {"name": "B1", "tier": "Basic"},
    },
]  # fmt: skip
_EXPRESSION = re.compile(r'"\[(.*?)\]"')


def _plain(expression: str) -> Any:
    """What an expression might have given."""
    return {
        _TAGS: {"environment": "prod", "team": "platform"},
        _IS_PROD: True,
        _LOCATION: "westeurope",
        _TENANT_ID: "f6fadfa7-e5c1-4b62-9362-da5cc13da58a",
        _NAME: "00000000-0000-4000-9000-%N",
        _PRINCIPAL: "00000000-0000-4000-8000-%N",
        _ROLE: f"/providers/Microsoft.Authorization/roleDefinitions/{_SECRETS_USER}",
        _VAULT: "kv-%N",
        _VAULT_ID: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-%N",
        _SCOPE: "Microsoft.KeyVault/vaults/kv-%N",
        _ADDED: "kv-%N/add",
        _SUBNET: "vnet/snet-%N",
    }.get(expression, "id-%N")


def make_template(stacks: int, *, others: int = 1, literal: bool = False) -> str:
    """A template that makes this many stacks."""
    around = json.dumps(_OTHERS)[1:-1]
    stack = ",".join([json.dumps(_OF_CONCERN)[1:-1], *(around.replace("%N", f"%N-{each}") for each in range(others))])
    if literal:
        stack = _EXPRESSION.sub(lambda found: json.dumps(_plain(found[1])), stack)
    body = ",".join(stack.replace("%N", f"{number:012}") for number in range(stacks))
    head = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "environment": {"type": "string", "defaultValue": "prod"},
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
        },
        "variables": {"tags": {"environment": "[parameters('environment')]", "team": "platform"}},
    }
    return f'{json.dumps(head)[:-1]}, "resources": [{body}]}}'


def main() -> None:
    """Make a template of a size, read it both ways, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--others", type=int, default=1)
    parser.add_argument("--literal", action="store_true")
    asked = parser.parse_args()
    size = len(make_template(100, others=asked.others, literal=asked.literal))
    stacks = (asked.megabytes << 20) * 100 // size
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "main.json"
        file.write_text(make_template(stacks, others=asked.others, literal=asked.literal), encoding="utf-8")
        size = file.stat().st_size / (1 << 20)
        started = time.process_time()
        json.loads(file.read_bytes())
        gc.disable()  # as the program itself does (cli/app.py)
        parsed = time.process_time()
        snapshot = load([str(file)])
        read = time.process_time()
    print(f"{size:.0f} MiB, {len(snapshot.vaults):,} vaults, {len(snapshot.role_assignments):,} assignments:", end=" ")
    print(f"json.loads {parsed - started:.2f} s, read {read - parsed:.2f} s,", end=" ")
    print(f"ratio {(read - parsed) / (parsed - started):.2f}")


if __name__ == "__main__":
    main()
