"""Microsoft Graph: pages, expanded objects, roles of the directory, and batches. Semantics 3.3."""

from __future__ import annotations

import pytest

from kvaudit.sources.reading import UNKNOWN
from tests.sources.made import ALICE, BOB, GROUP, TEAM, load, read, rest, rows_of, vault, write

V1 = "https://graph.microsoft.com/v1.0/$metadata#"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"


def answer(context, *rows, **more):
    return {"@odata.context": V1 + context, **more, "value": list(rows)}


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        ("users", "User"),
        ("users(id,displayName)", "User"),
        ("groups(id,displayName,members(id))", "Group"),
        ("groups(members())", "Group"),
        ("servicePrincipals(displayName)", "ServicePrincipal"),
        ("devices", "Device"),
    ],
)
def test_the_context_says_of_what_type_rows_are(context, kind):
    loaded = read(answer(context, {"id": ALICE, "displayName": "x"}, {"id": BOB.upper()}))
    assert [(one.id, one.type) for one in loaded.principals] == [(ALICE, kind), (BOB, kind)]
    assert not loaded.gaps


def test_what_a_row_says_of_itself_comes_first():
    rows = [{"@odata.type": "#microsoft.graph.group", "id": TEAM}, {"id": ALICE, "userPrincipalName": "a@c.example"}]
    loaded = read(answer("users", *rows))
    assert {one.id: one.type for one in loaded.principals} == {TEAM: "Group", ALICE: "User"}


def test_one_object_has_a_context_as_well():
    (one,) = read({"@odata.context": V1 + "users/$entity", "id": ALICE, "displayName": "Alice"}).principals
    assert one.type == "User"
    (app,) = read({"@odata.context": V1 + "applications(id,appId)/$entity", "id": BOB, "appId": TEAM}).applications
    assert (app.id, app.app_id) == (BOB, TEAM)


def test_pages_put_into_a_list_have_a_context_each():
    pages = [answer("users", {"id": ALICE, "displayName": "x"}), answer("groups", {"id": TEAM, "displayName": "y"})]
    assert {one.id: one.type for one in read(pages).principals} == {ALICE: "User", TEAM: "Group"}


@pytest.mark.parametrize("context", ["directoryObjects", "groups('x')/members", "", "#" * 5000, "users(((", 7])
def test_a_context_without_a_type(context):
    body = {"@odata.context": context if type(context) is int else V1 + context, "value": [{"id": ALICE}, vault()]}
    assert rows_of(body) == {UNKNOWN: 1, "vaults": 1}


@pytest.mark.parametrize("context", ["users", "users(id,displayName)", "servicePrincipals"])
def test_members_of_one_type_are_not_all_members(tmp_path, context):
    body = answer(context, {"id": ALICE, "displayName": "Alice"})
    loaded = load([write(tmp_path, {f"members-{TEAM}.json": body})])
    assert [(one.members, one.complete) for one in loaded.group_members] == [((ALICE,), False)]
    assert ["members of the type" in gap.reason for gap in loaded.gaps if gap.need == "groupMembers"] == [True]


def test_members_of_a_group_by_the_name_of_the_file(tmp_path):
    members = answer("directoryObjects", {"@odata.type": "#microsoft.graph.user", "id": ALICE}, {"id": BOB})
    user = {"@odata.type": "#microsoft.graph.user"}
    whole = answer("directoryObjects", {**user, "id": ALICE}, {**user, "id": BOB})
    page = {**whole, "@odata.nextLink": f"https://graph.microsoft.com/v1.0/groups/{TEAM}/members?$skiptoken=x"}
    for body, expected in ((members, ((ALICE,), False)), (whole, ((ALICE, BOB), True)), (page, ((ALICE, BOB), False))):
        loaded = load([write(tmp_path, {f"members-{TEAM}.json": body})])
        assert [(one.members, one.complete) for one in loaded.group_members] == [expected]


def app(**more):
    return {"id": TEAM, "appId": BOB, "displayName": "deploy", "signInAudience": "AzureADMyOrg", **more}


