from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvaudit.access.condition_operators import OPERATORS, QUANTIFIERS
from kvaudit.access.condition_tree import (
    ActionMatches,
    And,
    Attribute,
    Comparison,
    Constants,
    Exists,
    Not,
    Or,
    SubOperationMatches,
)
from kvaudit.access.conditions import Attributes, decide, evaluate, parse
from kvaudit.access.roles import built_in_roles

GET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
SET = "Microsoft.KeyVault/vaults/secrets/setSecret/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
NAME = "@Resource[Microsoft.KeyVault/vaults/secrets:name]"
ROLE = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]"
GATE = f"((!(ActionMatches{{'{GET}'}})) OR ({NAME} StringStartsWith 'test-app'))"
ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def truth(text, action=GET, **known):
    """The answer with attributes given as source_name=value, @Resource[name]."""
    attributes = {tuple(key.split("_", 1)): value for key, value in known.items()}
    return evaluate(parse(text), Attributes(action, attributes)).value


# --- reading ---------------------------------------------------------------------------------------------------------


BUILT_IN = [
    pytest.param(block.condition, id=role.name)
    for role in built_in_roles().values()
    for block in role.definition.blocks
    if block.condition
]


@pytest.mark.parametrize("text", BUILT_IN)
def test_reads_every_condition_of_a_built_in_role(text):
    condition = parse(text)
    assert condition.error is None
    assert parse(str(condition.tree)).tree == condition.tree


def test_there_are_29_built_in_roles_with_conditions():
    roles = [role for role in built_in_roles().values() if any(block.condition for block in role.definition.blocks)]
    assert len(roles) == 29


@pytest.mark.parametrize(
    "text",
    [
        GATE,
        f"(!(ActionMatches{{'{SET}'}}) OR (@Request[Microsoft.KeyVault/vaults/secrets:name] StringStartsWith 'app-'))",
        f"(!(ActionMatches{{'{ASSIGN}'}})) OR ({ROLE} ForAnyOfAllValues:GuidNotEquals {{{ADMINISTRATOR}, {OWNER}}})",
        "@Resource[Microsoft.KeyVault/vaults:name] StringStartsWith 'kv-prod'",
        "@Resource[HasObotoken] boolequals true && (@Resource[isPrivateLink] BoolEquals true || !(Exists @Request[x]))",
        "@Environment[UtcNow] DateTimeGreaterThan '2026-05-01T13:00:00.000Z'",
        "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Team] ForAnyOfAnyValues:StringEquals {'a', 'b'}",
        "@Request[x] StringEquals @Resource[Microsoft.Storage/storageAccounts/tags:Team<$key_case_sensitive$>]",
        "not (SubOperationMatches{'Blob.List'}) and NOT Exists @Resource[x]",
        "'a*' StringLike @Resource[x]",
        "@Request[size]NumericLessThanEquals 20",
    ],
)
def test_reads(text):
    condition = parse(text)
    assert condition.error is None
    assert parse(str(condition.tree)).tree == condition.tree


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "it ends too early"),
        ("(@Resource[x] StringEquals 'a'", "it ends too early"),
        ("Exists @Resource[x] AND Exists @Resource[y] OR Exists @Resource[z]", "line 1, column 45: unexpected 'OR'"),
        ("@Resource[x] Resembles 'a'", "line 1, column 14: unexpected 'R'"),
        ("@Resource[x]\n  StringEquals 'a", 'line 2, column 16: unexpected "\'"'),
        ("@Moon[x] StringEquals 'a'", "line 1, column 1: unexpected '@'"),
        ("ActionMatches{}", "line 1, column 15: unexpected '}'"),
        ("@Resource[x] StringEquals {}", "line 1, column 28: unexpected '}'"),
        ("(" * 101 + "Exists @Resource[x]" + ")" * 101, "parentheses nested 101 deep"),
    ],
)
def test_what_cannot_be_read_is_undecided_and_says_why(text, error):
    assert parse(text).error == error
    answer = evaluate(parse(text), Attributes(GET))
    assert answer.value is None
    assert answer.unknown == {f"a condition that cannot be read: {error}"}


