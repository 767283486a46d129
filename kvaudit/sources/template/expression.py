"""Texts of a template as expressions: which of them are, and their trees."""

from __future__ import annotations

from functools import lru_cache

from kvaudit.sources.template.tree import Call, Index, Node, Property

LONGEST = 24_576  # characters of an expression: Azure's limit
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
    """The tree of an expression in its brackets. Raises ExpressionError with the column in the text."""
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text):,} characters, and Azure allows {LONGEST:,}")
    if text[-1:] != "]":
        raise ExpressionError(f"an expression that is not closed: no ] at its end, in {shortened(text)}")
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
