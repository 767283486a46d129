"""Rows of Azure Resource Graph, from the CLI, PowerShell, REST and the portal. Semantics 7.6."""

from __future__ import annotations

import json

import pytest

from kvaudit.model.permission import pack
from tests.sources.made import (
    ALICE,
    GROUP,
    SECRETS_USER,
    SUBSCRIPTION,
    TENANT_ID,
    VAULT,
    assignment_id,
    policy,
    read,
    rows_of,
)

DEFINITION = f"/providers/Microsoft.Authorization/RoleDefinitions/{SECRETS_USER}"


def row(name="kv-app", **properties):
    """A row of the table resources, with all its columns."""
    return {
        "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/{name}",
        "name": name,
        "type": "microsoft.keyvault/vaults",
        "tenantId": TENANT_ID,
        "kind": "",
        "location": "westeurope",
        "resourceGroup": "rg-app",
        "subscriptionId": SUBSCRIPTION[15:],
        "managedBy": "",
        "sku": None,
        "plan": None,
        "properties": {"tenantId": TENANT_ID, "accessPolicies": [policy(secrets=["Get"])], **properties},
        "tags": {"env": "prod"},
        "identity": None,
        "zones": None,
        "extendedLocation": None,
    }


def assigned(**more):
    """A row of the table authorizationresources."""
    properties = {"roleDefinitionId": DEFINITION, "principalId": ALICE, "principalType": "User", "scope": VAULT}
    return {
        "id": assignment_id(),
        "name": "d00f7b11-205f-42f7-88c1-d781b972e776",
        "type": "microsoft.authorization/roleassignments",
        "tenantId": TENANT_ID,
        "properties": properties,
        **more,
    }


def wrapped(rows):
    """The same rows as each tool gives them."""
    names = list(rows[0])
    columns = [{"name": name, "type": "object"} for name in names]
    return {
        "az": {"count": len(rows), "data": rows, "skip_token": None, "total_records": len(rows)},
        "REST": {"totalRecords": len(rows), "count": len(rows), "data": rows, "facets": [], "resultTruncated": "false"},
        "REST, as a table": {
            "totalRecords": len(rows),
            "count": len(rows),
            "data": {"columns": columns, "rows": [[one[name] for name in names] for one in rows]},
            "facets": [],
            "resultTruncated": "false",
        },
        "Search-AzGraph": [{**one, "ResourceId": one["id"]} for one in rows],
        "Search-AzGraph, whole": {"Count": len(rows), "SkipToken": None, "Data": rows},
        "text": [{**one, "properties": json.dumps(one["properties"]), "tags": '{"env":"prod"}'} for one in rows],
    }


@pytest.mark.parametrize("tool", wrapped([row()]))
def test_vaults(tool):
    loaded = read(wrapped([row(), row("kv-b", enableRbacAuthorization=True)])[tool])
    first, second = loaded.vaults
    assert (first.id, first.tags, first.uses_rbac, second.uses_rbac) == (VAULT, {"env": "prod"}, False, True)
    assert first.policies[0].permissions == pack(["secrets/get"])
    assert not loaded.gaps


@pytest.mark.parametrize("tool", wrapped([row()]))
def test_authorization(tool):
    loaded = read(wrapped([assigned()])[tool])
    assert [(one.scope, one.role, one.principal) for one in loaded.role_assignments] == [(VAULT, SECRETS_USER, ALICE)]
    assert not loaded.gaps


def test_rows_of_a_table_are_pointed_at():
    (one,) = read(wrapped([row()])["REST, as a table"]).vaults
    assert one.origins[0].pointer == "/data/rows/0"