@given(st.text())
def test_no_text_is_refused(text):
    assert (parse(text).error is None) is (parse(text).tree is not None)


def test_nesting_is_bounded_whatever_it_is_made_of():
    for text in ("!" * 100_000 + "(Exists @Resource[x])", "(" * 100_000, "{" * 100_000, "!(" * 100 + ")" * 100):
        assert evaluate(parse(text), Attributes(GET)).value is None


# --- operators -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Abc' StringEquals 'Abc'", True),
        ("'Abc' StringEquals 'abc'", False),
        ("'Abc' StringEqualsIgnoreCase 'aBC'", True),
        ("'Abc' StringNotEquals 'abc'", True),
        ("'Abc' StringNotEqualsIgnoreCase 'abc'", False),
        ("'app-1' StringStartsWith 'app-'", True),
        ("'App-1' StringStartsWith 'app-'", False),
        ("'App-1' StringStartsWithIgnoreCase 'app-'", True),
        ("'App-1' StringNotStartsWith 'app-'", True),
        ("'App-1' StringNotStartsWithIgnoreCase 'app-'", False),
        ("'app-1-db' StringLike 'app-*-db'", True),
        ("'app-1-db' StringLike 'app-?-db'", True),
        ("'app-12-db' StringLike 'app-?-db'", False),
        ("'App-1' StringLike 'app-*'", False),
        ("'App-1' StringLikeIgnoreCase 'app-*'", True),
        ("'app-1' StringNotLike 'app-*'", False),
        ("'APP-1' StringNotLikeIgnoreCase 'app-*'", False),
        (r"'a*b' StringLike 'a\*b'", True),
        (r"'axb' StringLike 'a\*b'", False),
        (r"'a?b' StringLike 'a\?b'", True),
        ("'a[b]' StringLike 'a[b]'", True),
        ("'ab' StringLike 'a[b]'", False),
        (r"'it\'s' StringEquals 'it\'s'", True),
        ("7 NumericEquals '7.0'", True),
        ("7 NumericNotEquals 7", False),
        ("10 NumericGreaterThan 9", True),
        ("9 NumericGreaterThanEquals 9", True),
        ("-1 NumericLessThan 0", True),
        ("2 NumericLessThanEquals 1", False),
        ("'seven' NumericEquals 7", None),
        ("'seven' NumericNotEquals 7", None),
        ("08d4c71acc634ce4a9c85dd251b4d619 GuidEquals '08D4C71A-CC63-4CE4-A9C8-5DD251B4D619'", True),
        ("08d4c71acc634ce4a9c85dd251b4d619 GuidNotEquals 08d4c71a-cc63-4ce4-a9c8-5dd251b4d619", False),
        ("true BoolEquals 'True'", True),
        ("true boolnotequals false", True),
        ("'maybe' BoolEquals true", None),
        ("'2026-05-01T13:00:00.0000000Z' DateTimeEquals '2026-05-01T15:00:00+02:00'", True),
        ("'2026-05-01' DateTimeLessThan '2026-05-02T00:00:00Z'", True),
        ("'2026-05-01' DateTimeNotEquals '2026-05-01'", False),
        ("'2026-05-01' DateTimeGreaterThan '2026-05-01'", False),
        ("'2026-05-01' DateTimeGreaterThanEquals '2026-05-01'", True),
        ("'2026-05-01' DateTimeLessThanEquals '2026-04-30'", False),
        ("'soon' DateTimeLessThan '2026-04-30'", None),
    ],
)
def test_operator(text, expected):
    assert parse(text).error is None
    assert truth(text) is expected


def test_a_hostile_wildcard_is_answered():
    assert truth(f"'{'a' * 200}' StringLike '{'*a' * 100}b'") is False


