"""The same fact from two files is one; files that contradict are a gap that names both."""

from __future__ import annotations

import pytest

from kvaudit.model.vault import PrivateEndpoint
from kvaudit.sources.load import load
from tests.sources.made import (
    ALICE,
    BOB,
    GROUP,
    SUBSCRIPTION,
    TEAM,
    VAULT,
    assignment_id,
    flat,
    policy,
    rest,
    snapshot,
    vault,
    write,
)


def both(folder, first, second):
    write(folder, {"a.json": first, "b.json": second})
    return load([str(folder)])


def files_of(fact):
    return [origin.document.name.rpartition("/")[2] for origin in fact.origins]


def contradictions(loaded):
    return [gap for gap in loaded.gaps if "contradict" in gap.reason]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (vault(), {**vault(), "id": VAULT.upper()}, "vaults"),
        (flat(), rest(), "role_assignments"),
        (
            flat(),
            flat() | {"principalName": "new", "updatedOn": "later", "id": assignment_id().lower()},
            "role_assignments",
        ),
        ([{"type": "Group", "id": TEAM}], [{"type": "Group", "id": TEAM.upper(), "displayName": "T"}], "principals"),
        ({"group": TEAM, "members": [ALICE, BOB]}, {"group": TEAM, "members": [BOB, ALICE]}, "group_members"),
        ({"object": TEAM, "owners": [ALICE]}, {"object": TEAM, "owners": [ALICE]}, "owners"),
    ],
)
def test_the_same_fact_has_the_origins_of_both(first, second, field, tmp_path):
    loaded = both(tmp_path, first, second)
    (one,) = getattr(loaded, field)
    assert sorted(files_of(one)) == ["a.json", "b.json"]
    assert not loaded.gaps


def test_a_row_twice_in_one_file_is_one_fact(tmp_path):
    loaded = both(tmp_path, [flat(), flat()], [])
    assert [origin.pointer for origin in loaded.role_assignments[0].origins] == ["/0", "/1"]


def test_a_listing_and_the_whole_vault_are_one(tmp_path):
    listed = {key: value for key, value in vault().items() if key != "properties"}
    for first, second in ((listed, vault()), (vault(), listed)):
        loaded = both(tmp_path, first, second)
        (one,) = loaded.vaults
        assert one.has_properties
        assert one.uses_rbac is False
        assert not loaded.gaps


def test_contradicting_vaults_leave_open_what_they_contradict_in(tmp_path):
    first = vault(enableRbacAuthorization=True, accessPolicies=[policy(secrets=["get"])], enablePurgeProtection=True)
    second = vault(enableRbacAuthorization=False, accessPolicies=[policy(secrets=["list"])], enablePurgeProtection=True)
    loaded = both(tmp_path, first, second)
    (one,) = loaded.vaults
    assert (one.uses_rbac, one.policies, one.purge_protection) == (None, None, True)
    (gap,) = contradictions(loaded)
    assert (gap.need, gap.subject) == ("vaults", VAULT)
    assert "a.json" in gap.reason
    assert "b.json" in gap.reason
    assert "uses_rbac, policies" in gap.reason
    assert sorted(files_of(gap)) == ["a.json", "b.json"]


def test_no_policies_contradict_some(tmp_path):
    loaded = both(tmp_path, vault(accessPolicies=[]), vault(accessPolicies=[policy(secrets=["get"])]))
    assert loaded.vaults[0].policies is None
    assert contradictions(loaded)


def test_the_same_policies_in_another_order_have_the_origins_of_both(tmp_path):
    entries = [policy(secrets=["get"]), policy(BOB, keys=["all"])]
    loaded = both(tmp_path, vault(accessPolicies=entries), vault(accessPolicies=entries[::-1]))
    first, second = loaded.vaults[0].policies
    assert [origin.pointer[-1] for origin in first.origins] == ["0", "1"]
    assert files_of(second) == ["a.json", "b.json"]
    assert not loaded.gaps


def test_private_endpoints_are_united_unless_their_states_differ(tmp_path):
    def connection(name, status):
        state = {"privateLinkServiceConnectionState": {"status": status}}
        return {"id": f"{VAULT}/privateEndpointConnections/{name}", "properties": state}

    first = vault(privateEndpointConnections=[connection("a", "Approved")])
    loaded = both(tmp_path, first, connection("b", "Pending"))
    assert loaded.vaults[0].private_endpoints == (
        PrivateEndpoint(connection("a", "")["id"], "Approved"),
        PrivateEndpoint(connection("b", "")["id"], "Pending"),
    )
    loaded = both(tmp_path, first, connection("a", "Rejected"))
    assert loaded.vaults[0].private_endpoints is None
    assert contradictions(loaded)


