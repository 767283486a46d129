"""What a translation works with: the arguments of a resource, and places to put what belongs to another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, USER
from kvaudit.model.finding import Gap
from kvaudit.model.origin import Declaration, Origin
from kvaudit.sources.declared import Body
from kvaudit.sources.facts import Facts, Mention, Side
from kvaudit.sources.rows import Damage
from kvaudit.sources.terraform.configuration import Configuration
from kvaudit.sources.terraform.identifiers import Identifiers, Scope
from kvaudit.sources.terraform.references import Found, Known, Resolver, Symbol
from kvaudit.sources.terraform.resource import Resource, Resources
from kvaudit.sources.terraform.sources import Sources
from kvaudit.sources.wire import Row, Wire

NOT_YET = "not known before deployment"


_KINDS = {"azuread_group": GROUP, "azuread_user": USER, "azuread_": SERVICE_PRINCIPAL, "azurerm_": SERVICE_PRINCIPAL}
"""What a principal is that an attribute of a resource names, by the beginning of its address."""


class Context:
    """A document while its resources are translated."""

    def __init__(
        self, facts: Facts, resources: Resources, configuration: Configuration, variables: Row, sources: Sources
    ) -> None:
        self.facts = facts
        self.resources = resources
        # What was there before is known whole, and what the configuration says is not of it.
        written = configuration if facts.side is Side.PLANNED else Configuration(None)
        self.resolver = Resolver(resources, written, variables)
        self.ids = Identifiers(resources, configuration, self.resolver)
        self._configuration = configuration
        self._sources = sources
        self._declarations: dict[str, Declaration] = {}
        self.lost: dict[str, list[tuple[str, Origin]]] = {}  # by section: what may be of anything yet to be made

    def origin(self, resource: Resource, below: str = "") -> Origin:
        """Where a resource is declared, or one of its values: "/access_policy/0"."""
        pointer = f"{resource.values_at}{below}" if below else resource.pointer
        return Origin(self.facts.document, pointer, self._declaration(resource))

    def _declaration(self, resource: Resource) -> Declaration:
        found = self._declarations.get(resource.address)
        if found is None:
            file, line = self._sources.find(self._folder(resource), resource)
            found = self._declarations[resource.address] = Declaration(resource.address, file, line)
        return found

    def _folder(self, resource: Resource) -> str | None:
        module = self._configuration.module(resource.module)
        return module.folder if module else None

    def sets(self, resource: Resource, name: str) -> bool | None:
        """Whether a resource's source has an argument or block of a name, be it dynamic; None where it is not found."""
        return self._sources.sets(self._folder(resource), resource, name)

    def body(self, resource: Resource, row: Row, not_known: Damage | None = None, *, closed: bool = True) -> Body:
        """A body of Resource Manager that a resource stands for."""
        places = {resource.pointer: self.origin(resource)}
        return Body(row, resource.pointer, places, not_known or {}, closed and not resource.is_data)

    def argument(self, resource: Resource, *path: str | int) -> Found:
        """An argument or attribute; one that is not known yet is noted."""
        found = self.resolver.argument(resource, *path)
        if isinstance(found, Symbol):
            self._note(resource, path, found.text)
        return found

    def known(self, resource: Resource, *path: str | int) -> Any:
        """An argument's value as it is written; None where it is not known yet."""
        found = self.argument(resource, *path)
        return found.value if isinstance(found, Known) else None

    def shown(self, resource: Resource, name: str) -> Any:
        """A value that only describes, without what of it is marked as sensitive."""
        marked = resource.sensitive.get(name)
        value = None if marked is True else self.known(resource, name)
        if isinstance(marked, dict) and isinstance(value, dict):
            return {key: item for key, item in value.items() if not marked.get(key)}
        return value

    def words(self, resource: Resource, *path: str | int) -> Any:
        """An argument's value, or the symbol that stands for it."""
        found = self.argument(resource, *path)
        return found.value if isinstance(found, Known) else found.text

    def principal(self, resource: Resource, *path: str | int) -> Any:
        """The principal that an argument names."""
        found = self.resolver.argument(resource, *path)
        if isinstance(found, Known):
            return found.value
        principal = self._mentioned(resource, found)
        self._note(resource, path, principal)
        return principal

    def holders(self, resource: Resource, name: str) -> list[tuple[Any, str]]:
        """The principal that an argument names; of several of which it is one, each, with what decides for it."""
        found = self.resolver.argument(resource, name)
        candidates = self.ids.candidates_of(found) if isinstance(found, Symbol) else ()
        if not candidates:
            return [(self.principal(resource, name), "")]
        self._note(resource, (name,), " or ".join(candidates))
        return [(each, f"{resource.address}.{name} is {each}") for each in candidates]

    def principals(self, resource: Resource, *path: str | int) -> list[str]:
        """The principals that a list names."""
        named = self.resolver.arguments(resource, *path)
        principals = [each.value if isinstance(each, Known) else self._mentioned(resource, each) for each in named]
        return [each for each in principals if isinstance(each, str)]

    def _mentioned(self, resource: Resource, symbol: Symbol) -> str:
        """The principal that a symbol stands for, so that one can ask about it by its name."""
        principal = self.ids.principal_of(symbol)
        target = symbol.target.type if symbol.target and not symbol.target.is_data else ""
        if target.startswith("azuread_application"):
            return principal  # not a principal, and an entry for it gives nothing (semantics 1.5)
        kind = next((kind for begins, kind in _KINDS.items() if target.startswith(begins)), None)
        self.mention(resource, principal, kind)
        return principal

    def mention(self, resource: Resource, principal: str, kind: str | None, name: str | None = None) -> None:
        """Note what a resource says of a principal in passing."""
        key = principal.lower()
        origins = (self.origin(resource),)
        self.facts.mentioned.setdefault(key, Mention(kind, name, None, None, origins))

    def scope(self, resource: Resource, section: str, *path: str | int) -> str:
        """The id of what an argument names. One that leads nowhere may be anything yet to be made: it is noted."""
        scope = self.ids.scope(resource, *path)
        self._check(resource, section, path, scope)
        return scope.text

    def _check(self, resource: Resource, section: str, path: tuple[str | int, ...], scope: Scope) -> None:
        if scope.text and not scope.text.startswith("/"):
            self._note(resource, path, scope.text)
        if scope.lost and section:
            self.lose(resource, section, f"{resource.address} is for {scope.text}, which is {NOT_YET}")

    def lose(self, resource: Resource, section: str, reason: str) -> None:
        """Note something of a section that cannot be joined to what it is for."""
        self.lost.setdefault(section, []).append((reason, self.origin(resource)))

    def gap(self, resource: Resource, need: str, reason: str) -> None:
        """Something of a resource that cannot be read."""
        self.facts.gaps.append(Gap(need, resource.address, reason, origins=(self.origin(resource),)))

    @cached_property
    def definitions(self) -> dict[str, Resource]:
        """The role definitions of the document by their names."""
        named = (each for each in self.resources if each.type == "azurerm_role_definition")
        return {str(each.values.get("name")): each for each in named}

    def _note(self, resource: Resource, path: tuple[str | int, ...], text: str) -> None:
        name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        own = text == f"{resource.address}.{name}"
        self.facts.leaves_open(name if own else f"{name} = {text}", (self.origin(resource),))


def row_of(wire: Wire, **more: Any) -> Row:
    """A body in Azure's own words, without what is not said."""
    fields: Mapping[str, Any] = msgspec.to_builtins(wire)
    return {name: value for name, value in {**fields, **more}.items() if value is not None}
