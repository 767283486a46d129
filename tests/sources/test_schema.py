"""The published schema of the snapshot says what the loader reads."""

from __future__ import annotations

import importlib.resources
import json

import jsonschema
import pytest

from kvaudit.sources.registry import SECTIONS
from kvaudit.sources.snapshot_text import HEAD
from kvaudit.sources.wire import SPELLING
from tests.sources.made import ALICE, SUBSCRIPTION, TEAM, VAULT, flat, policy, rest, snapshot, vault

SCHEMA = json.loads(importlib.resources.files("kvaudit.sources").joinpath("snapshot.schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_section_is_there_and_no_other():
    assert set(SCHEMA["properties"]) == {*SECTIONS, *HEAD}
    assert set(SCHEMA["$defs"]["section"]["enum"]) == set(SECTIONS)


def test_names_are_spelt_as_they_are_read():
    def names(node):
        for name, inner in node.get("properties", {}).items():
            yield name
            yield from names(inner)
        if isinstance(node.get("items"), dict):
            yield from names(node["items"])

    known = {*SPELLING.values(), "secrets", "keys", "certificates", "storage", "family", "conditionVersion", "notes"}
    for kind, definition in SCHEMA["$defs"].items():
        assert set(names(definition)) <= known, kind


WHOLE = snapshot(
    takenAt="2026-11-23T00:00:00Z",
    tenantId="t",
    cloud=None,
    vaults=[vault(accessPolicies=[policy(secrets=["get"])], networkAcls=None), {"id": VAULT, "systemData": {}}],
    roleAssignments=[flat(), rest()],
    roleDefinitions=[{"id": "/x", "properties": {"roleName": "R", "permissions": [{"actions": []}], "createdOn": "x"}}],
    denyAssignments=[{"id": "/x", "properties": {"principals": [{"id": ALICE}]}}],
    roleEligibilities=[{"id": "/x", "properties": {"endDateTime": None}}],
    roleActivations=[],
    rolePolicies=[
        {"id": "/x", "properties": {"effectiveRules": [{"id": "r", "setting": {"isApprovalRequired": True}}]}}
    ],
    diagnosticSettings=[{"id": "/x", "properties": {"logs": [{"category": "AuditEvent", "enabled": True}]}}],
    locks=[{"id": "/x", "properties": {"level": "ReadOnly"}}],
    subscriptions=[{"id": SUBSCRIPTION, "managementGroupAncestors": ["mg"]}],
    resources=[{"id": "/x", "identity": {"principalId": ALICE, "userAssignedIdentities": {"/y": {}}}}],
    principals=[{"id": ALICE, "@odata.type": "#microsoft.graph.user", "mail": "x"}],
    groupMembers=[{"group": TEAM, "members": [ALICE]}],
    owners=[{"object": TEAM, "owners": []}],
    applications=[{"id": TEAM, "appId": "x"}],
    directoryRoles=[{"role": "Global Administrator", "members": []}],
    groupEligibilities=[{"groupId": TEAM, "principalId": ALICE, "accessId": "member"}],
    appRoleAssignments=[{"principalId": ALICE, "resourceId": TEAM, "appRoleId": "x", "resourceDisplayName": None}],
    vaultObjects=[{"vault": VAULT, "type": "secrets", "name": "s", "attributes": {}}],
    delegations=[{"id": "/x", "properties": {"registrationDefinition": {"properties": {"authorizations": [{}]}}}}],
    deletedVaults=[{"id": "/x"}],
    managedHsms=[{"id": "/x"}],
    managedHsmRoles=[{"id": "/x"}],
    collectedAs={"objectId": ALICE, "name": "auditor", "signedInWith": "az login"},
    ledger=[{"what": "locks", "status": "ok", "scopes": ["tenant"]}],
    coverage=[{"fact": "locks", "scope": "tenant", "complete": True}],
)


def test_a_whole_snapshot_follows_it():
    assert set(WHOLE) >= set(SECTIONS)
    VALIDATOR.validate(WHOLE)
    VALIDATOR.validate(snapshot(**dict.fromkeys(SECTIONS)))


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": "kvaudit/snapshot/v2"},
        {},
        snapshot(vault=[]),
        snapshot(vaults={}),
        snapshot(vaults=["x"]),
        snapshot(vaults=[{"name": "no id"}]),
        snapshot(vaults=[vault(accessPolicies="x")]),
        snapshot(vaults=[vault(enableRbacAuthorization="true")]),
        snapshot(groupMembers=[{"group": TEAM}]),
        snapshot(vaultObjects=[{"vault": VAULT, "type": "secrets", "name": "s", "value": "hidden"}]),
        snapshot(coverage=[{"fact": "nothing", "scope": "tenant", "complete": True}]),
    ],
)
def test_what_does_not_follow_it(broken):
    assert not VALIDATOR.is_valid(broken)
