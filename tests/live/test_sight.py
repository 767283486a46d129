"""Resource Graph leaves out what may not be read without a word: that is never taken for all there is."""

from __future__ import annotations

import json

import pytest

from kvaudit.sources.live.needs import NEEDS
from tests.live.azure import small
from tests.live.command import NOBODY, gaps_of, ids_of, ledger_of

SANDBOX = rf"^GET {small.SANDBOX.scope}/providers/Microsoft.Authorization/permissions"


def may(azure, *, not_actions):
    """What this identity may do in the sandbox: read everything but this."""
    azure.fault(SANDBOX, times=None, body={"value": [{"actions": ["*/read"], "notActions": not_actions}]})


@pytest.mark.parametrize(
    ("what", "options"),
    [("vaults", ()), ("roleDefinitions", ()), ("roleAssignments", ("--fast",))],
)
def test_what_may_not_be_read_everywhere_is_not_known_whole(kvaudit, azure, what, options):
    may(azure, not_actions=[NEEDS[what].action])
    result, file = kvaudit.collect(*options)
    assert result.code == 3
    assert ledger_of(file)[what, small.SANDBOX.scope] == "denied"
    assert kvaudit.can(NOBODY, file)["complete"] is (what == "roleDefinitions")  # no custom role is assigned there
    if what != "roleDefinitions":
        assert what in {need for need, _, _ in gaps_of(kvaudit.scan(file).report)}


def test_assignments_that_resource_graph_may_hide_keep_an_answer_open(kvaudit, azure):
    may(azure, not_actions=[NEEDS["roleAssignments"].action])
    for selection in ((), ("--subscription", small.SANDBOX.id)):
        _, file = kvaudit.collect("--fast", *selection)
        assert kvaudit.can(NOBODY, file)["kv-sandbox"] == "unknown"


def test_without_fast_resource_manager_says_itself_what_is_denied(kvaudit, azure):
    may(azure, not_actions=[NEEDS["roleAssignments"].action])
    result, file = kvaudit.collect()
    assert result.code == 0
    assert ledger_of(file)["roleAssignments", small.SANDBOX.scope] == "ok"


REFUSED = {"status": 403, "code": "AuthorizationFailed"}
SECTIONS = [
    ("vaults", ()),
    ("managedHsms", ()),
    ("resources", ()),
    ("logStores", ()),
    ("roleDefinitions", ()),
    ("roleAssignments", ("--fast",)),
]


@pytest.mark.parametrize(("what", "options"), SECTIONS)
def test_rights_that_are_not_told_leave_open_what_rights_that_are_missing_would(kvaudit, azure, what, options):
    azure.fault(SANDBOX, times=None, **REFUSED)
    result, file = kvaudit.collect(*options)
    assert result.code == 3
    assert ledger_of(file)[what, small.SANDBOX.scope] == "failed"
    assert kvaudit.can(NOBODY, file)["complete"] is False
    assert NEEDS["permissions"].missing in str(gaps_of(kvaudit.scan(file).report))


def test_rights_that_cannot_be_understood_are_not_told(kvaudit, azure):
    azure.fault(SANDBOX, times=None, body={"value": None})
    _, file = kvaudit.collect()
    failed = {what for (what, _), how in ledger_of(file).items() if how == "failed"}
    assert failed == {what for what, _ in SECTIONS} - {"roleAssignments"} | {"permissions"}
    assert kvaudit.can(NOBODY, file)["complete"] is False


def doubted(azure, kvaudit, options, **fault):
    """What is not known whole of the sandbox."""
    azure.fault(SANDBOX, times=None, **fault)
    _, file = kvaudit.collect(*options)
    coverage = json.loads(file.read_bytes())["coverage"]
    return {(row["fact"], row["scope"]) for row in coverage if not row["complete"]}


@pytest.mark.parametrize("options", [(), ("--fast",), ("--subscription", small.PRODUCTION.id), ("--vault", "kv-app")])
def test_no_answer_about_rights_is_as_much_doubt_as_a_bad_one(kvaudit, azure, options):
    refused = doubted(azure, kvaudit, options, **REFUSED)
    azure.heal()
    nothing = doubted(azure, kvaudit, options, body={"value": []})
    assert refused == nothing
    assert ("resources", "tenant") in refused


def test_resources_are_in_doubt_where_only_their_subscription_says_nothing(kvaudit, azure):
    azure.fault(SANDBOX, times=None, **REFUSED)
    result, file = kvaudit.collect("--subscription", small.PRODUCTION.id)
    assert result.code == 3
    assert kvaudit.can(NOBODY, file) == {"kv-app": "unknown", "kv-legacy": "unknown", "complete": False}
    assert {need for need, _, _ in gaps_of(kvaudit.scan(file).report)} == {"resources"}


@pytest.mark.parametrize("options", [(), ("--fast",)])
def test_what_was_hidden_is_asked_again_once_it_may_be_read(kvaudit, azure, undisturbed, options):
    hidden = [azure.estate.vaults.pop()]
    azure.fault(SANDBOX, body={"value": []})
    assert kvaudit.collect(*options)[0].code == 3
    azure.estate.vaults.extend(hidden)
    result, file = kvaudit.collect(*options, "--resume", kvaudit.folder / "snapshot.json", name="resumed.json")
    assert result.code == 0
    assert ids_of(file)["vaults"] == ids_of(undisturbed.file)["vaults"]
    assert gaps_of(kvaudit.scan(file).report) == []


def test_many_actions_are_told_by_their_number(kvaudit, azure):
    may(azure, not_actions=["*"])
    _, file = kvaudit.collect()
    reasons = [reason for need, _, reason in gaps_of(kvaudit.scan(file).report) if need == "resources"]
    assert any(" and " in reason and " more: needs " in reason for reason in reasons)


def test_an_identity_may_be_used_from_a_subscription_that_was_not_selected(kvaudit, azure):
    may(azure, not_actions=["Microsoft.Compute/virtualMachines/read"])
    result, file = kvaudit.collect("--subscription", small.PRODUCTION.id)
    assert result.code == 3
    assert ledger_of(file)["resources", small.SANDBOX.scope] == "denied"
    assert kvaudit.can(NOBODY, file) == {"kv-app": "unknown", "kv-legacy": "unknown", "complete": False}
