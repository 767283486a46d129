from __future__ import annotations

import pytest

from kvaudit.errors import RuleError
from kvaudit.rules.base import fill, names_in
from kvaudit.rules.document import YamlFile, did_you_mean, open_yaml
from kvaudit.rules.shape import Either, Entry, Flag, Listing, Record, Table, Text, Whole, Word


def read(shape, text):
    file = YamlFile("it.yaml", text, RuleError)
    return shape.read(file, "", file.value)


WORD = Word({"one": 1, "two": 2}, "number")
RECORD = Record({"a": Entry(Text(), "A text.", required=True), "b": Entry(Flag(), "A flag.", default=False)})
EITHER = Either(((lambda value: isinstance(value, bool), Flag()), (lambda value: isinstance(value, str), Text())), "it")


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        (Text(), "' words '", "words"),
        (Text(r"\d+", "digits"), "'12'", "12"),
        (Flag(), "true", True),
        (Whole(1), "3", 3),
        (WORD, "two", 2),
        (Listing(Whole()), "[1, 2]", (1, 2)),
        (Table(Flag()), "{x: true, y: false}", {"x": True, "y": False}),
        (RECORD, "a: x", {"a": "x", "b": False}),
        (EITHER, "true", True),
        (EITHER, "NO", "NO"),
    ],
)
def test_what_fits_is_read(shape, text, value):
    assert read(shape, text) == value


@pytest.mark.parametrize(
    ("shape", "text", "message"),
    [
        (Text(), "", "1:1: expected text, not nothing"),
        (Text(), "''", "1:1: expected text, not empty text"),
        (Text(), "12", "1:1: expected text, not 12"),
        (Text(r"\d+", "digits"), "x", "1:1: expected digits, not 'x'"),
        (Flag(), "yes", "1:1: expected true or false, not 'yes'"),
        (Whole(1), "0", "1:1: expected 1 or more, not 0"),
        (Whole(), "true", "1:1: expected a whole number, not true"),
        (WORD, "tow", "1:1: unknown number 'tow'; did you mean 'two'?"),
        (WORD, "four", "1:1: unknown number 'four'; there are one, two"),
        (Listing(Whole()), "- 1\n- x", "2:3: expected a whole number, not 'x'"),
        (Listing(Whole()), "1", "1:1: expected a list, not 1"),
        (Table(Flag(), r"[a-z]+", "name"), "a: true\nB: true", "2:1: 'B' is no name"),
        (Table(Flag()), "[]", "1:1: expected names with values, not a list"),
        (RECORD, "b: true", "1:1: 'a' is missing"),
        (RECORD, "a: x\nc: 1", "2:1: unknown key 'c'; there are a, b"),
        (EITHER, "3", "1:1: expected it, not 3"),
    ],
)
def test_what_does_not_fit_is_named(shape, text, message):
    with pytest.raises(RuleError) as caught:
        read(shape, text)
    assert str(caught.value) == f"it.yaml:{message}"


def test_numbers_in_place_of_text_get_a_hint():
    with pytest.raises(RuleError) as caught:
        read(Text(), "12")
    assert caught.value.hint == "Put it in quotes."


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RuleError) as caught:
        open_yaml(tmp_path / "rule.yaml", RuleError)
    assert str(caught.value).startswith(f"{tmp_path}/rule.yaml: cannot be read")


def test_no_guess_is_made_where_nothing_is_near():
    assert did_you_mean("zebra", [f"field{number}" for number in range(20)]) == ""


def test_only_names_in_braces_are_filled_in():
    template = 'set {vault.id} to {"a": 1}, [{x: {option.days}}]'
    assert names_in(template) == ("vault.id", "option.days")
    assert (
        fill(template, {"vault.id": "{option.days}", "option.days": "3"}) == 'set {option.days} to {"a": 1}, [{x: 3}]'
    )


def test_a_name_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        fill("{vault}", {})
