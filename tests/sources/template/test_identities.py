"""Who may act as the resources of a template that carry identities, also where these are not known whole."""

from __future__ import annotations

import pytest

from tests.sources.made import read
from tests.sources.template.making import ALICE, BOB, access, assigned, can, template, vault

VM_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
CLUSTER_CONTRIBUTOR = "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"
IDENTITY = {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": "id-a"}
IDENTITY_ID = "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id-a')]"
ITS_PRINCIPAL = "[reference('id-a').principalId]"
OPEN = {
    "object": {"type": "object"},
    "text": {"type": "string"},
    "switch": {"type": "bool"},
}


def bob_controls(resource, role, holder):
    """What Bob, who has a role on a resource, may do to a vault whose secrets somebody reads."""
    scope = f"[resourceId('{resource['type']}', '{resource['name']}')]"
    resource = {"apiVersion": "2024-01-01", "location": "westeurope", **resource}
    document = template(
        vault(), IDENTITY, resource, assigned(holder, name="one"), assigned(BOB, role, scope=scope, name="two"),
        parameters=OPEN,
    )  # fmt: skip
    found = access(document)
    assert can(found, ALICE) in (["none"], ["unknown"])
    return can(found, BOB)


@pytest.mark.parametrize(
    ("identity", "of_its_own", "attached"),
    [
        ({"type": "SystemAssigned", "userAssignedIdentities": None}, "escalation", "none"),
        ({"type": "UserAssigned", "userAssignedIdentities": {IDENTITY_ID: {}}}, "none", "escalation"),
        ({"type": "UserAssigned", "userAssignedIdentities": "[parameters('object')]"}, "unknown", "unknown"),
        ({"type": "UserAssigned", "userAssignedIdentities": {"[parameters('text')]": {}}}, "unknown", "unknown"),
        ("[parameters('object')]", "escalation", "unknown"),
        ("[if(parameters('switch'), createObject('type', 'SystemAssigned'), null())]", "escalation", "unknown"),
    ],
)
def test_identities_that_are_not_known_may_be_any(identity, of_its_own, attached):
    machine = {"type": "Microsoft.Compute/virtualMachines", "name": "vm", "identity": identity}
    own = (
        "[reference(resourceId('Microsoft.Compute/virtualMachines', 'vm'), '2024-01-01', 'Full').identity.principalId]"
    )
    assert bob_controls(machine, VM_CONTRIBUTOR, own) == [of_its_own]
    assert bob_controls(machine, VM_CONTRIBUTOR, ITS_PRINCIPAL) == [attached]


NODES = "[reference(resourceId('Microsoft.ContainerService/managedClusters', 'aks')).identityProfile.kubeletidentity.objectId]"


@pytest.mark.parametrize(
    ("properties", "holder", "verdict"),
    [
        ({}, NODES, "escalation"),
        ({}, ITS_PRINCIPAL, "none"),
        ({"identityProfile": {"kubeletidentity": {"resourceId": IDENTITY_ID, "objectId": ALICE}}}, ITS_PRINCIPAL, "escalation"),
        ({"identityProfile": "[parameters('object')]"}, ITS_PRINCIPAL, "unknown"),
        ("[parameters('object')]", ITS_PRINCIPAL, "unknown"),
    ],
)  # fmt: skip
def test_whoever_controls_a_cluster_acts_as_its_nodes(properties, holder, verdict):
    cluster = {"type": "Microsoft.ContainerService/managedClusters", "name": "aks", "properties": properties}
    assert bob_controls(cluster, CLUSTER_CONTRIBUTOR, holder) == [verdict]


@pytest.mark.parametrize(
    ("identity", "expression"),
    [
        ("[parameters('object')]", "parameters('object')"),
        ({"type": "[parameters('text')]"}, "parameters('text')"),
        ({"type": "UserAssigned", "userAssignedIdentities": "[parameters('object')]"}, "parameters('object')"),
        ({"type": "UserAssigned", "userAssignedIdentities": {"[parameters('text')]": {}}}, "parameters('text')"),
    ],
)
def test_what_is_not_known_of_an_identity_is_listed(identity, expression):
    machine = {"type": "Microsoft.Compute/virtualMachines", "name": "vm", "identity": identity}
    listed = {
        each.text: each.origins[0].pointer for each in read(template(machine, vault(), parameters=OPEN)).unresolved
    }
    assert listed[expression].startswith("/resources/0/identity")


@pytest.mark.parametrize("stands_in", ["[parameters('text')]", "[reference('/there/already').principalId]"])
def test_whoever_exists_may_be_the_principal_that_is_left_open(stands_in):
    found = access(template(vault(), assigned(stands_in), parameters=OPEN))
    assert can(found, ALICE) == ["unknown"]


def test_nobody_who_exists_is_an_identity_that_the_template_declares():
    found = access(template(vault(), IDENTITY, assigned(ITS_PRINCIPAL)))
    assert can(found, ALICE) == ["none"]
