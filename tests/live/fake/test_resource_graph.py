"""Queries of Resource Graph: pages, filters, scopes, and what is refused."""

from __future__ import annotations

import pytest

from tests.live.azure import small


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
        (f"resources | where id in~ ('{small.LOGS.upper()}', '{small.KV_APP}x') | project id", {"log-central"}),
        (f"{CARRIERS} | project id, name", {"web-shop", "vm-worker", "id-worker"}),
        (f"{CARRIERS} | where words has_any ('{small.WEB_IDENTITY['id']}', 'x') | project id, name", {"web-shop"}),
        (SUBSCRIPTIONS, {small.PRODUCTION.id, small.SANDBOX.id}),
        ("managedserviceresources | project id", {small._registrations()[0]["name"]}),
        (CUSTOM_ROLES, {small.KEEPER["name"], small.JANITOR["name"]}),
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
