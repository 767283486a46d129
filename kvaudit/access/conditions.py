"""Conditions on assignments and roles (Azure ABAC), decided as far as the facts go. Source: semantics 1.7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate

from kvaudit.access.actions import matches
from kvaudit.access.condition_operators import OPERATORS, QUANTIFIERS
from kvaudit.access.condition_tree import (
    ActionMatches,
    And,
    Attribute,
    Comparison,
    Constants,
    Exists,
    Key,
    Node,
    Not,
    Or,
    SubOperationMatches,
)
from kvaudit.model.value import Value

_DEEPEST = 100  # parentheses; the longest condition in Azure's own roles has six


class Attributes(Value):
    """What is known of a request. An attribute that is not among the known ones is unknown, not absent."""

    action: str  # Microsoft.KeyVault/vaults/secrets/getSecret/action
    known: Mapping[Key, str | tuple[str, ...]] = {}


class Truth(Value):
    """True, False, or None with the names of what would decide."""

    value: bool | None
    unknown: frozenset[str] = frozenset()


_TRUE, _FALSE = Truth(True), Truth(False)


class Condition(Value):
    """A condition that was read, or could not be: then `error` says where and why."""

    text: str
    tree: Node | None = None
    error: str | None = None


@lru_cache(maxsize=16384)
def parse(text: str) -> Condition:
    """Read a condition. It is never refused: one that cannot be read has an error, and is undecided for ever."""
    deepest = max(accumulate((sign == "(") - (sign == ")") for sign in text), default=0)
    if deepest > _DEEPEST:
        return Condition(text, error=f"parentheses nested {deepest} deep")
    from kvaudit.access.condition_grammar import read  # noqa: PLC0415 - its parser generator costs start-up time

    found = read(text)
    return Condition(text, error=found) if isinstance(found, str) else Condition(text, tree=found)


def evaluate(condition: Condition, request: Attributes) -> Truth:
    """Whether a condition holds for a request, by Kleene's logic over what is known of it."""
    if condition.tree is None:
        return Truth(None, frozenset((f"a condition that cannot be read: {condition.error}",)))
    return _truth(condition.tree, request)


def decide(texts: Iterable[str], request: Attributes) -> Truth:
    """Whether all of these conditions hold for a request; none at all do, and a blank one is none."""
    return _all(evaluate(parse(text), request) for text in texts if text.strip())


def _truth(node: Node, request: Attributes) -> Truth:
    match node:
        case And():
            return _all(_truth(each, request) for each in node.operands)
        case Or():
            return _not(_all(_not(_truth(each, request)) for each in node.operands))
        case Not():
            return _not(_truth(node.operand, request))
        case ActionMatches():
            return _TRUE if matches(node.pattern, request.action) else _FALSE
        case SubOperationMatches():
            return Truth(None, frozenset((str(node),)))  # Azure documents none for the actions of the catalogue
        case Exists():
            return _TRUE if node.attribute.key in request.known else _unknown(node.attribute)
        case Comparison():
            return _compare(node, request)


def _compare(comparison: Comparison, request: Attributes) -> Truth:
    left, right = _values(comparison.left, request), _values(comparison.right, request)
    if left is None or right is None:
        sides = ((comparison.left, left), (comparison.right, right))
        return _unknown(*(side for side, values in sides if values is None))
    judge = OPERATORS[comparison.operator]
    if comparison.quantifier:
        over_left, over_right = QUANTIFIERS[comparison.quantifier]
        value = over_left([over_right([judge(one, other) for other in right]) for one in left])
    elif len(left) == len(right) == 1:
        value = judge(left[0], right[0])
    else:
        value = None  # several values need a cross-product prefix; without one it is not said which must agree
    return Truth(None, frozenset((str(comparison),))) if value is None else Truth(value)


def _values(operand: Attribute | Constants, request: Attributes) -> tuple[str, ...] | None:
    if isinstance(operand, Constants):
        return operand.values
    known = request.known.get(operand.key)
    return (known,) if isinstance(known, str) else known


def _unknown(*operands: Attribute | Constants) -> Truth:
    return Truth(None, frozenset(map(str, operands)))


def _not(truth: Truth) -> Truth:
    return truth if truth.value is None else Truth(not truth.value)


def _all(truths: Iterable[Truth]) -> Truth:
    unknown: frozenset[str] = frozenset()
    value: bool | None = True
    for truth in truths:
        if truth.value is False:
            return _FALSE
        if truth.value is None:
            value = None
            unknown |= truth.unknown
    return Truth(value, unknown)
