"""azapi's bodies of which parts are not known yet, its identities, and what it declares that is not read."""

from __future__ import annotations

import pytest

from tests.sources.terraform.made import (
    ALICE,
    BOB,
    GROUP,
    LOGGED_IN,
    TENANT,
    UNKNOWN,
    access,
    plan,
    refs,
    resource,
    role,
    vault,
    verdict,
)

PROPERTIES = {"tenantId": TENANT, "sku": {"name": "standard", "family": "A"}, "enableRbacAuthorization": False}
GROUP_ID = refs("azurerm_resource_group.app.id")
KEY_VAULT = refs("azurerm_key_vault.main.id")


def planned(properties, unknown, *more, referring=()):
    """A vault of azapi with what its properties are, and what of its body is not known yet."""
    values = {"type": "Microsoft.KeyVault/vaults@2023-07-01", "name": "kv-main", "parent_id": UNKNOWN, "id": UNKNOWN}
    made = resource("azapi_resource.main", {**values, "body": properties}, parent_id=GROUP_ID, body=refs(*referring))
    document = plan(GROUP, made, *more, prior=(LOGGED_IN,))
    document["resource_changes"][1]["change"]["after_unknown"]["body"] = unknown
    return document


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("enableRbacAuthorization", "uses_rbac"),
        ("publicNetworkAccess", "public_access"),
        ("networkAcls", "network"),
        ("enablePurgeProtection", "purge_protection"),
        ("accessPolicies", "policies"),
    ],
)
def test_a_part_of_a_body_that_is_not_known_yet_is_no_default(name, field):
    known = {key: value for key, value in PROPERTIES.items() if key != name}
    held = access(planned({"properties": known}, {"properties": {name: True, "sku": {}}}))
    (declared,) = held.snapshot.vaults
    assert getattr(declared, field) is None
    assert [gap.subject for gap in held.snapshot.gaps] == [declared.id]
    assert f"azapi_resource.main.body.properties.{name}" in held.snapshot.gaps[0].reason


@pytest.mark.parametrize(
    ("permissions", "unknown"),
    [({}, {"secrets": True}), ({"secrets": ["list", None]}, {"secrets": [False, True]})],
)
def test_words_of_a_body_that_are_not_known_yet_may_be_any(permissions, unknown):
    entry = {"tenantId": TENANT, "objectId": BOB, "permissions": permissions}
    document = planned(
        {"properties": {**PROPERTIES, "accessPolicies": [entry]}},
        {"properties": {"accessPolicies": [{"permissions": unknown}]}},
    )
    assert verdict(document, BOB, "secrets/get", "kv-main") == "unknown"


def identity(name):
    return resource(f"azurerm_user_assigned_identity.{name}", {"name": name, "principal_id": UNKNOWN, "id": UNKNOWN})


@pytest.mark.parametrize(("names", "expected"), [("a", "direct"), ("ab", "unknown")])
def test_the_principal_of_a_body_is_the_only_one_that_it_refers_to(names, expected):
    principals = [f"azurerm_user_assigned_identity.{each}.principal_id" for each in names]
    entry = {"tenantId": TENANT, "permissions": {"secrets": ["get"]}}
    document = planned(
        {"properties": {**PROPERTIES, "accessPolicies": [entry]}},
        {"properties": {"accessPolicies": [{"objectId": True}]}},
        *map(identity, names),
        referring=principals,
    )
    for each in principals:
        assert verdict(document, each, "secrets/get", "kv-main") == expected


def test_a_body_of_any_depth_is_read_as_far_as_it_matters():
    deep: object = True
    for _ in range(200):
        deep = {"below": deep}
    held = access(planned({"properties": PROPERTIES}, {"properties": {"other": deep}}))
    assert held.snapshot.vaults[0].uses_rbac is False


@pytest.mark.parametrize("attribute", ["output.properties.principalId", "output"])
def test_an_identity_that_azapi_makes_is_one(attribute):
    made = resource(
        "azapi_resource.web",
        {"type": "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31", "name": "id-web", "id": UNKNOWN},
        parent_id=GROUP_ID,
    )
    document = plan(
        GROUP,
        vault(resource_group_name="rg-vaults"),
        made,
        role(
            "azurerm_role_assignment.web",
            "Key Vault Secrets User",
            scope=KEY_VAULT,
            principal=refs(f"azapi_resource.web.{attribute}"),
        ),
        role("azurerm_role_assignment.bob", "Managed Identity Contributor", scope=GROUP_ID, principal=BOB),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, "azapi_resource.web.output.properties.principalId", "secrets/get", "kv-main") == "direct"
    assert verdict(held, BOB, "secrets/get", "kv-main") == "escalation"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "none"


@pytest.mark.parametrize("attribute", ["identity[0].principal_id", "output.identity.principalId"])
def test_the_own_identity_of_what_azapi_makes_goes_by_either_name(attribute):
    app = resource(
        "azapi_resource.app",
        {
            "type": "Microsoft.Web/sites@2023-12-01",
            "name": "app",
            "identity": [{"type": "SystemAssigned", "identity_ids": None}],
            "id": UNKNOWN,
        },
        parent_id=GROUP_ID,
    )
    document = plan(
        GROUP,
        vault(resource_group_name="rg-vaults"),
        app,
        role(
            "azurerm_role_assignment.app",
            "Key Vault Secrets User",
            scope=KEY_VAULT,
            principal=refs(f"azapi_resource.app.{attribute}"),
        ),
        role("azurerm_role_assignment.bob", "Website Contributor", scope=GROUP_ID, principal=BOB),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, BOB, "secrets/get", "kv-main") == "escalation"


@pytest.mark.parametrize(
    ("kind", "need"),
    [
        ("Microsoft.Resources/deployments@2022-09-01", "vaults"),
        ("Microsoft.Resources/deploymentStacks@2024-03-01", "vaults"),
        ("Microsoft.ManagedServices/registrationAssignments@2022-10-01", "roleAssignments"),
    ],
)
def test_what_azapi_declares_and_is_not_read_does_not_vanish(kind, need):
    other = resource("azapi_resource.other", {"type": kind, "name": "x", "id": UNKNOWN}, parent_id=GROUP_ID)
    held = access(plan(GROUP, vault(), other, prior=(LOGGED_IN,)))
    assert [(gap.need, gap.subject) for gap in held.snapshot.gaps] == [(need, "azapi_resource.other")]
