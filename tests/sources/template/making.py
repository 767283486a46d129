"""Templates to read, and the questions put to what they declare."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from kvaudit.access.engine import Access, resolve
from kvaudit.access.lookup import find_principal, find_vaults
from kvaudit.model.permission import parse_question
from kvaudit.sources.template.evaluation import evaluate
from kvaudit.sources.template.expression import parse
from kvaudit.sources.template.frame import Frame, Given, Written
from kvaudit.sources.template.ids import Target
from kvaudit.sources.template.run import Run
from kvaudit.sources.template.symbols import render
from tests.sources.made import read

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
GROUP_SCHEMA = "https://schema.management.azure.com/schemas/2019-08-01/managementGroupDeploymentTemplate.json#"
HERE = "/subscriptions/{subscription}/resourceGroups/{resource group}"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
TENANT_ID = "f6fadfa7-e5c1-4b62-9362-da5cc13da58a"
ALICE = "bc67ba94-637d-4efa-a09e-467ada679f81"
BOB = "fab36728-a78b-4b7e-8787-c0de2f960063"
AS_OF = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
SAMPLES = Path(__file__).parent / "templates"


def template(*resources: Any, symbolic: bool = False, schema: str = SCHEMA, **sections: Any) -> dict[str, Any]:
    """A template with these resources; `symbolic` takes one object of them by symbolic name."""
    head: dict[str, Any] = {"$schema": schema, "contentVersion": "1.0.0.0"}
    if symbolic:
        head["languageVersion"] = "2.0"
    return {**head, **sections, "resources": resources[0] if symbolic else list(resources)}


def vault(
    name: str = "kv-app", *, rbac: bool | None = True, version: str = "2023-07-01", **more: Any
) -> dict[str, Any]:
    """A vault resource; `properties` adds to what it has."""
    properties = {"tenantId": "[subscription().tenantId]", "sku": {"family": "A", "name": "standard"}}
    if rbac is not None:
        properties["enableRbacAuthorization"] = rbac
    properties |= more.pop("properties", {})
    return {
        "type": "Microsoft.KeyVault/vaults",
        "apiVersion": version,
        "name": name,
        "location": "westeurope",
        "properties": properties,
        **more,
    }


def policy(principal: str = ALICE, *secrets: str, **more: Any) -> dict[str, Any]:
    """An access policy entry."""
    permissions = {"secrets": list(secrets or ("get",))}
    return {"tenantId": "[subscription().tenantId]", "objectId": principal, "permissions": permissions, **more}


def role(role_id: str = SECRETS_USER) -> str:
    """A role definition as templates name it."""
    return f"[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{role_id}')]"


def assigned(principal: str = ALICE, role_id: str = SECRETS_USER, **more: Any) -> dict[str, Any]:
    """A role assignment on kv-app; `properties` adds to what it has."""
    properties = {"roleDefinitionId": role(role_id), "principalId": principal, **more.pop("properties", {})}
    made = {
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": f"[guid(resourceGroup().id, '{principal}', '{role_id}')]",
        "scope": "[resourceId('Microsoft.KeyVault/vaults', 'kv-app')]",
        "properties": properties,
        **more,
    }
    return {key: value for key, value in made.items() if value is not None}


def nested(name: str = "module", inner: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A deployment of a template in another; `scope` is where its expressions are evaluated."""
    properties = {
        "mode": "Incremental",
        "expressionEvaluationOptions": {"scope": more.pop("scope", "inner")},
        "template": inner,
        **({"parameters": more.pop("parameters")} if "parameters" in more else {}),
    }
    return {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": name,
        "properties": properties,
        **more,
    }


def access(value: Any) -> Access:
    """What a template gives."""
    return resolve(read(value), AS_OF)


def can(found: Access, principal: str, permission: str = "secrets/get", vault_name: str | None = "kv-app") -> list[str]:
    """The verdicts for a principal, one for each vault."""
    numbers = find_vaults(found.estate, vault_name)
    answers, _ = found.can(find_principal(found.directory, principal), parse_question(permission), numbers)
    return [str(answer.verdict) for answer in answers]


def holders(found: Access, permission: str = "secrets/get", vault_name: str | None = None) -> dict[str, str]:
    """Who holds a permission, by name where there is one, with the verdict; escalations aside."""
    answers, _ = found.who(parse_question(permission), find_vaults(found.estate, vault_name))
    return {
        found.directory.name(answer.principal) or answer.principal: str(answer.verdict)
        for answer in answers
        if answer.verdict not in ("none", "escalation")
    }


def frame(given: dict[str, Any] | None = None, target: Target | None = None, **sections: Any) -> Frame:
    """A deployment of a template with these sections."""
    values = {name.lower(): Given(value) for name, value in (given or {}).items()}
    return Frame(Run(0), Written(sections), target or Target(), "main", values)


def value(expression: str, given: dict[str, Any] | None = None, **sections: Any) -> Any:
    """The value of an expression in its brackets, as JSON; parameters without a value are of type string."""
    names = {*(given or ()), "open", "list"}
    sections.setdefault("parameters", {name: {"type": "string"} for name in names})
    made = frame(given, **sections)
    return render(evaluate(parse(expression), made.env))


def sample(name: str) -> dict[str, Any]:
    """One of the whole templates."""
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))
