"""Texts of a template as expressions: which of them are, and their trees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from kvaudit.sources.template.tree import Call, Index, Literal, Node, Property

LONGEST = 24_576  # characters of an expression: Azure's limit
_STRING = re.compile(r"'(?:[^']|'')*'", re.DOTALL)
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
    are put into it.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text):,} characters, and Azure allows {LONGEST:,}")
    if text[-1:] != "]":
        raise ExpressionError(f"an expression that is not closed: no ] at its end, in {shortened(text)}")
    texts = _STRING.findall(text)
    shape = _shape(_STRING.sub("''", text)) if texts else None
    if shape is not None:
        return _filled(shape, (each[1:-1].replace("''", "'") for each in texts))
    return _grown(text)


@lru_cache(maxsize=4096)
def _shape(text: str) -> Node | None:
    """The tree of an expression whose texts were left out; None where it cannot be read."""
    try:
        return _grown(text)
    except ExpressionError:
        return None


def _filled(node: Node, texts: Iterator[str]) -> Node:
    """The same tree with these texts, in the order in which they are written."""
    match node:
        case Call():
            return Call(node.name, tuple([_filled(each, texts) for each in node.arguments]))
        case Property():
            return Property(_filled(node.target, texts), node.name)
        case Index():
            target = _filled(node.target, texts)
            return Index(target, _filled(node.key, texts))
        case _:
            return Literal(next(texts)) if node.value == "" else node


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
