"""Templates that are wrong, hostile or not there: clear words with positions, the rest judged."""

from __future__ import annotations

import json
import time

import pytest

from kvaudit.access.engine import resolve
from kvaudit.errors import InputError
from kvaudit.sources.load import load
from tests.sources.made import read, write
from tests.sources.template.making import ALICE, AS_OF, BOB, SCHEMA, access, assigned, can, policy, template, vault


def reasons(document):
    return {gap.origins[0].pointer: gap.reason for gap in read(document).gaps if gap.need == "files"}


def test_circular_variables_say_so_where_they_stand():
    document = template(
        vault("[variables('a')]"), vault("kv-b"), variables={"a": "[variables('b')]", "b": "[variables('A')]"}
    )
    assert reasons(document) == {"/variables/A": "circular variables: a -> b -> a"}
    assert {each.name for each in read(document).vaults} == {"{variables('A')}", "kv-b"}


def test_a_parameter_that_defaults_to_itself():
    document = template(
        vault("[parameters('a')]"), parameters={"a": {"type": "string", "defaultValue": "[parameters('a')]"}}
    )
    assert reasons(document) == {"/parameters/a": "circular parameters: a -> a"}


def test_an_expression_that_is_not_closed_and_one_that_cannot_be_read():
    document = template(vault("[concat('kv'"), vault("[concat('kv']"), vault("kv-c"))
    found = reasons(document)
    assert "not closed" in found["/resources/0/name"]
    assert "column 13" in found["/resources/1/name"]
    assert "kv-c" in [each.name for each in read(document).vaults]


def test_a_variable_that_is_not_there():
    assert "no variable 'nothing'" in reasons(template(vault("[variables('nothing')]")))["/variables"]


@pytest.mark.parametrize("count", [1_000_000_000, -1, "many", None, True])
def test_a_loop_that_azure_would_refuse_is_kept_once(count):
    document = template(vault(), assigned(ALICE, copy={"name": "x", "count": count}))
    assert "/resources/1/copy/count" in reasons(document)
    assert can(access(document), ALICE) == ["conditional"]


def test_loops_in_loops_end():
    inner = template(vault("[guid(copyIndex())]"))
    for _ in range(4):
        inner = template({"type": "Microsoft.Resources/deployments", "name": "[format('d{0}', copyIndex())]",
                          "copy": {"name": "many", "count": 800},
                          "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "template": inner}})  # fmt: skip
    started = time.process_time()
    assert any("too long to evaluate" in gap.reason for gap in read(inner).gaps)
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "step",
    [
        "[concat(variables('{0}'), variables('{0}'))]",
        "[createArray(variables('{0}'), variables('{0}'))]",
        "[union(createArray(variables('{0}')), createArray(variables('{0}'), 1))]",
        "[format('{{0}}{{0}}', variables('{0}'))]",
        "[createObject('a', variables('{0}'), 'b', variables('{0}'))]",
        "[guid(variables('{0}'), variables('{0}'))]",
        "[mul(add(length(string(variables('{0}'))), 1000000), 1000000)]",
    ],
)
@pytest.mark.parametrize("start", ["xxxxxxxxxx", "[parameters('open')]"])
def test_values_that_double_are_bounded(step, start):
    variables = {"v0": start} | {
        f"v{n}": step.replace("{0}", f"v{n - 1}").replace("{{0}}", "{0}") for n in range(1, 60)
    }
    document = template(vault("[string(variables('v59'))]"), vault("kv-b"), assigned(ALICE),
                        variables=variables, parameters={"open": {"type": "string"}})  # fmt: skip
    names = [each.name for each in read(document).vaults]
    assert all(len(name) < (1 << 21) for name in names)


def test_one_large_value_in_very_many_places_is_bounded():
    places = {f"t{number}": "[variables('large')]" for number in range(2000)}
    document = template(vault("kv-a", tags=places), vault("kv-b"), variables={"large": list(range(2000))})
    assert any("too long to evaluate" in gap.reason for gap in read(document).gaps)


def test_a_long_chain_of_variables_is_followed_so_far():
    variables = {"v0": "kv-deep"} | {f"v{n}": f"[variables('v{n - 1}')]" for n in range(1, 5000)}
    near = template(vault("[variables('v50')]"), variables=variables)
    far = template(vault("[variables('v4999')]"), variables=variables)
    assert read(near).vaults[0].name == "kv-deep"
    assert any("more than 250 deep" in reason for reason in reasons(far).values())


def test_a_recursive_function_of_the_template_ends():
    functions = [
        {"namespace": "f", "members": {"r": {"parameters": [], "output": {"type": "string", "value": "[f.r()]"}}}}
    ]
    assert any("deep" in reason for reason in reasons(template(vault("[f.r()]"), functions=functions)).values())


@pytest.mark.parametrize(
    "resources", ["[variables('r')]", 7, [7], [{}], [{"type": 7, "name": []}], {"a": None}, [[vault()]]]
)
def test_resources_of_a_wrong_shape_are_gaps(resources):
    document = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources}
    assert reasons(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"properties": "[parameters('p')]"}, {"properties": []}, {"properties": {"accessPolicies": "[parameters('p')]"}},
        {"properties": {"accessPolicies": [7, {"objectId": ALICE, "permissions": "[parameters('p')]"}]}},
        {"properties": {"networkAcls": "[parameters('p')]"}}, {"properties": {"networkAcls": {"defaultAction": "[parameters('p')]"}}},
        {"apiVersion": None}, {"apiVersion": 7},
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_vault_leaves_it_open(wrong):
    broken = vault(rbac=None) | wrong
    snapshot = read(template(broken, vault("kv-b"), parameters={"p": {"type": "object"}}))
    assert {each.name for each in snapshot.vaults} == {"kv-app", "kv-b"}
    assert any(gap.need == "vaults" for gap in snapshot.gaps)


