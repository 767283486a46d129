"""Where a deployment goes, and the ids of resources there. Source: Azure's "Resource functions for ARM templates"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from operator import add
from typing import Any, NamedTuple

from kvaudit.model.value import Value
from kvaudit.sources.template.symbols import (
    MANAGEMENT_GROUP,
    RESOURCE_GROUP,
    SUBSCRIPTION,
    Joined,
    Symbol,
    all_known,
    followed,
    join,
    render,
    shown,
)

Text = str | Symbol | Joined
GROUP_LEVEL, SUBSCRIPTION_LEVEL, MANAGEMENT_LEVEL, TENANT_LEVEL = "group", "subscription", "management group", "tenant"
_GROUPS = "microsoft.resources/resourcegroups"
_OF_TENANT = ("microsoft.management/", "microsoft.subscription/", "microsoft.graph/")


class Target(Value, gc=True, dict=True):
    """Where a deployment goes: at which level, and the names on the way there."""

    level: str = GROUP_LEVEL
    subscription: Text = SUBSCRIPTION
    group: Text = RESOURCE_GROUP
    management_group: Text = MANAGEMENT_GROUP

    @cached_property
    def subscription_id(self) -> Text:
        """The id of its subscription."""
        return join(("/subscriptions/", segment(self.subscription)))

    @cached_property
    def group_id(self) -> Text:
        """The id of its resource group."""
        return join((self.subscription_id, "/resourceGroups/", segment(self.group)))

    @cached_property
    def management_group_id(self) -> Text:
        """The id of its management group."""
        return join(("/providers/Microsoft.Management/managementGroups/", segment(self.management_group)))

    @property
    def id(self) -> Text:
        """The scope itself, "" for the tenant, so that what follows begins with a slash."""
        if self.level == GROUP_LEVEL:
            return self.group_id
        if self.level == SUBSCRIPTION_LEVEL:
            return self.subscription_id
        return self.management_group_id if self.level == MANAGEMENT_LEVEL else ""


def segment(text: Any) -> Text:
    """A text as one segment of an id: what is not known of it holds no slash. What is no text names nothing known."""
    if type(text) is str:
        return text
    if not isinstance(text, (str, Symbol, Joined)):
        return Symbol(shown(text), plain=True)
    if isinstance(text, Symbol):
        return text if text.plain else Symbol(text.text, plain=True, length=text.length)
    if isinstance(text, Joined):
        return join(part if isinstance(part, str) else segment(part) for part in text.parts)
    return text


def segments(text: Text) -> list[Text] | None:
    """The segments of an id or a name; None where an unknown part might hold any number of them."""
    parts = text.parts if isinstance(text, Joined) else (text,)
    found: list[Text] = [""]
    for part in parts:
        if isinstance(part, Symbol):
            if not part.plain and len(parts) > 1:
                return None
            found[-1] = join((found[-1], part))
            continue
        first, *more = part.split("/")
        found[-1] = join((found[-1], first))
        found += more
    return found


class _Path(NamedTuple):
    """What ids have because of a type: all that is before the names, then what is before each of them."""

    head: str
    pieces: tuple[str, ...]
    is_group: bool
    is_of_tenant: bool


@lru_cache(maxsize=1024)
def _path_of(kind: str) -> _Path:
    namespace, *types = kind.split("/")
    pieces = tuple([f"/{each}/" for each in types])
    return _Path(f"/providers/{namespace}", pieces, kind.lower() == _GROUPS, kind.lower().startswith(_OF_TENANT))


def at(scope: Text, kind: str, names: Sequence[Text]) -> Text:
    """The id of a resource of this type at a scope, or on a resource: each part of the type with its name behind it."""
    head, pieces, is_group, is_of_tenant = _path_of(kind)
    if is_group:
        return join((scope, "/resourceGroups/", *map(segment, names)))
    root = "" if scope == "/" or is_of_tenant else scope
    if len(names) == len(pieces) and all_known(names):
        return followed(root, head + "".join(map(add, pieces, names)))
    path: list[Text] = [head]
    for place, piece in enumerate(pieces):
        path += (piece, segment(names[place]) if place < len(names) else "?")
    for name in names[len(pieces) :]:
        path += ("/", segment(name))
    return join((root, *path))


def kind_in(identifier: str) -> str:
    """The type of the resource that an id names; "" for a text that is no such id."""
    _, found, path = identifier.rpartition("/providers/")
    namespace, *rest = path.split("/")
    return "/".join([namespace, *rest[::2]]) if found else ""


def absolute(text: Text, target: Target) -> Text | None:
    """A `scope` as an id: a full one as it is, a short one ("type/name") where the deployment goes."""
    beginning = text.parts[0] if isinstance(text, Joined) else text
    if not isinstance(beginning, str):
        return text if isinstance(text, Joined) and "/providers/" in render(text) else None
    if beginning.startswith("/"):
        return text
    parts = segments(segment(text))
    if not beginning or parts is None or len(parts) < 3 or len(parts) % 2 == 0:
        return None
    kind = "/".join([render(parts[0]), *(render(each) for each in parts[1::2])])
    scope = target.subscription_id if kind.lower() == _GROUPS else target.id
    return at(scope, kind, parts[2::2])


def resource_id(function: str, arguments: Sequence[Any], target: Target) -> Text | None:
    """What resourceId and its kin give; None where the arguments do not say it."""
    if not all(isinstance(each, (str, Symbol, Joined)) for each in arguments):
        return None
    place = next((n for n, each in enumerate(arguments) if isinstance(each, str) and "/" in each.strip("/")), None)
    if function == "extensionresourceid":
        if len(arguments) < 3 or not isinstance(arguments[1], str):
            return None
        return at(arguments[0], arguments[1], arguments[2:])
    if place is None or len(arguments) == place + 1:
        return None
    before, kind, names = arguments[:place], arguments[place].strip("/"), arguments[place + 1 :]
    scope = _scope(function, before, kind, target)
    return None if scope is None else at(scope, kind, names)


def _scope(function: str, before: Sequence[Text], kind: str, target: Target) -> Text | None:
    """The scope that the arguments before the type name; what they leave out is the deployment's."""
    if function == "tenantresourceid":
        return "" if not before else None
    if function == "managementgroupresourceid":
        group = before[0] if before else target.management_group
        return Target(MANAGEMENT_LEVEL, management_group=group).id if len(before) < 2 else None
    if function == "subscriptionresourceid" or (kind.lower() == _GROUPS and len(before) < 2):
        return Target(SUBSCRIPTION_LEVEL, before[0] if before else target.subscription).id if len(before) < 2 else None
    if len(before) > 2:
        return None
    if not before:
        return target.id
    subscription = before[0] if len(before) == 2 else target.subscription
    return Target(GROUP_LEVEL, subscription, before[-1]).id
