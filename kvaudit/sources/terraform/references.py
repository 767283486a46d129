"""Values that are not known yet, followed to what they refer to.

Terraform leaves an unknown value out and names in the configuration what its expression refers to: every reference, and
each of its beginnings; of an index that is worked out, and what follows it, nothing (semantics 7.9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kvaudit.model.value import Value
from kvaudit.sources.terraform.configuration import Configuration, looped
from kvaudit.sources.terraform.resource import (
    DATA,
    MANAGED,
    Index,
    Key,
    Resource,
    Resources,
    caller,
    dig,
    inside,
    parts,
)
from kvaudit.sources.wire import Row

_DEPTH = 40  # references that lead on to references; nobody writes more by hand, and a circle has no end
_FEW = 20  # instances of which an index that is worked out may mean any; of more, each of many would be each of many
_KEYS = ("each.key", "each.value", "count.index")  # of a set, the value is the key
_LOOP = ("each", "count", "path", "terraform", "self")
_VALUES_ONLY = re.compile(r"name$|(^|_)tags$")
"""Arguments whose expressions mostly put texts together, so that what they refer to is not what they are."""


_NEVER_COMPUTED = ("enabled_log", "permissions", "private_service_connection", "identity")
"""Blocks that no provider fills in: where they are not known, they are dynamic, and the configuration lacks them."""


class Known(Value):
    """A value that is known, null included."""

    value: Any


class Symbol(Value):
    """A value that is not known yet, by the name of what it refers to."""

    text: str
    target: Resource | None = None  # the resource it is an attribute of, where that is in the document
    path: tuple[str | int, ...] = ()  # the attribute; () where an index that is worked out hides it
    among: tuple[Symbol, ...] = ()  # of several that it may be, or be made of, each


Found = Known | Symbol


class Resolver:
    """Follows arguments of resources to values, or to the resource they will come from."""

    def __init__(self, resources: Resources, configuration: Configuration, variables: Row) -> None:
        self._resources = resources
        self._configuration = configuration
        self._variables = variables
        self._followed: dict[tuple[str, str, Key], Found] = {}

    def argument(self, resource: Resource, *path: str | int) -> Found:
        """What an argument or attribute of a resource is."""
        return self._argument(resource, path, 0)

    def arguments(self, resource: Resource, *path: str | int) -> list[Found]:
        """The items of a list; where the whole is not known, each thing that its expression refers to."""
        found = self.argument(resource, *path)
        if isinstance(found, Known):
            value = found.value
            return [Known(item) for item in value] if isinstance(value, list) else [found] if value is not None else []
        return self.referred(resource, *path) or [found]

    def referred(self, resource: Resource, *path: str | int) -> list[Found]:
        """Each thing that the expression of an argument refers to."""
        expression = self._expression(resource, path)
        key = _key(expression, resource.key)
        return [self._reference(head, resource.module, key, 1) for head in _heads(dig(expression, ("references",)))]

    def says(self, resource: Resource, *path: str | int) -> bool:
        """Whether the configuration sets an argument, or has blocks of its name; dynamic ones are not in it."""
        return dig(self._configuration.written(resource), ("expressions", *path)) is not None

    def expression(self, expression: Any, own: str) -> Found:
        """What an expression of the root module is."""
        return self._evaluate(expression, "", None, own, 0)

    def _argument(self, resource: Resource, path: tuple[str | int, ...], depth: int) -> Found:
        holder = resource.values if len(path) == 1 else dig(resource.values, path[:-1])
        if isinstance(holder, dict) and path[-1] in holder:
            return Known(holder[str(path[-1])])
        expression = self._expression(resource, path)
        if expression is not None:
            own = f"{resource.address}.{dotted(path)}"
            return self._evaluate(expression, resource.module, _key(expression, resource.key), own, depth)
        if resource.unknown and dig(resource.unknown, path) is True and not self._is_computed(resource, path):
            return Symbol(f"{resource.address}.{dotted(path)}")
        return Known(None)

    def _is_computed(self, resource: Resource, path: tuple[str | int, ...]) -> bool:
        """Whether it is an argument that was left out, for the provider to fill in."""
        return len(path) == 1 and path[0] not in _NEVER_COMPUTED and self._configuration.written(resource) is not None

    def _expression(self, resource: Resource, path: tuple[str | int, ...]) -> Any:
        """The expression of an argument as it is written; of a block written as an attribute, the attribute's."""
        block = self._configuration.written(resource)
        written = dig(block, ("expressions",))
        for number, step in enumerate(path):
            if isinstance(written, list) and isinstance(step, int) and number:
                planned = dig(resource.values, path[:number])
                if not isinstance(planned, list) or len(planned) != len(written):
                    return None  # some blocks are dynamic, and which is which cannot be told
            written = dig(written, (step,))
            if isinstance(written, dict) and "references" in written:
                return looped(written, block)
        return written if isinstance(written, dict) and "constant_value" in written else None

    def _evaluate(self, expression: Any, module: str, key: Key, own: str, depth: int) -> Found:
        if isinstance(expression, dict) and "constant_value" in expression:
            return Known(expression["constant_value"])
        heads = _heads(dig(expression, ("references",)))
        found = [self._reference(head, module, key, depth) for head in heads]
        symbols = {each.text: each for each in found if isinstance(each, Symbol)}
        if len(symbols) == 1:
            return next(iter(symbols.values()))
        if len(found) == 1:
            return found[0]
        return Symbol(own, among=tuple(symbols.values()))

    def _reference(self, text: str, module: str, key: Key, depth: int) -> Found:
        """What a reference is, in an instance of a module, for an instance of a resource with this key."""
        place = text, module, key
        if depth > _DEPTH:
            return Symbol(text)
        if place not in self._followed:
            self._followed[place] = Symbol(text)  # what a circle comes back to
            self._followed[place] = self._follow(parts(text), text, module, key, depth + 1)
        return self._followed[place]

    def _follow(self, path: tuple[str | Index, ...], text: str, module: str, key: Key, depth: int) -> Found:
        head = path[0] if path else ""
        if head == "var" and len(path) > 1:
            return self._variable(str(path[1]), path[2:], text, module, depth)
        if head == "module" and len(path) > 1:
            return self._output(path[1:], text, module, key, depth)
        if head == "local" or head in _LOOP or len(path) < 2:
            return Symbol(text)
        return self._attribute(path, text, module, key, depth)

    def _variable(self, name: str, rest: tuple[str | Index, ...], text: str, module: str, depth: int) -> Found:
        if not module:
            value = dig(self._variables, (name, "value", *_steps(rest)))
            return Symbol(text) if value is None else Known(value)
        above, call, key = caller(module)
        outer = self._configuration.module(above)
        expression = outer.argument(call, name) if outer else None
        heads = _heads(dig(expression, ("references",)))
        if rest and len(heads) == 1:  # var.identity.principal_id, of a resource that was handed over whole
            heads = [heads[0] + _written(rest)]
            expression = {"references": heads}
        if expression is None:
            return Symbol(_placed(text, module))
        return self._evaluate(expression, above, _key(expression, key), f"{module}.{text}", depth)

    def _output(self, path: tuple[str | Index, ...], text: str, module: str, key: Key, depth: int) -> Found:
        name, rest = str(path[0]), path[1:]
        called: Key = None
        if rest and isinstance(rest[0], Index):
            called, rest = rest[0].key, rest[1:]
        inner = self._configuration.module(inside(module, name, None))
        instance = self._instance(module, name, called, key)
        if inner is None or instance is None:
            return Symbol(_placed(text, module))
        outputs = inner.outputs()
        if rest:
            given, rest = str(rest[0]), rest[1:]
            at = key if instance.endswith(name) else None  # the module's own key tells its instances apart already
            if rest and isinstance(rest[0], Index):
                at, rest = rest[0].key, rest[1:]
            found = self._evaluate(outputs.get(given), instance, at, f"{instance}.{given}", depth)
            if isinstance(found, Symbol) and found.target is not None and not found.path:  # a resource given out whole
                return self._at(found.target, _steps(rest), depth)
            return found
        every = [self._evaluate(each, instance, None, f"{instance}.{name}", depth) for name, each in outputs.items()]
        return Symbol(_placed(text, module), among=tuple(each for each in every if isinstance(each, Symbol)))

    def _instance(self, module: str, name: str, called: Key, key: Key) -> str | None:
        """The instance of a module that is meant: the one that is named, that of the same key, or the only one."""
        there = self._resources.called(module, name)
        if called is not None or not there:
            return inside(module, name, called)
        return there.get(key) or (next(iter(there.values())) if len(there) == 1 else None)

    def _attribute(self, path: tuple[str | Index, ...], text: str, module: str, key: Key, depth: int) -> Found:
        mode, names = (DATA, path[1:]) if path[0] == "data" else (MANAGED, path)
        if len(names) < 2:
            return Symbol(text)
        instances = self._resources.instances(module, mode, str(names[0]), str(names[1]))
        rest = names[2:]
        written: Key = None
        if rest and isinstance(rest[0], Index):
            written, rest = rest[0].key, rest[1:]
        target = _chosen(instances, written, key)
        if target is None:
            several = instances.values() if written is None and len(instances) <= _FEW else ()
            any_of = [self._at(each, _steps(rest), depth) for each in several]
            return Symbol(_placed(text, module), among=tuple(each for each in any_of if isinstance(each, Symbol)))
        return self._at(target, _steps(rest), depth)

    def _at(self, target: Resource, steps: tuple[str | int, ...], depth: int) -> Found:
        """An attribute of a resource, or with no steps the resource itself."""
        if not steps:
            return Symbol(target.address, target)
        value = dig(target.values, steps)
        if value is not None:
            return Known(value)
        if not _VALUES_ONLY.search(str(steps[0])) and self._expression(target, steps) is not None:
            return self._argument(target, steps, depth)
        return Symbol(f"{target.address}.{dotted(steps)}", target, steps)