@pytest.mark.parametrize(
    ("quantifier", "some_pair", "every_left", "some_left", "every_pair"),
    [
        ("ForAnyOfAnyValues", True, True, True, True),
        ("ForAllOfAnyValues", False, True, True, True),
        ("ForAnyOfAllValues", False, False, True, True),
        ("ForAllOfAllValues", False, False, False, True),
    ],
)
def test_cross_product(quantifier, some_pair, every_left, some_left, every_pair):
    """Any/All of the left values, each against Any/All of the right ones."""
    assert truth(f"{{'a', 'x'}} {quantifier}:StringEquals {{'a', 'b'}}") is some_pair
    assert truth(f"{{'a', 'b'}} {quantifier}:StringEquals {{'a', 'b'}}") is every_left
    assert truth(f"{{'a', 'x'}} {quantifier}:StringNotEquals {{'a', 'b'}}") is some_left
    assert truth(f"{{'x', 'y'}} {quantifier}:StringNotEquals {{'a', 'b'}}") is every_pair


def test_several_values_without_a_cross_product_are_undecided():
    assert truth("'a' StringEquals {'a', 'b'}") is None


@given(
    left=st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
    right=st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
    quantifier=st.sampled_from(sorted(QUANTIFIERS)),
)
def test_cross_product_is_the_logic_of_its_name(left, right, quantifier):
    over = {"Any": any, "All": all}
    over_left, over_right = over[quantifier[3:6]], over[quantifier[8:11]]
    expected = over_left(over_right(one == other for other in right) for one in left)
    assert (
        truth(f"@Resource[x] {quantifier}:StringEquals {Constants(tuple(right))}", resource_x=tuple(left)) is expected
    )


# --- evaluation ------------------------------------------------------------------------------------------------------


def test_a_gate_leaves_other_actions_alone():
    assert truth(GATE, SET) is True


def test_a_gated_action_waits_for_its_attribute():
    answer = evaluate(parse(GATE), Attributes(GET))
    assert answer.value is None
    assert answer.unknown == {NAME}


def test_a_gated_action_with_its_attribute_is_decided():
    name = ("resource", "microsoft.keyvault/vaults/secrets:name")
    assert evaluate(parse(GATE), Attributes(GET, {name: "test-app-1"})).value is True
    assert evaluate(parse(GATE), Attributes(GET, {name: "other"})).value is False


def test_an_action_pattern_may_hold_wildcards():
    assert truth("ActionMatches{'Microsoft.KeyVault/vaults/*'}") is True
    assert truth("ActionMatches{'*/read'}") is False


def test_a_sub_operation_is_undecided():
    answer = evaluate(parse("SubOperationMatches{'Blob.List'}"), Attributes(GET))
    assert (answer.value, answer.unknown) == (None, {"SubOperationMatches{'Blob.List'}"})


def test_an_attribute_exists_where_it_is_known():
    assert truth("Exists @Resource[x]", resource_x="") is True
    assert truth("Exists @Resource[x]") is None


def test_attributes_and_keywords_are_found_in_any_case():
    assert truth("@RESOURCE[X] stringequals 'a' And Not (@resource[x] STRINGEQUALS 'b')", resource_x="a") is True


def test_false_decides_a_conjunction_and_true_a_disjunction():
    assert truth("@Resource[x] StringEquals 'a' AND 'a' StringEquals 'b'") is False
    assert truth("@Resource[x] StringEquals 'a' OR 'a' StringEquals 'a'") is True
    assert truth("@Resource[x] StringEquals 'a' AND 'a' StringEquals 'a'") is None
    assert truth("@Resource[x] StringEquals 'a' OR 'a' StringEquals 'b'") is None


def test_every_undecided_attribute_is_named():
    text = "@Resource[x] StringEquals 'a' AND (@Request[y] StringEquals @Principal[z])"
    assert evaluate(parse(text), Attributes(GET)).unknown == {"@Resource[x]", "@Request[y]", "@Principal[z]"}


