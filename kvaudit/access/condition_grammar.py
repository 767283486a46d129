"""The grammar of conditions. Source: semantics 1.7: the documented format, and what Azure's own roles hold beside it.

This module imports the parser generator, so it is imported only where there is a condition to read.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kvaudit.access.condition_operators import OPERATORS, QUANTIFIERS
from kvaudit.access.condition_tree import (
    ActionMatches,
    And,
    Attribute,
    Comparison,
    Constants,
    Exists,
    Node,
    Not,
    Or,
    SubOperationMatches,
)

# AND and OR do not mix without parentheses: Azure refuses such a condition, so its meaning is nobody's guess.
_GRAMMAR = r"""
?condition: unary | disjunction | conjunction
disjunction: unary (_OR unary)+
conjunction: unary (_AND unary)+
?unary: _NOT unary -> negation
      | "(" condition ")"
      | _ACTION "{" STRING "}" -> action
      | _SUBOPERATION "{" STRING "}" -> suboperation
      | _EXISTS attribute -> exists
      | _operand OPERATOR _operand -> comparison
_operand: attribute | constants
attribute: ATTRIBUTE
constants: _constant | "{" _constant ("," _constant)* "}"
_constant: STRING | GUID | NUMBER | TRUTH

_AND: /AND\b|&&/i
_OR: /OR\b|\|\|/i
_NOT: /NOT\b|!/i
_ACTION: /ActionMatches\b/i
_SUBOPERATION: /SubOperationMatches\b/i
_EXISTS: /Exists\b/i
ATTRIBUTE: /@(Resource|Request|Principal|Environment)\s*\[[^\]]+\]/i
OPERATOR: /((QUANTIFIERS)\s*:\s*)?(OPERATORS)\b/i
STRING: /'([^'\\]|\\.)*'/s
GUID.2: /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b/i
NUMBER: /[+-]?[0-9]+(\.[0-9]+)?\b/
TRUTH: /(true|false)\b/i
%ignore /\s+/
"""
_PROPER = {name.lower(): name for name in (*OPERATORS, *QUANTIFIERS, "Resource", "Request", "Principal", "Environment")}


class _Builder(Transformer[Token, Node]):
    """Makes the values of the tree while the text is read."""

    def condition(self, children: list[Node]) -> Node:
        return children[0]

    def disjunction(self, children: list[Node]) -> Node:
        return Or(tuple(children))

    def conjunction(self, children: list[Node]) -> Node:
        return And(tuple(children))

    def negation(self, children: list[Node]) -> Node:
        return children[0].operand if isinstance(children[0], Not) else Not(children[0])

    def action(self, children: list[Token]) -> Node:
        return ActionMatches(_unquoted(children[0]))

    def suboperation(self, children: list[Token]) -> Node:
        return SubOperationMatches(_unquoted(children[0]))

    def exists(self, children: list[Attribute]) -> Node:
        return Exists(children[0])

    def comparison(self, children: list[Attribute | Constants | Token]) -> Node:
        left, written, right = children
        quantifier, _, operator = str(written).lower().rpartition(":")
        return Comparison(
            cast("Attribute | Constants", left),
            _PROPER[operator.strip()],
            cast("Attribute | Constants", right),
            _PROPER[quantifier.strip()] if quantifier else "",
        )

    def attribute(self, children: list[Token]) -> Attribute:
        source, _, name = children[0][1:-1].partition("[")
        return Attribute(_PROPER[source.strip().lower()], name.strip())

    def constants(self, children: list[Token]) -> Constants:
        return Constants(tuple(_unquoted(each) if each.type == "STRING" else str(each) for each in children))


def _unquoted(token: Token) -> str:
    return str(token)[1:-1].replace("\\'", "'")


@cache
def _parser() -> Lark:
    longest_first = sorted(OPERATORS, key=len, reverse=True)
    grammar = _GRAMMAR.replace("QUANTIFIERS", "|".join(QUANTIFIERS)).replace("OPERATORS", "|".join(longest_first))
    return Lark(grammar, start="condition", parser="lalr", transformer=_Builder())


def read(text: str) -> Node | str:
    """The tree of a condition, or in words where and why it cannot be read."""
    try:
        return cast("Node", _parser().parse(text))
    except UnexpectedToken as error:
        if error.token.type == "$END":
            return "it ends too early"
        return f"line {error.line}, column {error.column}: unexpected {str(error.token)[:40]!r}"
    except UnexpectedCharacters as error:
        return f"line {error.line}, column {error.column}: unexpected {error.char!r}"
    except UnexpectedInput as error:
        return f"line {error.line}, column {error.column}: unexpected text"
