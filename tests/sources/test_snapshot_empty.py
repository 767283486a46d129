"""What an empty section of a snapshot says, and how far."""

import json

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


def test_the_remedy_for_diagnostic_settings_names_its_vault_in_what_it_writes():
    command = remedy("diagnosticSettings", VAULT)
    assert f'scope: `"{VAULT}"`' in command
    assert command.endswith("> diagnostic-settings-kv.json")
