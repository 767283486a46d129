"""Deployments in deployments: scopes, parameters, outputs, and templates that are somewhere else."""

from __future__ import annotations

import pytest

from tests.sources.made import read
from tests.sources.template.making import (
    ALICE,
    BOB,
    GROUP_SCHEMA,
    HERE,
    SCHEMA,
    SUBSCRIPTION_SCHEMA,
    access,
    assigned,
    can,
    holders,
    nested,
    template,
    vault,
)

STRING = {"type": "string"}


def test_inner_scope_sees_what_is_passed_and_outer_scope_what_is_around():
    inner = template(vault("[parameters('name')]"), parameters={"name": STRING})
    around = {"name": {"type": "string", "defaultValue": "kv-outer"}}
    passed = {"name": {"value": "kv-inner"}}
    one = read(template(nested(inner=inner, parameters=passed), parameters=around))
    other = read(template(nested(inner=inner, parameters=passed, scope="outer"), parameters=around))
    assert ([each.name for each in one.vaults], [each.name for each in other.vaults]) == (["kv-inner"], ["kv-outer"])


def test_outer_is_the_scope_where_none_is_said():
    deployment = nested(inner=template(vault("[variables('name')]"), variables={"name": "kv-inner"}))
    del deployment["properties"]["expressionEvaluationOptions"]
    assert read(template(deployment, variables={"name": "kv-outer"})).vaults[0].name == "kv-outer"


def test_a_deployment_goes_where_it_says():
    there = nested(inner=template(vault()), resourceGroup="rg-b", subscriptionId="2c63888f-28f0-4481-be6d-dce7a7ace732")
    (found,) = read(template(there)).vaults
    assert found.id.startswith("/subscriptions/2c63888f-28f0-4481-be6d-dce7a7ace732/resourceGroups/rg-b/providers/")
    assert found.origins[0].pointer == "/resources/0/properties/template/resources/0"


@pytest.mark.parametrize(
    ("around", "schema", "where", "scope"),
    [
        (SUBSCRIPTION_SCHEMA, SCHEMA, {}, "/subscriptions/{subscription}"),
        (SUBSCRIPTION_SCHEMA, SUBSCRIPTION_SCHEMA, {"resourceGroup": "rg-a"}, "/subscriptions/{subscription}/resourceGroups/rg-a"),
        (GROUP_SCHEMA, SCHEMA, {"subscriptionId": "s-1"}, "/subscriptions/s-1"),
        (SCHEMA, SCHEMA, {"subscriptionId": "s-1"}, "/subscriptions/s-1/resourceGroups/{resource group}"),
        (SCHEMA, SUBSCRIPTION_SCHEMA, {"subscriptionId": "s-1"}, "/subscriptions/s-1"),
        (GROUP_SCHEMA, SUBSCRIPTION_SCHEMA, {"scope": "Microsoft.Management/managementGroups/mg-a"},
         "/providers/Microsoft.Management/managementGroups/mg-a"),
    ],
)  # fmt: skip
def test_where_a_deployment_goes_is_said_by_it_and_its_parent_before_its_schema(around, schema, where, scope):
    roles = {**nested(inner=template(assigned(ALICE, scope=None), schema=schema)), **where}
    (found,) = read(template(roles, schema=around)).role_assignments
    assert found.scope == scope


def test_outputs_of_a_deployment_to_a_management_group_are_found_by_its_id():
    module = nested("ids", template(schema=GROUP_SCHEMA, outputs={"who": {"type": "string", "value": ALICE}}))
    module["scope"] = "Microsoft.Management/managementGroups/mg-a"
    group = "tenantResourceId('Microsoft.Management/managementGroups', 'mg-a')"
    output = f"reference(extensionResourceId({group}, 'Microsoft.Resources/deployments', 'ids'), '2022-09-01').outputs"
    document = template(module, assigned(f"[{output}.who.value]", scope=None, name="one"), schema=GROUP_SCHEMA)
    assert [each.principal for each in read(document).role_assignments] == [ALICE]


