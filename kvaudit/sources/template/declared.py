"""The resources of a template: their types, names and ids, each round of a loop by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from kvaudit.model.value import Value
from kvaudit.sources.rows import escape
from kvaudit.sources.template.evaluation import Env, count_of, in_round, value_of
from kvaudit.sources.template.ids import GROUP_LEVEL, SUBSCRIPTION_LEVEL, Target, Text, absolute, at
from kvaudit.sources.template.names import Named, is_of_its_own, named
from kvaudit.sources.template.symbols import Symbol, Unknown, in_text, join, render

if TYPE_CHECKING:
    from kvaudit.sources.template.frame import Frame

DEPLOYMENTS = "microsoft.resources/deployments"
_STEPS = 50
"""What a resource costs by itself."""
_ENCODER = msgspec.json.Encoder()
_PLAIN_TYPE = re.compile(r"(?!.*/providers)[\w.-]+(?:/[\w.-]+)+", re.ASCII)


_FIELDS = frozenset(
    (
        *("type", "apiVersion", "name", "location", "tags", "properties", "dependsOn", "scope", "condition", "copy"),
        *("resources", "identity", "sku", "kind", "plan", "zones", "existing", "subscriptionId", "resourceGroup"),
        *("comments", "metadata", "managedBy", "extendedLocation", "import", "extension"),
    )
)
_SPELLING = {name.lower(): name for name in _FIELDS}


class Place(Value):
    """Where resources are: written at a pointer, deployed to a target, inside another resource, under a symbol."""

    at: str
    target: Target
    parent: Declared | None = None
    symbolic: str = ""


class Declared:
    """One resource of a template, or one round of one."""

    def __init__(self, raw: Mapping[str, Any], env: Env, place: Place) -> None:
        self.raw = raw
        self.env = env
        self.at = place.at
        self.target = place.target
        self.symbolic = place.symbolic
        self.parent = place.parent
        self.existing = raw.get("existing") is True
        self.only_if = ""
        self.is_declared = True  # unless its condition is false
        written = raw.get("type")
        if place.parent is None and type(written) is str and _is_plain(written):
            self.kind = written

    @cached_property
    def named(self) -> Named:
        """What it is and what it is called, worked out when that is first asked for: most are nobody's business."""
        kind, name = self.value("type"), self.value("name")
        if self.parent is None and type(kind) is type(name) is str and _is_plain(kind):
            names: list[Text] = [*name.split("/")]
            if len(names) == kind.count("/"):  # as nearly all are
                return Named(kind, names)
        return named(self, kind, name)

    @cached_property
    def kind(self) -> str:
        """Its type in full; where no name is needed to tell, that is known from the beginning."""
        return self.named.kind

    @property
    def names(self) -> list[Text]:
        """Its name, after those of the resources it is in."""
        return self.named.names

    @property
    def on(self) -> tuple[str, list[Text]] | None:
        """Type and names of what an extension of the old spelling is on."""
        return self.named.on

    @property
    def is_deployment(self) -> bool:
        """Whether it is a deployment of another template."""
        return self.kind.lower() == DEPLOYMENTS

    @cached_property
    def is_literal(self) -> bool:
        """Whether it is written without any expression or loop, as large templates are that a program wrote."""
        text = _ENCODER.encode(self.raw)
        return b'"[' not in text and b'"copy"' not in text.lower()

    @cached_property
    def scope(self) -> Text | None:
        """What it is in or on, "" for the tenant; None where that is not known."""
        written = self.value("scope")
        target = self._own_target
        if written is not None:
            return absolute(written, target) if isinstance(written, (str, *Unknown)) else None
        if self.parent is None:
            scope: Text | None = target.id
        elif self.on is None and is_of_its_own(self.kind, self.parent):
            scope = self.parent.id
        else:
            scope = self.parent.scope
        return at(scope, *self.on) if self.on and scope is not None else scope

    @property
    def scope_text(self) -> str:
        """The same as it is written, for one that is not known."""
        return str(render(self.value("scope")))

    @property
    def _own_target(self) -> Target:
        """Where it is: where the deployment goes, unless one that exists, or a deployment in it, says otherwise."""
        if not self.existing and not self.is_deployment:
            return self.target
        subscription, group = self.value("subscriptionId"), self.value("resourceGroup")
        if subscription is None and group is None:
            return self.target
        level = GROUP_LEVEL if group is not None else SUBSCRIPTION_LEVEL
        here = self.target
        return Target(level, subscription or here.subscription, group or here.group, here.management_group)

    @property
    def name(self) -> Text:
        """Its name, with those of what it is in."""
        first, *more = self.names
        return join((first, *(part for name in more for part in ("/", name)))) if more else first

    @cached_property
    def id(self) -> Text:
        """Its resource id."""
        scope = Symbol(self.scope_text, plain=True) if self.scope is None else self.scope
        return at(scope, self.kind, self.names)

    def value(self, name: str) -> Any:
        """One of its fields, evaluated."""
        raw = self.raw.get(name)
        if raw is None or (raw[:1] != "[" if type(raw) is str else self.is_literal):
            return raw
        return value_of(raw, self.env, f"{self.at}/{name}")

    @cached_property
    def deployment(self) -> Frame | None:
        """The deployment it is, where its template is at hand."""
        from kvaudit.sources.template.nested import deployment_of  # noqa: PLC0415 - each makes the other

        return deployment_of(self)


