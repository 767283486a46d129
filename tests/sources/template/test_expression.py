"""The grammar of expressions: what is one, what it is made of, and what it says of one it cannot read."""

from __future__ import annotations

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.sources.template.expression import ExpressionError, is_expression, literal, parse
from kvaudit.sources.template.tree import Call, Index, Literal, Property, source


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[a()]", True), ("[", True), ("a()", False), ("[[a]", False), ("", False), (" [a()]", False)],
)
def test_what_is_an_expression(text, expected):
    assert is_expression(text) is expected


def test_a_doubled_bracket_is_one_of_the_text():
    assert literal("[[parameters('x')]") == "[parameters('x')]"
    assert literal("plain") == "plain"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("['it''s']", Literal("it's")),
        ("[-12]", Literal(-12)),
        ("[null()]", Call("null")),
        ("[ f( 'a' ,\n 1 ) ]", Call("f", (Literal("a"), Literal(1)))),
        ("[contoso.f('a')]", Call("contoso.f", (Literal("a"),))),
        ("[f().a['b'][0]]", Index(Index(Property(Call("f"), "a"), Literal("b")), Literal(0))),
    ],
)
def test_trees(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[concat('a'", "not closed: no ] at its end"),
        ("[concat('a']", "it ends too early at column 12"),
        ("[concat('a)]", 'unexpected "\'" at column 9'),
        ("[]", "it ends too early"),
        ("[a]", "it ends too early"),
        ("[a(,)]", "unexpected ',' at column 4"),
        ("[a() b]", "unexpected 'b' at column 6"),
        ("[1 + 2]", "unexpected '+' at column 4"),
        ("[" + "9" * 5000 + "]", "unexpected '9'"),
        ("[" + "f(" * 200 + ")" * 200 + "]", "nested more than 100 deep"),
        ("[f()" + ".a" * 5000 + "]", "nested more than 100 deep"),
        ("[concat('" + "a" * 30_000 + "')]", "Azure allows 24,576"),
    ],
)
def test_what_cannot_be_read_says_where(text, words):
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert words in str(error.value)
    assert len(str(error.value)) < 250


@given(st.text(alphabet=string.printable + "\u2028é['\x00", max_size=60))
def test_the_parser_raises_nothing_but_its_own_error(text):
    with suppress(ExpressionError):
        parse(f"[{text}]")


@given(st.text(max_size=40) | st.integers(-(10**18), 10**18))
def test_literals_come_back(value):
    assert parse(f"[{source(Literal(value))}]") == Literal(value)


_NAMES = st.from_regex(r"[a-z][a-zA-Z0-9]{0,6}", fullmatch=True)
_TREES = st.recursive(
    st.builds(Literal, st.text(max_size=8) | st.integers(-99, 99)),
    lambda below: (
        st.builds(Call, _NAMES, st.lists(below, max_size=3).map(tuple))
        | st.builds(Property, st.builds(Call, _NAMES, st.tuples(below)), _NAMES)
        | st.builds(Index, st.builds(Call, _NAMES), below)
    ),
    max_leaves=12,
)


@given(_TREES)
def test_trees_come_back(tree):
    assert parse(f"[{source(tree)}]") == tree
