"""The fake is close to the real thing: azure-identity signs in and the SDK's clients read it, nothing patched."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient

from tests.live.azure import contoso


@pytest.fixture
def credential(sign_in):
    with sign_in() as signed_in:
        yield signed_in


def _told(azure):
    url = azure.urls["arm"]
    return {"base_url": url, "credential_scopes": [f"{url}/.default"], "connection_verify": str(azure.ca)}


@pytest.fixture
def vaults(azure, credential):
    client = KeyVaultManagementClient(
        credential, contoso.PRODUCTION.id, api_version="2026-02-01", retry_total=0, **_told(azure)
    )
    with client:
        yield client.vaults


@pytest.fixture
def authorization(azure, credential):
    with AuthorizationManagementClient(credential, contoso.PRODUCTION.id, **_told(azure)) as client:
        yield client


def test_vaults_come_in_pages_and_the_last_is_empty(azure, vaults):
    azure.settings.page_size = 1
    assert [vault.name for vault in vaults.list_by_subscription()] == ["kv-app", "kv-legacy"]
    assert azure.count("GET /subscriptions/.*/vaults") == 3
    assert azure.writes() == []


def test_a_vault_is_found_by_its_name_or_is_not_there(vaults):
    assert vaults.get("rg-legacy", "kv-legacy").properties.access_policies[0].object_id == contoso.STRANGER
    with pytest.raises(ResourceNotFoundError, match="was not found") as caught:
        vaults.get("rg-app", "kv-nowhere")
    assert caught.value.error.code == "ResourceNotFound"


def test_role_assignments_of_a_subscription_have_what_is_above_at_and_below(authorization):
    found = list(authorization.role_assignments.list_for_subscription())
    assert {"/", contoso.LANDING_ZONES, contoso.PRODUCTION.scope, contoso.APP_GROUP, contoso.KV_APP} <= {
        row.scope for row in found
    }
    assert contoso.KV_SANDBOX not in {row.scope for row in found}
    at_scope = list(authorization.role_assignments.list_for_subscription(filter="atScope()"))
    assert {row.scope for row in at_scope} == {"/", contoso.LANDING_ZONES, contoso.PRODUCTION.scope}
    conditional = [row for row in found if row.condition]
    assert [row.condition_version for row in conditional] == ["2.0"]


def test_a_filter_by_principal_follows_groups_only_where_it_says_so(authorization):
    def roles(words):
        return {row.name for row in authorization.role_assignments.list_for_subscription(filter=words)}

    assert roles(f"principalId eq '{contoso.EVE['id']}'") == set()
    assert len(roles(f"assignedTo('{contoso.EVE['id']}')")) == 3  # as an auditor, and as a contractor
    with pytest.raises(HttpResponseError, match="not supported"):
        roles(f"atScope() and principalId eq '{contoso.EVE['id']}'")


def test_role_definitions_show_conditions_in_newer_versions_only(get):
    def conditions(version):
        rows = get(
            f"{contoso.PRODUCTION.scope}/providers/Microsoft.Authorization/roleDefinitions?api-version={version}"
        )
        return [
            block["condition"]
            for row in rows["value"]
            for block in row["properties"]["permissions"]
            if "condition" in block
        ]

    assert conditions("2022-04-01") == []
    assert len(conditions("2022-05-01-preview")) > 10


def test_custom_roles_are_offered_where_they_may_be_assigned(authorization):
    listed = authorization.role_definitions.list(contoso.PRODUCTION.scope, filter="type eq 'CustomRole'")
    assert [row.role_name for row in listed] == ["Vault keeper"]
    listed = authorization.role_definitions.list(contoso.SANDBOX.scope, filter="type eq 'CustomRole'")
    assert [row.role_name for row in listed] == ["Janitor"]


VAULTS = "/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01"


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/subscriptions", 400, "MissingApiVersionParameter"),
        ("/subscriptions?api-version=1999-01-01", 400, "InvalidApiVersionParameter"),
        (f"/subscriptions/00000000-0000-0000-0000-00000000beef{VAULTS}", 404, "SubscriptionNotFound"),
        (f"{contoso.KV_APP}x/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview", 404,
         "ResourceNotFound"),
        ("/providers/Microsoft.Authorization/roleDefinitions/0?api-version=2022-04-01", 404,
         "RoleDefinitionDoesNotExist"),
    ],
)  # fmt: skip
def test_what_resource_manager_refuses(ask, target, status, code):
    response = ask(target)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("kind", "version", "names"),
    [
        ("Microsoft.Authorization/denyAssignments", "2022-04-01", 1),
        ("Microsoft.Authorization/roleEligibilityScheduleInstances", "2020-10-01", 1),
        ("Microsoft.Authorization/roleAssignmentScheduleInstances", "2020-10-01", 2),
        ("Microsoft.Authorization/roleManagementPolicyAssignments", "2020-10-01", 1),
        ("Microsoft.Authorization/locks", "2020-05-01", 2),
        ("Microsoft.ManagedServices/registrationAssignments", "2022-10-01", 1),
        ("Microsoft.KeyVault/managedHSMs", "2026-02-01", 1),
        ("Microsoft.KeyVault/deletedVaults", "2026-02-01", 1),
    ],
)
def test_every_list_of_a_subscription_has_something_in_it(get, kind, version, names):
    assert len(get(f"{contoso.PRODUCTION.scope}/providers/{kind}?api-version={version}")["value"]) == names


def test_what_belongs_to_a_vault(get):
    settings = get(f"{contoso.KV_APP}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview")
    assert settings["value"][0]["properties"]["workspaceId"] == contoso.LOGS
    target = "/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
    assert get(f"{contoso.KV_SANDBOX}{target}") == {"value": []}
    assert get(f"{contoso.KV_APP}/secrets?api-version=2026-02-01")["value"][0]["name"] == "db-password"
    assert get(f"{contoso.KV_APP}/keys?api-version=2026-02-01") == {"value": []}


def test_the_hierarchy_has_groups_and_subscriptions_with_the_chain_above_them(ask):
    target = "/providers/Microsoft.Management/getEntities?api-version=2020-05-01"
    rows = ask(target, method="POST").json()["value"]
    chains = {row["name"]: row["properties"]["parentNameChain"] for row in rows}
    assert chains[contoso.PRODUCTION.id] == [contoso.TENANT, "landing-zones"]
    assert chains[contoso.TENANT] == []
    assert len(rows) == 5


def test_the_data_plane_of_the_hsm(azure, get, ask, session):
    uri = get(f"{contoso.HSM}?api-version=2026-02-01")["properties"]["hsmUri"]
    assert uri == f"{azure.urls['hsm']}/"
    target = f"{uri}providers/Microsoft.Authorization/roleAssignments?api-version=7.4"
    assert ask(target, origin="hsm").json()["value"][0]["properties"]["scope"] == "/keys"
    assert 'resource="https://managedhsm.azure.net"' in session.get(target, timeout=20).headers["www-authenticate"]
