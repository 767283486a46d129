"""The fake is close to the real thing: azure-identity signs in and the SDK's clients read it, nothing patched."""

from __future__ import annotations

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient

from tests.live.azure import small
from tests.live.azure.login import CLIENT, EXPIRED_SECRET, SECRET


@pytest.fixture
def credential(azure):
    return _credential(azure)


def _credential(azure, secret=SECRET, tenant=None):
    return ClientSecretCredential(
        tenant or azure.estate.tenant,
        CLIENT,
        secret,
        authority=azure.urls["login"],
        disable_instance_discovery=True,
        connection_verify=str(azure.ca),
    )


def _told(azure):
    url = azure.urls["arm"]
    return {"base_url": url, "credential_scopes": [f"{url}/.default"], "connection_verify": str(azure.ca)}


@pytest.fixture
def vaults(azure, credential):
    client = KeyVaultManagementClient(
        credential, small.PRODUCTION.id, api_version="2026-02-01", retry_total=0, **_told(azure)
    )
    with client:
        yield client.vaults


@pytest.fixture
def authorization(azure, credential):
    with AuthorizationManagementClient(credential, small.PRODUCTION.id, **_told(azure)) as client:
        yield client


def test_vaults_come_in_pages_and_the_last_is_empty(azure, vaults):
    azure.settings.page_size = 1
    assert [vault.name for vault in vaults.list_by_subscription()] == ["kv-app", "kv-legacy"]
    assert azure.count("GET /subscriptions/.*/vaults") == 3
    assert azure.writes() == []


def test_a_vault_is_found_by_its_name_or_is_not_there(vaults):
    assert vaults.get("rg-legacy", "kv-legacy").properties.access_policies[0].object_id == small.STRANGER
    with pytest.raises(ResourceNotFoundError, match="was not found") as caught:
        vaults.get("rg-app", "kv-nowhere")
    assert caught.value.error.code == "ResourceNotFound"


def test_role_assignments_of_a_subscription_have_what_is_above_at_and_below(authorization):
    found = list(authorization.role_assignments.list_for_subscription())
    assert {"/", small.LANDING_ZONES, small.PRODUCTION.scope, small.APP_GROUP, small.KV_APP} <= {
        row.scope for row in found
    }
    assert small.KV_SANDBOX not in {row.scope for row in found}
    at_scope = list(authorization.role_assignments.list_for_subscription(filter="atScope()"))
    assert {row.scope for row in at_scope} == {"/", small.LANDING_ZONES, small.PRODUCTION.scope}
    conditional = [row for row in found if row.condition]
    assert [row.condition_version for row in conditional] == ["2.0"]


def test_a_filter_by_principal_follows_groups_only_where_it_says_so(authorization):
    def roles(words):
        return {row.name for row in authorization.role_assignments.list_for_subscription(filter=words)}

    assert roles(f"principalId eq '{small.EVE['id']}'") == set()
    assert len(roles(f"assignedTo('{small.EVE['id']}')")) == 3  # as an auditor, and as a contractor
    with pytest.raises(HttpResponseError, match="not supported"):
        roles(f"atScope() and principalId eq '{small.EVE['id']}'")


def test_role_definitions_show_conditions_in_newer_versions_only(azure, get):
    def conditions(version):
        rows = get(f"{small.PRODUCTION.scope}/providers/Microsoft.Authorization/roleDefinitions?api-version={version}")
        return [
            block["condition"]
            for row in rows["value"]
            for block in row["properties"]["permissions"]
            if "condition" in block
        ]

    assert conditions("2022-04-01") == []
    assert len(conditions("2022-05-01-preview")) > 10


def test_custom_roles_are_offered_where_they_may_be_assigned(authorization):
    listed = authorization.role_definitions.list(small.PRODUCTION.scope, filter="type eq 'CustomRole'")
    assert [row.role_name for row in listed] == ["Vault keeper"]
    listed = authorization.role_definitions.list(small.SANDBOX.scope, filter="type eq 'CustomRole'")
    assert [row.role_name for row in listed] == ["Janitor"]


