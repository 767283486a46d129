"""The estates of the fake: the small one has something for many rules, the large ones are made as they are counted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.live.azure.complete import snapshot
from tests.live.azure.connection import Request
from tests.live.azure.large import large
from tests.live.azure.people import Guids
from tests.live.azure.resource_graph import ResourceGraph
from tests.live.azure.settings import Settings
from tests.live.azure.small import small


def scanned(tmp_path, estate):
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps(snapshot(estate)), encoding="utf-8")
    command = [sys.executable, "-m", "kvaudit", "scan", str(file), "--as-of", "2026-11-23", "--format", "json"]
    return json.loads(subprocess.run(command, capture_output=True, check=False, text=True).stdout)


def test_the_small_estate_has_something_for_many_rules(tmp_path):
    report = scanned(tmp_path, small())
    assert report["complete"]
    found = {finding["rule"] for finding in report["findings"]}
    assert {"KV102", "KV114", "KV117", "KV201", "KV202", "KV203", "KV206", "KV207", "KV208", "KV213", "KV401"} <= found
    assert len(found) >= 40


def test_a_large_estate_is_read_whole(tmp_path):
    assert scanned(tmp_path, large(3, 30, 300, 50))["complete"]


@pytest.fixture
def estate():
    return large(subscriptions=4, vaults=50, assignments=2_100, principals=100)


def test_every_row_of_a_large_estate_is_found_again(estate):
    for rows in (estate.vaults, estate.role_assignments):
        assert len({row["id"] for row in rows}) == len(rows)
        assert all(rows.find(row["id"]) == row for row in rows)
        shares = [rows.below(each.scope) for each in estate.subscriptions]
        assert sum(map(len, shares)) == sum("/subscriptions/" in row["id"] for row in rows)
    assert rows.find(rows[0]["id"][:-1] + "x") is None
    for vault in estate.vaults:
        assert len(estate.diagnostic_settings.below(vault["id"])) == 1
        assert all(row["id"].startswith(vault["id"]) for row in estate.role_assignments.exactly(vault["id"]))


def test_everybody_who_is_named_in_a_large_estate_is_there(estate):
    people = estate.principals
    assert all(people[identifier]["id"] == identifier for identifier in people)
    assert {row["properties"]["principalId"] for row in estate.role_assignments} <= set(people)
    for related in (estate.members, estate.owners):
        assert len(related) > 0
        assert {each for listed in related.values() for each in listed} <= set(people)
    for row in people.values():
        if "appId" in row:
            assert row["id"] in {each["id"] for each in estate.of_application(row["appId"])}


def test_numbers_and_guids():
    guids = Guids("seed")
    assert [guids.number(guids.of(number)) for number in (0, 1, 999_999)] == [0, 1, 999_999]
    assert guids.number("no guid") is None


ASSIGNMENTS = (
    "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
    "| extend s = tolower(tostring(properties.scope)) | where s !contains '/providers/' "
    "or s contains '/providers/microsoft.keyvault/' or s startswith '/providers/microsoft.management/' "
    "| project id, properties"
)


def test_rows_that_are_made_come_in_pages_as_others_do(estate):
    graph = ResourceGraph(estate, Settings())
    assert graph.warm({"query": ASSIGNMENTS}) == 3
    kept = {row["id"] for row in estate.role_assignments}
    assert len(kept) == 2_112
    seen = []
    options = {}
    while True:
        content = json.loads(graph.answer(asking(ASSIGNMENTS, options)).whole)
        seen += [row["id"] for row in content["data"]]
        if "$skipToken" not in content:
            break
        options = {"$skipToken": content["$skipToken"]}
    assert content["totalRecords"] == len(seen) == 2_112
    assert set(seen) == kept


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("type =~ 'microsoft.keyvault/vaults' and name startswith 'kv-00001'", 10),
        ("type =~ 'microsoft.keyvault/vaults' and properties.enableRbacAuthorization == false", 5),
        ("id in~ ('{0}', '{0}x')", 1),
        ("id !in~ ('{0}') and type =~ 'microsoft.keyvault/vaults'", 49),
        ("isnotnull(identity)", 10),
    ],
)
def test_a_filter_finds_the_same_among_rows_that_are_made(estate, words, count):
    graph = ResourceGraph(estate, Settings())
    query = f"resources | where {words} | project id".replace("{0}", estate.vaults[7]["id"])
    assert json.loads(graph.answer(asking(query, {})).whole)["totalRecords"] == count


def asking(query, options):
    body = json.dumps({"query": query, "options": options}).encode()
    return Request("POST", "", "api-version=2022-10-01", {}, body)
