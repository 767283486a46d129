"""What goes wrong on command, and what the log has of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import requests

from tests.live.azure import contoso

LIST = f"{contoso.PRODUCTION.scope}/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01"


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


@pytest.mark.parametrize(
    ("target", "action", "scope"),
    [
        (LIST, "Microsoft.KeyVault/vaults/read", contoso.PRODUCTION.scope),
        (f"{contoso.KV_APP}?api-version=2026-02-01", "Microsoft.KeyVault/vaults/read", contoso.KV_APP),
        (
            f"{contoso.KV_APP}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview",
            "Microsoft.Insights/diagnosticSettings/read",
            contoso.KV_APP,
        ),
        ("/subscriptions?api-version=2022-12-01", "Microsoft.Resources/subscriptions/read", "/"),
    ],
)
def test_a_missing_permission_is_named(azure, ask, target, action, scope):
    azure.fault(".", status=403, code="AuthorizationFailed")
    assert f"perform action '{action}' over scope '{scope}'" in ask(target).json()["error"]["message"]


def test_a_link_goes_elsewhere_or_nowhere(azure, ask):
    azure.fault("vaults", next_link="other", after=1)
    azure.fault("vaults", next_link="self")
    assert ask(LIST).json()["nextLink"].startswith(f"{azure.urls['arm']}{contoso.PRODUCTION.scope}")
    evil = ask(LIST).json()["nextLink"]
    assert evil.startswith(f"{azure.urls['other']}{contoso.PRODUCTION.scope}")
    assert ask(evil).json()["value"][0]["name"] == "kv-evil"
    assert [entry.authorized for entry in azure.entries("vaults", origin="other")] == [True]


def test_a_query_goes_round_in_circles(azure, query):
    azure.fault("ResourceGraph", next_link="self", times=None)
    first = query("resources | project id").json()
    again = query("resources | project id", options={"$skipToken": first["$skipToken"]}).json()
    assert again["$skipToken"] == first["$skipToken"]


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
    ask(f"{contoso.PRODUCTION.scope}/providers/Microsoft.KeyVault/register?api-version=2022-09-01", method="POST")
    ask(contoso.KV_APP, method="DELETE")
    assert [entry.method for entry in azure.writes()] == ["POST", "DELETE"]


def test_a_fake_in_a_process_of_its_own_ends_with_its_standard_input():
    command = [sys.executable, "-m", "tests.live.azure", "--estate", "large", "--vaults", "10", "--assignments", "10"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        told = json.loads(process.stdout.readline())
        assert set(told["endpoints"]) == {"arm", "graph", "login", "hsm", "other"}
        assert told["environment"]["KVAUDIT_ARM_ENDPOINT"] == told["endpoints"]["arm"]
        process.stdin.close()
        assert process.wait(timeout=20) == 0
