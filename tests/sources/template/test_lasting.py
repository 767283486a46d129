"""Calls are worked out once wherever they stand, unless they are of a round, a moment or an argument."""

from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st

from kvaudit.sources.template.declared import Declared
from kvaudit.sources.template.evaluation import evaluate
from kvaudit.sources.template.expression import parse
from kvaudit.sources.template.symbols import render
from tests.sources.made import read
from tests.sources.template.making import frame, template, value, vault


def test_a_new_guid_is_another_each_time():
    first, second = value("[createArray(concat('a', newGuid()), concat('a', newGuid()))]")
    assert first != second


def test_a_lambda_sees_each_of_its_items():
    assert value("[map(createArray(1, 2), lambda('x', concat('a', string(lambdaVariables('x')))))]") == ["a1", "a2"]


def test_a_function_of_the_template_sees_its_own_arguments():
    member = {"parameters": [{"name": "x"}], "output": {"value": "[concat('kv-', parameters('x'))]"}}
    functions = [{"namespace": "own", "members": {"name": member}}]
    made = value(
        "[createArray(own.name('a'), own.name('b'), concat('kv-', parameters('x')))]", {"x": "c"}, functions=functions
    )
    assert made == ["kv-a", "kv-b", "kv-c"]


def test_a_loop_has_other_names_in_each_round():
    looped = vault("[concat('kv-', string(copyIndex()))]", copy={"name": "kv", "count": 3})
    assert sorted(each.name for each in read(template(looped)).vaults) == ["kv-0", "kv-1", "kv-2"]


def test_nested_deployments_do_not_share_what_the_same_words_mean():
    inner = {
        name: template(
            vault("[concat('kv-', parameters('x'))]"), parameters={"x": {"type": "string", "defaultValue": name}}
        )
        for name in ("a", "b")
    }
    deployments = [
        {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": name,
            "properties": {"template": each, "expressionEvaluationOptions": {"scope": "inner"}},
        }
        for name, each in inner.items()
    ]
    assert sorted(each.name for each in read(template(*deployments)).vaults) == ["kv-a", "kv-b"]


def test_no_resource_of_a_template_is_left_to_the_garbage_collector():
    inner = template(vault("[concat('kv-', parameters('x'))]"), parameters={"x": {"type": "string"}})
    properties = {
        "template": inner,
        "parameters": {"x": {"value": "[reference(resourceId('Microsoft.KeyVault/vaults', 'kv-a')).vaultUri]"}},
        "expressionEvaluationOptions": {"scope": "inner"},
    }
    nested = {
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "n", "properties": properties,
    }  # fmt: skip
    gc.collect()
    gc.disable()
    try:
        assert len(read(template(vault("kv-a"), nested)).vaults) == 2
        assert not [each for each in gc.get_objects() if isinstance(each, Declared)]
    finally:
        gc.enable()


_LEAVES = st.sampled_from(
    ["'a'", "'b'", "1", "parameters('open')", "parameters('x')", "newGuid()", "resourceGroup().id"]
)
_TEXTS = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(st.sampled_from(["concat", "createArray", "format", "toLower", "coalesce"]),
                            st.lists(inner, min_size=1, max_size=3)).map(lambda call: f"{call[0]}({', '.join(call[1])})"),
    max_leaves=12,
)  # fmt: skip


@given(_TEXTS)
def test_a_call_that_was_worked_out_is_what_it_would_be_anew(text):
    given_values = {"x": "kv"}
    made = frame(given_values, parameters={name: {"type": "string"} for name in ("x", "open")})
    node = parse(f"[createArray({text}, {text})]")
    once = render(evaluate(node, made.env))
    made.lasting.clear()
    made.run.identifiers = 0
    assert render(evaluate(node, made.env)) == once
    if "newGuid" not in text:
        assert once[0] == once[1]
