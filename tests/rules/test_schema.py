"""The JSON Schema of a rule and the loader are made from one table; here they are seen to agree."""

from __future__ import annotations

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import RuleError
from kvaudit.rules.declarative import read_rule
from kvaudit.rules.document import YamlFile
from kvaudit.rules.kinds import KINDS, fields_table
from kvaudit.rules.matcher import MatchShape
from kvaudit.rules.operators import OPERATORS
from kvaudit.rules.registry import SHIPPED
from kvaudit.rules.rule_shape import rule_schema
from tests.rules.making import RULE, write_rule

SCHEMA = rule_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
MATCHES = {
    name: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}) for name in KINDS
}
PACKS = sorted(SHIPPED.glob("*/rule.yaml"))


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_every_shipped_rule_fits_the_schema(path):
    VALIDATOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("vault.network: open", "vault.netwrok: open"),
        ("vault.network: open", "vault.network: opne"),
        ("severity: high", "severity: hihg"),
        ("for: vault", "for: grant"),
        ("title: A vault is open\n", ""),
        ("id: ACME001", "id: acme001"),
        ("for: vault", "for: vault\npython: true"),
        ("match:\n  vault.network: open\n", ""),
        ("for: vault", "for: vault\nreferences: [http://x.example]"),
        ("for: vault", "for: vault\nneeds: [lock]"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(tmp_path, old, new):
    text = RULE.replace(old, new)
    folder = write_rule(tmp_path, text)
    with pytest.raises(RuleError):
        read_rule(folder, {"ACME001": lambda _meta, _context: iter(())})
    assert not VALIDATOR.is_valid(yaml.safe_load(text))


def _keys(kind):
    fields = [*kind.fields, "vault.netwrok", "nothing"]
    return st.tuples(st.sampled_from(fields), st.sampled_from([*OPERATORS, "mni"])).map(
        lambda pair: "|".join(pair) if pair[1] else pair[0]
    )


_WORDS = sorted({word for kind in KINDS.values() for field in kind.fields.values() for word in field.words})
_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-9, 999),
    st.sampled_from([*_WORDS, "secrets/get", "kv-*", ""]),
    st.none(),
)
_VALUES = st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3), st.just({}), st.just({"other": 1}))


def _matches(kind):
    leaf = st.dictionaries(_keys(kind), _VALUES, max_size=2)
    return st.recursive(
        leaf,
        lambda inner: st.dictionaries(
            st.sampled_from(["any", "all", "none", "some"]), st.lists(inner, max_size=2), max_size=2
        ),
        max_leaves=4,
    )


def _without_permissions(match):
    """The schema lets any text be a permission; whether it is one only the loader knows."""
    return not any(key.partition("|")[0] in {"permissions", "held"} for key in _all_keys(match))


def _all_keys(match):
    for key, value in match.items():
        yield key
        for inner in value if isinstance(value, list) else ():
            if isinstance(inner, dict):
                yield from _all_keys(inner)


@given(st.data())
def test_loader_and_schema_agree_on_any_match(data):
    kind = data.draw(st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.name)))
    match = data.draw(_matches(kind).filter(_without_permissions))
    file = YamlFile("rule.yaml", yaml.safe_dump(match), RuleError)
    try:
        MatchShape(kind).read(file, "", match)
        loads = True
    except RuleError:
        loads = False
    assert MATCHES[kind.name].is_valid(match) == loads


def test_the_table_of_fields_names_every_field():
    table = fields_table()
    assert all(f"| `{field.name}` |" in table for kind in KINDS.values() for field in kind.fields.values())
