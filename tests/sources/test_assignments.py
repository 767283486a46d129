"""Role assignments in all their shapes, and how far a list of them reaches."""

from __future__ import annotations

import io
import json

import pytest

from kvaudit.errors import InputError
from kvaudit.model.role import RoleAssignment
from kvaudit.sources.load import load
from tests.sources.made import (
    ALICE,
    BOB,
    GROUP,
    OTHER_SUBSCRIPTION,
    SECRETS_USER,
    SUBSCRIPTION,
    TEAM,
    VAULT,
    assignment_id,
    flat,
    read,
    rest,
    snapshot,
)

VAULT_TYPE = "/providers/Microsoft.KeyVault/vaults/"
EMPTY = {"condition": None, "description": None, "delegatedManagedIdentityResourceId": None, "principalName": ""}


def reach(loaded):
    return {(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage}


@pytest.mark.parametrize(
    "row",
    [
        flat(),
        flat(**EMPTY),
        rest(),
        {**rest(), "type": "microsoft.authorization/roleassignments", "tenantId": "t"},
        {key: value for key, value in flat().items() if key != "type"},
        {key.upper(): value for key, value in flat(VAULT, ALICE.upper()).items()},
        snapshot(roleAssignments=[rest()]),
        snapshot(roleAssignments=[flat()]),
        {"value": [rest()]},
        {"Data": [rest()]},
        [{"value": [rest()]}],
        [[rest()]],
    ],
)
def test_the_same_assignment_in_every_shape(row):
    loaded = read(row)
    (one,) = loaded.role_assignments
    assert (one.id, one.scope, one.role, one.principal) == (assignment_id(), VAULT, SECRETS_USER, ALICE)
    assert (one.principal_type, one.condition, one.description) == ("User", None, None)
    assert "roleAssignments" in loaded.given
    assert not loaded.gaps
    assert reach(loaded) == {("roleAssignments", SUBSCRIPTION, True)}


@pytest.mark.parametrize(
    "written",
    [
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}",
        f"/providers/Microsoft.Authorization/RoleDefinitions/{SECRETS_USER.upper()}",
        SECRETS_USER,
        f"/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER.replace('-', '')}",
    ],
)
def test_forms_of_a_role(written):
    assert read([flat(roleDefinitionId=written)]).role_assignments[0].role == SECRETS_USER


def test_what_an_assignment_says_beside():
    row = flat(condition="(x)", description="why", delegatedManagedIdentityResourceId="/id")
    (one,) = read([row]).role_assignments
    assert (one.condition, one.description, one.delegated_identity) == ("(x)", "why", "/id")
    assert one.origins[0].pointer == "/0"


@pytest.mark.parametrize(
    ("kind", "field"), [("User", "upn"), ("ServicePrincipal", "app_id"), ("Group", "name"), ("ForeignGroup", "name")]
)
def test_principals_named_in_passing(kind, field):
    loaded = read([flat(principal=TEAM.upper(), principalType=kind, principalName="x@y")])
    (one,) = loaded.principals
    assert (one.id, getattr(one, field), one.listed) == (TEAM, "x@y", False)
    assert "principals" not in loaded.given


@pytest.mark.parametrize("scope", ["/", "/keys", "/keys/k1"])
def test_assignments_in_a_managed_hsm_are_none_of_resource_manager(scope):
    role = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/21dbd100-6940-42c2-9190-5d6cb909625b"
    loaded = read([rest(scope, roleDefinitionId=role), flat(scope, roleDefinitionId=role), flat()])
    assert len(loaded.role_assignments) == 1
    assert not loaded.gaps


def test_an_assignment_at_the_root_is_one():
    (one,) = read([flat("/"), flat()]).role_assignments[:1]
    assert one.scope == "/"


