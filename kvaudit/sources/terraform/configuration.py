"""The configuration in a plan: what each argument refers to, module by module.

Source: the JSON output format of Terraform, "configuration representation". Values are not in it, local values neither,
and of dynamic blocks nothing at all.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from kvaudit.sources.terraform.resource import Resource, calls, dig, parts
from kvaudit.sources.wire import Row


class Module:
    """A module as it is written: its resources, its outputs, the modules it calls."""

    def __init__(self, body: Row, folder: str | None) -> None:
        self.body = body
        self.folder = folder  # below the root module's; None for one whose source is elsewhere
        self._resources: dict[tuple[str, str, str], Row] = {}
        listed = body.get("resources")
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict):
                self._resources[str(each.get("mode")), str(each.get("type")), str(each.get("name"))] = each

    def resource(self, mode: str, kind: str, name: str) -> Row | None:
        """A resource as it is written."""
        return self._resources.get((mode, kind, name))

    def outputs(self) -> dict[str, Any]:
        """The expressions of its outputs."""
        found = self.body.get("outputs")
        rows = found.items() if isinstance(found, dict) else ()
        return {name: expression for name, row in rows if (expression := dig(row, ("expression",))) is not None}

    def argument(self, module: str, name: str) -> Any:
        """The expression of an argument of a module it calls; None where it is left to its default."""
        call = dig(self.body, ("module_calls", module))
        return looped(dig(call, ("expressions", name)), call)


_LOOP = "for_each_expression"
_EACH = "each.value"
_WHOLE = 2  # names in a reference to a resource or a module itself


def looped(expression: Any, block: Any) -> Any:
    """An expression of a block that may be a loop: what its value refers to is what the loop goes over.

    An attribute of the value is that of a resource or module where the loop goes over its instances.
    """
    references, over = dig(expression, ("references",)), dig(block, (_LOOP, "references"))
    if not isinstance(references, list) or not isinstance(over, list) or _EACH not in references:
        return expression
    below = [each.removeprefix(_EACH) for each in references if isinstance(each, str) and each.startswith(_EACH)]
    named = [
        f"{each}{more}"
        for each in over
        if isinstance(each, str)
        for more in (below if len(parts(each.removeprefix("data."))) == _WHOLE else [""])
    ]
    return {"references": [*references, *named]}


class Configuration:
    """All modules of a configuration, by address."""

    def __init__(self, body: Any) -> None:
        self._body = body if isinstance(body, dict) else {}
        root = self._body.get("root_module")
        self._modules: dict[str, Module | None] = {"": Module(root, "") if isinstance(root, dict) else None}
        self._instances: dict[str, Module | None] = {}

    def module(self, address: str) -> Module | None:
        """A module, whichever instance; None where the plan does not hold it."""
        if address not in self._instances:
            self._instances[address] = self._find(address)
        return self._instances[address]

    def _find(self, address: str) -> Module | None:
        at, outer = "", self._modules[""]
        for name, _ in calls(address):
            if outer is None:
                break
            at = f"{at}.module.{name}" if at else f"module.{name}"
            if at not in self._modules:
                self._modules[at] = _called(outer, name)
            outer = self._modules[at]
        return outer

    def written(self, resource: Resource) -> Row | None:
        """A resource as it is written in its module."""
        module = self.module(resource.module)
        return module.resource(resource.mode, resource.type, resource.name) if module else None

    def provider_key(self, resource: Resource) -> str:
        """Which provider makes a resource, by its name and alias: "azurerm.hub"."""
        key = (self.written(resource) or {}).get("provider_config_key")
        if not isinstance(key, str):
            return ""
        return key if dig(self._body, ("provider_config", key)) else key.rpartition(":")[2]

    def provider_argument(self, key: str, name: str) -> Any:
        """The expression of an argument of a provider."""
        return dig(self._body, ("provider_config", key, "expressions", name))


def _called(outer: Module, name: str) -> Module | None:
    call = dig(outer.body, ("module_calls", name))
    body = dig(call, ("module",))
    return Module(body, _below(outer.folder, dig(call, ("source",)))) if isinstance(body, dict) else None


def _below(folder: str | None, source: Any) -> str | None:
    """The folder of a module that is called by a path below that of its caller."""
    if folder is None or not isinstance(source, str) or not source.startswith("./"):
        return None
    path = PurePosixPath(folder, source)
    return None if ".." in path.parts else str(path)
