"""What `reference` gives of a resource: what the template says of it, else a symbol that names the resource.

The principal of an identity is the same symbol wherever it is referred to, so that an assignment to it meets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kvaudit.sources.template.evaluation import value_of
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import Text
from kvaudit.sources.template.partial import UNDECIDED
from kvaudit.sources.template.symbols import TENANT, Joined, Symbol, Unknown, join, render, shown, symbol

if TYPE_CHECKING:
    from kvaudit.sources.template.declared import Declared

_HERE = "/subscriptions/{subscription}/resourceGroups/{resource group}/providers/"
_OWN_IDENTITY = "/providers/microsoft.managedidentity/identities/default"
_OF_GRAPH = "/providers/microsoft.graph/"
_OF_IDENTITY = "/providers/microsoft.managedidentity/userassignedidentities/"


class Reference(Symbol, frozen=True):
    """A resource, or something in it, by the way that leads there."""

    id: Text = ""
    resource: Declared | None = None  # where the template declares it
    way: tuple[str, ...] = ()  # from the whole resource


def reference(identifier: Text, resource: Declared | None, *, full: bool) -> Reference:
    """A resource, or with `full` not set its properties; the identity it has, where that is what the id names."""
    way = () if full else ("properties",)
    if str(render(identifier)).lower().endswith(_OWN_IDENTITY):
        identifier = _without_identity(identifier)
        return Reference(
            f"reference({short(identifier)}).identity", id=identifier, resource=resource, way=("identity",)
        )
    return Reference(f"reference({short(identifier)})", id=identifier, resource=resource, way=way)


def _without_identity(identifier: Text) -> Text:
    """The id of the resource whose system-assigned identity an id names."""
    parts = identifier.parts if isinstance(identifier, Joined) else (identifier,)
    last = parts[-1]
    return join((*parts[:-1], last[: -len(_OWN_IDENTITY)] if isinstance(last, str) else last))


def short(identifier: Text) -> str:
    """An id as symbols name it: without the resource group that everything is in."""
    text = render(identifier) if not isinstance(identifier, Symbol) else identifier.text
    return text.removeprefix(_HERE)


def principal_of(identifier: Text) -> Symbol:
    """The principal of a resource: of its system-assigned identity, or of the user-assigned identity it is."""
    identity = "" if _OF_IDENTITY in render(identifier).lower() else ".identity"
    return symbol(f"reference({short(identifier)}){identity}.principalId", plain=True, length=36)


def client_of(identifier: Text) -> Symbol:
    """The client id of a user-assigned identity."""
    return symbol(f"reference({short(identifier)}).clientId", plain=True, length=36)


def nodes_of(identifier: Text) -> Symbol:
    """The principal of the identity that is made for the nodes of a Kubernetes cluster."""
    return symbol(f"reference({short(identifier)}).identityProfile.kubeletidentity.objectId", plain=True, length=36)


def object_of(identifier: Text) -> Symbol:
    """The object id of what is declared in the directory."""
    return symbol(f"reference({short(identifier)}).id", plain=True, length=36)


def application_of(identifier: Text) -> Symbol:
    """The application id of a registration that is declared in the directory."""
    return symbol(f"reference({short(identifier)}).appId", plain=True, length=36)


def member(target: Symbol, key: Any, *, by_name: bool) -> Any:
    """What a symbol has by a name or number: a longer symbol, unless it is a resource of which this is known."""
    step = f".{key}" if by_name else f"[{shown(key)}]"
    if not isinstance(target, Reference):
        return symbol(target.text + step)
    way = (*target.way, str(render(key)) if isinstance(key, Unknown) else str(key))
    text = target.text if way == ("properties",) else target.text + step
    longer = Reference(symbol(text).text, id=target.id, resource=target.resource, way=way)
    found = _known(longer)
    return longer if found is UNDECIDED else found


def tried(target: Any, name: Any) -> Any:
    """What a resource has by a name that it may not have: None where it has not, UNDECIDED for what is no resource."""
    if not isinstance(target, Reference) or not isinstance(name, str):
        return UNDECIDED
    is_there = has(target, name)
    if is_there is False:
        return None
    found = member(target, name, by_name=True)
    is_certain = is_there or (target.resource is not None and target.resource.is_deployment)
    return Symbol(found.text, plain=found.plain) if type(found) is Symbol and not is_certain else found


def has(target: Reference, name: str) -> bool | None:
    """Whether a resource has an identity of its own, where the template says it; None for all that is not said."""
    resource, way = target.resource, (*map(str.lower, target.way), name.lower())
    if resource is None or resource.existing or way not in {("identity",), ("identity", "principalid")}:
        return None
    identity = resource.value("identity")
    if identity is None or len(way) == 1:
        return None if isinstance(identity, Unknown) else identity is not None
    kind = look_up(identity, "type")[1]
    return "systemassigned" in kind.lower() if isinstance(kind, str) else None


def _known(wanted: Reference) -> Any:
    """The value at the end of the way; UNDECIDED where it cannot be said."""
    way = tuple(each.lower() for each in wanted.way)
    if way[-1] == "tenantid":
        return TENANT
    if way == ("identity", "principalid"):
        return principal_of(wanted.id)
    if way[:2] == ("identity", "userassignedidentities") and len(way) == 4:
        identity = wanted.way[2]
        return {"principalid": principal_of(identity), "clientid": client_of(identity)}.get(way[3], UNDECIDED)
    if _OF_IDENTITY in render(wanted.id).lower() and way in (("properties", "principalid"), ("properties", "clientid")):
        return principal_of(wanted.id) if way[1] == "principalid" else client_of(wanted.id)
    if _OF_GRAPH in render(wanted.id).lower() and way in (("properties", "id"), ("properties", "appid")):
        return object_of(wanted.id) if way[1] == "id" else application_of(wanted.id)
    if way == ("id",):
        return wanted.id
    return _declared(wanted)


def _declared(wanted: Reference) -> Any:
    """What the template itself says there."""
    resource = wanted.resource
    if resource is None or resource.existing:
        return UNDECIDED
    if resource.is_deployment:
        deployment, way = resource.deployment, wanted.way
        if deployment and len(way) == 4 and way[1].lower() == "outputs" and way[3].lower() == "value":
            return deployment.output(way[2])
        return UNDECIDED
    raw: Any = resource.raw
    at = resource.at
    for step in wanted.way:
        if not isinstance(raw, dict):
            return UNDECIDED
        found, raw = look_up(raw, step)
        at = f"{at}/{step}"
        if not found:
            return UNDECIDED
    value = value_of(raw, resource.env, at)
    return value if isinstance(value, (str, int, bool, Joined)) else UNDECIDED