def test_applications_with_owners():
    owner = {"@odata.type": "#microsoft.graph.user", "id": ALICE, "displayName": "Alice"}
    loaded = read(answer("applications(owners())", app(owners=[owner])))
    assert [(one.object, one.owners) for one in loaded.owners] == [(TEAM, (ALICE,))]
    assert loaded.given == {"applications", "owners"}
    assert {one.id: one.type for one in loaded.principals} == {ALICE: "User"}
    assert not loaded.coverage


@pytest.mark.parametrize(
    "more",
    [
        {"owners": [{"id": f"{number:08}-0000-4000-8000-000000000000"} for number in range(20)]},
        {"owners": [{"id": ALICE}], "owners@odata.nextLink": "https://graph.microsoft.com/x"},
        {"owners": [{"id": ALICE}, 7]},
    ],
)
def test_owners_that_may_be_more(more):
    loaded = read(answer("applications(owners())", app(**more)))
    assert [(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage] == [("owners", TEAM, False)]


def test_expanded_application_permissions():
    granted = {"principalId": ALICE, "resourceId": BOB, "appRoleId": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"}
    body = {"id": ALICE, "appId": "x", "servicePrincipalType": "Application", "appRoleAssignments": [granted]}
    loaded = read(answer("servicePrincipals(appRoleAssignments())", body))
    assert [(one.principal, one.role) for one in loaded.app_roles] == [(ALICE, "Application.ReadWrite.All")]
    assert "appRoleAssignments" in loaded.given
    many = {**body, "appRoleAssignedTo": [granted] * 20}
    assert [entry.fact for entry in read(answer("servicePrincipals", many)).coverage] == ["appRoleAssignments"]


def holder(who=ALICE, role=GLOBAL_ADMINISTRATOR, scope="/", **more):
    return {
        "id": "lAPpYvVpN0KRkAEhdxReEJC2sEqbR_9Hr48lds9SGHI-1",
        "principalId": who,
        "roleDefinitionId": role,
        "directoryScopeId": scope,
        **more,
    }


def roles_of(loaded):
    return {one.role: one.members for one in loaded.directory_roles}


def test_role_assignments_of_the_directory():
    rows = [holder(), holder(BOB.upper()), holder(TEAM, APPLICATION_ADMINISTRATOR.upper())]
    body = answer("roleManagement/directory/roleAssignments", *rows)
    loaded = read(body)
    assert roles_of(loaded) == {GLOBAL_ADMINISTRATOR: (ALICE, BOB), APPLICATION_ADMINISTRATOR: (TEAM,)}
    assert [origin.pointer for origin in loaded.directory_roles[0].origins] == ["/value/0", "/value/1"]
    assert rows_of(body) == {"directory role assignments": 3}
    assert loaded.given == {"directoryRoles"}
    assert not loaded.gaps


def test_expanded_role_assignments_name_template_and_principal():
    definition = {"id": "own", "templateId": GLOBAL_ADMINISTRATOR, "displayName": "Global Administrator"}
    principal = {"@odata.type": "#microsoft.graph.user", "id": ALICE, "displayName": "Alice"}
    loaded = read([holder(role="own", roleDefinition=definition, principal=principal)])
    assert roles_of(loaded) == {GLOBAL_ADMINISTRATOR: (ALICE,)}
    assert {one.id: one.name for one in loaded.principals} == {ALICE: "Alice"}


@pytest.mark.parametrize("more", [{"scope": f"/{TEAM}"}, {"scope": "/administrativeUnits/x"}, {"appScopeId": "/x"}])
def test_a_role_over_a_part_of_the_directory_is_not_taken_for_the_whole(more):
    body = [holder(BOB), holder(**more)]
    loaded = read(body)
    assert roles_of(loaded) == {GLOBAL_ADMINISTRATOR: (BOB,)}
    (gap,) = loaded.gaps
    assert gap.reason == "roles that are held over a part of the directory only are not judged: 1"
    assert [(entry.fact, entry.complete) for entry in loaded.coverage] == [("directoryRoles", False)]
    assert sum(rows_of(body).values()) == 2


def test_who_is_eligible_only_does_not_hold_a_role():
    eligible = holder(roleEligibilityScheduleId="x", memberType="Direct", startDateTime="2026-01-01T00:00:00Z")
    selected = answer("roleManagement/directory/roleEligibilityScheduleInstances(principalId)", holder(), holder(BOB))
    for body, count in ([eligible], 1), (selected, 2):
        loaded = read(body)
        (role,) = loaded.directory_roles
        assert (role.eligible, len(role.members)) == (True, count)
        assert not loaded.gaps
        assert rows_of(body) == {"eligible directory roles": count}
    active = holder(assignmentType="Activated", roleAssignmentScheduleId="x", memberType="Direct")
    assert roles_of(read([active])) == {GLOBAL_ADMINISTRATOR: (ALICE,)}


def test_who_may_become_a_member_of_a_group():
    eligible = {"id": "x", "accessId": "member", "groupId": TEAM, "principalId": ALICE, "memberType": "direct"}
    loaded = read([eligible, {**eligible, "accessId": "owner"}])
    assert [(each.group, each.principal, each.as_owner) for each in loaded.group_eligibilities] == [
        (TEAM, ALICE, False),
        (TEAM, ALICE, True),
    ]
    assert "groupEligibilities" in loaded.given
    assert not loaded.gaps
    (gap,) = read([{**eligible, "groupId": None}]).gaps
    assert gap.need == "groupEligibilities"
    assert rows_of([{**eligible, "assignmentType": "assigned"}]) == {"memberships of groups (PIM)": 1}


def test_definitions_of_directory_roles_are_counted():
    row = {"id": "x", "displayName": "Helper", "isBuiltIn": False, "templateId": "x", "rolePermissions": []}
    assert rows_of([row]) == {"directory role definitions": 1}


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        (holder(who=7), "/0/principalId"),
        (holder(role=None), "/0"),
        (holder(scope=[]), "/0/directoryScopeId"),
        (holder(roleDefinition=7), "/0/roleDefinition"),
    ],
)
def test_damage_is_a_gap(row, pointer):
    loaded = read([row, holder(BOB)])
    assert (loaded.gaps[0].need, loaded.gaps[0].origins[0].pointer) == ("directoryRoles", pointer)
    assert BOB in roles_of(loaded)[GLOBAL_ADMINISTRATOR]
    assert [(entry.fact, entry.complete) for entry in loaded.coverage] == [("directoryRoles", False)]


