from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import RuleError
from kvaudit.model.permission import pack
from kvaudit.rules.document import YamlFile
from kvaudit.rules.fields import ABSENT, Field, Kind, Type, table
from kvaudit.rules.matcher import MatchShape, compile_match, explain_doubt
from kvaudit.rules.operators import GROUPS

TRUTHS = (True, False, None)


def _field(name, kind, words=()):
    return Field(name, kind, "A field.", lambda _access: lambda subject: subject.get(name), "vaults", words)


KIND = Kind(
    "vault",
    lambda _access: (),
    lambda _access, _subject, _need: "it",
    table(
        _field("flag", Type.FLAG),
        _field("number", Type.NUMBER),
        _field("text", Type.TEXT),
        _field("word", Type.WORD, ("Red", "Blue")),
        _field("items", Type.LIST),
        _field("held", Type.PERMISSIONS),
    ),
)
OPTIONS = {"days": 30, "names": ("a", "b")}


def matches(text, subject, settings=OPTIONS):
    file = YamlFile("rule.yaml", text, RuleError)
    match = MatchShape(KIND, OPTIONS).read(file, "", file.value)
    return compile_match(match, None, settings)(subject)


def doubts(text, subject):
    file = YamlFile("rule.yaml", text, RuleError)
    match = MatchShape(KIND, OPTIONS).read(file, "", file.value)
    return [field.name for field in explain_doubt(match, None, OPTIONS)(subject)]


def wrong(text):
    with pytest.raises(RuleError) as caught:
        matches(text, {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("flag: true", True, False),
        ("flag|not: true", False, True),
        ("number: 3", 3, 4),
        ("number|not: 3", 4, 3),
        ("number|any: [1, 3]", 3, 2),
        ("number|min: 3", 3, 2),
        ("number|max: 3", 3, 4),
        ("number|above: 3", 4, 3),
        ("number|below: 3", 2, 3),
        ("number|below: {option: days}", 29, 30),
        ("number|exists: true", 0, ABSENT),
        ("number|below: 3", 2, ABSENT),
        ("text: Alpha", "ALPHA", "beta"),
        ("text|not: alpha", "beta", "Alpha"),
        ("text|any: [alpha, beta]", "Beta", "gamma"),
        ("text|any: {option: names}", "A", "c"),
        ("text|glob: al*", "ALPHA", "beta"),
        ("text|exists: true", "x", ABSENT),
        ("text|exists: false", ABSENT, "x"),
        ("text: alpha", "alpha", ABSENT),
        ("text|not: alpha", ABSENT, "alpha"),
        ("word: Red", "Red", "Blue"),
        ("word|not: Red", "Blue", "Red"),
        ("word|any: [Red]", "Red", "Blue"),
        ("items|has: A", ("a",), ("b",)),
        ("items|glob: a*", ("b", "ab"), ("b",)),
        ("items|exists: true", ("a",), ()),
        ("held|has: [secrets/get, secrets/list]", pack(["secrets/get", "secrets/list"]), pack(["secrets/get"])),
        ("held|has-any: secrets/*", pack(["secrets/get"]), pack(["keys/get"])),
        ("held|within: secrets", pack(["secrets/get"]), pack(["secrets/get", "keys/get"])),
    ],
)
def test_each_operator(text, yes, no):
    name = text.partition(":")[0].partition("|")[0]
    assert matches(text, {name: yes}) is True
    assert matches(text, {name: no}) is False
    assert matches(text, {name: None}) is None


def test_an_option_counts_as_configured():
    assert matches("number|below: {option: days}", {"number": 29}, {"days": 7}) is False


def test_all_keys_of_a_mapping_must_hold():
    both = "flag: true\nnumber: 1"
    assert matches(both, {"flag": True, "number": 1}) is True
    assert matches(both, {"flag": None, "number": 2}) is False
    assert matches(both, {"flag": None, "number": 1}) is None


