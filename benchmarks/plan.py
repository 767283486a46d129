"""A large Terraform plan, and what reading it costs beside the parser's own work on it.

    python benchmarks/plan.py [--megabytes N]

Each stack of the plan is a module with a vault, an identity, a role assignment and a policy that refer to each other,
among resources that are nobody's business.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from kvaudit.sources.load import load

_PARTS = {
    "azurerm_key_vault": {
        "name": "kv-{0}", "location": "westeurope", "resource_group_name": "rg-{0}", "rbac_authorization_enabled": True,
        "tenant_id": "f6fadfa7-e5c1-4b62-9362-da5cc13da58a", "purge_protection_enabled": True,
    },
    "azurerm_user_assigned_identity": {"name": "id-{0}", "location": "westeurope", "resource_group_name": "rg-{0}"},
    "azurerm_role_assignment": {"role_definition_name": "Key Vault Secrets User", "condition": None},
    "azurerm_key_vault_access_policy": {"secret_permissions": ["Get", "List"], "application_id": None},
    "azurerm_subnet": {"name": "snet-{0}", "address_prefixes": ["192.0.2.0/24"], "delegation": [], "tags": None},
    "azurerm_network_security_group": {"name": "nsg-{0}", "security_rule": [{"name": "r", "priority": 100}] * 8},
    "azurerm_storage_account": {"name": "st{0}", "blob_properties": [{"versioning_enabled": True}], "tags": {"a": "b"}},
}  # fmt: skip
_REFERENCES = {
    "azurerm_role_assignment": {
        "scope": "azurerm_key_vault.x.id", "principal_id": "azurerm_user_assigned_identity.x.principal_id",
    },
    "azurerm_key_vault_access_policy": {
        "key_vault_id": "azurerm_key_vault.x.id", "object_id": "azurerm_user_assigned_identity.x.principal_id",
    },
}  # fmt: skip


def make_plan(stacks: int) -> dict[str, Any]:
    """A plan that makes this many stacks, as instances of one module."""
    children, changes, prior = [], [], []
    for number in range(stacks):
        module = f'module.stack["{number}"]'
        rows = [_row(module, kind, values, number) for kind, values in _PARTS.items()]
        children.append({"address": module, "resources": rows})
        prior.append({"address": module, "resources": [row for row in rows if "subnet" in row["type"]]})
        for row in rows:
            unknown = dict.fromkeys(("id", *_REFERENCES.get(row["type"], ())), True)
            change = {"actions": ["create"], "before": None, "after": row["values"], "after_unknown": unknown}
            head = {key: row[key] for key in ("address", "mode", "type", "name")}
            changes.append({**head, "module_address": module, "change": change})
    written = [
        {
            "address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "provider_config_key": "azurerm",
            "expressions": {name: _references(text) for name, text in _REFERENCES.get(kind, {}).items()},
        }
        for kind in _PARTS
    ]  # fmt: skip
    call = {"source": "./modules/stack", "module": {"resources": written}}
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"child_modules": children}},
        "resource_changes": changes,
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"child_modules": prior}}},
        "configuration": {"root_module": {"module_calls": {"stack": call}}},
    }


def _row(module: str, kind: str, values: dict[str, Any], number: int) -> dict[str, Any]:
    own = {key: value.format(number) if isinstance(value, str) else value for key, value in values.items()}
    return {
        "address": f"{module}.{kind}.x", "mode": "managed", "type": kind, "name": "x", "values": own,
        "provider_name": "registry.terraform.io/hashicorp/azurerm", "sensitive_values": {},
    }  # fmt: skip


def _references(text: str) -> dict[str, list[str]]:
    return {"references": [text, text.rpartition(".")[0]]}


def main() -> None:
    """Make a plan of a size, read it both ways, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=100)
    wanted = parser.parse_args().megabytes << 20
    stacks = wanted * 100 // len(json.dumps(make_plan(100)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(json.dumps(make_plan(stacks)), encoding="utf-8")
        size = file.stat().st_size / (1 << 20)
        started = time.process_time()
        json.loads(file.read_bytes())
        gc.disable()  # as the program itself does (cli/app.py)
        parsed = time.process_time()
        snapshot = load([str(file)])
        read = time.process_time()
    print(f"{size:.0f} MiB, {len(snapshot.vaults):,} vaults: json.loads {parsed - started:.2f} s,", end=" ")
    print(f"read {read - parsed:.2f} s, ratio {(read - parsed) / (parsed - started):.2f}")


if __name__ == "__main__":
    main()
