"""One deployment: a template with its parameters at the place it goes to, and what names mean in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kvaudit.sources.rows import escape
from kvaudit.sources.template.declared import Declared, Place, by_id, by_name, by_symbol, declare
from kvaudit.sources.template.evaluation import Env, Special, as_call, evaluate, repeated, value_of
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import Target, Text, kind_in
from kvaudit.sources.template.references import member, tried
from kvaudit.sources.template.run import Run
from kvaudit.sources.template.scoped import SCOPED
from kvaudit.sources.template.special import SPECIAL
from kvaudit.sources.template.symbols import Symbol, symbol
from kvaudit.sources.template.tree import Call

_SECURE = ("securestring", "secureobject")


class Given(NamedTuple):
    """A value for a parameter, where it is written, and where that is evaluated; without, it is as it is."""

    raw: Any
    env: Env | None = None
    at: str = ""


class Written(NamedTuple):
    """A template, and the pointer of where it is written, in which file."""

    template: Mapping[str, Any]
    at: str = ""
    file: str = ""


class Frame:
    """A deployment. Parameters, variables, outputs and resources are evaluated when they are first asked for."""

    special: Mapping[str, Special] = {**SPECIAL, **SCOPED}

    def __init__(self, run: Run, written: Written, target: Target, name: Text, given: Mapping[str, Given]) -> None:
        self.run = run
        self.target = target
        self.name = name
        self.label = ""  # tells parameters without a value apart, where there are several templates
        self.at = written.at
        self.file = written.file
        self.env = Env(self)
        self._template = written.template
        self._given = given
        self._values: dict[tuple[str, str], Any] = {}
        self._asked: list[tuple[str, str]] = []  # what is being evaluated now, the last the innermost
        self._declared: tuple[Declared, ...] | None = None
        self.known: dict[str, Any] = {}  # expressions outside of loops, by their text
        self.lasting: dict[int, tuple[Call, Any]] = {}  # calls that give the same wherever they stand, by identity
        self.is_declaring = False
        self._indexes: dict[str, Mapping[str, Declared]] = {}
        self._kinds: dict[str, list[Declared]] | None = None
        run.frames.append(self)

    def let_go(self) -> None:
        """Forget its template, its resources and their values: the resources refer back to it."""
        self._template = self._given = {}
        self._declared = self._kinds = None
        for each in (self._values, self.known, self.lasting, self._indexes):
            each.clear()

    def evaluated_in(self, env: Env) -> None:
        """Evaluate its resources and outputs where another deployment's are: the outer scope of a nested one."""
        self.env = env

    def member(self, target: Symbol, key: Any, *, by_name: bool) -> Any:
        """What a symbol has by a name or number."""
        return member(target, key, by_name=by_name)

    def tried(self, target: Any, name: Any) -> Any:
        """The same by a name that it may not have."""
        return tried(target, name)

    def parameter(self, name: str) -> Any:
        """The value of a parameter: as given, else its default; a secret's stays a symbol."""
        return self._once("parameters", name, lambda: self._parameter(name))

    def variable(self, name: str) -> Any:
        """The value of a variable."""
        return self._once("variables", name, lambda: self._variable(name))

    def output(self, name: str) -> Any:
        """The value of an output."""
        return self._once("outputs", name, lambda: self._output(name))

    def section(self, name: str) -> tuple[Mapping[str, Any], str]:
        """A section of the template with its pointer; an empty one where it is no object."""
        _, found = look_up(self._template, name)
        return (found if isinstance(found, dict) else {}), f"{self.at}/{name}"

    def _once(self, section: str, name: str, evaluated: Callable[[], Any]) -> Any:
        """A value evaluated once. One that refers to itself, on whatever way, is wrong and stays a symbol."""
        key = section, name.lower()
        if key in self._values:
            return self._values[key]
        if key in self._asked:
            self.run.passing += 1
            circle = [*(each[1] for each in self._asked[self._asked.index(key) :]), key[1]]
            at = f"{self.section(section)[1]}/{escape(name)}"
            self.run.problem(at, f"circular {section}: {' -> '.join(circle)}")
            return symbol(f"{section}('{name}')")
        self._asked.append(key)
        try:
            value = evaluated()
        finally:
            self._asked.pop()
        self._values[key] = value
        return value

    def _parameter(self, name: str) -> Any:
        declared, at = self.section("parameters")
        found, definition = look_up(declared, name)
        types = self._types_of(definition)
        if not found or any(str(each.get("type", "")).lower() in _SECURE for each in types):
            return self._without_value(name)
        value = self._passed(name)
        if value is not None:  # null is as if nothing were passed
            return value
        if types and "defaultValue" in definition:
            return value_of(definition["defaultValue"], self.env, f"{at}/{escape(name)}/defaultValue")
        if any(each.get("nullable") is True for each in types):
            return None
        return self._without_value(name)

    def _types_of(self, definition: Any) -> list[Mapping[str, Any]]:
        """What says of which type a parameter is: its own definition, and those that one refers to."""
        declared, _ = self.section("definitions")
        found: dict[str, Mapping[str, Any]] = {}
        name = ""
        while isinstance(definition, dict) and name not in found:
            self.run.spend()
            found[name] = definition
            name = str(definition.get("$ref", "")).removeprefix("#/definitions/")
            definition = declared.get(name)
        return [*found.values()]

    def _passed(self, name: str) -> Any:
        """The value that is given for a parameter; None for none."""
        given = self._given.get(name.lower())
        if given is None or given.env is None:
            return given and given.raw
        return value_of(given.raw, given.env, given.at)

    def _without_value(self, name: str) -> Symbol:
        return symbol(f"parameters('{name}'){self.label}")

    def _variable(self, name: str) -> Any:
        declared, at = self.section("variables")
        found, raw = look_up(declared, name)
        if found:
            return value_of(raw, self.env, f"{at}/{escape(name)}")
        loops = look_up(declared, "copy")[1]
        for number, loop in enumerate(loops if isinstance(loops, list) else ()):
            if isinstance(loop, dict) and str(loop.get("name", "")).lower() == name.lower():
                place = f"{at}/copy/{number}"
                return repeated(loop, self.env, place, loop.get("input"), f"{place}/input")
        self.run.problem(at, f"there is no variable {name!r}")
        return symbol(f"variables('{name}')")

    def _output(self, name: str) -> Any:
        declared, at = self.section("outputs")
        _, output = look_up(declared, name)
        if not isinstance(output, dict) or str(output.get("type", "")).lower() in _SECURE:
            return symbol(f"outputs('{name}')")
        at = f"{at}/{escape(name)}"
        loop = output.get("copy")
        if isinstance(loop, dict):
            return repeated({"name": "", **loop}, self.env, f"{at}/copy", loop.get("input"), f"{at}/copy/input")
        return value_of(output.get("value"), self.env, f"{at}/value")

    def own_function(self, node: Call, env: Env) -> Any:
        """A function that the template itself defines."""
        self.run.passing += 1
        arguments = [evaluate(each, env) for each in node.arguments]
        namespace, _, name = node.name.partition(".")
        _, declared = look_up(self._template, "functions")
        for number, group in enumerate(declared if isinstance(declared, list) else ()):
            if not isinstance(group, dict) or str(group.get("namespace", "")).lower() != namespace.lower():
                continue
            found, function = look_up(group.get("members"), name)
            output = function.get("output") if found and isinstance(function, dict) else None
            if isinstance(output, dict):
                listed = function.get("parameters")
                names = (
                    [str(each.get("name")) for each in listed if isinstance(each, dict)]
                    if isinstance(listed, list)
                    else []
                )
                own = Env(self, parameters=dict(zip(names, arguments, strict=False)))
                return value_of(output.get("value"), own, f"{self.at}/functions/{number}/members/{name}/output/value")
        return as_call(node.name, arguments)

    @property
    def declared(self) -> tuple[Declared, ...]:
        """The resources of the template, each round of a loop by itself; none for a name that asks for others."""
        if self._declared is None:
            self._declared = ()
            _, raw = look_up(self._template, "resources")
            self.is_declaring = True
            self._declared = tuple(declare(raw, self.env, Place(f"{self.at}/resources", self.target)))
            self.is_declaring = False
            self._indexes.clear()
            self._kinds = None
        return self._declared

    def find(self, name: str) -> Declared | None:
        """A resource by its symbolic name, its id or its name; none for what asks before the names are known."""
        name = name.lower()
        found = self._index("symbols", lambda: by_symbol(self.declared)).get(name)
        if found is not None:
            return found
        kind = kind_in(name)  # the names of all the others need not be evaluated for it
        if kind:
            return self._index(kind, lambda: by_id(self._of_kind(kind))).get(name)
        return self._index("names", lambda: by_name(self.declared) | by_id(self.declared)).get(name)

    def _index(self, key: str, make: Callable[[], dict[str, Declared]]) -> Mapping[str, Declared]:
        """An index of resources, made once; empty for whoever asks while it is being made."""
        if key not in self._indexes:
            self._indexes[key] = {}
            self._indexes[key] = make()
        return self._indexes[key]

    def _of_kind(self, kind: str) -> Sequence[Declared]:
        """The resources of a type in lower case; none while types are being worked out, as for an index."""
        if self._kinds is None:
            self._kinds = {}
            kinds: dict[str, list[Declared]] = {}
            for each in self.declared:
                kinds.setdefault(each.kind.lower(), []).append(each)
            self._kinds = kinds
        return self._kinds.get(kind, ())
