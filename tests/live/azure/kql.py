"""The part of the Kusto query language that is asked of Resource Graph: a table, filters, columns.

Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language. What is not known here is
an error, as a misspelt query is there.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

Row = dict[str, Any]
Value = Callable[[Row], Any]

GRAMMAR = r"""
start: NAME ("|" step)*
?step: "where" either                          -> where
     | "extend" column ("," column)*           -> extend
     | "project" column ("," column)*          -> project
     | ("order" | "sort") "by" key ("," key)*  -> order
     | ("take" | "limit") INT                  -> take
column: NAME ["=" value]
key: value [DIRECTION]
?either: both ("or" both)*
?both: test ("and" test)*
?test: "not" "(" either ")" -> negation
     | "(" either ")"
     | value
     | value OPERATOR value -> compared
     | value AMONG "(" value ("," value)* ")" -> among
?value: STRING -> text
      | INT -> number
      | "true" -> yes
      | "false" -> no
      | NAME "(" [value ("," value)*] ")" -> call
      | NAME ("." NAME | "[" STRING "]")* -> path
DIRECTION.3: /(asc|desc)\b/
OPERATOR.2: /==|!=|=~|!~|!?(contains|startswith|endswith|has)\b/
AMONG.2: /!?(in~|in|has_any|has_all)(?=\s*\()/
NAME: /[A-Za-z_$][A-Za-z0-9_]*/
STRING: /'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/
%import common.INT
%import common.WS
%ignore WS
%ignore /\/\/[^\n]*/
"""


class Query(msgspec.Struct):
    """The steps act in the order they were written; `columns` is None where nothing is projected.

    `ids` are those of a filter `id in~ (…)`. The first `general` steps ask for nothing that has a digit in it: for
    kinds of things, and for no thing by its id.
    """

    table: str
    steps: list[tuple[str, Any]]
    columns: list[tuple[str, Value]] | None
    limit: int | None
    ids: list[str] | None
    general: int = 0

    def row(self, row: Row, steps: int | None = None) -> Row | None:
        """A row with what (the first so many) steps add to it, None where it is filtered out."""
        for kind, what in self.steps[:steps]:
            if kind == "extend":
                row = row | {name: value(row) for name, value in what}
            elif kind == "where" and not what(row):
                return None
        return row

    def projected(self, row: Row) -> Row:
        return row if self.columns is None else {name: value(row) for name, value in self.columns}


class UnknownQueryError(ValueError):
    """A query that cannot be read here."""


@functools.lru_cache(maxsize=256)
def parsed(text: str) -> Query:
    """Raises UnknownQueryError."""
    try:
        query = _READER.parse(text)
    except (UnexpectedInput, VisitError) as error:
        raise UnknownQueryError(str(error)) from error
    plain = [not re.search(r"\d", step) for step in _STEP.findall(text)[1:]]
    query.general = [*plain, False].index(False)
    return query


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "tolower": lambda value: _text(value).lower(),
    "toupper": lambda value: _text(value).upper(),
    "tostring": _text,
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
    "isempty": lambda value: value in {None, ""} if not isinstance(value, dict | list) else False,
    "isnotempty": lambda value: value not in {None, ""} if not isinstance(value, dict | list) else True,
    "strcat": lambda *values: "".join(map(_text, values)),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "array_length": lambda value: len(value) if isinstance(value, list) else None,
}


def _term(words: list[str]) -> re.Pattern[str]:
    """Terms are runs of letters and digits; they are looked for as a whole, in any case."""
    each = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{each})(?![A-Za-z0-9])", re.IGNORECASE)


def _constant(value: Value) -> Any:
    return value({})


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "=~": lambda left, right: _text(left).lower() == _text(right).lower(),
    "contains": lambda left, right: _text(right).lower() in _text(left).lower(),
    "startswith": lambda left, right: _text(left).lower().startswith(_text(right).lower()),
    "endswith": lambda left, right: _text(left).lower().endswith(_text(right).lower()),
    "has": lambda left, right: bool(_term([_text(right)]).search(_text(left))),
}
OPPOSITES = {"!=": "==", "!~": "=~"}


@v_args(inline=True)
class _Reader(Transformer[Token, Query]):
    def start(self, table: Token, *steps: tuple[str, Any]) -> Query:
        columns = next((what for kind, what in steps if kind == "project"), None)
        limit = next((what for kind, what in steps if kind == "take"), None)
        ids = next((what.ids for kind, what in steps if kind == "where" and hasattr(what, "ids")), None)
        return Query(str(table).lower(), list(steps), columns, limit, ids)

    def where(self, test: Value) -> tuple[str, Value]:
        return "where", test

    def extend(self, *columns: tuple[str, Value]) -> tuple[str, Any]:
        return "extend", columns

    def project(self, *columns: tuple[str, Value]) -> tuple[str, Any]:
        return "project", list(columns)

    def order(self, *_keys: Any) -> tuple[str, None]:
        return "order", None

    def take(self, number: Token) -> tuple[str, int]:
        return "take", int(number)

    def column(self, name: Token, value: Value | None = None) -> tuple[str, Value]:
        return str(name), value or (lambda row, key=str(name): row.get(key))

    def key(self, *_parts: Any) -> None:
        return None

    def either(self, *tests: Value) -> Value:
        return lambda row: any(test(row) for test in tests)

    def both(self, *tests: Value) -> Value:
        return lambda row: all(test(row) for test in tests)

    def negation(self, test: Value) -> Value:
        return lambda row: not test(row)

    def compared(self, left: Value, operator: Token, right: Value) -> Value:
        word = str(operator)
        negative = word.startswith("!")
        act = OPERATORS[OPPOSITES.get(word, word.removeprefix("!"))]
        return lambda row: act(left(row), right(row)) is not negative

    def among(self, left: Value, operator: Token, *values: Value) -> Value:
        word = str(operator)
        negative = word.startswith("!")
        words = [_text(_constant(value)) for value in values]
        if word.removeprefix("!") == "has_any":
            term = _term(words)
            return lambda row: bool(term.search(_text(left(row)))) is not negative
        if word.removeprefix("!") == "has_all":
            terms = [_term([each]) for each in words]
            return lambda row: all(term.search(_text(left(row))) for term in terms) is not negative
        exact = word.removeprefix("!") == "in"
        lookup = frozenset(words if exact else map(str.lower, words))

        def test(row: Row) -> bool:
            value = _text(left(row))
            return ((value if exact else value.lower()) in lookup) is not negative

        if not negative and getattr(left, "names", None) == ["id"]:
            test.ids = words
        return test

    def text(self, token: Token) -> Value:
        value = _unquoted(token)
        return lambda _row: value

    def number(self, token: Token) -> Value:
        value = int(token)
        return lambda _row: value

    def yes(self) -> Value:
        return lambda _row: True

    def no(self) -> Value:
        return lambda _row: False

    def call(self, name: Token, *values: Value | None) -> Value:
        if name not in FUNCTIONS:
            raise UnknownQueryError(f"unknown function {name}")
        act = FUNCTIONS[name]
        given = [value for value in values if value is not None]
        return lambda row: act(*(value(row) for value in given))

    def path(self, *steps: Token) -> Value:
        names = [_unquoted(step) if step.type == "STRING" else str(step) for step in steps]

        def found(row: Row) -> Any:
            value: Any = row
            for name in names:
                value = value.get(name) if isinstance(value, dict) else None
            return value

        found.names = names
        return found


def _unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


_STEP = re.compile(r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^|'"])+""")
_READER = Lark(GRAMMAR, parser="lalr", transformer=_Reader(), maybe_placeholders=True)
