"""YAML as plain data: what values become, where they stand, and what is refused."""

from __future__ import annotations

import pytest

from kvaudit.errors import InputError
from kvaudit.sources import yaml_text
from kvaudit.sources.yaml_text import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: ~\nb: null\nc:\n", {"a": None, "b": None, "c": None}),
        ("[true, false, NO, yes, on]", [True, False, "NO", "yes", "on"]),
        ("[1, -2, 0, 0123, 1234567890123456, 1.5, 0x1f]", [1, -2, 0, "0123", "1234567890123456", "1.5", "0x1f"]),
        ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("['1', \"true\", !!str 5]", ["1", "true", "5"]),
        ("1: x\ntrue: y\n", {"1": "x", "true": "y"}),
        ("a: &x [1, 2]\nb: *x\n", {"a": [1, 2], "b": [1, 2]}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("# only a comment\n", None),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse_yaml(text, "f").value == value


def test_positions_count_characters_from_one() -> None:
    document = parse_yaml("é: x\nlist:\n  - name: ä, b\n    'a/b~c': 2\n  - &n x\nagain: *n\n", "f")
    assert document.position("/é") == (1, 4)
    assert document.key_position("/é") == (1, 1)
    assert document.position("/list/0") == (3, 5)
    assert document.position("/list/0/name") == (3, 11)
    assert document.key_position("/list/0/a~1b~0c") == (4, 5)
    assert document.key_position("/list/1") == (5, 5)
    assert document.position("/again") == (6, 8)


def test_position_of_what_is_missing_is_that_of_its_nearest_ancestor() -> None:
    document = parse_yaml("a:\n  b: 1\n", "f")
    assert document.position("/a/c/d") == document.position("/a") == (2, 3)
    assert document.key_position("/a/c") == (2, 3)
    assert parse_yaml("", "f").position("/a") == (1, 1)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3:1", "duplicate key 'a', first on line 1"),
        ("x:\n  - {a: 1, a: 2}\n", "f:2:12", "duplicate key"),
        ("a: b: c", "f:1:5", "broken YAML"),
        ("base: &b {a: 1}\nx:\n  <<: *b\n", "f:3:3", "merge keys"),
        ("a: !!python/object/apply:os.system [id]", "f:1:4", "tags are not read"),
        ("? [a]\n: b", "f:1:3", "a key must be"),
        ("a: *missing", "f:1:4", "no finished anchor"),
        ("a: &a [*a]", "f:1:8", "no finished anchor"),
        ("---\na\n---\nb\n", "f:3:1", "more than one YAML document"),
        ("[" * 100_000, "f:1:1", "nested deeper than 100"),
        ("\n".join(" " * depth + "-" for depth in range(300)), "f:1", "nested deeper than 100"),
        ("a\n: \x01", "f", "broken YAML"),
    ],
)
def test_refused(text: str, where: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        parse_yaml(text, "f")
    assert error.value.where.startswith(where)


def test_quoted_merge_key_is_an_ordinary_key() -> None:
    assert parse_yaml("'<<': 1", "f").value == {"<<": 1}


def test_aliases_that_explode_are_refused_before_they_are_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(InputError, match="aliases expand to more than"):
        parse_yaml("\n".join(lines), "f")


def test_without_the_compiled_parser_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, true, NO]\nb: {c: *x, d: '1'}\n"
    compiled = parse_yaml(text, "f")
    monkeypatch.setattr(yaml_text, "_LOADER", yaml_text.yaml.SafeLoader)
    pure = parse_yaml(text, "f")
    assert pure.value == compiled.value
    assert pure.position("/b/d") == compiled.position("/b/d")
    with pytest.raises(InputError, match="duplicate key"):
        parse_yaml("a: 1\na: 2\n", "f")