def test_a_batch_is_read_answer_by_answer():
    forbidden = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}}
    body = {
        "responses": [
            {"id": "1", "status": 200, "body": answer("users", {"id": ALICE, "displayName": "Alice"})},
            {"id": "2", "status": 403, "body": forbidden},
            {"id": "3", "status": 200, "body": answer("groups", {"id": TEAM}, **{"@odata.nextLink": "https://x"})},
            {"name": "4", "httpStatusCode": 200, "content": {"value": [rest(GROUP)]}},
            {"id": "5", "status": "404", "body": None},
            {"id": "6", "status": 200, "body": "bm90aGluZw=="},
            7,
        ]
    }
    loaded = read(body)
    assert {one.id: one.type for one in loaded.principals} == {ALICE: "User", TEAM: "Group"}
    assert [one.scope for one in loaded.role_assignments] == [GROUP]
    (alice,) = (one for one in loaded.principals if one.id == ALICE)
    assert alice.origins[0].pointer == "/responses/0/body/value/0"
    words = {(gap.reason, gap.origins[0].pointer) for gap in loaded.gaps}
    assert (
        "a request of the batch failed (403): Authorization_RequestDenied: Insufficient privileges",
        "/responses/1/error",
    ) in words
    assert ("a request of the batch failed (404)", "/responses/4/error") in words
    assert ("there is a next page that is not in this file", "") in words
    assert ("expected an object, found a number", "/responses/6") in words
    assert ("1 of its rows have no known shape, the first is /responses/5", "/responses/5") in words


def test_keys_in_any_case():
    row = {
        "ID": ALICE,
        "DISPLAYNAME": "A",
        "USERPRINCIPALNAME": "a@c.example",
        "UserType": "Guest",
    }
    (one,) = read([row]).principals
    assert (one.user_type, one.type) == ("Guest", "User")
