"""The ids that declared resources have or will have in Azure, and which principals they are.

An id is not known before a resource is made, but for what it is put together of: subscription, group, type and name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kvaudit.model.scope import symbolic
from kvaudit.sources.terraform.configuration import Configuration
from kvaudit.sources.terraform.references import Known, Resolver, Symbol, dotted
from kvaudit.sources.terraform.resource import DATA, Resource, Resources, dig
from kvaudit.sources.terraform.types import APP_TYPE, ARM_TYPES, IDENTITY, OBJECTS, SLOT_TYPE, SLOTS, VAULT, VAULT_TYPE

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/\s]+)", re.IGNORECASE)
_OF_AZURE = ("azurerm_", "azuread_")
_LOGGED_IN = ("azurerm_client_config", "azuread_client_config")
_GROUP = "azurerm_resource_group"
_OWN_SUBSCRIPTION = "azurerm_subscription"
_MANAGEMENT_GROUP = "azurerm_management_group"


class Scope:
    """A scope or resource that an argument names."""

    def __init__(self, text: str, target: Resource | None = None, *, lost: bool = False) -> None:
        self.text = text  # an id of Resource Manager, or a symbol
        self.target = target
        self.lost = lost  # it may be any of what is yet to be made


class Identifiers:
    """Ids of resources and of principals, known or put together."""

    def __init__(self, resources: Resources, configuration: Configuration, resolver: Resolver) -> None:
        self._resources = resources
        self._configuration = configuration
        self._resolver = resolver
        self._ids: dict[str, str] = {}
        self._subscriptions: dict[str, str] = {}
        self._seen = _seen(resources)  # subscriptions of all ids that are known

    def scope(self, resource: Resource, *path: str | int) -> Scope:
        """The scope that an argument names; "" where it names none."""
        found = self._resolver.argument(resource, *path)
        if isinstance(found, Known):
            return Scope(found.value if isinstance(found.value, str) else "")
        return self.scope_of(found, resource)

    def scope_of(self, symbol: Symbol, resource: Resource) -> Scope:
        """The scope that a symbol stands for, in an argument of a resource."""
        fitting = {
            self.id(each.target): each.target
            for each in (symbol, *symbol.among)
            if each.target is not None and _is_scope(each)
        }
        if len(fitting) == 1:
            return Scope(*next(iter(fitting.items())))
        if "data.azurerm_subscription." in symbol.text and symbol.target is None:
            return Scope(f"/subscriptions/{self.subscription(resource)}")
        target = symbol.target
        is_azure = target is not None and target.type.startswith(_OF_AZURE)
        return Scope(symbol.text, lost=not is_azure or bool(symbol.among))

    def id(self, resource: Resource) -> str:
        """The id of a resource: as it is known, or of its parts."""
        if resource.address not in self._ids:
            self._ids[resource.address] = resource.address  # what a circle comes back to
            self._ids[resource.address] = self._id(resource)
        return self._ids[resource.address]

    def _id(self, resource: Resource) -> str:
        known = resource.values.get("id")
        if isinstance(known, str) and known.startswith("/"):
            return known.partition("|")[0]
        name = self.name(resource)
        if resource.type == _OWN_SUBSCRIPTION:
            return f"/subscriptions/{self._text(resource, 'subscription_id') or self.subscription(resource)}"
        if resource.type == _MANAGEMENT_GROUP:
            return f"/providers/Microsoft.Management/managementGroups/{name}"
        if resource.type == _GROUP:
            return f"/subscriptions/{self.subscription(resource)}/resourceGroups/{name}"
        if resource.type in OBJECTS:
            return f"{self.scope(resource, 'key_vault_id').text}/{OBJECTS[resource.type]}/{name}"
        if resource.type == _AZAPI:
            return self.child_id(resource, self.scope(resource, "parent_id").text)
        if resource.type in SLOTS:
            return f"{self._app(resource, SLOTS[resource.type])}/slots/{name}"
        kind = VAULT_TYPE if resource.type == VAULT else self.kind(resource)
        group = self._group(resource)
        if kind is None and group is None:
            return f"{resource.address}.id"
        group = group or f"/subscriptions/{self.subscription(resource)}"
        return f"{group}/providers/{kind or resource.type}/{name}"

    def kind(self, resource: Resource) -> str | None:
        """The type that Resource Manager has for a resource with an identity; None for one that is not known."""
        if resource.type == _AZAPI:
            return (self._text(resource, "type") or "").partition("@")[0] or None
        return SLOT_TYPE if resource.type in SLOTS else ARM_TYPES.get(resource.type)

    def _app(self, resource: Resource, argument: str) -> str:
        """The id of the app of a slot."""
        found = self._resolver.argument(resource, argument)
        if isinstance(found, Symbol):
            return self.scope_of(found, resource).text if found.target is None else self.id(found.target)
        if not argument.endswith("_name"):
            return str(found.value)
        return f"{self._group(resource)}/providers/{APP_TYPE}/{found.value}"

    def child_id(self, resource: Resource, parent: str) -> str:
        """The id of a resource of azapi: its type goes on where its parent's ends, or begins anew."""
        told, _, _ = (self._text(resource, "type") or "").partition("@")
        above, _, last = told.rpartition("/")
        if f"/providers/{above.lower()}/" in f"{parent.lower()}/" and above.count("/"):
            return f"{parent}/{last}/{self.name(resource)}"
        return f"{parent.rstrip('/')}/providers/{told}/{self.name(resource)}"

    def name(self, resource: Resource) -> str:
        """The name of a resource; its address where it is not known."""
        return self._text(resource, "name") or resource.segment

    def _text(self, resource: Resource, name: str) -> str | None:
        value = resource.values.get(name)
        return value if isinstance(value, str) and value else None

    def _group(self, resource: Resource) -> str | None:
        """The resource group of a resource."""
        found = self._resolver.argument(resource, "resource_group_name")
        if isinstance(found, Symbol):
            if found.target is not None and found.target.type == _GROUP:
                return self.id(found.target)
            return f"/subscriptions/{self.subscription(resource)}/resourceGroups/{symbolic(found.text)}"
        if not isinstance(found.value, str):
            return None
        return f"/subscriptions/{self.subscription(resource)}/resourceGroups/{found.value}"

    def subscription(self, resource: Resource) -> str:
        """The subscription a resource is made in: its provider's, or the only one that is seen; else a symbol."""
        key = self._configuration.provider_key(resource)
        if key not in self._subscriptions:
            self._subscriptions[key] = self._find(key)
        return self._subscriptions[key]

    def _find(self, key: str) -> str:
        told = self._configuration.provider_argument(key, "subscription_id")
        if told is not None:
            found = self._resolver.expression(told, f"provider.{key}.subscription_id")
            if isinstance(found, Known) and isinstance(found.value, str):
                return found.value
        own = [each for each in self._resources if self._configuration.provider_key(each) == key]
        looked_up = (each for each in own if each.type == "azurerm_client_config" or _is_own_subscription(each))
        for values in ({self._text(each, "subscription_id") for each in looked_up} - {None}, _seen(own, ("id",))):
            if len(values) == 1:
                return str(next(iter(values)))
        return next(iter(self._seen)) if len(self._seen) == 1 else symbolic(f"subscription of {key or 'azurerm'}")

    def own_principal(self, resource: Resource) -> str:
        """The principal that a resource is, or that its own identity is."""
        if resource.type == IDENTITY:
            return self._text(resource, "principal_id") or f"{resource.address}.principal_id"
        if resource.type == _AZAPI and (self.kind(resource) or "").lower() == ARM_TYPES[IDENTITY].lower():
            known = dig(resource.values, _MADE_PRINCIPAL)
            return known if isinstance(known, str) else f"{resource.address}.{dotted(_MADE_PRINCIPAL)}"
        if resource.type.startswith("azuread_"):
            return self._text(resource, "object_id") or f"{resource.address}.object_id"
        known = dig(resource.values, ("identity", 0, "principal_id"))
        return known if isinstance(known, str) else f"{resource.address}.identity[0].principal_id"

    def principal_of(self, symbol: Symbol) -> str:
        """The principal a symbol stands for; the same one by whichever attribute it is named."""
        principals = {self._principal(each) for each in (symbol, *symbol.among) if each.target is not None}
        return next(iter(principals)) if len(principals) == 1 else symbol.text

    def candidates_of(self, symbol: Symbol) -> tuple[str, ...]:
        """The principals of which a symbol stands for one, where several may be meant; none where one is."""
        found = dict.fromkeys(self._principal(each) for each in symbol.among if _is_principal(each))
        return tuple(found) if len(found) > 1 else ()

    def _principal(self, symbol: Symbol) -> str:
        target = symbol.target
        if target is None:
            return symbol.text
        attribute = str(symbol.path[-1]) if symbol.path else ""
        if target.type in _LOGGED_IN and target.mode == DATA and attribute == "object_id":
            return f"data.{target.type}.current.object_id"
        if target.type == _AZAPI and attribute in _PRINCIPAL_OF_AZAPI:
            return self.own_principal(target)
        if not symbol.path or (target.type.startswith("azuread_") and attribute == "id"):
            return self.own_principal(target)
        return symbol.text