def test_conditions_together_hold_where_each_does():
    request = Attributes(GET, {("resource", "x"): "a"})
    assert decide([], request).value is True
    assert decide([" \n"], request).value is True
    assert decide(["@Resource[x] StringEquals 'a'", GATE], request).value is None
    assert decide(["@Resource[x] StringEquals 'b'", GATE, "nonsense"], request).value is False


def test_key_vault_data_access_administrator_may_assign_eight_roles():
    role = built_in_roles()["8b54135c-b56d-4d72-a534-26097cfdc8d8"]
    (text,) = {block.condition for block in role.definition.blocks if block.condition}
    key = ("request", "microsoft.authorization/roleassignments:roledefinitionid")
    allowed = {
        each for each in built_in_roles() if evaluate(parse(text), Attributes(ASSIGN, {key: each})).value is True
    }
    assert len(allowed) == 8
    assert ADMINISTRATOR in allowed
    assert evaluate(parse(text), Attributes(ASSIGN)).value is None
    assert evaluate(parse(text), Attributes(GET)).value is True


def test_the_portal_s_template_still_permits_key_vault_administrator():
    others = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9, f58310d9-a9f6-439a-9e8d-f62e7b41a168"
    privileged = f"{ROLE} ForAnyOfAllValues:GuidNotEquals {{{OWNER}, {others}}}"
    text = f"((!(ActionMatches{{'{ASSIGN}'}})) OR ({privileged}))"
    key = ("request", "microsoft.authorization/roleassignments:roledefinitionid")
    assert evaluate(parse(text), Attributes(ASSIGN, {key: ADMINISTRATOR})).value is True
    assert evaluate(parse(text), Attributes(ASSIGN, {key: OWNER})).value is False


# --- whole trees -----------------------------------------------------------------------------------------------------

ATTRIBUTES = (Attribute("Resource", "x"), Attribute("Request", "Microsoft.KeyVault/vaults/secrets:name"))
VALUES = ("a", "b", "5", "true")
constants = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(lambda values: Constants(tuple(values)))
operands = st.sampled_from(ATTRIBUTES) | constants
comparisons = st.builds(
    Comparison, operands, st.sampled_from(sorted(OPERATORS)), operands, st.sampled_from(["", *sorted(QUANTIFIERS)])
)
atoms = (
    comparisons
    | st.sampled_from([GET, "*/action", "*/read"]).map(ActionMatches)
    | st.sampled_from(ATTRIBUTES).map(Exists)
    | st.just(SubOperationMatches("Blob.List"))
)


def _grown(smaller):
    several = st.lists(smaller, min_size=2, max_size=3).map(tuple)
    negated = smaller.filter(lambda node: not isinstance(node, Not)).map(Not)
    return negated | several.map(And) | several.map(Or)


trees = st.recursive(atoms, _grown, max_leaves=8)


@given(trees)
def test_a_tree_written_out_reads_back_the_same(tree):
    assert parse(str(tree)).tree == tree


@given(st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"]), max_size=8))
def test_any_constant_written_out_reads_back_the_same(text):
    tree = Comparison(ATTRIBUTES[0], "StringEquals", Constants((text,)))
    assert parse(str(tree)).tree == tree


def _mentioned(tree):
    """The attributes that a tree reads."""
    return [attribute for attribute in ATTRIBUTES if str(attribute) in str(tree)]


@settings(max_examples=300)
@given(trees, st.dictionaries(st.sampled_from([each.key for each in ATTRIBUTES]), st.sampled_from(VALUES)))
def test_what_is_decided_stays_so_whatever_else_becomes_known(tree, known):
    """Soundness: an answer holds for every value that an unknown attribute may turn out to have."""
    condition = parse(str(tree))
    answer = evaluate(condition, Attributes(GET, known))
    assert (answer.value is None) == bool(answer.unknown)
    missing = [attribute.key for attribute in _mentioned(tree) if attribute.key not in known]
    for values in itertools.product(VALUES, repeat=len(missing)):
        completed = evaluate(condition, Attributes(GET, {**known, **dict(zip(missing, values, strict=True))}))
        if answer.value is not None:
            assert completed.value is answer.value