def test_null_that_is_passed_is_as_if_nothing_were_passed():
    inner = template(
        vault(rbac="[parameters('rbac')]", tags="[parameters('tags')]"),
        parameters={
            "rbac": {"type": "bool", "defaultValue": True},
            "tags": {"type": "object", "nullable": True},
        },
    )
    passed = {"rbac": {"value": "[tryGet(parameters('settings'), 'rbac')]"}, "tags": {"value": None}}
    settings = {"settings": {"type": "object", "defaultValue": {}}}
    (found,) = read(template(nested(inner=inner, parameters=passed), parameters=settings)).vaults
    assert found.uses_rbac is True


APP_IN_FULL = "reference(resourceId('Microsoft.Web/sites', 'app'), '2024-04-01', 'full')"
APP = {
    "type": "Microsoft.Web/sites",
    "apiVersion": "2024-04-01",
    "name": "app",
    "identity": {"type": "SystemAssigned"},
    "properties": {},
}


@pytest.mark.parametrize("kind", ["SystemAssigned", "UserAssigned"])
@pytest.mark.parametrize(
    "principal",
    [
        f"[tryGet(tryGet({APP_IN_FULL}, 'identity'), 'principalId')]",
        f"[coalesce(tryGet({APP_IN_FULL}, 'identity', 'principalId'), '')]",
        f"[if(contains({APP_IN_FULL}.identity, 'principalId'), {APP_IN_FULL}.identity.principalId, '')]",
    ],
)
def test_an_identity_that_may_not_be_there_is_given_only_if_it_is(principal, kind):
    app = template(
        {**APP, "identity": {"type": kind}}, outputs={"who": {"type": "string", "nullable": True, "value": principal}}
    )
    roles = template(
        assigned("[parameters('who')]", name="one", condition="[not(empty(parameters('who')))]"),
        parameters={"who": {"type": "string", "nullable": True}},
    )
    passed = {"who": {"value": "[tryGet(tryGet(reference('app').outputs, 'who'), 'value')]"}}
    found = access(template(vault(), nested("app", app), nested("roles", roles, parameters=passed)))
    assert holders(found) == ({"app": "direct"} if kind == "SystemAssigned" else {})


def test_an_identity_of_a_resource_elsewhere_may_be_there():
    either = assigned(f"[coalesce(tryGet({APP_IN_FULL}, 'identity', 'principalId'), '{ALICE}')]", name="one")
    (found,) = read(template(vault(), either)).role_assignments
    assert found.principal.startswith("[coalesce(reference(")


def identity_module():
    return template(
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "[parameters('name')]"},
        parameters={"name": STRING},
        outputs={"principalId": {"type": "string", "value": "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', parameters('name')), '2023-01-31').principalId]"},
                 "id": {"type": "string", "value": "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', parameters('name'))]"}},
    )  # fmt: skip


def role_module():
    return template(
        assigned("[parameters('principalId')]", scope="[format('Microsoft.KeyVault/vaults/{0}', parameters('vaultName'))]",
                 name="[guid(parameters('vaultName'), parameters('principalId'))]"),
        parameters={"principalId": STRING, "vaultName": STRING},
    )  # fmt: skip


@pytest.mark.parametrize(
    "output",
    [
        "[reference(resourceId('Microsoft.Resources/deployments', 'identity'), '2022-09-01').outputs.principalId.value]",
        "[reference('identity').outputs.principalId.value]",
        "[reference(resourceId('Microsoft.Resources/deployments', 'identity'), '2022-09-01', 'full').properties.outputs.principalId.value]",
        "[reference(extensionResourceId(format('/subscriptions/{0}/resourceGroups/{1}', subscription().subscriptionId, resourceGroup().name), 'Microsoft.Resources/deployments', 'identity'), '2022-09-01').outputs.principalId.value]",
    ],
)
def test_outputs_of_a_module_are_passed_to_another(output):
    document = template(
        vault(),
        nested("identity", identity_module(), parameters={"name": {"value": "id-web"}}),
        nested("role", role_module(), parameters={"principalId": {"value": output}, "vaultName": {"value": "kv-app"}}),
    )
    assert holders(access(document)) == {"id-web": "direct"}


