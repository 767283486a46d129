"""Functions that look at the deployment they stand in: where it goes, and its resources."""

from __future__ import annotations

from typing import Any

from kvaudit.sources.template.evaluation import Env, Special, applied, as_call, evaluate
from kvaudit.sources.template.ids import absolute
from kvaudit.sources.template.references import Reference, has, reference
from kvaudit.sources.template.symbols import TENANT, Joined, Symbol, join, render, symbol
from kvaudit.sources.template.tree import Call, source


def _subscription(_node: Call, env: Env) -> Any:
    target = env.frame.target
    return {
        "id": target.subscription_id,
        "subscriptionId": target.subscription,
        "tenantId": TENANT,
        "displayName": symbol("subscription().displayName"),
    }


def _resource_group(_node: Call, env: Env) -> Any:
    target = env.frame.target
    return {
        "id": target.group_id,
        "name": target.group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": symbol("resourceGroup().location", plain=True),
        "tags": symbol("resourceGroup().tags"),
    }


def _management_group(_node: Call, env: Env) -> Any:
    target = env.frame.target
    return {"id": target.management_group_id, "name": target.management_group, "tenantId": TENANT}


def _tenant(_node: Call, _env: Env) -> Any:
    return {"tenantId": TENANT, "id": join(("/tenants/", TENANT)), "displayName": symbol("tenant().displayName")}


def _deployment(_node: Call, env: Env) -> Any:
    location = symbol("deployment().location", plain=True)
    return {"name": env.frame.name, "location": location, "properties": symbol("deployment().properties")}


def _kept(node: Call, _env: Env) -> Any:
    """What depends on the cloud, or on the time."""
    return symbol(source(node), plain=True)


def _reference(node: Call, env: Env) -> Any:
    """A resource by symbolic name, name or id."""
    values = [evaluate(each, env) for each in node.arguments]
    if not values or not isinstance(values[0], (str, Symbol, Joined)):
        return as_call(node.name, values)
    full = len(values) > 2 and str(values[2]).lower() == "full"
    resource = env.frame.find(render(values[0]))
    if resource is not None:
        return reference(resource.id, resource, full=full)
    return reference(absolute(values[0], env.frame.target) or values[0], None, full=full)


def _contains(node: Call, env: Env) -> Any:
    """Whether a resource has an identity of its own; anything else is looked for as in any value."""
    values = [evaluate(each, env) for each in node.arguments]
    is_asked = len(values) == 2 and isinstance(values[0], Reference) and isinstance(values[1], str)
    found = has(values[0], values[1]) if is_asked else None
    return applied(node, values, env) if found is None else found


def _resource_info(node: Call, env: Env) -> Any:
    """The id, name, type and version of a resource by symbolic name."""
    values = [evaluate(each, env) for each in node.arguments]
    resource = env.frame.find(values[0]) if len(values) == 1 and isinstance(values[0], str) else None
    if resource is None:
        return as_call(node.name, values)
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.kind,
        "apiVersion": resource.raw.get("apiVersion"),
    }


SCOPED: dict[str, Special] = {
    "subscription": _subscription,
    "resourcegroup": _resource_group,
    "managementgroup": _management_group,
    "tenant": _tenant,
    "deployment": _deployment,
    "environment": _kept,
    "utcnow": _kept,
    "reference": _reference,
    "resourceinfo": _resource_info,
    "contains": _contains,
}
"""By lower-case name."""