@pytest.mark.parametrize(
    "change", [{"principalId": BOB}, {"roleDefinitionId": TEAM}, {"condition": "(c)"}, {"scope": GROUP}]
)
def test_contradicting_assignments_are_both_kept(change, tmp_path):
    loaded = both(tmp_path, [flat()], [flat() | change, flat() | change])
    assert len(loaded.role_assignments) == 2
    (gap,) = contradictions(loaded)
    assert gap.need == "roleAssignments"
    assert gap.subject == assignment_id()


def test_a_role_in_two_states_gives_what_either_says(tmp_path):
    def role(*actions):
        body = {"roleName": "R", "type": "CustomRole", "permissions": [{"actions": list(actions)}]}
        return {"id": f"/providers/Microsoft.Authorization/roleDefinitions/{TEAM}", "properties": body}

    loaded = both(tmp_path, role("a"), role("b"))
    (one,) = loaded.role_definitions
    assert [block.actions for block in one.blocks] == [("a",), ("b",)]
    assert contradictions(loaded)[0].need == "roleDefinitions"


def test_members_that_differ_are_united_and_partial(tmp_path):
    loaded = both(tmp_path, {"group": TEAM, "members": [ALICE]}, {"group": TEAM, "members": [BOB]})
    (one,) = loaded.group_members
    assert (one.members, one.complete) == ((ALICE, BOB), False)
    assert contradictions(loaded)[0].subject == TEAM


def test_a_partial_list_of_members_adds_nothing_to_a_whole_one(tmp_path):
    partial = {"type": "Group", "id": TEAM, "members": [ALICE], "members@odata.nextLink": "x"}
    loaded = both(tmp_path, partial, {"group": TEAM, "members": [ALICE, BOB]})
    (one,) = loaded.group_members
    assert (one.members, one.complete) == ((ALICE, BOB), True)
    assert not contradictions(loaded)


def test_management_groups_that_differ_are_not_known(tmp_path):
    rows = [snapshot(subscriptions=[{"id": SUBSCRIPTION, "managementGroupAncestors": [name]}]) for name in ("a", "b")]
    loaded = both(tmp_path, *rows)
    assert loaded.subscriptions[0].ancestors is None
    assert contradictions(loaded)[0].need == "subscriptions"


def test_a_directory_says_more_than_an_assignment_in_passing(tmp_path):
    listed = {"type": "User", "id": ALICE, "displayName": "Alice", "userPrincipalName": "alice@new"}
    loaded = both(tmp_path, flat(principalName="alice@old"), listed)
    (one,) = loaded.principals
    assert (one.name, one.upn, one.listed) == ("Alice", "alice@new", True)
    assert not loaded.gaps


def test_a_principal_of_two_types_has_none(tmp_path):
    loaded = both(tmp_path, {"type": "User", "id": ALICE}, {"type": "Group", "id": ALICE})
    assert loaded.principals[0].type is None
    assert contradictions(loaded)[0].need == "principals"


def test_logs_that_differ_are_two_settings(tmp_path):
    def setting(**more):
        return {"id": f"{VAULT}/providers/microsoft.insights/diagnosticSettings/x", "logs": [], **more}

    loaded = both(tmp_path, setting(workspaceId="/w"), setting(workspaceId="/w", logs=[{"category": "AuditEvent"}]))
    assert len(loaded.diagnostic_settings) == 2
    assert contradictions(loaded)[0].need == "diagnosticSettings"


def test_a_resource_whose_identity_one_file_leaves_out(tmp_path):
    row = {"id": f"{GROUP}/providers/Microsoft.Web/sites/w", "type": "Microsoft.Web/sites"}
    identity = {"identity": {"principalId": ALICE, "userAssignedIdentities": {"/id": {}}}}
    loaded = both(tmp_path, row, row | identity)
    (one,) = loaded.resources
    assert (one.principal, one.attached) == (ALICE, ("/id",))
    loaded = both(tmp_path, row | {"identity": {"principalId": BOB}}, row | identity)
    assert len(loaded.resources) == 2
    assert contradictions(loaded)[0].need == "resources"


def test_snapshots_of_two_tenants(tmp_path):
    loaded = both(tmp_path, snapshot(tenantId="a", takenAt="2026-02-01"), snapshot(tenantId="b", takenAt="2026-01-01"))
    assert loaded.tenant_id is None
    assert loaded.taken_at == "2026-01-01"
    assert contradictions(loaded)[0].need == "files"


def test_facts_without_ids_are_told_apart_by_what_they_say(tmp_path):
    row = flat(id=None) | {"name": None}
    loaded = both(tmp_path, [row], [row, row | {"principalId": BOB}])
    assert [one.principal for one in loaded.role_assignments] == [ALICE, BOB]
    assert not loaded.gaps