@pytest.mark.parametrize(
    ("secret", "code"), [("wrong", "AADSTS7000215"), (EXPIRED_SECRET, "AADSTS7000222")], ids=["wrong", "expired"]
)
def test_a_secret_that_is_no_good(azure, secret, code):
    with pytest.raises(ClientAuthenticationError, match=code):
        _credential(azure, secret).get_token(f"{azure.urls['arm']}/.default")


def test_a_tenant_that_is_not_there(azure):
    with pytest.raises(ClientAuthenticationError, match="tenant"):
        _credential(azure, tenant="00000000-0000-0000-0000-00000000beef").get_token(f"{azure.urls['arm']}/.default")


@pytest.fixture
def session(azure):
    with requests.Session() as opened:
        opened.verify = str(azure.ca)
        opened.trust_env = False
        yield opened


@pytest.fixture
def ask(azure, session):
    """One request with a good token for its origin."""

    def asked(target, *, origin="arm", method="GET", **more):
        url = target if target.startswith("https:") else f"{azure.urls[origin]}{target}"
        headers = {"Authorization": f"Bearer {azure.login.token(azure.urls[origin])}"}
        return session.request(method, url, headers=headers, allow_redirects=False, timeout=20, **more)

    return asked


@pytest.fixture
def get(ask):
    return lambda target, **more: ask(target, **more).json()


@pytest.fixture
def query(ask):
    def asked(text, **body):
        target = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        options = {"resultFormat": "objectArray", **body.pop("options", {})}
        return ask(target, method="POST", json={"query": text, "options": options, **body})

    return asked


VAULTS = "/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01"


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/subscriptions", 400, "MissingApiVersionParameter"),
        ("/subscriptions?api-version=1999-01-01", 400, "InvalidApiVersionParameter"),
        (f"/subscriptions/00000000-0000-0000-0000-00000000beef{VAULTS}", 404, "SubscriptionNotFound"),
        (f"{small.KV_APP}x/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview", 404,
         "ResourceNotFound"),
        ("/providers/Microsoft.Authorization/roleDefinitions/0?api-version=2022-04-01", 404,
         "RoleDefinitionDoesNotExist"),
    ],
)  # fmt: skip
def test_what_resource_manager_refuses(ask, target, status, code):
    response = ask(target)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("origin", ["arm", "graph", "hsm"])
def test_nobody_comes_in_without_a_token_that_is_good_there(azure, session, origin):
    target = f"{azure.urls[origin]}/anything?api-version=1"

    def status(token):
        response = session.get(target, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=20)
        assert (response.status_code == 401) is ("www-authenticate" in response.headers)
        return response.status_code

    good = azure.login.token(azure.urls[origin])
    assert status(None) == status("no-jwt") == status(azure.login.token("https://vault.azure.net")) == 401
    assert status(good) != 401
    azure.login.expire()
    assert status(good) == 401
    assert status(azure.login.token(azure.urls[origin])) != 401
    assert [entry.authorized for entry in azure.log] == [False, True, True, True, True, True]


@pytest.mark.parametrize(
    ("kind", "version", "names"),
    [
        ("Microsoft.Authorization/denyAssignments", "2022-04-01", 1),
        ("Microsoft.Authorization/roleEligibilityScheduleInstances", "2020-10-01", 1),
        ("Microsoft.Authorization/roleAssignmentScheduleInstances", "2020-10-01", 1),
        ("Microsoft.Authorization/roleManagementPolicyAssignments", "2020-10-01", 1),
        ("Microsoft.Authorization/locks", "2020-05-01", 2),
        ("Microsoft.ManagedServices/registrationAssignments", "2022-10-01", 1),
        ("Microsoft.KeyVault/managedHSMs", "2026-02-01", 1),
        ("Microsoft.KeyVault/deletedVaults", "2026-02-01", 1),
    ],
)
def test_every_list_of_a_subscription_has_something_in_it(get, kind, version, names):
    assert len(get(f"{small.PRODUCTION.scope}/providers/{kind}?api-version={version}")["value"]) == names


