"""Deployments in deployments: where each goes, and with which parameters.

A template that is only linked to is never fetched. Source: Azure's "Linked and nested templates".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import escape
from kvaudit.sources.template.declared import Declared
from kvaudit.sources.template.evaluation import value_of
from kvaudit.sources.template.frame import Frame, Given, Written
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import (
    GROUP_LEVEL,
    MANAGEMENT_LEVEL,
    SUBSCRIPTION_LEVEL,
    TENANT_LEVEL,
    Target,
    segments,
)
from kvaudit.sources.template.symbols import Symbol, Unknown, render, symbol

_LEVELS = {
    "subscriptiondeploymenttemplate.json": SUBSCRIPTION_LEVEL,
    "managementgroupdeploymenttemplate.json": MANAGEMENT_LEVEL,
    "tenantdeploymenttemplate.json": TENANT_LEVEL,
    "deploymenttemplate.json": GROUP_LEVEL,
}
_DEEPEST = 12  # deployments in deployments; Azure allows five levels


def level_of(template: Mapping[str, Any]) -> str:
    """The level a template is for, by its schema; "" where that does not say."""
    _, schema = look_up(template, "$schema")
    last = str(schema or "").lower().rstrip("#").rpartition("/")[2]
    return _LEVELS.get(last, "")


def deployment_of(resource: Declared) -> Frame | None:
    """The deployment that a resource is; None, and a problem, where its template is somewhere else."""
    run, env = resource.env.frame.run, resource.env
    at = f"{resource.at}/properties"
    properties = resource.raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if resource.at.count("/properties/template") >= _DEEPEST:
        run.problem(at, f"deployments nested more than {_DEEPEST} deep")
        return None
    _, template = look_up(properties, "template")
    written = (
        Written(template, f"{at}/template", env.frame.file)
        if isinstance(template, dict)
        else _linked(resource, properties, f"{at}/templateLink")
    )
    if written is None:
        return None
    target = _target(resource, written.template)
    frame = Frame(run, written, target, resource.name, _parameters(resource, properties, written))
    if not isinstance(template, dict):
        return frame  # one in another file sees nothing of this one
    _, options = look_up(properties, "expressionEvaluationOptions")
    scope = look_up(options, "scope")[1] if isinstance(options, dict) else None
    if str(value_of(scope, env, at)).lower() != "inner":
        frame.evaluated_in(resource.env)
    return frame


def _linked(resource: Declared, properties: Mapping[str, Any], at: str) -> Written | None:
    """The template that a deployment links to by a path; None, and a problem, where it is not at hand."""
    frame = resource.env.frame
    relative = value_of(
        look_up(look_up(properties, "templateLink")[1], "relativePath")[1], resource.env, f"{at}/relativePath"
    )
    found: Facts | str = "is not fetched"
    if isinstance(relative, str) and frame.run.links is not None:
        found = frame.run.links.follow(frame.file, relative)
    if isinstance(found, str):
        frame.run.problem(at.rpartition("/")[0], _elsewhere(resource, properties, found))
        return None
    frame.run.elsewhere[at] = found.document
    return Written(found.template or {}, at, found.document.name)


def _elsewhere(resource: Declared, properties: Mapping[str, Any], why: str) -> str:
    """The words for a template that is not in the file."""
    _, link = look_up(properties, "templateLink")
    name = render(resource.name)
    if not isinstance(link, dict):
        return f"the deployment {name} has no template in it"
    value = next((each for key in ("uri", "relativePath", "id") if (each := look_up(link, key)[1])), "")
    shown = render(value_of(value, resource.env, resource.at))
    what = "the template spec" if "id" in link else "the template"
    return (
        f"the deployment {name} links to {what} {shown}, which {why}: compile with Bicep, which puts modules "
        "into one file, or scan that file as well"
    )


def _target(resource: Declared, template: Mapping[str, Any]) -> Target:
    """Where a nested deployment goes: what it names, else where its parent goes."""
    parent = resource.target
    subscription, group, scope = (resource.value(name) for name in ("subscriptionId", "resourceGroup", "scope"))
    level, management = parent.level, parent.management_group
    if isinstance(scope, (str, *Unknown)):
        path = segments(scope) or [scope]
        management = path[-1]
        level = TENANT_LEVEL if scope == "/" else MANAGEMENT_LEVEL
    elif group is not None:
        level = GROUP_LEVEL
    elif subscription is not None and not level_of(template) == level == GROUP_LEVEL:
        level = SUBSCRIPTION_LEVEL
    return Target(
        level, parent.subscription if subscription is None else subscription, group or parent.group, management
    )


def _parameters(resource: Declared, properties: Mapping[str, Any], written: Written) -> dict[str, Given]:
    """What is passed to a nested deployment, to be evaluated where it is passed. What is linked to is not known."""
    at = f"{resource.at}/properties"
    _, passed = look_up(properties, "parameters")
    passed = value_of(passed, resource.env, f"{at}/parameters") if isinstance(passed, str) else passed
    given = given_by(passed, resource, f"{at}/parameters") if isinstance(passed, dict) else {}
    if look_up(properties, "parametersLink")[0]:
        reason = f"the parameters of the deployment {render(resource.name)} are linked to, and not read"
        resource.env.frame.run.problem(f"{at}/parametersLink", reason)
    if look_up(properties, "parametersLink")[0] or isinstance(passed, Symbol):
        declared = look_up(written.template, "parameters")[1]
        for name in declared if isinstance(declared, dict) else ():
            given.setdefault(name.lower(), Given(symbol(f"parameters('{name}')")))
    return given


def given_by(passed: Mapping[str, Any], resource: Declared, at: str) -> dict[str, Given]:
    """Parameters by lower-case name."""
    given = {}
    for name, each in passed.items():
        place = f"{at}/{escape(name)}"
        if isinstance(each, str):  # an object that an expression makes
            each = value_of(each, resource.env, place)
        if not isinstance(each, dict):
            given[name.lower()] = Given(each if isinstance(each, Symbol) else symbol(f"parameters('{name}')"))
        elif look_up(each, "reference")[0]:
            given[name.lower()] = Given(symbol(f"parameters('{name}')"))
        elif look_up(each, "copy")[0]:
            made = value_of(each, resource.env, place)
            given[name.lower()] = Given(look_up(made, "value")[1])
        else:
            given[name.lower()] = Given(look_up(each, "value")[1], resource.env, f"{place}/value")
    return given


def at_level(level: str) -> Target:
    """Where a template of a level goes, if it is deployed by itself."""
    return msgspec.structs.replace(Target(), level=level or GROUP_LEVEL)
