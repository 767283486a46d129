"""What a template delegates to another tenant (Azure Lighthouse). Semantics 1.8."""

from __future__ import annotations

import pytest

from tests.sources.template.making import (
    ALICE,
    BOB,
    SUBSCRIPTION_SCHEMA,
    TENANT_ID,
    access,
    can,
    nested,
    template,
    vault,
)

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
DELEGATED = {"type": "Microsoft.ManagedServices/registrationDefinitions", "apiVersion": "2022-10-01", "name": "[variables('msp')]",
             "properties": {"managedByTenantId": TENANT_ID, "authorizations": "[parameters('operators')]",
                            "eligibleAuthorizations": [{"principalId": BOB, "roleDefinitionId": CONTRIBUTOR}]}}  # fmt: skip
OPERATORS = {"operators": {"type": "array", "defaultValue": [{"principalId": ALICE, "roleDefinitionId": CONTRIBUTOR}]}}
DEFINITION = "[resourceId('Microsoft.ManagedServices/registrationDefinitions/', variables('msp'))]"


def delegated(definition=DEFINITION):
    return {"type": "Microsoft.ManagedServices/registrationAssignments", "apiVersion": "2022-10-01", "name": "[guid('msp')]",
            "properties": {"registrationDefinitionId": definition}}  # fmt: skip


def delegating(*resources, **sections):
    sections.setdefault("parameters", OPERATORS)
    there = nested("kv", template(vault(rbac=False, properties={"accessPolicies": []})), resourceGroup="rg-a")
    return access(template(*resources, there, schema=SUBSCRIPTION_SCHEMA, variables={"msp": "[guid('x')]"}, **sections))


def test_semantics_1_8_what_is_delegated_to_another_tenant_gives_access():
    found = delegating(DELEGATED, delegated())
    assert (can(found, ALICE, "keyvault/vaults/write"), can(found, BOB, "keyvault/vaults/write")) == (
        ["direct"],
        ["eligible"],
    )


@pytest.mark.parametrize(("group", "verdict"), [("rg-a", "direct"), ("rg-b", "none")])
def test_a_resource_group_may_be_delegated_from_a_deployment_in_it(group, verdict):
    inner = template(delegated("[parameters('id')]"), parameters={"id": {"type": "string"}})
    module = nested("msp", inner, resourceGroup=group, parameters={"id": {"value": DEFINITION}})
    assert can(delegating(DELEGATED, module), ALICE, "keyvault/vaults/write") == [verdict]


def test_a_delegation_whose_definition_is_not_here_or_not_known_leaves_everybody_unknown():
    for found in (
        delegating(delegated("/subscriptions/x/providers/Microsoft.ManagedServices/registrationDefinitions/y")),
        delegating(DELEGATED, delegated(), parameters={"operators": {"type": "array"}}),
    ):
        assert can(found, ALICE, "keyvault/vaults/write") == ["unknown"]
        assert any(gap.need == "roleAssignments" for gap in found.snapshot.gaps)