def _is_own_subscription(resource: Resource) -> bool:
    return resource.type == _OWN_SUBSCRIPTION and resource.is_data


def _is_scope(symbol: Symbol) -> bool:
    """Whether a symbol stands for a resource itself, and not for another attribute of it."""
    return not symbol.path or str(symbol.path[-1]) in _ID_NAMES


def _is_principal(symbol: Symbol) -> bool:
    """Whether a symbol may stand for a principal: a resource of the document, or an attribute for its object id."""
    if symbol.target is None:
        return False
    attribute = str(symbol.path[-1]) if symbol.path else ""
    is_whole = not attribute or (attribute == "id" and symbol.target.type.startswith("azuread_"))
    return is_whole or attribute.endswith(("principal_id", "object_id", "principalId"))


_AZAPI = "azapi_resource"
_MADE_PRINCIPAL = ("output", "properties", "principalId")  # of an identity that azapi made
_PRINCIPAL_OF_AZAPI = ("principalId", "output")  # the whole answer, where it was text that had to be decoded

_ID_NAMES = (
    "id",
    "resource_id",
    "resource_versionless_id",
    "resource_manager_id",
    "resource_manager_versionless_id",
    "versionless_id",
    "role_definition_resource_id",
)


def _seen(resources: Iterable[Resource], names: tuple[str, ...] | None = None) -> set[str]:
    """The subscriptions in the ids among the values of resources."""
    found = set()
    for resource in resources:
        for name in names or resource.values:
            value = resource.values.get(name)
            if isinstance(value, str) and (match := _SUBSCRIPTION.match(value)):
                found.add(match[1].lower())
    return found
