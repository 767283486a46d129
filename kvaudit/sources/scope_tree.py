"""Scopes by their segments, so that those below another are found without a look at all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kvaudit.model.scope import is_symbolic


class _Node:
    """A segment, with what is below it."""

    def __init__(self) -> None:
        self.scope = ""  # the one that ends here
        self.below: dict[str, _Node] = {}
        self.symbolic: dict[str, _Node] = {}  # those of them whose segment is not known

    def fitting(self, segment: str) -> Iterable[_Node]:
        """What is below by a segment, where what is not known of either may be what the other has."""
        if is_symbolic(segment):
            return self.below.values()
        known = self.below.get(segment)
        return self.symbolic.values() if known is None else (*self.symbolic.values(), known)


class ScopeTree:
    """Scopes, by their keys."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self._root = _Node()
        for scope in scopes:
            node = self._root
            for segment in scope.split("/"):
                if segment not in node.below:
                    node.below[segment] = _Node()
                    if is_symbolic(segment):
                        node.symbolic[segment] = node.below[segment]
                node = node.below[segment]
            node.scope = scope

    def perhaps_below(self, scope: str) -> Iterator[str]:
        """The scopes that are or may be another, or below it."""
        nodes = [self._root]
        for segment in scope.split("/"):
            nodes = [below for node in nodes for below in node.fitting(segment)]
        while nodes:
            node = nodes.pop()
            if node.scope:
                yield node.scope
            nodes += node.below.values()
