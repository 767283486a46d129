"""Resources of a template as the bodies that Resource Manager would give of them. Semantics 7.8.

Of a secret or key only the attributes are looked at, never a value. Of most resources nothing matters but their
identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kvaudit.sources.template.declared import DEPLOYMENTS, Declared
from kvaudit.sources.template.evaluation import value_of
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.graph import object_body
from kvaudit.sources.template.ids import absolute
from kvaudit.sources.template.names import GRAPH
from kvaudit.sources.template.references import client_of, nodes_of, principal_of
from kvaudit.sources.template.symbols import Symbol, Unknown, in_text, is_known, render

Draft = dict[str, Any]
"""A body whose values may be symbols still."""

_AUTHORIZATION = "Microsoft.Authorization"
_NO_RESOURCES = ("microsoft.resources/resourcegroups", "microsoft.subscription/aliases")


def is_of_interest(resource: Declared) -> bool:
    """Whether a resource says anything of access, logs or identities: by what is written, as there may be very many."""
    kind = resource.raw.get("type")
    if resource.parent is not None or type(kind) is not str or "identity" in resource.raw or "name" not in resource.raw:
        return True
    return (
        kind[:1] == "["
        or "/providers/" in kind
        or kind.lower().startswith(GRAPH)
        or resource.kind.lower() in _OF_INTEREST
    )


def is_rearranged(kind: str) -> bool:
    """Whether bodies of a type, in lower case, have parts that are written nowhere in the template."""
    return kind in _REARRANGED or kind.startswith(GRAPH)


def body_of(resource: Declared) -> Draft | None:
    """The body of a resource; None for one that says nothing of access, logs or identities."""
    kind = resource.kind.lower()
    if kind in _NO_RESOURCES:
        return None
    if kind.startswith(GRAPH):
        return object_body(resource)
    return _MAKERS.get(kind, _other)(resource)


def _envelope(resource: Declared, **more: Any) -> Draft:
    return {"id": resource.id, "name": in_text(resource.names[-1]), "type": resource.kind, **more}


def properties_of(resource: Declared) -> Any:
    """What it is to be: an object, unless that is not known or no object."""
    found = resource.value("properties")
    return {} if found is None else found


def _vault(resource: Declared) -> Draft:
    properties = properties_of(resource)
    if isinstance(properties, dict):
        properties = _of_one_tenant(properties)
        mode = look_up(properties, "createMode")[1]
        may_recover = isinstance(mode, Unknown) or str(mode).lower() == "recover"
        if may_recover and look_up(properties, "accessPolicies")[1] is None:
            properties = {**properties, "accessPolicies": "what the recovered vault has"}
    return _envelope(
        resource,
        apiVersion=resource.value("apiVersion"),
        location=resource.value("location"),
        tags=_known_tags(resource.value("tags")),
        properties=properties,
    )


def _known_tags(tags: Any) -> Any:
    """Tags, unless an expression that stays open makes them: nobody decides by them."""
    return tags if isinstance(tags, dict) else None


def _of_one_tenant(properties: Mapping[str, Any]) -> Draft:
    """Access policies without their tenant, where it or the vault's is not known: most likely it is the same."""
    made = dict(properties)
    tenant = look_up(properties, "tenantId")[1]
    for key, policies in properties.items():
        if key.lower() == "accesspolicies" and isinstance(policies, list):
            made[key] = [_of_tenant(each, tenant) for each in policies]
    return made


def _of_tenant(policy: Any, tenant: Any) -> Any:
    if not isinstance(policy, dict):
        return policy
    own = look_up(policy, "tenantId")[1]
    if isinstance(own, str) and isinstance(tenant, str):
        return policy
    return {key: value for key, value in policy.items() if key.lower() != "tenantid"}


def _policies(resource: Declared) -> Draft:
    properties = properties_of(resource)
    return _envelope(
        resource,
        properties=_of_one_tenant({**properties, "tenantId": None}) if isinstance(properties, dict) else properties,
    )


