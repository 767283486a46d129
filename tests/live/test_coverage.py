"""What a ledger says of the reach of each section, in full and interrupted."""

from __future__ import annotations

import pytest

from kvaudit.sources.live.coverage import INTERRUPTED, coverage
from kvaudit.sources.live.ledger import TENANT, Entry, Status
from kvaudit.sources.live.met import Met
from kvaudit.sources.live.needs import NEEDS, RIGHTS
from kvaudit.sources.live.wanted import Wanted

ONE, TWO = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
FIRST, SECOND = f"/subscriptions/{ONE}", f"/subscriptions/{TWO}"
PLAIN = Wanted()
VAULT = f"{FIRST}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"


def met(*vaults):
    found = Met()
    found.vaults.update({vault.lower(): vault for vault in vaults})
    return found


def reach(*entries, subscriptions=(ONE, TWO), vaults=(VAULT,), interrupted=False, wanted=PLAIN):
    found = coverage(entries, subscriptions, met(*vaults), wanted, interrupted=interrupted)
    assert len({(each.fact, each.scope, each.complete) for each in found}) == len(found)
    return {(each.fact, each.scope): each.reason or each.complete for each in found}


def ok(what, scope=TENANT):
    return Entry(what, scope, Status.OK)


def denied(what, scope=TENANT):
    return Entry(what, scope, Status.DENIED, 0, 403, "No")


def test_each_subscription_is_told_of_by_itself():
    found = reach(ok("locks", FIRST), denied("locks", SECOND))
    assert found["locks", FIRST] is True
    assert found["locks", SECOND] == "denied (403 No): needs Microsoft.Authorization/locks/read (role Reader)"


def test_what_one_query_answers_holds_for_each_subscription():
    assert reach(ok("roleAssignments")) == {("roleAssignments", FIRST): True, ("roleAssignments", SECOND): True}
    found = reach(denied("roleDefinitions"))
    assert found.keys() == {("roleDefinitions", FIRST), ("roleDefinitions", SECOND)}


def test_a_licence_that_is_missing_is_an_answer():
    assert reach(Entry("roleEligibilities", FIRST, Status.UNLICENSED, http=400)) == {("roleEligibilities", FIRST): True}


def test_groups_are_told_apart_until_too_many_failed():
    few = reach(ok("groupMembers", "a"), denied("groupMembers", "b"))
    assert few.keys() == {("groupMembers", "b")}
    many = reach(*(denied("groupMembers", str(number)) for number in range(21)))
    assert many.keys() == {("groupMembers", TENANT)}
    assert reach(ok("groupMembers", "a")) == {("groupMembers", TENANT): True}


@pytest.mark.parametrize(("source", "doubted"), [("applications", "owners"), ("principals", "owners")])
def test_owners_are_not_known_where_it_is_not_known_of_what(source, doubted):
    assert doubted in {fact for fact, _ in reach(denied(source, "some"))}
    assert doubted not in {fact for (fact, _), told in reach(ok("principals", "some")).items() if told is not True}


def test_what_an_interrupted_collection_did_not_come_to_is_said():
    discovery = (ok("subscriptions"), ok("vaults"), ok("managementGroups"))
    found = reach(*discovery, ok("roleAssignments", FIRST), ok("delegations", FIRST), interrupted=True)
    assert found["roleAssignments", FIRST] is True
    assert found["roleAssignments", SECOND] == INTERRUPTED
    assert found["locks", FIRST] == found["diagnosticSettings", VAULT] == INTERRUPTED
    for section in ("groupMembers", "principals", "owners", "resources", "directoryRoles", "rolePolicies"):
        assert found[section, TENANT] == INTERRUPTED
    assert ("vaults", TENANT) not in found
    assert ("vaultObjects", VAULT) not in found
    assert reach(*discovery, interrupted=True, wanted=Wanted(objects=True))["vaultObjects", VAULT] == INTERRUPTED


def test_vaults_that_were_still_looked_for_are_said_to_be_missing():
    found = reach(ok("subscriptions"), vaults=(), subscriptions=(), interrupted=True)
    assert found["vaults", TENANT] == INTERRUPTED


def test_nothing_that_was_read_is_said_to_be_whole_in_an_interrupted_collection_of_the_directory():
    found = reach(ok("groupMembers", "a"), ok("principals", "a"), ok("directoryRoles"), interrupted=True)
    assert {found[section, TENANT] for section in ("groupMembers", "principals", "directoryRoles")} == {INTERRUPTED}


def test_every_source_in_the_table_is_told_of_when_it_is_denied():
    for what, need in NEEDS.items():
        if what == RIGHTS:
            continue  # what rests on it has entries of its own
        words = [words for words in reach(denied(what, FIRST)).values() if words is not True]
        assert any(need.missing in each for each in words), what
