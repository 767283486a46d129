"""Microsoft Graph: names, members, owners, roles, batches."""

from __future__ import annotations

import pytest

from tests.live.azure import contoso, directory


def test_graph_names_those_it_knows_and_leaves_out_the_others(azure, ask):
    def named(**more):
        ids = [contoso.ALICE["id"], contoso.STRANGER, contoso.PLATFORM["id"]]
        target = "/v1.0/directoryObjects/getByIds"
        return ask(target, origin="graph", method="POST", json={"ids": ids, **more}).json()["value"]

    assert [row["displayName"] for row in named()] == ["Alice Berg", "Platform team"]
    assert [row["displayName"] for row in named(types=["group"])] == ["Platform team"]
    azure.settings.withhold_names = True
    assert [(row["@odata.type"], row["displayName"]) for row in named()] == [
        ("#microsoft.graph.user", None),
        ("#microsoft.graph.group", None),
    ]


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (f"/groups/{contoso.AUDITORS['id']}/members", ["Alice Berg", "Contractors"]),
        (f"/groups/{contoso.AUDITORS['id']}/transitiveMembers", ["Alice Berg", "Contractors", "Eve Olsen"]),
        (f"/groups/{contoso.PLATFORM['id']}/owners?$select=id,displayName", ["Alice Berg"]),
        (f"/servicePrincipals/{contoso.DEPLOY['id']}/owners", ["Bob Lind"]),
        ("/directoryRoles", ["Global Administrator", "Application Administrator"]),
        (f"/directoryRoles/{contoso.GLOBAL_ADMINISTRATOR['id']}/members", ["Bob Lind"]),
    ],
)
def test_graph_tells_who_belongs_and_who_owns(get, target, names):
    assert [row["displayName"] for row in get(f"/v1.0{target}", origin="graph")["value"]] == names


def test_what_graph_says_of_users_only_when_it_is_asked(get):
    target = f"/v1.0/users/{contoso.EVE['id']}"
    assert "userType" not in get(target, origin="graph")
    assert get(f"{target}?$select=id,userType", origin="graph")["userType"] == "Guest"


def test_graph_goes_on_by_its_links(azure, get):
    azure.settings.graph_page = 1
    first = get(f"/v1.0/groups/{contoso.AUDITORS['id']}/members?$select=displayName", origin="graph")
    last = get(first["@odata.nextLink"], origin="graph")
    assert [row["displayName"] for row in first["value"] + last["value"]] == ["Alice Berg", "Contractors"]
    assert "@odata.nextLink" not in last


def test_other_things_of_graph(get):
    application = get(f"/v1.0/applications(appId='{contoso.DEPLOY['appId']}')?$expand=owners", origin="graph")
    assert [row["displayName"] for row in application["owners"]] == ["Eve Olsen"]
    target = f"/v1.0/servicePrincipals(appId='{directory.GRAPH_APP}')/appRoleAssignedTo?$top=999"
    assert get(target, origin="graph")["value"][0]["principalId"] == contoso.DEPLOY["id"]
    eligible = "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
    rows = get(f"{eligible}?$filter=groupId eq '{contoso.PLATFORM['id']}'", origin="graph")["value"]
    assert [row["principalId"] for row in rows] == [contoso.EVE["id"]]
    assert get(eligible, origin="graph")["error"]["code"] == "MissingParameters"


def test_each_request_of_a_batch_fails_by_itself(azure, ask):
    azure.fault(contoso.CONTRACTORS["id"], status=429, headers={"retry-after": "1"}, code="TooManyRequests")
    azure.fault(contoso.PLATFORM["id"], status=403, code="Authorization_RequestDenied")
    groups = [contoso.AUDITORS, contoso.CONTRACTORS, contoso.PLATFORM]
    asked = [
        {"id": str(number), "method": "GET", "url": f"/groups/{group['id']}/members"}
        for number, group in enumerate(groups)
    ]
    response = ask("/v1.0/$batch", origin="graph", method="POST", json={"requests": asked}).json()["responses"]
    assert [each["status"] for each in response] == [200, 429, 403]
    assert response[1]["headers"]["Retry-After"] == "1"
    assert response[2]["body"]["error"]["code"] == "Authorization_RequestDenied"
    assert azure.count(r"GET /v1\.0/groups") == 3
    assert ask("/v1.0/$batch", origin="graph", method="POST", json={"requests": asked * 7}).status_code == 400