@pytest.mark.parametrize(
    ("change", "pointer", "kept"),
    [
        ({"principalId": None}, "/0", False),
        ({"principalId": 7}, "/0/principalId", False),
        ({"scope": []}, "/0/scope", False),
        ({"roleDefinitionId": {}}, "/0/roleDefinitionId", False),
        ({"condition": 1}, "/0/condition", False),
        ({"description": []}, "/0/description", True),
        ({"principalType": 1}, "/0/principalType", True),
        ({"id": 4}, "/0/id", True),
    ],
)
def test_a_damaged_assignment_is_a_gap_and_never_wider_than_it_was(change, pointer, kept):
    loaded = read([flat() | change, flat(GROUP, name="b21b1c2e-1f61-41bc-acb7-0dd842762334")])
    assert len(loaded.role_assignments) == (2 if kept else 1)
    (gap,) = loaded.gaps
    assert gap.need == "roleAssignments"
    assert gap.origins[0].pointer == pointer
    assert any(not entry.complete for entry in loaded.coverage)


def test_properties_of_a_wrong_type_are_a_gap():
    loaded = read([{**rest(), "properties": "cut"}, flat(GROUP)])
    assert len(loaded.role_assignments) == 1
    assert loaded.gaps[0].reason == "properties: expected an object, found text"


def test_an_assignment_without_an_id_is_kept():
    (one,) = read([flat(id=None)]).role_assignments
    assert one.id == assignment_id()
    (one,) = read([flat(id=None, name=None) | {"name": None}]).role_assignments
    assert isinstance(one, RoleAssignment)
    assert one.id == ""


def test_az_without_all_is_partial():
    loaded = read([flat(SUBSCRIPTION), flat(SUBSCRIPTION.upper(), principal=TEAM, name="x")])
    assert reach(loaded) == {("roleAssignments", SUBSCRIPTION, False)}
    (gap,) = loaded.gaps
    assert "without --all" in gap.reason
    assert "--all" in gap.remedy


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([flat(SUBSCRIPTION), flat(GROUP, name="b")], {(SUBSCRIPTION, True)}),
        ([flat(SUBSCRIPTION), flat("/", name="b")], {(SUBSCRIPTION, True)}),
        ([flat(SUBSCRIPTION), flat(OTHER_SUBSCRIPTION, name="b")], {(SUBSCRIPTION, True), (OTHER_SUBSCRIPTION, True)}),
        ([rest(SUBSCRIPTION)], {(SUBSCRIPTION, True)}),
        ([flat("/")], set()),
        ([flat("/providers/Microsoft.Management/managementGroups/mg")], set()),
    ],
)
def test_how_far_a_list_reaches(rows, expected):
    assert {(scope, complete) for _, scope, complete in reach(read(rows))} == expected


def test_several_assignments_at_one_vault_alone_hide_what_it_inherits_unless_another_list_tells(tmp_path):
    own = tmp_path / "kv.json"
    own.write_text(json.dumps([flat(VAULT), flat(VAULT.upper(), principal=TEAM, name="b")]))
    every = tmp_path / "all.json"
    every.write_text(json.dumps([flat(SUBSCRIPTION, name="c"), flat(GROUP, name="d")]))
    alone, both = load([str(own)]), load([str(own), str(every)])
    assert reach(alone) == {("roleAssignments", SUBSCRIPTION, False)}
    assert "leaves out what is inherited" in alone.coverage[0].reason
    assert reach(both) == {("roleAssignments", SUBSCRIPTION, True)}


def test_each_answer_of_a_loop_is_judged_by_itself():
    here, there = [flat(SUBSCRIPTION), flat(GROUP, name="b")], [flat(OTHER_SUBSCRIPTION, name="c")]
    loaded = read(json.dumps(here) + "\n" + json.dumps(there))
    assert reach(loaded) == {("roleAssignments", SUBSCRIPTION, True), ("roleAssignments", OTHER_SUBSCRIPTION, False)}
    assert "without --all" in loaded.gaps[0].reason
    assert [one.origins[0].pointer for one in loaded.role_assignments] == ["/0/0", "/0/1", "/1/0"]