def test_a_name_of_too_many_segments():
    assert "takes 1" in reasons(template(vault("kv/extra")))["/resources/0/name"]


def test_parameters_variables_and_functions_of_wrong_shapes():
    document = template(
        vault("[concat(parameters('p'), variables('v'), f.g())]"), parameters=[], variables=7, functions={}
    )
    assert read(document).vaults[0].name.startswith("{parameters('p')}")


def test_a_parameters_file_alone_says_what_it_is(tmp_path):
    secret = {"reference": {"keyVault": {"id": "/subscriptions/x/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-deploy"},
                            "secretName": "db"}}  # fmt: skip
    body = {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
            "contentVersion": "1.0.0.0", "parameters": {"password": secret}}  # fmt: skip
    (gap,) = load([write(tmp_path, {"main.parameters.json": body})]).gaps
    assert "a parameters file of an ARM template, and the template is not here: name both files" in gap.reason
    assert "it takes secret db of key vault kv-deploy" in gap.reason


PARAMETERS = {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
              "contentVersion": "1.0.0.0", "parameters": {"NAME": {"value": "kv-given"}}}  # fmt: skip
NAMED = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})


@pytest.mark.parametrize("name", ["azuredeploy", "main"])
def test_parameters_beside_a_template_are_its_own(tmp_path, name):
    write(tmp_path, {f"{name}.json": NAMED, f"{name}.parameters.json": PARAMETERS})
    for paths in ([str(tmp_path)], [str(tmp_path / f"{name}.json")]):
        snapshot = load(paths)
        assert [each.name for each in snapshot.vaults] == ["kv-given"]
        assert not [gap for gap in snapshot.gaps if gap.need == "files"]
        assert len(snapshot.documents) == 2


def test_parameters_of_another_name_belong_to_the_only_template(tmp_path):
    write(tmp_path, {"main.json": NAMED, "prod.json": PARAMETERS})
    assert load([str(tmp_path / "main.json"), str(tmp_path / "prod.json")]).vaults[0].name == "kv-given"


def test_of_several_parameter_files_the_one_that_is_used_is_named(tmp_path):
    write(tmp_path, {"main.json": NAMED, "main.dev.json": PARAMETERS, "main.prod.json": PARAMETERS})
    (gap,) = load([str(tmp_path)]).gaps
    assert (gap.subject, "main.json is read with " in gap.reason) == (str(tmp_path / "main.prod.json"), True)
    assert gap.reason.endswith("main.dev.json: name it with this one alone to see what this one gives")


@pytest.mark.parametrize(
    ("given", "gaps"),
    [({"value": None}, 0), ({"expression": "[externalInput('name')]"}, 1), ("kv-given", 1), ({}, 1)],
)
def test_a_parameter_whose_value_is_not_there_has_its_default_for_null_alone(tmp_path, given, gaps):
    defaulted = template(
        vault("[parameters('name')]"), parameters={"name": {"type": "string", "defaultValue": "kv-app"}}
    )
    write(tmp_path, {"main.json": defaulted, "main.parameters.json": {**PARAMETERS, "parameters": {"name": given}}})
    snapshot = load([str(tmp_path)])
    assert snapshot.vaults[0].name == ("{parameters('name')}" if gaps else "kv-app")
    assert len(snapshot.gaps) == gaps


