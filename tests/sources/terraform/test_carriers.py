"""What carries identities: slots of apps, and clusters with the identities of their nodes."""

from __future__ import annotations

import pytest

from tests.sources.terraform.made import (
    ALICE,
    BOB,
    GROUP,
    LOGGED_IN,
    SUB,
    UNKNOWN,
    access,
    plan,
    refs,
    resource,
    role,
    vault,
    verdict,
)

APP_ID = f"/subscriptions/{SUB}/resourcegroups/rg-app/providers/microsoft.web/sites/app"
SYSTEM_ASSIGNED = {"identity": [{"type": "SystemAssigned", "identity_ids": None}], "id": UNKNOWN}
KEY_VAULT = refs("azurerm_key_vault.main.id")


def app(kind: str):
    return resource(f"{kind}.app", {"name": "app", "resource_group_name": "rg-app", "identity": [], "id": UNKNOWN})


@pytest.mark.parametrize(
    ("kind", "argument", "of"),
    [
        ("azurerm_linux_web_app_slot", "app_service_id", "azurerm_linux_web_app"),
        ("azurerm_windows_web_app_slot", "app_service_id", "azurerm_windows_web_app"),
        ("azurerm_linux_function_app_slot", "function_app_id", "azurerm_linux_function_app"),
        ("azurerm_windows_function_app_slot", "function_app_id", "azurerm_windows_function_app"),
    ],
)
def test_a_slot_lies_below_its_app(kind, argument, of):
    to_be = resource(f"{kind}.s", {"name": "stage", **SYSTEM_ASSIGNED}, **{argument: refs(f"{of}.app.id")})
    there = resource(f"{kind}.t", {"name": "test", argument: APP_ID, **SYSTEM_ASSIGNED})
    held = access(plan(GROUP, vault(), app(of), to_be, there, prior=(LOGGED_IN,)))
    found = [(each.id, each.type, each.principal) for each in held.snapshot.resources]
    assert found == [
        (f"{APP_ID}/slots/stage", "Microsoft.Web/sites/slots", f"{kind}.s.identity[0].principal_id"),
        (f"{APP_ID}/slots/test", "Microsoft.Web/sites/slots", f"{kind}.t.identity[0].principal_id"),
    ]


@pytest.mark.parametrize(
    ("kind", "argument"),
    [("azurerm_app_service_slot", "app_service_name"), ("azurerm_function_app_slot", "function_app_name")],
)
def test_a_slot_of_the_older_kind_names_its_app(kind, argument):
    values = {"name": "stage", argument: "app", "resource_group_name": "rg-app", **SYSTEM_ASSIGNED}
    by_name = resource(f"{kind}.s", values)
    to_be = resource(
        f"{kind}.t",
        {**values, "name": "test", argument: UNKNOWN},
        **{argument: refs("azurerm_app_service.app.name")},
    )
    held = access(plan(GROUP, vault(), app("azurerm_app_service"), by_name, to_be, prior=(LOGGED_IN,)))
    assert [each.id for each in held.snapshot.resources] == [f"{APP_ID}/slots/stage", f"{APP_ID}/slots/test"]


CLUSTER = "azurerm_kubernetes_cluster.main"
NODES = f"{CLUSTER}.kubelet_identity[0].object_id"
DRIVER = f"{CLUSTER}.key_vault_secrets_provider[0].secret_identity[0].object_id"


def with_cluster(principal, *more, expressions=None, **values):
    """A cluster that Bob administers, and a principal that reads secrets in a vault elsewhere."""
    cluster = resource(
        CLUSTER,
        {"name": "aks", "location": "West Europe", "resource_group_name": "rg-app", **SYSTEM_ASSIGNED, **values},
        **(expressions or {}),
    )
    operator = "Azure Kubernetes Service Contributor Role"
    return plan(
        GROUP,
        vault(resource_group_name="rg-vaults"),
        cluster,
        role("azurerm_role_assignment.k", "Key Vault Secrets User", scope=KEY_VAULT, principal=refs(principal)),
        role("azurerm_role_assignment.b", operator, scope=refs(f"{CLUSTER}.id"), principal=BOB),
        *more,
        prior=(LOGGED_IN,),
    )


@pytest.mark.parametrize(
    ("principal", "values", "name"),
    [
        (NODES, {"kubelet_identity": UNKNOWN}, "aks-agentpool"),
        (DRIVER, {"key_vault_secrets_provider": [{}]}, "azurekeyvaultsecretsprovider-aks"),
    ],
)
def test_who_administers_a_cluster_acts_as_what_it_makes_for_its_nodes(principal, values, name):
    held = access(with_cluster(principal, **values))
    assert verdict(held, principal, "secrets/get", "kv-main") == "direct"
    assert verdict(held, BOB, "secrets/get", "kv-main") == "escalation"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "none"
    group = f"/subscriptions/{SUB}/resourcegroups/mc_rg-app_aks_westeurope"
    expected = f"{group}/providers/microsoft.managedidentity/userassignedidentities/{name}"
    assert [each.id for each in held.snapshot.resources if each.principal == principal.lower()] == [expected]


def test_a_cluster_without_the_driver_has_no_identity_of_it():
    held = access(with_cluster(DRIVER))
    assert not [each for each in held.snapshot.resources if each.principal == DRIVER.lower()]
    assert verdict(held, BOB, "secrets/get", "kv-main") == "unknown"  # who is given the role then is open


@pytest.mark.parametrize("principal", ["azurerm_user_assigned_identity.nodes.principal_id", NODES])
def test_the_nodes_of_a_cluster_have_the_identity_they_are_given(principal):
    given = "azurerm_user_assigned_identity.nodes"
    nodes = resource(
        given, {"name": "id-nodes", "resource_group_name": "rg-app", "principal_id": UNKNOWN, "id": UNKNOWN}
    )
    block = {"object_id": refs(f"{given}.principal_id"), "user_assigned_identity_id": refs(f"{given}.id")}
    document = with_cluster(principal, nodes, expressions={"kubelet_identity": [block]}, kubelet_identity=[{}])
    held = access(document)
    assert verdict(held, f"{given}.principal_id", "secrets/get", "kv-main") == "direct"
    assert verdict(held, BOB, "secrets/get", "kv-main") == "escalation"
    assert len(held.snapshot.resources) == 2