def test_what_belongs_to_a_vault(get):
    settings = get(f"{small.KV_APP}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview")
    assert settings["value"][0]["properties"]["workspaceId"] == small.LOGS
    target = "/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
    assert get(f"{small.KV_SANDBOX}{target}") == {"value": []}
    assert get(f"{small.KV_APP}/secrets?api-version=2026-02-01")["value"][0]["name"] == "db-password"
    assert get(f"{small.KV_APP}/keys?api-version=2026-02-01") == {"value": []}


def test_the_hierarchy_has_groups_and_subscriptions_with_the_chain_above_them(ask):
    target = "/providers/Microsoft.Management/getEntities?api-version=2020-05-01"
    rows = ask(target, method="POST").json()["value"]
    chains = {row["name"]: row["properties"]["parentNameChain"] for row in rows}
    assert chains[small.PRODUCTION.id] == [small.TENANT, "landing-zones"]
    assert chains[small.TENANT] == []
    assert len(rows) == 5


def test_resource_graph_pages_by_a_token(query):
    words = (
        "resources | where type in~ ('microsoft.keyvault/vaults','microsoft.keyvault/managedhsms') | project id, name"
    )
    first = query(words, options={"$top": 3}).json()
    assert (first["totalRecords"], first["count"], first["resultTruncated"]) == (4, 3, "false")
    last = query(words, options={"$top": 3, "$skipToken": first["$skipToken"]}).json()
    assert "$skipToken" not in last
    names = {row["name"] for row in first["data"] + last["data"]}
    assert names == {"kv-app", "kv-legacy", "kv-sandbox", "hsm-payments"}
    refused = query(f"{words} | take 2", options={"$skipToken": first["$skipToken"]})
    assert refused.status_code == 400


def test_resource_graph_cannot_page_without_ids(query):
    answer = query("resources | project name", options={"$top": 2}).json()
    assert answer["resultTruncated"] == "true"
    assert "$skipToken" not in answer


CARRIERS = (
    "resources | where isnotnull(identity) or type =~ 'microsoft.managedidentity/userassignedidentities' "
    "| extend words = strcat(tostring(identity), tostring(properties.principalId)) "
)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (f"resources | where id in~ ('{small.LOGS.upper()}', '{small.KV_APP}x') | project id", {"log-central"}),
        (f"{CARRIERS} | project id, name", {"web-shop", "vm-worker", "id-worker"}),
        (f"{CARRIERS} | where words has_any ('{small.WEB_IDENTITY['id']}', 'x') | project id, name", {"web-shop"}),
        ("resourcecontainers | where type in~ ('microsoft.resources/subscriptions') | project id",
         {small.PRODUCTION.id, small.SANDBOX.id}),
        ("managedserviceresources | project id", {small._registrations()[0]["name"]}),
        ("authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' "
         "| where properties.type =~ 'CustomRole' | project id", {small.KEEPER["name"], small.JANITOR["name"]}),
    ],
    ids=["ids", "carriers", "carriers of one", "subscriptions", "delegations", "custom roles"],
)  # fmt: skip
def test_resource_graph_follows_the_filters_that_are_written(query, words, names):
    assert {row["id"].rsplit("/", 1)[-1] for row in query(words).json()["data"]} == names


def test_resource_graph_reaches_above_a_subscription_only_where_it_is_told_to(query):
    words = (
        "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
        "| project id, scope = properties.scope"
    )

    def scopes(**body):
        return {row["scope"] for row in query(words, **body).json()["data"]}

    inside = scopes(subscriptions=[small.SANDBOX.id])
    assert inside == {small.SANDBOX.scope, small.KV_SANDBOX}
    widely = {"authorizationScopeFilter": "AtScopeAboveAndBelow"}
    assert scopes(subscriptions=[small.SANDBOX.id], options=widely) - inside == {"/", small.GROUPS + "sandbox"}
    assert scopes(managementGroups=["sandbox"]) == inside | {small.GROUPS + "sandbox"}
    assert {"/", small.KV_APP} < scopes()


@pytest.mark.parametrize(
    "words", ["", "nosuchtable", "resources | where", "resources | where frob(id)", "resources | summarize count()"]
)
def test_a_query_that_is_not_known_is_refused(query, words):
    response = query(words)
    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["code"] == "InvalidQuery"


