"""The resources of a template: their types, names and ids, each round of a loop by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kvaudit.sources.rows import escape
from kvaudit.sources.template.evaluation import Env, count_of, in_round, value_of
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import GROUP_LEVEL, SUBSCRIPTION_LEVEL, Target, Text, absolute, at, segment, segments
from kvaudit.sources.template.symbols import Symbol, Unknown, join, render, symbol

if TYPE_CHECKING:
    from kvaudit.sources.template.frame import Frame

DEPLOYMENTS = "microsoft.resources/deployments"
_EXTENSION = "/providers"


class Place(NamedTuple):
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
        self.kind = ""
        self.names: list[Text] = []
        self.scope: Text | None = ""  # what it is in or on; None where that is not known
        self.scope_text = ""  # in words, then
        self.existing = raw.get("existing") is True
        self.only_if = ""
        self.is_declared = True  # unless its condition is false

    @property
    def is_deployment(self) -> bool:
        """Whether it is a deployment of another template."""
        return self.kind.lower() == DEPLOYMENTS

    @property
    def name(self) -> Text:
        """Its name, with those of what it is in."""
        return join(part for number, name in enumerate(self.names) for part in (("/",) if number else ()) + (name,))

    @cached_property
    def id(self) -> Text:
        """Its resource id."""
        scope = Symbol(self.scope_text, plain=True) if self.scope is None else self.scope
        return at(scope, self.kind, self.names)

    def value(self, name: str) -> Any:
        """One of its fields, evaluated."""
        found, raw = look_up(self.raw, name)
        return value_of(raw, self.env, f"{self.at}/{escape(name)}") if found else None

    @cached_property
    def deployment(self) -> Frame | None:
        """The deployment it is, where its template is at hand."""
        from kvaudit.sources.template.nested import deployment_of  # noqa: PLC0415 - each makes the other

        return deployment_of(self)


def declare(raw: Any, env: Env, place: Place) -> Iterator[Declared]:
    """All resources of a list, or of an object by symbolic names, with those inside them."""
    if isinstance(raw, dict):
        each: Iterable[tuple[str, Any]] = raw.items()
    elif isinstance(raw, list):
        each = (("", item) for item in raw)
    else:
        if raw is not None:
            env.frame.run.problem(place.at, "resources that are neither a list nor an object")
        return
    for number, (symbolic, item) in enumerate(each):
        own = place._replace(at=f"{place.at}/{escape(symbolic) if symbolic else number}", symbolic=symbolic)
        if env.frame.run.is_spent:
            return
        if isinstance(item, dict):
            yield from _rounds(item, env, own)
        else:
            env.frame.run.problem(own.at, "a resource that is no object")


def _rounds(raw: Mapping[str, Any], env: Env, place: Place) -> Iterator[Declared]:
    """A resource, or one for each round of its loop; one for all of them where their number is not known."""
    _, loop = look_up(raw, "copy")
    if not isinstance(loop, dict):
        yield from _with_children(_declared(raw, env, place))
        return
    name = str(loop.get("name", ""))
    env = env._replace(loop=name.lower())
    count = count_of(loop, env, f"{place.at}/copy")
    if not isinstance(count, int):
        resource = _declared(raw, env, place)
        resource.only_if = " and ".join(filter(None, (f"{render(count)} is not 0", resource.only_if)))
        yield from _with_children(resource)
        return
    for number in range(count):
        symbolic = f"{place.symbolic}[{number}]" if place.symbolic else ""
        yield from _with_children(_declared(raw, in_round(env, name, number), place._replace(symbolic=symbolic)))


def _with_children(resource: Declared) -> Iterator[Declared]:
    run = resource.env.frame.run
    run.spend(20)
    yield resource
    found, inside = look_up(resource.raw, "resources")
    if found and not run.is_spent and not resource.is_deployment:
        yield from declare(inside, resource.env, Place(f"{resource.at}/resources", resource.target, resource))


def _declared(raw: Mapping[str, Any], env: Env, place: Place) -> Declared:
    resource = Declared(raw, env, place)
    _decide(resource)
    kind, name = resource.value("type"), resource.value("name")
    if not isinstance(kind, str) or ("/" not in kind and place.parent is None):
        env.frame.run.problem(place.at, "a resource without a type that is known")
        kind = kind if isinstance(kind, str) and kind else "unknown/unknown"
    if not isinstance(name, (str, *Unknown)):
        env.frame.run.problem(place.at, "a resource without a name")
        name = symbol("name", plain=True)
    _name(resource, kind.strip("/"), segments(segment(name)) or [segment(name)], place.parent)
    return resource


def _decide(resource: Declared) -> None:
    found, _ = look_up(resource.raw, "condition")
    condition = resource.value("condition") if found else True
    if isinstance(condition, Unknown):
        resource.only_if = render(condition)
    elif condition is False or (isinstance(condition, str) and condition.lower() == "false"):
        resource.is_declared = False


def _name(resource: Declared, kind: str, names: list[Text], parent: Declared | None) -> None:
    """Its type, names and scope: of a child those of its parent first, and of an extension what it sits on."""
    target = _own_target(resource)
    scope: Text | None = target.id
    if parent is not None:
        if _is_of_its_own(kind, parent):
            scope = parent.id
        else:
            scope = parent.scope
            if not kind.lower().startswith(f"{parent.kind.lower()}/"):
                kind, names = f"{parent.kind}/{kind}", [*parent.names, *names]
            elif len(names) < kind.count("/"):
                names = [*parent.names, *names]
    if _EXTENSION in kind:
        scope, kind, names = _extension(scope, kind, names)
    resource.kind, resource.names, resource.scope = kind, names, scope
    written = resource.value("scope")
    if written is not None and not resource.is_deployment:
        resource.scope = absolute(written, target) if isinstance(written, (str, *Unknown)) else None
        resource.scope_text = render(written) if isinstance(written, (str, *Unknown)) else "scope"
    if len(names) != kind.count("/"):
        resource.env.frame.run.problem(
            f"{resource.at}/name", f"a name of {len(names)} segments for the type {kind}, which takes {kind.count('/')}"
        )


def _is_of_its_own(kind: str, parent: Declared) -> bool:
    """Whether a type inside a resource is no part of that resource's: it then sits on it."""
    namespace = kind.partition("/")[0]
    return "." in namespace and "/" in kind and not kind.lower().startswith(f"{parent.kind.lower()}/")


