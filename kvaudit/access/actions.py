"""Azure action patterns, matched alone and compiled to permission sets. Source: semantics 1.3."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kvaudit.model.permission import CATALOGUE, PermissionSet


def matches(pattern: str, action: str) -> bool:
    """Whether an action pattern covers an action: any case, blanks at its ends aside.

    `*` stands for any text, slashes included, and `/*/` also for a single slash: Azure's own roles count on it
    (Managed Identity Operator gives nothing otherwise).
    """
    return _covers(_normal(pattern), _normal(action))


def compile_set(include: Iterable[str], exclude: Iterable[str], *, data: bool) -> PermissionSet:
    """What patterns give of the catalogue, less what others exclude, among data actions or among actions."""
    held = 0
    for pattern in include:
        held |= _mask(pattern, data)
    if held:
        for pattern in exclude:
            held &= ~_mask(pattern, data)
    return held


def _normal(text: str) -> str:
    return text.strip().lower()


def _plane(*, data: bool) -> dict[str, PermissionSet]:
    """The actions of one plane, with the permissions each gives; every permission of the catalogue has one action."""
    plane: dict[str, PermissionSet] = {}
    for permission in CATALOGUE:
        if permission.data_action is data:
            for action in map(_normal, permission.actions):
                plane[action] = plane.get(action, 0) | 1 << permission.index
    return plane


_PLANES = {data: _plane(data=data) for data in (True, False)}
_NAMESPACES = {data: frozenset(action.split("/", 1)[0] for action in plane) for data, plane in _PLANES.items()}


@lru_cache(maxsize=65536)
def _mask(pattern: str, data: bool) -> PermissionSet:  # noqa: FBT001 - a key of the cache
    """The permissions of one plane that a pattern covers."""
    plane = _PLANES[data]
    wanted = _normal(pattern)
    if "*" not in wanted:
        return plane.get(wanted, 0)
    namespace, slash, _ = wanted.partition("/")
    if slash and "*" not in namespace and namespace not in _NAMESPACES[data]:
        return 0  # most patterns of most roles: nothing of that provider is in the catalogue
    held = 0
    for action, permissions in plane.items():
        if _covers(wanted, action):
            held |= permissions
    return held


def _covers(pattern: str, action: str) -> bool:
    """Match the literal pieces of a pattern one after another, each as early as it fits.

    Unlike a regular expression this takes linear time whatever a hostile role definition holds.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == action
    *middle, last = rest
    if not (action.startswith(first) and action.endswith(last)):
        return False
    at, before, shared = len(first), first, False
    for piece in middle:
        shared = _may_share_slash(before, piece, shared)
        at = action.find(piece, at - shared)
        if at < 0:
            return False
        at, before = at + len(piece), piece
    return at - _may_share_slash(before, last, shared) + len(last) <= len(action)


def _may_share_slash(before: str, after: str, shared: bool) -> bool:  # noqa: FBT001 - a state handed on
    """Whether a `*` between two pieces stands in `/*/`, of which both slashes may be the same one.

    A piece that is a lone slash and already shares it with the piece before has none to share again.
    """
    return before.endswith("/") and after.startswith("/") and not (shared and before == "/")
