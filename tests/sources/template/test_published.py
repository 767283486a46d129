"""Whole templates of the kind people publish, by hand and as Bicep writes them, and what they give."""

from __future__ import annotations

import json

import pytest

from tests.sources.made import read
from tests.sources.template.making import ALICE, BOB, SAMPLES, access, can, holders, sample

TEAM = "45ac16b9-c20d-4c21-8f8a-7abff2e91ac7"
AKS = "[reference(microsoft.containerservice/managedclusters/aks)"
EXISTING = {"vaults", "diagnosticSettings", "roleAssignments"}

READERS = [
    ("arm-vault-and-secret", {ALICE: "direct"}, set()),
    ("arm-secrets-in-a-loop", {ALICE: "direct", BOB: "direct"}, set()),
    ("arm-web-app-with-policy", {"site-orders": "direct"}, set()),
    ("arm-old-role-assignment", {"[parameters('principalid')]": "direct", BOB: "direct"}, set()),
    ("arm-private-vault", {}, set()),
    ("arm-new-or-existing", {ALICE: "conditional"}, set()),
    ("arm-subscription-landing", {TEAM: "direct"}, {"groupMembers"}),
    ("arm-vault-of-another-group", {"vm-batch": "unknown"}, EXISTING),
    ("arm-linked-templates", {ALICE: "direct"}, {"files", "diagnosticSettings", "roleAssignments"}),
    ("arm-scale-set-and-encryption", {ALICE: "direct"}, set()),
    ("bicep-verified-module", {ALICE: "direct", TEAM: "direct"}, {"groupMembers"}),
    ("bicep-function-app", {"fnapp{uniqueString(resourceGroup().id)}": "direct"}, set()),
    (
        "bicep-aks-secrets-provider",
        {f"{AKS}.addonprofiles.azurekeyvaultsecretsprovider.identity.objectid]": "direct"},
        set(),
    ),
    ("bicep-subscription", {"id-shop": "direct", TEAM: "direct"}, {"groupMembers"}),
    ("bicep-loops-and-lambdas", {ALICE: "direct", BOB: "direct"}, set()),
    ("bicep-role-by-name", {ALICE: "direct"}, set()),
    ("bicep-private-endpoint-module", {}, set()),
    ("bicep-get-secret", {}, set()),
    ("bicep-existing-vault", {"id-api": "unknown"}, EXISTING),
    ("bicep-eligible-admins", {TEAM: "eligible", BOB: "conditional"}, set()),
]


def test_every_template_is_asked_about():
    assert {f"{name}.json" for name, _, _ in READERS} == {file.name for file in SAMPLES.iterdir()}


@pytest.mark.parametrize(("name", "readers", "gaps"), READERS, ids=[case[0] for case in READERS])
def test_who_will_read_secrets_and_what_is_not_seen(name, readers, gaps):
    found = access(sample(f"{name}.json"))
    assert holders(found) == readers
    assert {gap.need for gap in found.gaps} == gaps


@pytest.mark.parametrize("name", [case[0] for case in READERS])
def test_every_fact_has_a_place_in_the_template(name):
    document = sample(f"{name}.json")
    snapshot = read(document)
    facts = (
        *snapshot.vaults,
        *snapshot.role_assignments,
        *snapshot.eligibilities,
        *snapshot.resources,
        *snapshot.locks,
    )
    assert facts
    for fact in facts:
        value = document
        for step in fact.origins[0].pointer.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert isinstance(value, dict)


@pytest.mark.parametrize("name", [case[0] for case in READERS])
def test_whatever_is_open_in_what_was_read_is_listed(name):
    snapshot = read(sample(f"{name}.json"))
    listed = " ".join(each.text for each in snapshot.unresolved).lower()
    for assignment in snapshot.role_assignments:
        if assignment.principal.startswith("["):
            assert assignment.principal[1:-1] in listed


def test_the_vaults_are_named_and_placed():
    by_name = {name: read(sample(f"{name}.json")).vaults for name, _, _ in READERS}
    assert [each.name for each in by_name["arm-subscription-landing"]] == ["kv-landing0", "kv-landing1"]
    assert {each.id.split("/")[4] for each in by_name["arm-subscription-landing"]} == {"rg-landing"}
    assert [each.name for each in by_name["bicep-role-by-name"]] == ["kv-my-app"]
    assert [each.name for each in by_name["bicep-loops-and-lambdas"]] == ["kv-loop-dev", "kv-loop-prod"]
    assert [each.name for each in by_name["bicep-function-app"]] == ["kv-{uniqueString(resourceGroup().id)}"]
    (verified,) = by_name["bicep-verified-module"]
    assert (verified.sku, verified.purge_protection, verified.public_access) == ("premium", True, "Disabled")


def test_who_reads_which_stage():
    found = access(sample("bicep-loops-and-lambdas.json"))
    assert holders(found, vault_name="kv-loop-dev") == {ALICE: "direct", BOB: "direct"}
    assert holders(found, vault_name="kv-loop-prod") == {BOB: "direct"}


def test_logs_locks_and_endpoints_of_closed_vaults():
    for name in ("arm-private-vault", "bicep-private-endpoint-module"):
        found = access(sample(f"{name}.json"))
        (only,) = found.vaults
        assert [each.logs_audit_events for each in found.diagnostics(0)] == [True]
        assert [each.status for each in only.private_endpoints] == ["Approved"]
        assert found.reachable(0) == "private"
    assert [each.level for each in access(sample("arm-private-vault.json")).locks(0)] == ["CanNotDelete"]


def test_identities_that_encrypt():
    assert holders(access(sample("arm-scale-set-and-encryption.json")), "keys/unwrapkey") == {"id-disks": "direct"}
    assert holders(access(sample("bicep-get-secret.json")), "keys/unwrapkey") == {"sql-direct": "direct"}
    kubelet = f"{AKS}.identityprofile.kubeletidentity.objectid]"
    assert holders(access(sample("bicep-aks-secrets-provider.json")), "keys/unwrapkey") == {kubelet: "direct"}


def test_a_condition_of_an_assignment_is_the_condition_it_is():
    assert can(access(sample("bicep-eligible-admins.json")), BOB, "secrets/set", "kv-pim") == ["direct"]


def test_no_secret_is_kept():
    for file in SAMPLES.iterdir():
        text = file.read_text(encoding="utf-8").replace("\"[parameters('secretValue')]\"", '"hunter2"')
        assert "hunter2" not in repr(read(json.loads(text)))