@pytest.mark.parametrize(
    ("around", "at"),
    [
        (lambda inner: {"template": inner, "error": None}, "/template"),
        (lambda inner: {"id": "x", "type": "Microsoft.Resources/templateSpecs/versions", "mainTemplate": inner}, "/mainTemplate"),
        (lambda inner: {"name": "1.0", "properties": {"mainTemplate": inner}}, "/properties/mainTemplate"),
    ],
)  # fmt: skip
def test_a_template_is_read_in_what_an_export_of_it_puts_around_it(around, at):
    (found,) = read(around(template(vault()))).vaults
    assert found.origins[0].pointer == f"{at}/resources/0"


def test_a_template_with_the_parameters_of_its_deployment_beside_it_is_not_read_without_them():
    deployment = {"properties": {"template": NAMED, "parameters": {"name": {"value": "kv-app"}}}}
    with pytest.raises(InputError, match="nothing of Azure was recognised"):
        read(deployment)


def test_a_parameter_that_the_template_does_not_have(tmp_path):
    write(tmp_path, {"main.json": template(vault()), "main.parameters.json": PARAMETERS})
    (gap,) = load([str(tmp_path)]).gaps
    assert "has no such parameter" in gap.reason


def test_a_secret_given_by_reference_is_named_and_never_read(tmp_path):
    body = json.loads(json.dumps(PARAMETERS))
    body["parameters"] = {"p": {"reference": {"keyVault": {"id": "/x/vaults/kv-deploy"}, "secretName": "db"}}}
    write(tmp_path, {"main.json": template(vault("[concat('kv-', parameters('p'))]"), parameters={"p": {"type": "string"}}),
                     "main.parameters.json": body})  # fmt: skip
    snapshot = load([str(tmp_path)])
    assert "parameters('p') is secret db of key vault kv-deploy" in [each.text for each in snapshot.unresolved]
    assert snapshot.vaults[0].name == "kv-{parameters('p')}"


def test_nothing_falls_through_silently():
    document = template(
        vault("[parameters('name')]", rbac=False, properties={"accessPolicies": [policy("[madeUp('x')]")]}),
        assigned(BOB, condition="[greater(length(parameters('list')), 0)]"),
        parameters={"name": {"type": "string"}, "list": {"type": "array"}},
    )
    assert {each.text for each in read(document).unresolved} >= {
        "parameters('name')", "madeUp('x')", "greater(length(parameters('list')), 0)"}  # fmt: skip


def test_a_parameter_without_a_value_is_another_in_every_template(tmp_path):
    one = template(vault("[parameters('name')]", rbac=True), parameters={"name": {"type": "string"}})
    other = template(vault("[parameters('name')]", rbac=False), parameters={"name": {"type": "string"}})
    snapshot = load([write(tmp_path, {"a.json": one, "b.json": other})])
    assert [each.uses_rbac for each in snapshot.vaults] == [True, False]
    assert snapshot.gaps == ()
    assert all(each.name.startswith("{parameters('name') of ") for each in snapshot.vaults)


def test_policies_in_one_template_are_added_to_a_vault_in_another(tmp_path):
    one = template(vault(rbac=False, properties={"accessPolicies": [policy(ALICE)]}))
    added = {"type": "Microsoft.KeyVault/vaults/accessPolicies", "apiVersion": "2023-07-01", "name": "kv-app/add",
             "properties": {"accessPolicies": [policy(BOB)]}}  # fmt: skip
    for files in ({"a.json": one, "b.json": template(added)}, {"b.json": one, "a.json": template(added)}):
        snapshot = load([write(tmp_path, files)])
        (only,) = snapshot.vaults
        assert ({each.object_id for each in only.policies}, only.has_properties) == ({ALICE, BOB}, True)
        assert snapshot.gaps == ()


def test_a_role_in_one_template_reaches_a_vault_in_another(tmp_path):
    write(tmp_path, {"a.json": template(vault()), "b.json": template(assigned(ALICE))})
    found = resolve(load([str(tmp_path)]), AS_OF)
    assert can(found, ALICE) == ["direct"]
    assert found.gaps == ()
