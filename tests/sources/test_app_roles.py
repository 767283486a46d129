"""Application permissions: Graph's appRoleAssignments. Semantics 3.3."""

from __future__ import annotations

from kvaudit.model.directory import GRAPH_ROLES, AppRole
from tests.sources.made import ALICE, BOB, TEAM, load, read, rows_of, snapshot, write

RESOURCE = "7f3b9c1e-5a2d-4c8e-9b1f-2d6e8a4c0b3f"
ROLE = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#appRoleAssignments"


def granted(principal=ALICE, role=ROLE, **more):
    return {
        "id": "zNwFWl_pYk2pj0vCZZwO1g",
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": "2026-03-04T05:06:07.89Z",
        "principalDisplayName": "deployer",
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": RESOURCE,
        **more,
    }


def held(loaded):
    return [(one.principal, one.role, one.resource) for one in loaded.app_roles]


def test_roles_of_graph_are_known_by_name():
    answer = {"@odata.context": CONTEXT, "value": [granted(role=role.upper()) for role in GRAPH_ROLES]}
    loaded = read(answer)
    assert held(loaded) == [(ALICE, name, RESOURCE) for name in sorted(GRAPH_ROLES.values())]
    assert loaded.given == {"appRoleAssignments"}
    assert rows_of(answer) == {"app role assignments": len(GRAPH_ROLES)}


def test_another_role_stays_an_id():
    (one,) = read(granted(role="00000000-0000-0000-0000-000000000000")).app_roles
    assert one.role == "00000000-0000-0000-0000-000000000000"
    assert one.resource_name == "Microsoft Graph"


def test_the_section_of_a_snapshot():
    row = {"principalId": ALICE.upper(), "resourceId": RESOURCE.upper(), "appRoleId": ROLE}
    loaded = read(snapshot(appRoleAssignments=[row]))
    (one,) = loaded.app_roles
    assert one == AppRole(ALICE, "RoleManagement.ReadWrite.Directory", RESOURCE, None, one.origins)
    assert one.origins[0].pointer == "/appRoleAssignments/0"


def test_the_same_from_both_ends_is_one(tmp_path):
    files = {"holder.json": {"value": [granted()]}, "graph.json": {"value": [granted(), granted(BOB), granted(TEAM)]}}
    loaded = load([write(tmp_path, files)])
    assert sorted(principal for principal, _, _ in held(loaded)) == sorted([ALICE, BOB, TEAM])
    assert not loaded.gaps


def test_damage_is_a_gap_and_the_rest_is_used():
    rows = [granted(), granted(principalId=7), granted(appRoleId=None)]
    loaded = read({"value": rows})
    assert held(loaded) == [(ALICE, "RoleManagement.ReadWrite.Directory", RESOURCE)]
    assert [(gap.need, gap.origins[0].pointer) for gap in loaded.gaps] == [
        ("appRoleAssignments", "/value/1/principalId"),
        ("appRoleAssignments", "/value/2"),
    ]
    assert [(one.fact, one.scope, one.complete) for one in loaded.coverage] == [("appRoleAssignments", "tenant", False)]