def _object(resource: Declared) -> Draft:
    """A secret or key by its attributes alone."""
    properties = resource.raw.get("properties")
    raw = look_up(properties, "attributes")[1] if isinstance(properties, dict) else None
    attributes = None if raw is None else value_of(raw, resource.env, f"{resource.at}/properties/attributes")
    return _envelope(resource, properties={"attributes": attributes} if isinstance(attributes, dict) else {})


def _assignment(resource: Declared) -> Draft:
    properties = properties_of(resource)
    if not isinstance(properties, dict):
        return _envelope(resource, properties=properties)
    scope = _scope_of(resource, properties)
    kind = look_up(properties, "principalType")[1]
    condition = look_up(properties, "condition")[1]
    role = look_up(properties, "roleDefinitionId")[1]
    return _envelope(
        resource,
        properties={
            "scope": scope,
            "roleDefinitionId": role,
            "principalId": look_up(properties, "principalId")[1],
            "principalType": kind if isinstance(kind, str) else None,
            # one that is not known whole must not be read as if it were
            "condition": condition if is_known(condition) else Symbol(f"condition {render(condition)}"),
            "description": _text_or_none(look_up(properties, "description")[1]),
            "delegatedManagedIdentityResourceId": look_up(properties, "delegatedManagedIdentityResourceId")[1],
        },
    )


def _text_or_none(value: Any) -> Any:
    return value if isinstance(value, (str, *Unknown)) else None


def _scope_of(resource: Declared, properties: Mapping[str, Any]) -> Any:
    """Where it is assigned: old templates may say it among the properties."""
    if resource.raw.get("scope") is not None or resource.scope is None:
        return Symbol(resource.scope_text.strip("[]")) if resource.scope is None else resource.scope or "/"
    written = look_up(properties, "scope")[1]
    if isinstance(written, (str, *Unknown)) and resource.scope == resource.target.id:
        return absolute(written, resource.target) or written
    return resource.scope or "/"


def _schedule(instances: str) -> Callable[[Declared], Draft | None]:
    """A request of PIM as the instance it makes. One that takes away, or that its principal makes, makes none."""

    def make(resource: Declared) -> Draft | None:
        properties = properties_of(resource)
        if not isinstance(properties, dict):
            return _envelope(resource, type=f"{_AUTHORIZATION}/{instances}", properties=properties)
        request = look_up(properties, "requestType")[1]
        if isinstance(request, str) and not request.lower().startswith(("admin", "selfactivate", "selfextend")):
            return None
        if isinstance(request, str) and request.lower() == "adminremove":
            return None
        schedule = look_up(properties, "scheduleInfo")[1]
        schedule = schedule if isinstance(schedule, dict) else {}
        expiration = look_up(schedule, "expiration")[1]
        body = _assignment(resource)
        body["type"] = f"{_AUTHORIZATION}/{instances}"
        body["properties"] |= {
            "status": "Provisioned",
            "memberType": "Direct",
            "assignmentType": "Assigned",
            "startDateTime": _text_or_none(look_up(schedule, "startDateTime")[1]),
            "endDateTime": _text_or_none(look_up(expiration, "endDateTime")[1])
            if isinstance(expiration, dict)
            else None,
        }
        return body

    return make


def _delegation(resource: Declared) -> Draft:
    """What is delegated to another tenant, with its definition where that is declared."""
    properties = properties_of(resource)
    wanted = look_up(properties, "registrationDefinitionId")[1] if isinstance(properties, dict) else None
    run = resource.env.frame.run
    found = (frame.find(render(wanted)) for frame in run.frames if isinstance(wanted, (str, *Unknown)))
    definition = next((each for each in found if each is not None and not each.existing), None)
    given = properties_of(definition) if definition else None
    told = {
        field: look_up(given, field)[1] if isinstance(given, dict) else None
        for field in ("authorizations", "eligibleAuthorizations")
    }
    return _envelope(resource, properties={"registrationDefinition": {"properties": told}})


