"""The built-in roles as Resource Manager lists them, from the facts that kvaudit has about them."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parents[3] / "kvaudit" / "data" / "roles.json"


@functools.cache
def built_in() -> tuple[dict[str, Any], ...]:
    """All of them; the caller does not change what it gets."""
    return tuple(_body(each) for each in json.loads(FACTS.read_text(encoding="utf-8")))


@functools.cache
def role(name: str) -> str:
    """The id of a built-in role."""
    guid = next(row["name"] for row in built_in() if row["properties"]["roleName"] == name)
    return f"/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def _body(role: dict[str, Any]) -> dict[str, Any]:
    keys = ("actions", "notActions", "dataActions", "notDataActions")
    blocks = [{key: block.get(key, []) for key in keys} | _conditions(block) for block in role["permissions"]]
    return {
        "properties": {
            "roleName": role["name"],
            "type": "BuiltInRole",
            "description": "",
            "assignableScopes": ["/"],
            "permissions": blocks,
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2024-08-14T20:16:04.3791205Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{role['id']}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role["id"],
    }


def _conditions(block: dict[str, Any]) -> dict[str, Any]:
    condition = block.get("condition")
    return {"condition": condition, "conditionVersion": "2.0"} if condition else {}