@pytest.mark.parametrize("rows", [[[VAULT]], [7], [{"id": VAULT}], [[VAULT, "kv", "x"]]])
def test_rows_of_a_table_that_do_not_fit_it(rows):
    columns = [{"name": "id"}, {"name": "name"}]
    body = {"data": {"columns": columns, "rows": [[VAULT, "kv-app"], *rows]}, "count": 2}
    loaded = read(body)
    assert VAULT in {one.id for one in loaded.vaults}
    assert sum(rows_of(body).values()) == 2


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"resultTruncated": "true"}, "cut the result short"),
        ({"resultTruncated": True}, "cut the result short"),
        ({"total_records": 5}, "1 of 5 rows"),
        ({"count": 3}, "1 of 3 rows"),
        ({"SkipToken": "x"}, "a next page"),
        ({"$skipToken": "x"}, "a next page"),
    ],
)
def test_an_answer_that_was_cut_off(more, reason):
    loaded = read({"count": 1, "data": [row()], **more})
    assert [(gap.need, reason in gap.reason) for gap in loaded.gaps] == [("vaults", True)]
    assert [(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage] == [("vaults", "tenant", False)]


def test_a_table_is_cut_off_alike():
    body = {**wrapped([row()])["REST, as a table"], "totalRecords": 9}
    assert "1 of 9 rows" in read(body).gaps[0].reason


@pytest.mark.parametrize("size", [100, 1000])
def test_a_bare_list_is_cut_where_search_azgraph_cuts(size):
    rows = [row(f"kv-{number}") for number in range(size)]
    (gap,) = read(rows).gaps
    assert gap.reason.startswith(f"exactly {size} rows, where Search-AzGraph cuts them off")
    assert not read(rows[1:]).gaps
    from_rest = [{**one, "type": "Microsoft.KeyVault/vaults"} for one in rows]
    assert not read([{key: value for key, value in one.items() if key != "tenantId"} for one in from_rest]).gaps


def test_a_bare_list_of_assignments_is_cut_alike_though_columns_were_left_out():
    told = {"type": "microsoft.authorization/roleassignments", "properties": {"principalId": ALICE, "scope": VAULT}}
    rows = [{"id": assignment_id(), **told} for _ in range(1000)]
    for one in rows:
        one["properties"] = {**one["properties"], "roleDefinitionId": DEFINITION}
    assert "Search-AzGraph cuts them off" in read(rows).gaps[0].reason


@pytest.mark.parametrize("columns", [("id", "name"), ("id", "name", "type", "location"), ("id", "rbac")])
def test_a_vault_without_the_column_properties_is_not_known(columns):
    (one,) = read([{key: value for key, value in {**row(), "rbac": True}.items() if key in columns}]).vaults
    assert (one.id, one.has_properties, one.uses_rbac, one.policies) == (VAULT, False, None, None)


def test_an_assignment_without_the_column_scope_has_it_in_its_id():
    projected = {"id": assignment_id(), "roleDefinitionId": DEFINITION, "principalId": ALICE}
    loaded = read([projected])
    assert [(one.scope, one.principal) for one in loaded.role_assignments] == [(VAULT, ALICE)]
    assert not loaded.gaps


def test_an_assignment_with_other_columns_is_a_gap():
    loaded = read([{"id": assignment_id(), "type": "microsoft.authorization/roleassignments", "who": ALICE}])
    assert not loaded.role_assignments
    assert loaded.gaps[0].need == "roleAssignments"


@pytest.mark.parametrize("text", ["{broken", "[]", '{"a":' * 5000, "x"])
def test_text_that_is_no_object_is_a_gap(text):
    loaded = read([row(), {**row("kv-b"), "properties": text}])
    whole, broken = loaded.vaults
    assert (whole.has_properties, broken.has_properties) == (True, False)
    assert (loaded.gaps[0].need, loaded.gaps[0].origins[0].pointer) == ("vaults", "/1/properties")


def test_other_rows_of_the_tables():
    group = {"name": "mg-platform", "displayName": "Platform"}
    chain = {"managementGroupAncestorsChain": [group, {"name": TENANT_ID}]}
    rows = [
        {"id": SUBSCRIPTION, "name": "Production", "type": "microsoft.resources/subscriptions", "properties": chain},
        {
            "id": "/providers/Microsoft.Management/managementGroups/mg-platform",
            "type": "microsoft.management/managementgroups",
            "properties": {"details": chain},
        },
        {"id": GROUP, "name": "rg-app", "type": "microsoft.resources/subscriptions/resourcegroups", "properties": {}},
        {
            "id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/classicAdministrators/x",
            "type": "microsoft.authorization/classicadministrators",
            "properties": {"emailAddress": "a@c.example", "role": "ServiceAdministrator"},
        },
        {
            "id": f"{VAULT}/providers/Microsoft.Authorization/denyAssignments/d",
            "type": "microsoft.authorization/denyassignments",
            "properties": {"scope": VAULT, "permissions": [{"actions": ["*"]}], "principals": [{"id": ALICE}]},
        },
    ]
    body = {"count": len(rows), "data": rows, "skip_token": None, "total_records": len(rows)}
    loaded = read(body)
    assert rows_of(body) == {
        "subscriptions": 1,
        "management groups": 1,
        "resources": 1,
        "classic administrators (retired in 2024)": 1,
        "deny assignments": 1,
    }
    mg = "/providers/microsoft.management/managementgroups/"
    assert loaded.subscriptions[0].ancestors == (f"{mg}mg-platform", f"{mg}{TENANT_ID}")
    assert len(loaded.deny_assignments) == 1
    assert not loaded.gaps