def test_a_loop_over_vaults_hides_what_they_inherit():
    lists = [[flat(f"{GROUP}{VAULT_TYPE}{name}", name=each) for each in "ab"] for name in ("kv-1", "kv-2")]
    loaded = read("\n".join(map(json.dumps, lists)))
    assert reach(loaded) == {("roleAssignments", SUBSCRIPTION, False)}


def schedule(kind, **more):
    body = {"scope": VAULT, "roleDefinitionId": SECRETS_USER, "principalId": ALICE, "principalType": "User", **more}
    identifier = f"{VAULT}/providers/Microsoft.Authorization/{kind}/x"
    return {"id": identifier, "name": "x", "type": f"Microsoft.Authorization/{kind}", "properties": body}


def test_eligibilities_and_activations():
    eligible = schedule(
        "RoleEligibilityScheduleInstances",
        status="Provisioned",
        memberType="Group",
        startDateTime="2026-01-01T00:00:00Z",
        endDateTime=None,
        condition="(c)",
    )
    active = schedule(
        "roleAssignmentScheduleInstances",
        assignmentType="Activated",
        endDateTime="2026-02-01T00:00:00Z",
        originRoleAssignmentId=assignment_id().upper(),
    )
    loaded = read({"value": [eligible, active]})
    (one,) = loaded.eligibilities
    assert (one.status, one.member_type, one.start, one.end) == ("Provisioned", "Group", "2026-01-01T00:00:00Z", None)
    assert one.condition == "(c)"
    (other,) = loaded.activations
    assert (other.assignment_type, other.end) == ("Activated", "2026-02-01T00:00:00Z")
    assert other.origin_assignment == assignment_id().lower()
    assert loaded.given == {"roleEligibilities", "roleActivations"}
    assert not loaded.role_assignments


@pytest.mark.parametrize(
    ("change", "kept"), [({"principalId": None}, 0), ({"condition": 1}, 0), ({"endDateTime": 5}, 1), ({"scope": 5}, 0)]
)
def test_a_damaged_schedule(change, kept):
    loaded = read([schedule("roleEligibilityScheduleInstances", **change)])
    assert len(loaded.eligibilities) == kept
    assert len(loaded.gaps) == 1
    assert loaded.gaps[0].need == "roleEligibilities"


@pytest.mark.parametrize("odd", [{"principalEmail": "a@example.org"}, {"createdOn": 7}, {"Name": "n"}])
def test_a_list_that_az_prints_says_the_same_with_a_row_that_must_be_looked_at_more_closely(odd):
    rows = [flat(), flat(GROUP, TEAM, **EMPTY), flat(VAULT, BOB, condition="c", description="d")]
    plain, closer = read(rows), read([*rows[:2], {**rows[2], **odd}])
    assert closer.role_assignments == plain.role_assignments
    assert closer.principals == plain.principals
    assert closer.coverage == plain.coverage
    assert plain.documents == closer.documents


@pytest.mark.parametrize("again", ['"scope": "/"', '"description": null'])
def test_a_key_that_a_row_of_az_says_twice_is_named(again):
    text = json.dumps([flat(), flat(GROUP, TEAM, **EMPTY)]).removesuffix("}]") + f", {again}}}]"
    with pytest.raises(InputError, match="duplicate key"):
        load(["-"], stdin=io.BytesIO(text.encode()))


@pytest.mark.parametrize("field", ["principalId", "scope", "roleDefinitionId"])
@pytest.mark.parametrize("one", [flat, rest])
def test_an_assignment_of_an_empty_id_is_damage_and_not_one_of_nobody(one, field):
    row = one()
    (row if field in row else row["properties"])[field] = ""
    loaded = read([row, one()])
    assert len(loaded.role_assignments) == 1
    assert [gap.need for gap in loaded.gaps] == ["roleAssignments"]
