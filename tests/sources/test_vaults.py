"""Vaults: what is missing, what is null, what is damaged."""

from __future__ import annotations

import pytest

from kvaudit.model.permission import BY_NAME, POLICY_WORDS, pack
from kvaudit.model.snapshot import Coverage
from kvaudit.model.vault import NetworkRules, PrivateEndpoint
from tests.sources.made import ALICE, BOB, TENANT_ID, VAULT, policy, read, rows_of, vault

NULLS = dict.fromkeys(
    [
        "accessPolicies",
        "enableRbacAuthorization",
        "networkAcls",
        "publicNetworkAccess",
        "privateEndpointConnections",
        "enableSoftDelete",
        "softDeleteRetentionInDays",
        "enablePurgeProtection",
        "enabledForDeployment",
        "enabledForTemplateDeployment",
        "enabledForDiskEncryption",
        "sku",
    ]
)


def only(row):
    snapshot = read(row)
    assert not snapshot.gaps
    (one,) = snapshot.vaults
    return one


@pytest.mark.parametrize("properties", [{}, NULLS])
def test_what_is_missing_or_null_is_the_services_default(properties):
    one = only(vault(**properties))
    assert (one.id, one.name, one.location, one.tenant_id) == (VAULT, "kv-app", "westeurope", TENANT_ID)
    assert one.uses_rbac is False
    assert one.policies == ()
    assert one.network == NetworkRules("Allow", "AzureServices", (), ())
    assert one.public_access == "Enabled"
    assert one.private_endpoints == ()
    assert one.purge_protection is False
    assert (one.for_deployment, one.for_template_deployment, one.for_disk_encryption) == (False, False, False)
    assert (one.soft_delete, one.retention_days, one.sku) == (None, None, None)
    assert one.has_properties


@pytest.mark.parametrize(
    "row",
    [
        {**vault(), "properties": None},
        {**vault(), "properties": {}},
        {k: v for k, v in vault().items() if k != "properties"},
    ],
)
def test_without_properties_nothing_is_known(row):
    one = only(row)
    assert not one.has_properties
    for field in ("uses_rbac", "policies", "network", "public_access", "private_endpoints", "soft_delete"):
        assert getattr(one, field) is None
    assert (one.purge_protection, one.for_deployment) == (None, None)


