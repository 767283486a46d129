"""What resources of a template are and what they are called: in others, on others, and without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kvaudit.model.value import Value
from kvaudit.sources.template.evaluation import value_of
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import Text, segment, segments
from kvaudit.sources.template.symbols import Unknown, render, symbol

if TYPE_CHECKING:
    from kvaudit.sources.template.declared import Declared

GRAPH = "microsoft.graph/"
_KEYS = ("uniqueName", "appId", "userPrincipalName")
_EXTENSION = "/providers"


class Named(Value):
    """The type and the names of a resource, and those of what it is on."""

    kind: str
    names: list[Text]
    on: tuple[str, list[Text]] | None = None


def named(resource: Declared, kind: Any, name: Any) -> Named:
    """Its type and names: of a child those of its parent first, and of an extension without those it sits on."""
    parent, problem = resource.parent, resource.env.frame.run.problem
    if name is None and isinstance(kind, str) and kind.lower().startswith(GRAPH):
        return Named(kind, [_key_of(resource)])
    if not isinstance(kind, str) or ("/" not in kind and parent is None):
        problem(resource.at, "a resource without a type that is known")
        kind = kind if isinstance(kind, str) and kind else "unknown/unknown"
    if not isinstance(name, (str, *Unknown)):
        problem(resource.at, "a resource without a name")
        name = symbol("name", plain=True)
    kind, names, on = kind.strip("/"), segments(segment(name)) or [segment(name)], None
    if parent is not None and not is_of_its_own(kind, parent):
        if not kind.lower().startswith(f"{parent.kind.lower()}/"):
            kind, names = f"{parent.kind}/{kind}", [*parent.names, *names]
        elif len(names) < kind.count("/"):
            names = [*parent.names, *names]
    if _EXTENSION in kind:
        base, _, kind = kind.partition(f"{_EXTENSION}/")
        size = base.count("/")
        on, names = (base, names[:size]), names[size:]
        if "." not in kind.partition("/")[0] and names:
            kind, names = f"{render(names[0])}/{kind}", names[1:]
    if len(names) != kind.count("/"):
        reason = f"a name of {len(names)} segments for the type {kind}, which takes {kind.count('/')}"
        problem(f"{resource.at}/name", reason)
    return Named(kind, names or [symbol("name", plain=True)], on)


def _key_of(resource: Declared) -> Text:
    """What tells an object of the directory from others of its type: it has no name."""
    properties = resource.raw.get("properties")
    for key in _KEYS:
        found, raw = look_up(properties, key)
        value = value_of(raw, resource.env, f"{resource.at}/properties/{key}") if found else None
        if isinstance(value, (str, *Unknown)):
            return segment(value)
    return symbol(resource.symbolic or resource.at, plain=True)


def is_of_its_own(kind: str, parent: Declared) -> bool:
    """Whether a type inside a resource is no part of that resource's: it then sits on it."""
    namespace = kind.partition("/")[0]
    return "." in namespace and "/" in kind and not kind.lower().startswith(f"{parent.kind.lower()}/")