def test_resource_graph_gives_no_answer_that_is_too_large(azure, query):
    azure.settings.query_bytes = 5_000
    assert query("resources | project id").status_code == 200
    response = query("resources")
    assert response.json()["error"]["details"][0]["code"] == "ResponsePayloadTooLarge"


def test_limits_are_enforced_where_that_is_asked_for(azure, ask, query):
    azure.settings.quota = azure.settings.limits = True
    statuses = [query("resources | project id").status_code for _ in range(16)]
    assert statuses == [200] * 15 + [429]
    refused = query("resources | project id")
    assert refused.headers["x-ms-user-quota-remaining"] == "0"
    assert refused.headers["x-ms-user-quota-resets-after"].startswith("00:00:0")
    answers = [ask(f"{small.SANDBOX.scope}?api-version=2022-12-01") for _ in range(400)]
    turned_away = [answer for answer in answers if answer.status_code == 429]
    assert turned_away[0].headers["Retry-After"] == "1"
    assert ask(f"{small.PRODUCTION.scope}?api-version=2022-12-01").status_code == 200


def test_graph_names_those_it_knows_and_leaves_out_the_others(azure, ask):
    def named(**more):
        ids = [small.ALICE["id"], small.STRANGER, small.PLATFORM["id"]]
        target = "/v1.0/directoryObjects/getByIds"
        return ask(target, origin="graph", method="POST", json={"ids": ids, **more}).json()["value"]

    assert [row["displayName"] for row in named()] == ["Alice Berg", "Platform team"]
    assert [row["displayName"] for row in named(types=["group"])] == ["Platform team"]
    azure.settings.withhold_names = True
    assert [(row["@odata.type"], row["displayName"]) for row in named()] == [
        ("#microsoft.graph.user", None),
        ("#microsoft.graph.group", None),
    ]


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (f"/groups/{small.AUDITORS['id']}/members", ["Alice Berg", "Contractors"]),
        (f"/groups/{small.AUDITORS['id']}/transitiveMembers", ["Alice Berg", "Contractors", "Eve Olsen"]),
        (f"/groups/{small.PLATFORM['id']}/owners?$select=id,displayName", ["Alice Berg"]),
        (f"/servicePrincipals/{small.DEPLOY['id']}/owners", ["Bob Lind"]),
        ("/directoryRoles", ["Global Administrator", "Application Administrator"]),
        (f"/directoryRoles/{small.GLOBAL_ADMINISTRATOR['id']}/members", ["Bob Lind"]),
    ],
)
def test_graph_tells_who_belongs_and_who_owns(get, target, names):
    assert [row["displayName"] for row in get(f"/v1.0{target}", origin="graph")["value"]] == names


def test_graph_goes_on_by_its_links(azure, get):
    azure.settings.graph_page = 1
    first = get(f"/v1.0/groups/{small.AUDITORS['id']}/members?$select=displayName", origin="graph")
    last = get(first["@odata.nextLink"], origin="graph")
    assert [row["displayName"] for row in first["value"] + last["value"]] == ["Alice Berg", "Contractors"]
    assert "@odata.nextLink" not in last


def test_other_things_of_graph(get):
    application = get(f"/v1.0/applications(appId='{small.DEPLOY['appId']}')?$expand=owners", origin="graph")
    assert [row["displayName"] for row in application["owners"]] == ["Eve Olsen"]
    target = f"/v1.0/servicePrincipals(appId='{small.directory.GRAPH_APP}')/appRoleAssignedTo?$top=999"
    assert get(target, origin="graph")["value"][0]["principalId"] == small.DEPLOY["id"]
    eligible = "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
    rows = get(f"{eligible}?$filter=groupId eq '{small.PLATFORM['id']}'", origin="graph")["value"]
    assert [row["principalId"] for row in rows] == [small.EVE["id"]]
    assert get(eligible, origin="graph")["error"]["code"] == "MissingParameters"