def test_all_that_a_vault_may_say():
    endpoint = f"{VAULT}/privateEndpointConnections/pe"
    one = only(
        vault(
            enableRbacAuthorization=True,
            enableSoftDelete=True,
            softDeleteRetentionInDays=7,
            enablePurgeProtection=True,
            enabledForDeployment=True,
            enabledForTemplateDeployment=True,
            enabledForDiskEncryption=True,
            publicNetworkAccess="disabled",
            sku={"family": "A", "name": "Premium"},
            networkAcls={
                "defaultAction": "deny",
                "bypass": "none",
                "ipRules": [{"value": "1.2.3.4/32"}],
                "virtualNetworkRules": [{"id": "/subscriptions/x/subnets/y"}],
            },
            privateEndpointConnections=[
                {"id": endpoint, "properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}},
                {"id": endpoint + "2", "privateLinkServiceConnectionState": {"status": "Pending"}},
            ],
        )
    )
    assert (one.uses_rbac, one.soft_delete, one.retention_days, one.purge_protection) == (True, True, 7, True)
    assert (one.for_deployment, one.for_template_deployment, one.for_disk_encryption) == (True, True, True)
    assert (one.public_access, one.sku) == ("Disabled", "premium")
    assert one.network == NetworkRules("Deny", "None", ("1.2.3.4/32",), ("/subscriptions/x/subnets/y",))
    assert one.private_endpoints == (PrivateEndpoint(endpoint, "Approved"), PrivateEndpoint(endpoint + "2", "Pending"))


def test_policies_in_any_case_and_all_without_purge():
    one = only(
        vault(
            accessPolicies=[
                policy(ALICE.upper(), secrets=["Get", "LIST "], keys=["WrapKey"], certificates=None),
                {**policy(BOB, storage=["all"]), "applicationId": "0C28CEC1-B947-42AF-A4B9-36976B4B76B0"},
            ]
        )
    )
    first, second = one.policies
    assert (first.object_id, first.application_id) == (ALICE, None)
    assert first.permissions == pack(["secrets/get", "secrets/list", "keys/wrapkey"])
    assert second.permissions == POLICY_WORDS["storage", "all"]
    assert not second.permissions & 1 << BY_NAME["storage/purge"].index
    assert second.application_id == "0c28cec1-b947-42af-a4b9-36976b4b76b0"
    assert second.origins[0].pointer == "/properties/accessPolicies/1"


def test_a_word_that_is_no_permission_is_kept_and_named():
    snapshot = read(vault(accessPolicies=[policy(secrets=["get", "gett"])]))
    (entry,) = snapshot.vaults[0].policies
    assert entry.permissions == pack(["secrets/get"])
    assert entry.unread_words == ("secrets/gett",)
    (gap,) = snapshot.gaps
    assert (gap.need, gap.subject) == ("vaults", VAULT)
    assert "secrets/gett" in gap.reason
    assert gap.origins[0].pointer == "/properties/accessPolicies/0/permissions"


@pytest.mark.parametrize(
    ("field", "value", "unknown"),
    [
        ("enableRbacAuthorization", "true", "uses_rbac"),
        ("accessPolicies", "none", "policies"),
        ("networkAcls", [], "network"),
        ("networkAcls", {"defaultAction": 1}, "network"),
        ("networkAcls", {"defaultAction": "Perhaps"}, "network"),
        ("networkAcls", {"bypass": "Someone"}, "network"),
        ("networkAcls", {"ipRules": ["1.2.3.4"]}, "network"),
        ("networkAcls", {"ipRules": [{}]}, "network"),
        ("networkAcls", {"virtualNetworkRules": "x"}, "network"),
        ("publicNetworkAccess", 0, "public_access"),
        ("publicNetworkAccess", "Sometimes", "public_access"),
        ("privateEndpointConnections", {}, "private_endpoints"),
        ("enableSoftDelete", "true", "soft_delete"),
        ("softDeleteRetentionInDays", "90", "retention_days"),
        ("enablePurgeProtection", 1, "purge_protection"),
        ("enabledForDeployment", "no", "for_deployment"),
        ("enabledForTemplateDeployment", [], "for_template_deployment"),
        ("enabledForDiskEncryption", {}, "for_disk_encryption"),
    ],
)
def test_what_is_damaged_is_unknown_and_the_rest_is_used(field, value, unknown):
    snapshot = read(vault(**{"enablePurgeProtection": True, field: value}))
    (one,) = snapshot.vaults
    assert getattr(one, unknown) is None
    assert one.tenant_id == TENANT_ID
    assert unknown == "purge_protection" or one.purge_protection is True
    (gap,) = snapshot.gaps
    assert (gap.need, gap.subject) == ("vaults", VAULT)
    assert gap.origins[0].pointer.startswith(f"/properties/{field}")
    (coverage,) = snapshot.coverage
    assert (coverage.fact, coverage.scope, coverage.complete) == ("vaults", VAULT.lower(), False)


def test_properties_of_a_wrong_type_are_no_properties():
    snapshot = read({**vault(), "properties": "cut"})
    assert not snapshot.vaults[0].has_properties
    assert snapshot.gaps[0].reason == "properties: expected an object, found text"


def test_one_damaged_policy_takes_no_other_along():
    snapshot = read(
        vault(
            accessPolicies=[
                "x",
                policy(secrets="get"),
                policy(secrets=["get", 7, {}]),
                {**policy(secrets=["get"]), "applicationId": 3},
                {**policy(), "permissions": []},
                {"permissions": {"keys": ["get"]}},
                policy(BOB, secretz=["get"], more=[]),
                policy(BOB, keys=["get"]),
            ]
        )
    )
    entries = snapshot.vaults[0].policies
    assert [(entry.object_id, entry.permissions) for entry in entries] == [
        (ALICE, 0),
        (ALICE, pack(["secrets/get"])),
        (BOB, 0),
        (BOB, pack(["keys/get"])),
    ]
    assert [gap.origins[0].pointer.removeprefix("/properties/accessPolicies/") for gap in snapshot.gaps] == [
        "0",
        "1/permissions/secrets",
        "2/permissions/secrets/1",
        "2/permissions/secrets/2",
        "3/applicationId",
        "4/permissions",
        "5/objectId",
        "6/permissions/secretz",
    ]


@pytest.mark.parametrize("identifier", [None, 5])
def test_a_vault_without_an_id_leaves_the_listing_incomplete(identifier):
    snapshot = read([{**vault(), "id": identifier}, vault("kv-b")])
    assert [one.name for one in snapshot.vaults] == ["kv-b"]
    assert len(snapshot.gaps) == 1
    assert snapshot.coverage == (
        Coverage(
            "vaults", "tenant", complete=False, reason=snapshot.coverage[0].reason, origins=snapshot.gaps[0].origins
        ),
    )


def test_tags_are_text():
    snapshot = read({**vault(), "tags": {"a": "x", "b": 7, "c": None, "d": {}}})
    assert snapshot.vaults[0].tags == {"a": "x", "b": "7"}
    assert [gap.origins[0].pointer for gap in snapshot.gaps] == ["/tags/d"]
    assert read({**vault(), "tags": None}).vaults[0].tags is None


def test_a_private_endpoint_connection_by_itself_adds_to_its_vault():
    row = {
        "id": f"{VAULT}/privateEndpointConnections/pe",
        "type": "Microsoft.KeyVault/vaults/privateEndpointConnections",
        "properties": {"privateLinkServiceConnectionState": {"status": "Rejected"}},
    }
    alone = only(row)
    assert (alone.name, alone.has_properties) == ("kv-app", False)
    (one,) = read([vault(), row]).vaults
    assert one.has_properties
    assert one.private_endpoints == (PrivateEndpoint(row["id"], "Rejected"),)


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("Microsoft.KeyVault/managedHSMs", "managedHSMs/h"),
        ("microsoft.keyvault/managedhsms", "managedHSMs/h"),
        (None, "managedHSMs/h"),
        ("Microsoft.KeyVault/deletedVaults", "locations/westeurope/deletedVaults/kv"),
        ("Microsoft.KeyVault/managedHSMs/privateEndpointConnections", "managedHSMs/h/privateEndpointConnections/p"),
    ],
)
def test_what_lies_beside_vaults_is_no_vault(kind, identifier):
    rows = [{"id": f"/subscriptions/s/providers/Microsoft.KeyVault/{identifier}", "type": kind, "name": "x"}, vault()]
    snapshot = read(rows)
    assert [one.name for one in snapshot.vaults] == ["kv-app"]
    assert not snapshot.resources
    assert not snapshot.gaps
    assert sum(rows_of(rows).values()) == 2