def test_groups_nest():
    text = "any:\n  - flag: true\n  - none:\n      - number: 1\n        text: x\n"
    assert matches(text, {"flag": False, "number": 2}) is True
    assert matches(text, {"flag": False, "number": 1, "text": "x"}) is False
    assert matches(text, {"flag": None, "number": 1, "text": "x"}) is None


def test_doubt_names_only_what_keeps_the_match_open():
    text = "flag: true\nany:\n  - number: 1\n  - text: x\n"
    assert doubts(text, {"flag": None, "number": 1}) == ["flag"]
    assert doubts(text, {"flag": True, "number": 2}) == ["text"]
    assert doubts(text, {}) == ["flag", "number", "text"]


def _kleene(combiner, truths):
    """By definition: the outcome is known if every way of filling in what is unknown gives the same."""
    fills = [[]]
    for truth in truths:
        fills = [[*fill, each] for fill in fills for each in ((True, False) if truth is None else (truth,))]
    plain = {"any": any, "all": all, "none": lambda values: not any(values)}[combiner]
    outcomes = {plain(fill) for fill in fills}
    return outcomes.pop() if len(outcomes) == 1 else None


@given(st.sampled_from(sorted(GROUPS)), st.lists(st.sampled_from(TRUTHS), min_size=1, max_size=5))
def test_groups_answer_unknown_only_where_what_is_unknown_decides(combiner, truths):
    holds = GROUPS[combiner]([lambda _subject, truth=truth: truth for truth in truths])
    assert holds(None) is _kleene(combiner, truths)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flg: true", "rule.yaml:1:1: unknown field 'flg'; did you mean 'flag'?"),
        ("flag: yes", "rule.yaml:1:7: expected true or false, not 'yes'"),
        ("number: three", "rule.yaml:1:9: expected a whole number, not 'three'"),
        ("number|mim: 3", "rule.yaml:1:1: unknown operator for number (number) 'mim'; did you mean 'min'?"),
        ("flag|glob: x", "rule.yaml:1:1: unknown operator for flag (true or false) 'glob'; there are not"),
        ("text|: x", "rule.yaml:1:1: unknown operator for text (text) ''; there are any, exists, glob, not"),
        ("text: 3", "rule.yaml:1:7: expected text, not 3"),
        ("word: Rot", "rule.yaml:1:7: word is never 'Rot'"),
        ("word|any: [Red, Rot]", "rule.yaml:1:17: word is never 'Rot'"),
        ("word|any: Red", "rule.yaml:1:11: expected a list, not 'Red'"),
        ("items: a", "rule.yaml:1:1: unknown operator for items (list) ''; there are exists, glob, has"),
        ("held|has: secrets/gett", "rule.yaml:1:11: there is no permission 'secrets/gett'"),
        ("held|has: []", "rule.yaml:1:11: expected a permission or a list of them, not an empty list"),
        ("held|has: {option: names}", "rule.yaml:1:11: held (permissions) cannot be left to an option"),
        ("number|min: {option: {days: 1}}", "rule.yaml:1:22: expected the name of an option, not keys with values"),
        ("number|min: {option: [days]}", "rule.yaml:1:22: expected the name of an option, not a list"),
        ("number|min: {option: day}", "rule.yaml:1:22: unknown option 'day'; did you mean 'days'?"),
        ("number|min: {option: names}", "rule.yaml:1:13: expected a whole number, not a list"),
        ("any: {flag: true}", "rule.yaml:1:6: expected a list of matches under 'any', not keys with values"),
        ("any: []", "rule.yaml:1:6: expected a list of matches under 'any', not a list"),
        ("{}", "rule.yaml:1:1: expected fields with values, not keys with values"),
        ("any:\n  - flag: true\n  - numbr: 1", "rule.yaml:3:5: unknown field 'numbr'; did you mean 'number'?"),
    ],
)
def test_mistakes_are_named_where_they_are(text, message):
    assert wrong(text) == message
