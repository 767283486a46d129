"""A collection that ends before its time, by a signal or with its login, and one that goes on from there."""

from __future__ import annotations

import json
import signal
import time

import pytest

from kvaudit.sources.live.needs import NEEDS
from tests.live.azure import small
from tests.live.azure.login import EXPIRED_SECRET
from tests.live.command import NOBODY, child, essence, finished, gaps_of, ids_of, ledger_of, rows_of
from tests.live.sources import QUERY, SOURCES, spoil

ALL = ("--objects", "--hsm-roles")
SIGNING_IN = r"^POST /[^/]+/oauth2/v2\.0/token"
REVOKED = {
    "error": "invalid_client",
    "error_description": "AADSTS7000222: The provided client secret keys are expired.",
}


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "reason", "run"),
    [
        ("AZURE_CLIENT_SECRET", "wrong", (), "AADSTS7000215", "AZURE_CLIENT_SECRET"),
        ("AZURE_CLIENT_SECRET", EXPIRED_SECRET, (), "AADSTS7000222", "az ad app credential reset"),
        ("AZURE_TENANT_ID", "00000000-0000-0000-0000-00000000beef", (), "no such tenant", "--tenant"),
        ("AZURE_CLIENT_ID", "", ("--auth", "env"), "environment", "AZURE_CLIENT_ID"),
    ],
    ids=["a wrong secret", "an expired secret", "a tenant that is not there", "nobody"],
)
def test_who_cannot_sign_in_is_told_in_three_lines(
    kvaudit, azure, monkeypatch, variable, value, arguments, reason, run
):
    monkeypatch.setenv(variable, value)
    for command in (("collect", "-o", kvaudit.folder / "snapshot.json"), ("scan", "--live")):
        result = kvaudit(*command, *arguments)
        lines = result.err.splitlines()
        assert (result.code, result.out, len(lines)) == (2, "", 3)
        assert [line.split(":")[0] for line in lines] == ["error", "hint", "hint"]
        assert reason.lower() in result.err.lower()
        assert run in lines[2]
    assert not (kvaudit.folder / "snapshot.json").exists()
    assert azure.count("", origin="arm") == 0


def lose_login(azure):
    """After its first answer Graph takes no token any more, Resource Manager neither, and there are no others."""
    real = azure.graph.answer
    azure.fault(SIGNING_IN, after=2, times=None, status=401, body=REVOKED)

    def answer(request):
        azure.graph.answer = real
        azure.login.expire()
        return real(request)

    azure.graph.answer = answer


def test_a_login_that_is_lost_midway_ends_the_collection_and_keeps_what_came(kvaudit, azure):
    lose_login(azure)
    result, file = kvaudit.collect()
    assert result.code == 2
    closing, *lines = result.err.splitlines()
    assert "INTERRUPTED" in closing
    assert [line.split(":")[0] for line in lines] == ["error", "hint", "hint"]
    assert "is lost" in lines[0]
    assert "AADSTS7000222" in lines[1]
    scan = kvaudit.scan(file)
    assert scan.report["complete"] is False
    assert scan.report["summary"]["vaults"] == 3
    assert "none" not in kvaudit.can(NOBODY, file).values()
    azure.heal()
    lose_login(azure)
    result = kvaudit("scan", "--live", "--keep", kvaudit.folder / "kept.json")
    assert (result.code, result.out) == (2, "")
    assert rows_of(kvaudit.folder / "kept.json")["vaults"] == rows_of(file)["vaults"]


def test_tokens_that_end_soon_or_are_refused_before_they_do_are_asked_for_anew(kvaudit, azure, undisturbed):
    azure.login.lifetime = 2
    azure.settings.latency = 0.15
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0, result.err
    assert rows_of(file) == rows_of(undisturbed.file)
    assert azure.count(SIGNING_IN) > 3  # those of Resource Manager, Graph and the HSM


def test_a_token_that_is_refused_is_not_used_again(kvaudit, azure, undisturbed):
    def expire(request):
        azure.login.expire()
        return real(request)

    real = azure.graph.answer
    azure.graph.answer = lambda request: expire(request) if request.path.endswith("/directoryRoles") else real(request)
    result, file = kvaudit.collect(*ALL)
    assert result.code == 0, result.err
    assert rows_of(file) == rows_of(undisturbed.file)


def test_a_token_that_is_never_taken_is_asked_for_a_few_times_only(kvaudit, azure):
    azure.fault("^GET /subscriptions/", times=None, status=401, code="InvalidAuthenticationToken")
    result, file = kvaudit.collect()
    assert result.code == 3
    assert azure.count(SIGNING_IN) <= 10
    assert "none" not in kvaudit.can(NOBODY, file).values()


def interrupted(process, *, until):
    """Send the signal to a collection that waits for a slow answer, once it has come so far."""
    deadline = time.monotonic() + 60
    while not until() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    return finished(process, seconds=20)  # the slow answer takes longer