def _definition(resource: Declared) -> Draft:
    properties = properties_of(resource)
    if isinstance(properties, dict):
        kind = look_up(properties, "type")[1] or "CustomRole"
        properties = {**{key: value for key, value in properties.items() if key.lower() != "type"}, "type": kind}
    return _envelope(resource, properties=properties)


def _plain(resource: Declared) -> Draft:
    return _envelope(resource, properties=properties_of(resource))


def _identity(resource: Declared) -> Draft:
    properties = {"principalId": principal_of(resource.id), "clientId": client_of(resource.id)}
    return _envelope(resource, location=_text_or_none(resource.value("location")), properties=properties)


def _other(resource: Declared) -> Draft:
    """Any other resource, by the identities it has; where that is not known, as one that may have any."""
    body = _envelope(resource, location=_text_or_none(resource.value("location")))
    identity = resource.value("identity") if "identity" in resource.raw else None
    if isinstance(identity, (dict, Symbol)):
        kind = look_up(identity, "type")[1]
        attached = identity if isinstance(identity, Symbol) else look_up(identity, "userAssignedIdentities")[1]
        own = (
            {}
            if isinstance(kind, str) and "systemassigned" not in kind.lower()
            else {"principalId": principal_of(resource.id)}
        )
        if isinstance(attached, Symbol):
            attached = {str(render(attached)): {}}
        body["identity"] = {**own, "userAssignedIdentities": attached if isinstance(attached, dict) else None}
    return body


def _cluster(resource: Declared) -> Draft:
    """A Kubernetes cluster, whose nodes have an identity: the one it names, or one that is made for them."""
    properties = properties_of(resource)
    profile = look_up(properties, "identityProfile")[1] if isinstance(properties, dict) else properties
    nodes = look_up(profile, "kubeletidentity")[1] if isinstance(profile, dict) else profile
    if isinstance(nodes, (dict, Symbol)):
        nodes = {"resourceId": look_up(nodes, "resourceId")[1] if isinstance(nodes, dict) else nodes}
    else:
        nodes = {"resourceId": f"{render(resource.id)}/kubeletidentity", "objectId": nodes_of(resource.id)}
    return {**_other(resource), "properties": {"identityProfile": {"kubeletidentity": nodes}}}


_REARRANGED = ("microsoft.containerservice/managedclusters", "microsoft.managedservices/registrationassignments")
_MAKERS: dict[str, Callable[[Declared], Draft | None]] = {
    "microsoft.keyvault/vaults": _vault,
    "microsoft.keyvault/vaults/accesspolicies": _policies,
    "microsoft.keyvault/vaults/secrets": _object,
    "microsoft.keyvault/vaults/keys": _object,
    "microsoft.keyvault/vaults/privateendpointconnections": _plain,
    "microsoft.authorization/roleassignments": _assignment,
    "microsoft.authorization/roledefinitions": _definition,
    "microsoft.authorization/roleeligibilityschedulerequests": _schedule("roleEligibilityScheduleInstances"),
    "microsoft.authorization/roleassignmentschedulerequests": _schedule("roleAssignmentScheduleInstances"),
    "microsoft.authorization/locks": _plain,
    "microsoft.managedservices/registrationassignments": _delegation,
    "microsoft.insights/diagnosticsettings": _plain,
    "microsoft.managedidentity/userassignedidentities": _identity,
    "microsoft.containerservice/managedclusters": _cluster,
}

_OF_INTEREST = {
    *_MAKERS,
    DEPLOYMENTS,
    "microsoft.network/privateendpoints",
    "microsoft.keyvault/managedhsms",
    "microsoft.storage/storageaccounts",  # these may receive logs
    "microsoft.operationalinsights/workspaces",
    "microsoft.eventhub/namespaces",
}
