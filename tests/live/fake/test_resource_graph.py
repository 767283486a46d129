"""Queries of Resource Graph: pages, filters, scopes, and what is refused."""

from __future__ import annotations

import pytest

from tests.live.azure import contoso
from tests.live.azure import contoso_access as access
from tests.live.azure.estate import GROUPS


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
SUBSCRIPTIONS = "resourcecontainers | where type in~ ('microsoft.resources/subscriptions') | project id"
CUSTOM_ROLES = (
    "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions' "
    "| where properties.type =~ 'CustomRole' | project id"
)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (f"resources | where id in~ ('{contoso.LOGS.upper()}', '{contoso.KV_APP}x') | project id", {"log-central"}),
        (f"{CARRIERS} | project id, name", {"web-shop", "vm-worker", "id-worker"}),
        (f"{CARRIERS} | where words has_any ('{contoso.WEB_IDENTITY['id']}', 'x') | project id, name", {"web-shop"}),
        (SUBSCRIPTIONS, {contoso.PRODUCTION.id, contoso.SANDBOX.id}),
        ("managedserviceresources | project id", {access.registrations()[0]["name"]}),
        (CUSTOM_ROLES, {contoso.KEEPER["name"], contoso.JANITOR["name"]}),
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

    inside = scopes(subscriptions=[contoso.SANDBOX.id])
    assert inside == {contoso.SANDBOX.scope, contoso.KV_SANDBOX}
    widely = {"authorizationScopeFilter": "AtScopeAboveAndBelow"}
    assert scopes(subscriptions=[contoso.SANDBOX.id], options=widely) - inside == {"/", GROUPS + "sandbox"}
    assert scopes(managementGroups=["sandbox"]) == inside | {GROUPS + "sandbox"}
    assert {"/", contoso.KV_APP} < scopes()


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
    azure.clock = lambda: 7.0
    assert [query("resources | project id").status_code for _ in range(16)] == [200] * 15 + [429]
    refused = query("resources | project id")
    assert refused.headers["x-ms-user-quota-remaining"] == "0"
    assert refused.headers["x-ms-user-quota-resets-after"] == "00:00:05"
    target = f"{contoso.SANDBOX.scope}?api-version=2022-12-01"
    answers = [ask(target) for _ in range(251)]
    assert [answer.status_code for answer in answers] == [200] * 250 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert ask(f"{contoso.PRODUCTION.scope}?api-version=2022-12-01").status_code == 200
    azure.clock = lambda: 12.0
    assert ask(target).headers["x-ms-ratelimit-remaining-subscription-reads"] == "124"
    assert query("resources | project id").status_code == 200