def _chosen(instances: dict[Key, Resource], written: Key, key: Key) -> Resource | None:
    """The instance that is meant: the one that is named, the only one, or that of the same key."""
    if written is not None:
        return instances.get(written)
    if len(instances) == 1:
        return next(iter(instances.values()))
    return instances.get(key) if key is not None else None


def _key(expression: Any, key: Key) -> Key:
    """The key of a loop, where an expression refers to it as a whole: it may be an index that is worked out."""
    references = dig(expression, ("references",))
    return key if isinstance(references, list) and any(each in references for each in _KEYS) else None


def _placed(text: str, module: str) -> str:
    """A reference with the module it is made in."""
    return f"{module}.{text}" if module else text


def _heads(references: Any) -> list[str]:
    """The references of an expression that are not beginnings of others, without those to the loop around it."""
    texts = [text for text in references if isinstance(text, str)] if isinstance(references, list) else []
    found = [text for text in texts if not any(len(other) > len(text) and _begins(other, text) for other in texts)]
    own = [text for text in found if text.partition(".")[0] not in _LOOP]
    return list(dict.fromkeys(own))


def _begins(text: str, beginning: str) -> bool:
    return text.startswith(beginning) and text[len(beginning)] in ".["


def _steps(path: Iterable[str | Index]) -> tuple[str | int, ...]:
    """A path as one goes it in decoded JSON; "0" as in `identity.0.principal_id` is a number."""
    found: list[str | int] = []
    for part in path:
        step = part.key if isinstance(part, Index) else part
        if step is not None:
            found.append(int(step) if isinstance(step, str) and step.isdecimal() else step)
    return tuple(found)


def dotted(path: Iterable[str | int]) -> str:
    """A path as Terraform writes it behind the address of a resource."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _written(path: Iterable[str | Index]) -> str:
    return "".join(f".{part}" if isinstance(part, str) else f"[{part.key}]" for part in path)