def _extension(scope: Text | None, kind: str, names: list[Text]) -> tuple[Text | None, str, list[Text]]:
    """`vaults/providers/locks` named `kv/Microsoft.Authorization/x`: what it sits on, and what it is."""
    on, _, own = kind.partition(f"{_EXTENSION}/")
    size = on.count("/")
    base = None if scope is None else at(scope, on, names[:size])
    rest = names[size:]
    if "." not in own.partition("/")[0] and rest:
        own = f"{render(rest[0])}/{own}"
        rest = rest[1:]
    return base, own, rest


def _own_target(resource: Declared) -> Target:
    """Where a resource is: where the deployment goes, unless one that exists says otherwise."""
    if not resource.existing or resource.is_deployment:
        return resource.target
    subscription, group = resource.value("subscriptionId"), resource.value("resourceGroup")
    if subscription is None and group is None:
        return resource.target
    level = GROUP_LEVEL if group is not None else SUBSCRIPTION_LEVEL
    target = resource.target
    return Target(level, subscription or target.subscription, group or target.group, target.management_group)


def index(resources: Iterable[Declared]) -> dict[str, Declared]:
    """Resources by symbolic name, by id and by name, each in lower case; the first of a name counts."""
    found: dict[str, Declared] = {}
    listed = list(resources)
    for names in (
        [each.symbolic for each in listed],
        [render(each.id) for each in listed],
        [render(each.name) for each in listed],
    ):
        for name, each in zip(names, listed, strict=True):
            found.setdefault(name.lower(), each)
    return found
