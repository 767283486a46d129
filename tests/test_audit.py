"""The walk of a scan: what is asked for is what is run."""

import datetime as dt
import io
import json

import pytest

from kvaudit.audit import AskRequest, ScanRequest, ask, scan
from kvaudit.errors import UsageError
from kvaudit.model.finding import Severity

GROUP = "/subscriptions/5a5a5a5a-0000-4000-8000-000000000001/resourceGroups/rg"
AS_OF = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
VAULT = {
    "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
    "name": "kv",
    "type": "Microsoft.KeyVault/vaults",
    "properties": {"tenantId": "c0c0c0c0-0000-4000-8000-000000000001", "enableRbacAuthorization": True},
}


@pytest.fixture
def vault(tmp_path):
    file = tmp_path / "vault.json"
    file.write_text(json.dumps([VAULT], indent=1))
    return str(file)


def test_a_selected_rule_that_does_not_exist_is_an_error_and_no_pass(vault):
    with pytest.raises(UsageError, match="KV999"):
        scan(ScanRequest(paths=(vault,), as_of=AS_OF, select=("KV999",)))


def test_the_beginning_of_an_id_selects_and_ignores(vault):
    request = ScanRequest(paths=(vault,), as_of=AS_OF, select=("kv3",), ignore=("KV302",))
    report, _ = scan(request)
    assert {rule[:3] for rule in report.rules} == {"KV3"}
    assert "KV302" not in report.rules
    assert {finding.rule for finding in report.findings} >= {"KV301"}


def test_info_is_a_gate_of_its_own(vault):
    request = ScanRequest(paths=(vault,), as_of=AS_OF, select=("KV304",), fail_on=Severity.INFO)
    _, outcome = scan(request)
    assert outcome.fail_on is Severity.INFO
    assert not outcome.passed


class Pipe(io.BytesIO):
    """Standard input as a pipe gives it: read once."""

    def seekable(self):
        return False


def test_lines_are_found_in_standard_input_that_can_be_read_once():
    stdin = Pipe(json.dumps([VAULT], indent=1).encode())
    report, _ = scan(ScanRequest(paths=("-",), as_of=AS_OF, select=("KV301",)), stdin=stdin)
    (finding,) = report.findings
    location = report.locations[finding.origins[0]]
    assert (location.file, location.line, location.column) == ("-", 2, 2)


def test_an_answer_tells_what_was_not_looked_for(vault):
    report = ask(AskRequest(paths=(vault,), as_of=AS_OF, question="secrets/get"))
    assert {missing.need for missing in report.not_evaluated} == {
        "roleEligibilities",
        "denyAssignments",
        "resources",
        "owners",
        "directoryRoles",
        "appRoleAssignments",
        "groupEligibilities",
    }
    assert {gap.need for gap in report.gaps} == {"roleAssignments"}
    assert not report.complete