@lru_cache(maxsize=1024)
def _is_plain(kind: str) -> bool:
    """Whether a type stands for itself: no expression, and of no extension in the old spelling."""
    return _PLAIN_TYPE.fullmatch(kind) is not None


def declare(raw: Any, env: Env, place: Place) -> Iterator[Declared]:
    """All resources of a list, or of an object by symbolic names, with those inside them."""
    run = env.frame.run
    if isinstance(raw, dict):
        each: Iterable[tuple[str, Any]] = raw.items()
    elif isinstance(raw, list):
        each = zip(repeat(""), raw)
    else:
        if raw is not None:
            run.problem(place.at, "resources that are neither a list nor an object")
        return
    for number, (symbolic, item) in enumerate(each):
        own = Place(f"{place.at}/{escape(symbolic) if symbolic else number}", place.target, place.parent, symbolic)
        if not isinstance(item, dict):
            run.problem(own.at, "a resource that is no object")
            continue
        for resource in _rounds(_as_usual(item), env, own):
            if run.is_spent:
                return
            run.spend(_STEPS)
            yield resource
            inside = resource.raw.get("resources")
            if inside is not None and not resource.is_deployment:
                yield from declare(inside, resource.env, Place(f"{resource.at}/resources", place.target, resource))


def _as_usual(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource with its fields spelt as Azure spells them: templates may have them in any case."""
    if raw.keys() <= _FIELDS:
        return raw
    spelt = {_SPELLING.get(name.lower(), name): value for name, value in reversed(list(raw.items()))}
    return {**spelt, **{name: raw[name] for name in raw.keys() & _FIELDS}}


def _rounds(raw: Mapping[str, Any], env: Env, place: Place) -> Iterable[Declared]:
    """A resource, or one for each round of its loop; one for all of them where their number is not known."""
    loop = raw.get("copy")
    if not isinstance(loop, dict):
        return (_declared(raw, env, place),)
    name = str(loop.get("name", ""))
    env = env._replace(loop=name.lower())
    count = count_of(loop, env, f"{place.at}/copy")
    if not isinstance(count, int):
        resource = _declared(raw, env, place)
        resource.only_if = " and ".join(filter(None, (f"{render(count)} is not 0", resource.only_if)))
        return (resource,)
    return (_declared(raw, in_round(env, name, number), _in_round(place, number)) for number in range(count))


def _in_round(place: Place, number: int) -> Place:
    symbolic = place.symbolic and f"{place.symbolic}[{number}]"
    return msgspec.structs.replace(place, symbolic=symbolic)


def _declared(raw: Mapping[str, Any], env: Env, place: Place) -> Declared:
    resource = Declared(raw, env, place)
    if "condition" in raw:
        _decide(resource)
    return resource


def _decide(resource: Declared) -> None:
    condition = resource.value("condition") if resource.raw.get("condition") is not None else True
    if isinstance(condition, Unknown):
        resource.only_if = render(condition)
    elif condition is False or (isinstance(condition, str) and condition.lower() == "false"):
        resource.is_declared = False


def by_symbol(resources: Iterable[Declared]) -> dict[str, Declared]:
    """Resources by symbolic name in lower case."""
    return {each.symbolic.lower(): each for each in resources if each.symbolic}


def by_id(resources: Iterable[Declared]) -> dict[str, Declared]:
    """Resources by id in lower case; the first of an id counts."""
    found: dict[str, Declared] = {}
    for each in resources:
        found.setdefault(in_text(each.id).lower(), each)
    return found


def by_name(resources: Iterable[Declared]) -> dict[str, Declared]:
    """Resources by name in lower case; the first of a name counts."""
    found: dict[str, Declared] = {}
    for each in resources:
        found.setdefault(str(render(each.name)).lower(), each)
    return found