def test_a_signal_ends_a_collection_at_once_and_what_came_is_written(kvaudit, azure, environment, undisturbed):
    slow = azure.fault(f"^GET {small.PRODUCTION.scope}/.*roleAssignments", times=None, delay=40)
    file = kvaudit.folder / "ended.json"
    process = child(environment, "collect", "-v", "-o", file)
    missing = {f"ok         {what} of {scope} (" for what, scope in (
        ("locks", small.PRODUCTION.scope), ("locks", small.SANDBOX.scope), ("roleAssignments", small.SANDBOX.scope)
    )}  # fmt: skip

    def told():
        line = process.stderr.readline().decode()
        missing.difference_update([each for each in missing if line.startswith(each)])
        return not missing or not line

    done = interrupted(process, until=told)
    assert done.code == 130
    assert "INTERRUPTED" in done.last
    assert "Traceback" not in done.err
    scan = kvaudit.scan(file)
    assert (scan.report["complete"], scan.report["summary"]["vaults"]) == (False, 3)
    answer = kvaudit.can(NOBODY, file)
    assert (answer["kv-app"], answer["kv-legacy"], answer["complete"]) == ("unknown", "unknown", False)

    slow.times = 0
    azure.reset()
    result, resumed = kvaudit.collect("--resume", file, *ALL, name="resumed.json")
    assert result.code == 0, result.err
    assert azure.count("locks") == azure.count(f"{small.SANDBOX.scope}/.*roleAssignments") == 0
    assert azure.count(f"{small.PRODUCTION.scope}/.*roleAssignments") == 1
    assert ids_of(resumed) == ids_of(undisturbed.file)
    assert essence(kvaudit.scan(resumed).report) == essence(undisturbed.report)


def test_half_of_a_list_does_not_pass_for_all_of_it(kvaudit, azure, environment, undisturbed):
    """Rows of both subscriptions came when the list was interrupted, and more were to come."""
    azure.settings.query_page = 3
    assignments = r"where type =~ 'microsoft.authorization/roleassignments'"
    slow = azure.fault(QUERY, asks=assignments, after=4, times=None, delay=40)

    def half():
        return len([each for each in azure.entries(QUERY) if b"roleassignments" in each.body]) == 4

    file = kvaudit.folder / "ended.json"
    assert interrupted(child(environment, "collect", "-o", file, "--fast"), until=half).code == 130
    assert rows_of(file)["roleAssignments"]
    answer = kvaudit.can(NOBODY, file)
    assert answer == {"kv-app": "unknown", "kv-legacy": "unknown", "kv-sandbox": "unknown", "complete": False}
    scan = kvaudit.scan(file, "--fail-on", "critical", "--ignore", "KV2,KV1")
    assert scan.code == 3
    assert "roleAssignments" in {need for need, _, _ in gaps_of(scan.report)}

    slow.times = 0
    result, resumed = kvaudit.collect("--resume", file, "--fast", *ALL, name="resumed.json")
    assert result.code == 0
    ids = [json.loads(row)["id"] for row in rows_of(resumed)["roleAssignments"]]
    assert sorted(ids) == sorted({json.loads(row)["id"] for row in rows_of(undisturbed.file)["roleAssignments"]})


@pytest.mark.parametrize("source", [each for each in NEEDS if each not in ("managedHsms", "subscriptions")])
def test_what_was_missing_is_asked_for_again_and_nothing_else(kvaudit, azure, undisturbed, source):
    if source == "users":
        azure.estate.principals = {
            principal: {name: value for name, value in row.items() if name != "accountEnabled"}
            for principal, row in azure.estate.principals.items()
        }
    spoil(azure, source, status=403)
    _, file = kvaudit.collect(*ALL)
    assert "denied" in ledger_of(file).values()
    azure.heal()
    azure.reset()
    result, resumed = kvaudit.collect("--resume", file, *ALL, name="resumed.json")
    assert result.code == 0, result.err
    assert ids_of(resumed) == ids_of(undisturbed.file)
    if source != "users":
        assert essence(kvaudit.scan(resumed).report, words=False) == essence(undisturbed.report, words=False)
    if source not in ("vaults", "roleAssignments"):
        again = {"locks", "diagnosticSettings", "denyAssignments", "roleAssignments", "groupMembers"} - {source}
        for other in again:
            requests = SOURCES[other][0]
            assert azure.count(requests.match) == 0, other


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "no snapshot"),
        (b"[]", "no snapshot"),
        (b'{"schema": "kvaudit/snapshot/v1"}', "no ledger"),
        (b'{"schema": "kvaudit/snapshot/v1", "ledger": [{"what": 1}]}', "no ledger"),
        (b'{"tenantId": "00000000-0000-0000-0000-00000000beef", "ledger": []}', "collected in the tenant"),
        (b'{"tenantId": "%s", "ledger": [{"what": "spells", "status": "ok", "scopes": ["x"]}]}', ""),
        (b'{"tenantId": "%s", "ledger": [{"what": "locks", "status": "fine", "scopes": ["x"]}]}', ""),
        (b'{"tenantId": "%s", "ledger": [], "vaults": {"a": 1}}', "vaults"),
        (b'{"tenantId": "%s", "ledger": [], "principals": [1], "groupMembers": ["x"]}', ""),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(kvaudit, azure, content, words):
    file = kvaudit.folder / "earlier.json"
    file.write_bytes(content.replace(b"%s", azure.estate.tenant.encode()))
    result, target = kvaudit.collect("--resume", file)
    assert result.code == 2
    assert f"error: {file}: " in result.err
    assert words in result.err
    assert not target.exists()
