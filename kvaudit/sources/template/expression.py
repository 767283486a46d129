"""Texts of a template as expressions: which of them are, and their trees."""

from __future__ import annotations

import re
from functools import lru_cache

from kvaudit.sources.template.tree import Call, Index, Literal, Node, Property

LONGEST = 24_576  # characters of an expression: Azure's limit
_STRING = re.compile(r"'([^']*(?:''[^']*)*)'")
_MOST_MADE = 16384  # trees of one shape that are kept
_DEEPEST = 100  # functions in functions, members of members


class ExpressionError(Exception):
    """An expression that cannot be read; the words say where in it."""


def is_expression(text: str) -> bool:
    """Whether a text is to be evaluated: it begins with a bracket that is not doubled."""
    return text[:1] == "[" and text[:2] != "[["


def literal(text: str) -> str:
    """The text that a text stands for which is no expression: a doubled bracket is one bracket."""
    return text[1:] if text[:2] == "[[" else text


@lru_cache(maxsize=16384)
def parse(text: str) -> Node:
    """The tree of an expression in its brackets. Raises ExpressionError with the column in the text.

    Templates say the same over and over with other texts in it, so that a tree is grown once for all texts and these
    are put into it. Branches that are the same are one object, in whatever expression they stand.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text):,} characters, and Azure allows {LONGEST:,}")
    if text[-1:] != "]":
        raise ExpressionError(f"an expression that is not closed: no ] at its end, in {shortened(text)}")
    pieces = _STRING.split(text)
    shape = _shape("''".join(pieces[::2])) if len(pieces) > 1 else None
    if shape is not None:
        texts = pieces[1::2]
        return shape.filled(tuple([each.replace("''", "'") for each in texts] if "''" in text else texts))
    return _grown(text)


class _Shape:
    """A tree whose texts were left out, and the trees that were made of it by putting texts in."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._below = [_shape_of(each) for each in _below(node)]
        self.size: int = sum(each.size for each in self._below) if self._below else int(node == Literal(""))
        self._made: dict[tuple[str, ...], Node] = {}

    def filled(self, texts: tuple[str, ...]) -> Node:
        """The tree with these texts, in the order in which they are written."""
        made = self._made.get(texts)
        if made is None:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            made = self._made[texts] = self._fill(texts)
        return made

    def _fill(self, texts: tuple[str, ...]) -> Node:
        below: list[Node] = []
        at = 0
        for each in self._below:
            end = at + each.size
            if end == at:
                below.append(each.node)
            elif type(each.node) is Literal:
                below.append(Literal(texts[at]))
            else:
                below.append(each.filled(texts[at:end]))
            at = end
        match self.node:
            case Call(name):
                return Call(name, tuple(below))
            case Property(_, name):
                return Property(below[0], name)
            case Index():
                return Index(below[0], below[1])
            case _:
                return Literal(texts[0])


@lru_cache(maxsize=4096)
def _shape(text: str) -> _Shape | None:
    """The tree of an expression whose texts were left out; None where it cannot be read."""
    try:
        return _shape_of(_grown(text))
    except ExpressionError:
        return None


_shape_of = lru_cache(maxsize=16384)(_Shape)
"""The one shape of a tree."""


def _grown(text: str) -> Node:
    from kvaudit.sources.template.grammar import read  # noqa: PLC0415 - its parser generator costs start-up time

    found = read(text[1:-1])
    if isinstance(found, tuple):
        reason, column = found
        raise ExpressionError(
            f"an expression that cannot be read: {reason} at column {column + 1} of {shortened(text)}"
        )
    if _is_too_deep(found):
        raise ExpressionError(f"an expression nested more than {_DEEPEST} deep: {shortened(text)}")
    return found


def _is_too_deep(node: Node) -> bool:
    level = [node]
    for _ in range(_DEEPEST):
        level = [below for each in level for below in _below(each)]
    return bool(level)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Call():
            return node.arguments
        case Property():
            return (node.target,)
        case Index():
            return node.target, node.key
        case _:
            return ()


def shortened(text: str) -> str:
    """A text that fits into a sentence."""
    return text if len(text) <= 120 else f"{text[:117]}..."
