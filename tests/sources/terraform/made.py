"""Plans and states as `terraform show -json` writes them, from short descriptions of their resources."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from kvaudit.access.engine import Access, resolve
from kvaudit.access.lookup import find_vaults
from kvaudit.model.permission import parse_question
from kvaudit.model.snapshot import Snapshot
from tests.sources.made import read

SUB = "2c63888f-28f0-4481-be6d-dce7a7ace732"
OTHER_SUB = "8d0b7f0e-1111-4b2a-9a0b-5d7f0a1b2c3d"
TENANT = "f6fadfa7-e5c1-4b62-9362-da5cc13da58a"
ALICE = "bc67ba94-637d-4efa-a09e-467ada679f81"
BOB = "fab36728-a78b-4b7e-8787-c0de2f960063"
DEPLOYER = "0f8fad5b-d9cb-469f-a165-70867728950e"
AS_OF = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
UNKNOWN = object()
"""A value that is not known before the plan is applied."""


def refs(*texts: str) -> dict[str, Any]:
    """An expression, with its references as Terraform lists them: each, and each of its beginnings."""
    found = []
    for text in texts:
        found.append(text)
        while (shorter := re.sub(r"(\.[^.\[\]]+|\[[^\]]*\])$", "", text)) != text:
            head = shorter.removeprefix("data.")
            if "." not in head and not head.startswith("each"):
                break
            found.append(shorter)
            text = shorter
    return {"references": found}


def resource(address: str, values: dict[str, Any] | None = None, **expressions: Any) -> dict[str, Any]:
    """A resource by its address: what is UNKNOWN in its values is left out of them; expressions are its own."""
    own = re.sub(r"^(module\.[^.\[]+(\[[^\]]*\])?\.)*", "", address)
    mode = "data" if own.startswith("data.") else "managed"
    kind, name = re.sub(r"\[.*\]$", "", own.removeprefix("data.")).split(".", 1)
    return {
        "address": address,
        "mode": mode,
        "type": kind,
        "name": name,
        "module": address[: -len(own)].rstrip("."),
        "values": values or {},
        "expressions": expressions,
    }


def vault(address: str = "azurerm_key_vault.main", **values: Any) -> dict[str, Any]:
    """A vault that is closed and asks Azure RBAC, but for what is said."""
    settings = {
        "name": "kv-" + re.sub(r"\W+", "-", address.rpartition("azurerm_key_vault.")[2]).strip("-"),
        "location": "westeurope",
        "resource_group_name": "rg-app",
        "sku_name": "standard",
        "tenant_id": TENANT,
        "rbac_authorization_enabled": True,
        "purge_protection_enabled": True,
        "public_network_access_enabled": False,
        "soft_delete_retention_days": 90,
        "enabled_for_deployment": False,
        "enabled_for_disk_encryption": False,
        "enabled_for_template_deployment": False,
        "network_acls": [
            {"bypass": "None", "default_action": "Deny", "ip_rules": [], "virtual_network_subnet_ids": []}
        ],
        "access_policy": UNKNOWN,
        "id": UNKNOWN,
    }
    expressions = {key: value for key, value in values.items() if isinstance(value, dict) and "references" in value}
    return resource(address, {**settings, **values, **dict.fromkeys(expressions, UNKNOWN)}, **expressions)


LOGGED_IN = resource(
    "data.azurerm_client_config.current",
    {"object_id": DEPLOYER, "tenant_id": TENANT, "subscription_id": SUB, "client_id": ALICE, "id": "Y2xpZW50"},
)
GROUP = resource("azurerm_resource_group.app", {"name": "rg-app", "location": "westeurope", "id": UNKNOWN})


def _told(**arguments: Any) -> dict[str, str]:
    return {name: value for name, value in arguments.items() if isinstance(value, str)}


def _referring(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if isinstance(value, dict)}


def role(address: str, name: str, *, scope: Any, principal: Any, **values: Any) -> dict[str, Any]:
    """An assignment of a role; scope and principal are known, or expressions."""
    return resource(
        address,
        {
            "role_definition_name": name,
            "role_definition_id": UNKNOWN,
            "scope": UNKNOWN,
            "principal_id": UNKNOWN,
            "condition": None,
            "id": UNKNOWN,
            **_told(scope=scope, principal_id=principal),
            **values,
        },
        role_definition_name={"constant_value": name},
        **_referring(scope=scope, principal_id=principal),
    )


def policy(address: str, *, vault_id: Any, principal: Any, **values: Any) -> dict[str, Any]:
    """An access policy by itself; vault and principal are known, or expressions."""
    return resource(
        address,
        {
            "tenant_id": TENANT,
            "application_id": None,
            "key_permissions": None,
            "secret_permissions": ["Get", "List"],
            "certificate_permissions": None,
            "storage_permissions": None,
            "key_vault_id": UNKNOWN,
            "object_id": UNKNOWN,
            "id": UNKNOWN,
            **_told(key_vault_id=vault_id, object_id=principal),
            **values,
        },
        **_referring(key_vault_id=vault_id, object_id=principal),
    )


def plan(
    *resources: dict[str, Any],
    modules: dict[str, dict[str, Any]] | None = None,
    prior: tuple[dict[str, Any], ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """A plan of these resources.

    `modules` are the calls of modules by their address without keys: {source, expressions, outputs}. `prior` is what
    was there, lookups among it.
    """
    changes = [
        {
            "address": each["address"],
            "type": each["type"],
            "name": each["name"],
            "mode": each["mode"],
            "change": {
                "actions": ["create"],
                "before": None,
                "after": _known(each["values"]),
                "after_unknown": {name: True for name, value in each["values"].items() if value is UNKNOWN},
            },
        }
        for each in resources
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.13.3",
        "variables": {},
        "planned_values": {"root_module": _tree(resources)},
        "resource_changes": changes,
        "prior_state": {
            "format_version": "1.0",
            "terraform_version": "1.13.3",
            "values": {"root_module": _tree(prior)},
        },
        "configuration": {
            "provider_config": {"azurerm": {"name": "azurerm"}},
            "root_module": _written((*resources, *prior), "", modules or {}),
        },
        **more,
    }


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    """A state with these resources."""
    return {"format_version": "1.0", "terraform_version": "1.13.3", "values": {"root_module": _tree(resources)}}


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not UNKNOWN}


def _tree(resources: Any, module: str = "") -> dict[str, Any]:
    own = [
        {
            **{name: each[name] for name in ("address", "mode", "type", "name")},
            "provider_name": "registry.terraform.io/hashicorp/" + each["type"].partition("_")[0],
            "schema_version": 2,
            "values": _known(each["values"]),
            "sensitive_values": {},
        }
        for each in resources
        if each["module"] == module
    ]
    depth = f"{re.escape(module)}[.]" if module else ""
    below = {
        match[0] for each in resources if (match := re.match(depth + r"module\.[^.\[]+(\[[^\]]*\])?", each["module"]))
    }
    children = [{"address": each, **_tree(resources, each)} for each in sorted(below)]
    return {"resources": own} | ({"child_modules": children} if children else {})


def _written(resources: Any, module: str, modules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    own = {}
    for each in resources:
        if re.sub(r"\[[^\]]*\]", "", each["module"]) == module:
            own[each["mode"], each["type"], each["name"]] = {
                "address": re.sub(r"\[.*\]$", "", each["address"]),
                "mode": each["mode"],
                "type": each["type"],
                "name": each["name"],
                "provider_config_key": each["type"].partition("_")[0],
                "expressions": each["expressions"],
            }
    called = {}
    for address, call in modules.items():
        above, _, name = address.rpartition("module.")
        if above.rstrip(".") == module:
            inner = _written(resources, address, modules)
            inner["outputs"] = {key: {"expression": value} for key, value in call.get("outputs", {}).items()}
            called[name] = {
                "source": call.get("source", f"./modules/{name}"),
                "expressions": call.get("expressions", {}),
                "module": inner,
            }
    return {"resources": list(own.values()), "module_calls": called}


def access(document: dict[str, Any] | Snapshot, **options: Any) -> Access:
    """Who holds what, as a document says."""
    return resolve(document if isinstance(document, Snapshot) else read(document, **options), AS_OF)


def verdict(document: dict[str, Any] | Access, principal: str, permission: str, name: str) -> str:
    """Whether a principal can do something on the vault of a name."""
    held = document if isinstance(document, Access) else access(document)
    answers, _ = held.can(principal.lower(), parse_question(permission), find_vaults(held.estate, name))
    (answer,) = answers
    return str(answer.verdict)