def test_outputs_of_a_loop_of_modules_by_symbolic_name():
    document = template(
        {
            "vault": vault(),
            "identities": nested("[format('identity-{0}', copyIndex())]", identity_module(),
                                 copy={"name": "identities", "count": 2},
                                 parameters={"name": {"value": "[format('id-{0}', copyIndex())]"}}),
            "roles": nested("[format('role-{0}', copyIndex())]", role_module(), copy={"name": "roles", "count": 2},
                            parameters={"vaultName": {"value": "kv-app"}, "principalId": {
                                "value": "[reference(format('identities[{0}]', copyIndex())).outputs.principalId.value]"}}),
        },
        symbolic=True,
    )  # fmt: skip
    assert holders(access(document)) == {"id-0": "direct", "id-1": "direct"}


def test_a_module_under_a_condition_takes_all_in_it_along():
    document = template(
        vault(),
        nested("off", template(assigned(ALICE)), condition=False),
        nested("perhaps", template(assigned(BOB)), condition="[parameters('on')]"),
        parameters={"on": {"type": "bool"}},
    )
    assert holders(access(document)) == {BOB: "conditional"}


def test_a_parameter_that_a_loop_makes():
    inner = template(
        assigned("[parameters('who')[copyIndex()]]", copy={"name": "roles", "count": "[length(parameters('who'))]"}),
        parameters={"who": {"type": "array"}},
    )
    passed = {"who": {"copy": [{"name": "value", "count": "[length(variables('ids'))]",
                                "input": "[variables('ids')[copyIndex('value')]]"}]}}  # fmt: skip
    document = template(vault(), nested(inner=inner, parameters=passed), variables={"ids": [ALICE, BOB]})
    assert holders(access(document)) == {ALICE: "direct", BOB: "direct"}


@pytest.mark.parametrize(
    ("passed", "expected"),
    [("[variables('known')]", "kv-given"), ("[parameters('open')]", "{parameters('name')}"), ({}, "kv-app")],
)
def test_parameters_that_an_expression_makes(passed, expected):
    inner = template(vault("[parameters('name')]"), parameters={"name": {"type": "string", "defaultValue": "kv-app"}})
    document = template(
        nested(inner=inner, parameters=passed),
        variables={"known": {"name": {"value": "kv-given"}}},
        parameters={"open": {"type": "object"}},
    )
    assert [each.name for each in read(document).vaults] == [expected]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"uri": "https://templates.example/kv.json"}, "links to the template https://templates.example/kv.json"),
        ({"relativePath": "nested/kv.json"}, "links to the template nested/kv.json"),
        ({"uri": "[uri(deployment().properties.templateLink.uri, 'kv.json')]"}, "links to the template [uri("),
        ({"id": "[resourceId('rg', 'Microsoft.Resources/templateSpecs/versions', 'kv', '1.0')]"}, "the template spec"),
    ],
)
def test_a_linked_template_is_a_gap_and_never_fetched(link, words):
    linked = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "kv",
              "properties": {"mode": "Incremental", "templateLink": link}}  # fmt: skip
    found = access(template(vault(), assigned(ALICE), linked))
    (gap,) = [gap for gap in found.snapshot.gaps if gap.need == "files"]
    assert words in gap.reason
    assert "not fetched" in gap.reason
    assert gap.origins[0].pointer == "/resources/2/properties"
    assert can(found, ALICE) == ["direct"]
    assert found.known("diagnosticSettings", 0) is False


def test_deployments_without_end_have_an_end():
    inner = template(vault())
    for depth in range(40):
        inner = template(nested(f"d{depth}", inner))
    assert any("nested more than" in gap.reason for gap in read(inner).gaps)


def test_the_name_of_a_deployment_is_known_in_it():
    inner = template(vault("[take(deployment().name, 24)]"))
    assert (
        read(template(nested("kv-by-module", inner))).vaults[0].id
        == f"{HERE}/providers/Microsoft.KeyVault/vaults/kv-by-module"
    )
