"""What an empty section of a snapshot says, and how far."""

import json

import pytest

from kvaudit.model.remedy import remedy
from kvaudit.sources.load import load

VAULT = "/subscriptions/5a5a5a5a-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"


def coverage(tmp_path, **sections):
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps({"schema": "kvaudit/snapshot/v1", "vaults": [{"id": VAULT, "name": "kv"}], **sections}))
    return [(each.fact, each.scope, each.complete) for each in load([str(file)]).coverage]


def test_an_empty_section_was_looked_for_everywhere(tmp_path):
    assert coverage(tmp_path, locks=[]) == [("locks", "tenant", True)]


def test_an_empty_section_whose_coverage_is_stated_reaches_that_far(tmp_path):
    stated = [{"fact": "diagnosticSettings", "scope": VAULT, "complete": True}]
    assert coverage(tmp_path, diagnosticSettings=[], coverage=stated) == [("diagnosticSettings", VAULT.lower(), True)]


@pytest.mark.parametrize("damaged", [5, 0, 1.5, True, False, "", "text", {}])
def test_a_section_that_is_no_list_is_a_gap_and_not_an_empty_one(tmp_path, damaged):
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps({"schema": "kvaudit/snapshot/v1", "vaults": [], "roleAssignments": damaged}))
    snapshot = load([str(file)])
    assert [gap.need for gap in snapshot.gaps] == ["roleAssignments"]
    assert not any(each.fact == "roleAssignments" and each.complete for each in snapshot.coverage)


def test_the_remedy_for_diagnostic_settings_names_its_vault_in_what_it_writes():
    command = remedy("diagnosticSettings", VAULT)
    assert f'scope: `"{VAULT}"`' in command
    assert command.endswith("> diagnostic-settings-kv.json")


def test_a_section_that_a_row_of_another_brings_along_need_not_be_there(tmp_path):
    row = {"id": "5b0c4c1e-33cb-4d0a-8d0c-2f2b4f0f5a11", "appId": "bccabae7-244d-4707-83e0-7837b89326dd", "owners": []}
    stated = [{"fact": "applications", "scope": "tenant", "complete": True}]
    assert coverage(tmp_path, applications=[row], coverage=stated) == [("applications", "tenant", True)]


def test_a_section_of_which_only_the_coverage_is_given_was_looked_for(tmp_path):
    file = tmp_path / "snapshot.json"
    stated = [{"fact": "directoryRoles", "scope": "tenant", "complete": False, "reason": "refused"}]
    file.write_text(json.dumps({"schema": "kvaudit/snapshot/v1", "coverage": stated}))
    assert "directoryRoles" in load([str(file)]).given


def test_the_remedy_for_the_vaults_of_a_subscription_lists_them():
    assert "/providers/Microsoft.KeyVault/vaults?" in remedy("vaults", "/".join(VAULT.split("/")[:3]))
    assert remedy("vaults", VAULT) == f"az keyvault show --id {VAULT} > vault.json"