def test_each_request_of_a_batch_fails_by_itself(azure, ask):
    azure.fault(small.CONTRACTORS["id"], status=429, headers={"retry-after": "1"}, code="TooManyRequests")
    azure.fault(small.PLATFORM["id"], status=403, code="Authorization_RequestDenied")
    groups = [small.AUDITORS, small.CONTRACTORS, small.PLATFORM]
    asked = [
        {"id": str(number), "method": "GET", "url": f"/groups/{group['id']}/members"}
        for number, group in enumerate(groups)
    ]
    response = ask("/v1.0/$batch", origin="graph", method="POST", json={"requests": asked}).json()["responses"]
    assert [each["status"] for each in response] == [200, 429, 403]
    assert response[1]["headers"]["Retry-After"] == "1"
    assert response[2]["body"]["error"]["code"] == "Authorization_RequestDenied"
    assert azure.count(r"GET /v1\.0/groups") == 3
    assert ask("/v1.0/$batch", origin="graph", method="POST", json={"requests": asked * 7}).status_code == 400


def test_the_data_plane_of_the_hsm(azure, get, ask, session):
    uri = get(f"{small.HSM}?api-version=2026-02-01")["properties"]["hsmUri"]
    assert uri == f"{azure.urls['hsm']}/"
    target = f"{uri}providers/Microsoft.Authorization/roleAssignments?api-version=7.4"
    assert ask(target, origin="hsm").json()["value"][0]["properties"]["scope"] == "/keys"
    assert 'resource="https://managedhsm.azure.net"' in session.get(target, timeout=20).headers["www-authenticate"]


LIST = f"{small.PRODUCTION.scope}{VAULTS}"


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ({"status": 403, "code": "AuthorizationFailed"}, 403, '"code":"AuthorizationFailed"'),
        ({"status": 503}, 503, "made to fail"),
        ({"status": 409, "code": "MissingSubscriptionRegistration"}, 409, "MissingSubscriptionRegistration"),
        ({"html": True}, 200, "<html>"),
        ({"body": {}}, 200, "{}"),
        ({"body": {"value": None}}, 200, '{"value":null}'),
        ({"body": "text"}, 200, '"text"'),
        ({"body": b"\xff\xfe"}, 200, ""),
        ({"redirect": "other"}, 302, ""),
    ],
)  # fmt: skip
def test_an_answer_goes_wrong_once(azure, ask, fault, status, text):
    azure.fault("vaults", **fault)
    response = ask(LIST)
    assert response.status_code == status
    assert text in response.text
    assert ask(LIST).json()["value"]


def test_a_link_goes_elsewhere_or_nowhere(azure, ask):
    azure.fault("vaults", next_link="other", after=1)
    azure.fault("vaults", next_link="self")
    assert ask(LIST).json()["nextLink"].startswith(f"{azure.urls['arm']}{small.PRODUCTION.scope}")
    evil = ask(LIST).json()["nextLink"]
    assert evil.startswith(f"{azure.urls['other']}{small.PRODUCTION.scope}")
    assert ask(evil).json()["value"][0]["name"] == "kv-evil"
    assert [entry.authorized for entry in azure.entries("vaults", origin="other")] == [True]


def test_an_answer_breaks_off_or_does_not_come(azure, ask):
    azure.fault("vaults", truncate=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(LIST)
    azure.fault("vaults", drop=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        ask(LIST)
    assert [entry.status for entry in azure.log] == [200, None]


def test_a_fault_can_be_put_over_http(azure, ask, session):
    assert session.post(f"{azure.urls['other']}/_fault", json={"match": "vaults", "status": 429}, timeout=20).ok
    assert [ask(LIST).status_code for _ in range(2)] == [429, 200]
    assert session.get(f"{azure.urls['other']}/_stats", timeout=20).json()["requests"] == {"arm": 2}


def test_what_is_not_reading_is_a_write(azure, ask, query):
    query("resources")
    ask("/v1.0/directoryObjects/getByIds", origin="graph", method="POST", json={"ids": []})
    assert azure.writes() == []
    ask(f"{small.PRODUCTION.scope}/providers/Microsoft.KeyVault/register?api-version=2022-09-01", method="POST")
    ask(small.KV_APP, method="DELETE")
    assert [entry.method for entry in azure.writes()] == ["POST", "DELETE"]
