"""Inputs to read: rows as Azure's tools write them, and ways to put them before the loader."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from kvaudit.model.snapshot import Snapshot
from kvaudit.sources.load import load, load_counted

SUBSCRIPTION = "/subscriptions/2c63888f-28f0-4481-be6d-dce7a7ace732"
OTHER_SUBSCRIPTION = "/subscriptions/8d0b7f0e-1111-4b2a-9a0b-5d7f0a1b2c3d"
TENANT_ID = "f6fadfa7-e5c1-4b62-9362-da5cc13da58a"
ALICE = "bc67ba94-637d-4efa-a09e-467ada679f81"
BOB = "fab36728-a78b-4b7e-8787-c0de2f960063"
TEAM = "45ac16b9-c20d-4c21-8f8a-7abff2e91ac7"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-app"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-app"


def stream(value: Any) -> io.BytesIO:
    """A value as JSON, text and bytes as they are."""
    if isinstance(value, bytes):
        return io.BytesIO(value)
    return io.BytesIO((value if isinstance(value, str) else json.dumps(value)).encode())


def read(value: Any, **options: Any) -> Snapshot:
    """One document from standard input."""
    return load(["-"], stdin=stream(value), **options)


def rows_of(value: Any) -> dict[str, int]:
    """The rows of one document by kind."""
    return load_counted(["-"], stdin=stream(value)).rows["-"]


def write(folder: Path, files: dict[str, Any]) -> str:
    """Files in a folder: values as JSON, text and bytes as they are. The folder's path."""
    for name, value in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, bytes):
            path.write_bytes(value)
        else:
            path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1), encoding="utf-8")
    return str(folder)


def vault(name: str = "kv-app", **properties: Any) -> dict[str, Any]:
    """A vault as REST gives it, with nothing in its properties but what is asked for."""
    return {
        "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/{name}",
        "name": name,
        "type": "Microsoft.KeyVault/vaults",
        "location": "westeurope",
        "properties": {"tenantId": TENANT_ID, **properties},
    }


def policy(principal: str = ALICE, **lists: Any) -> dict[str, Any]:
    """An access policy of a vault."""
    return {"tenantId": TENANT_ID, "objectId": principal, "permissions": lists}


def assignment_id(scope: str = VAULT, name: str = "d00f7b11-205f-42f7-88c1-d781b972e776") -> str:
    """The id of a role assignment."""
    return f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}"


def flat(scope: str = VAULT, principal: str = ALICE, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A role assignment as az gives it."""
    name = name or "d00f7b11-205f-42f7-88c1-d781b972e776"
    return {
        "id": assignment_id(scope, name),
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "scope": scope,
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}",
        "roleDefinitionName": "Key Vault Secrets User",
        "principalId": principal,
        "principalName": "alice@contoso.example",
        "principalType": "User",
        **more,
    }


def rest(scope: str = VAULT, principal: str = ALICE, **more: Any) -> dict[str, Any]:
    """A role assignment as REST gives it."""
    row = flat(scope, principal, **more)
    outer = {key: row.pop(key) for key in ("id", "name", "type")}
    return {**outer, "properties": row}


def snapshot(**sections: Any) -> dict[str, Any]:
    """A snapshot with these sections."""
    return {"schema": "kvaudit/snapshot/v1", **sections}
