"""Objects of the directory that a template declares by the extension for Microsoft Graph."""

from __future__ import annotations

import pytest

from tests.sources.made import read
from tests.sources.template.making import ALICE, BOB, access, assigned, can, holders, template, vault


def declared(kind, **properties):
    return {"extension": "microsoftGraph", "type": f"Microsoft.Graph/{kind}@v1.0", "properties": properties}


def group(name, **more):
    return declared("groups", uniqueName=name, displayName=name, securityEnabled=True, **more)


def role_to(symbolic):
    return assigned(f"[reference('{symbolic}').id]", name=symbolic, properties={"principalType": "Group"})


@pytest.mark.parametrize("members", [[BOB], {"relationships": [BOB], "relationshipSemantics": "replace"}])
def test_a_group_holds_access_with_its_members(members):
    found = access(
        template(
            {"readers": group("readers", members=members), "kv": vault(), "role": role_to("readers")}, symbolic=True
        )
    )
    assert holders(found) == {"readers": "direct", BOB: "direct"}
    assert can(found, ALICE) == ["none"]
    assert not found.snapshot.gaps
    assert {each.origins[0].pointer for each in found.snapshot.group_members} == {"/resources/readers"}


def test_groups_have_no_name_and_are_told_apart_all_the_same():
    resources = {"one": group("one", members=[ALICE]), "two": group("two", members=[BOB]), "kv": vault()}
    assert holders(access(template({**resources, "role": role_to("two")}, symbolic=True))) == {
        "two": "direct",
        BOB: "direct",
    }


def test_an_identity_may_be_a_member():
    identity = {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "apiVersion": "2023-01-31",
        "name": "id-web",
    }
    readers = group("readers", members={"relationships": ["[reference('identity').principalId]"]})
    resources = {"identity": identity, "readers": readers, "kv": vault(), "role": role_to("readers")}
    assert holders(access(template(resources, symbolic=True))) == {"readers": "direct", "id-web": "direct"}


def test_members_of_a_group_that_exists_or_that_names_none_are_not_known():
    for readers in ({**group("readers"), "existing": True}, group("readers")):
        found = access(template({"readers": readers, "kv": vault(), "role": role_to("readers")}, symbolic=True))
        assert [gap.need for gap in found.snapshot.gaps if gap.need == "files"] == []
        assert can(found, ALICE) == ["unknown"]


def test_members_that_are_not_known_are_a_gap():
    readers = group("readers", members={"relationships": "[parameters('members')]"})
    resources = {"readers": readers, "kv": vault(), "role": role_to("readers")}
    found = access(template(resources, symbolic=True, parameters={"members": {"type": "array"}}))
    assert can(found, ALICE) == ["unknown"]


def test_an_owner_of_an_application_can_act_as_its_service_principal():
    resources = {
        "app": declared("applications", uniqueName="web", displayName="web", owners={"relationships": [BOB]}),
        "sp": declared("servicePrincipals", appId="[reference('app').appId]"),
        "kv": vault(),
        "role": assigned("[reference('sp').id]", name="role"),
    }
    found = access(template(resources, symbolic=True))
    assert can(found, BOB) == ["escalation"]
    assert [each.name for each in found.snapshot.applications] == ["web"]


def test_other_resources_of_graph_are_no_objects_of_it():
    given = declared("appRoleAssignedTo", appRoleId="x", principalId=ALICE, resourceId=BOB)
    found = read(template({"given": given, "kv": vault()}, symbolic=True))
    assert (found.gaps, found.principals) == ((), ())
