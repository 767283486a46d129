"""The grammar of template expressions. Source: Azure's "Syntax and expressions in ARM templates".

This module imports the parser generator, so it is imported only where there is an expression to read.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kvaudit.sources.template.tree import Call, Index, Literal, Node, Property

_GRAMMAR = r"""
?expression: call | text | number
           | expression "." NAME -> member
           | expression "[" expression "]" -> index
call: function "(" [expression ("," expression)*] ")"
function: NAME | NAME "." NAME
text: STRING
number: NUMBER

NAME: /[A-Za-z_][A-Za-z0-9_$]*/
STRING: /'([^']|'')*'/s
NUMBER: /-?[0-9]{1,19}\b/
%ignore /\s+/
"""


class _Builder(Transformer[Token, Node]):
    """Makes the tree while the text is read."""

    def call(self, children: list[str | Node | None]) -> Node:
        name, *arguments = children
        return Call(str(name), tuple(cast("Node", each) for each in arguments if each is not None))

    def function(self, children: list[Token]) -> str:
        return ".".join(children)

    def member(self, children: list[Node | Token]) -> Node:
        return Property(cast("Node", children[0]), str(children[1]))

    def index(self, children: list[Node]) -> Node:
        return Index(children[0], children[1])

    def text(self, children: list[Token]) -> Node:
        return Literal(str(children[0])[1:-1].replace("''", "'"))

    def number(self, children: list[Token]) -> Node:
        return Literal(int(children[0]))


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="expression", parser="lalr", transformer=_Builder())


def read(text: str) -> Node | tuple[str, int]:
    """The tree of an expression without its brackets; or why it cannot be read, and the column, from 1, in it."""
    try:
        return cast("Node", _parser().parse(text))
    except UnexpectedToken as error:
        if error.token.type == "$END":
            return "it ends too early", len(text) + 1
        return f"unexpected {str(error.token)[:40]!r}", cast("int", error.token.start_pos) + 1
    except UnexpectedCharacters as error:
        return f"unexpected {error.char!r}", cast("int", error.pos_in_stream) + 1
    except UnexpectedInput:
        return "unexpected text", 1
