"""Objects of the directory that a template declares by Bicep's extension for Microsoft Graph, as Graph gives them.

They have no name as resources of Azure have: what tells them apart is in their properties. Source: "Bicep templates
for Microsoft Graph resources".
"""

from __future__ import annotations

from typing import Any

from kvaudit.sources.template.declared import Declared
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.references import application_of, object_of

_TYPES = {
    "microsoft.graph/applications": "application",
    "microsoft.graph/groups": "group",
    "microsoft.graph/serviceprincipals": "servicePrincipal",
    "microsoft.graph/users": "user",
}
_FIELDS = ("displayName", "userPrincipalName", "accountEnabled", "servicePrincipalType", "groupTypes", "membershipRule")


def object_body(resource: Declared) -> dict[str, Any] | None:
    """An object of the directory with its members and owners; None for what is no resource of Graph, or no object."""
    kind = _TYPES.get(resource.kind.lower().partition("@")[0])
    properties = resource.value("properties")
    if kind is None or not isinstance(properties, dict):
        return None
    body: dict[str, Any] = {
        "id": object_of(resource.id),
        "@odata.type": f"#microsoft.graph.{kind}",
        "appId": application_of(resource.id) if kind == "application" else look_up(properties, "appId")[1],
        **{field: look_up(properties, field)[1] for field in _FIELDS},
        **{field: _related(look_up(properties, field)[1]) for field in ("members", "owners")},
    }
    return {field: value for field, value in body.items() if value is not None}


def _related(written: Any) -> Any:
    """The objects that one is related to: a list, or an object that has one."""
    return look_up(written, "relationships")[1] if isinstance(written, dict) else written
