"""The file: it stands alone, lets nothing in, and says the same each time."""

import base64
import hashlib
import json
import re
import subprocess
import sys

import msgspec
import pytest

from kvaudit.model.finding import Step
from kvaudit.model.origin import Document, Origin
from kvaudit.report.html import data as page_data_module
from kvaudit.report.html.data import left_out, page_data
from tests.report.html.made import sample, with_access, written
from tests.report.made import ASSIGNMENT, SUBSCRIPTION, a_report, make_finding, make_report, vault_id


def policy(text):
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    return {words.split()[0]: words.split()[1:] for words in content.split("; ")}


def test_the_policy_lets_nothing_in_but_what_is_written_here():
    text = written(sample())
    rules = policy(text)
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert rules["trusted-types"] == ["'none'"]
    for tag in ("style", "script"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert rules[f"{tag}-src"] == [f"'sha256-{digest}'"]


def test_the_file_asks_for_no_other():
    text = re.sub(r"<script.*?</script>", "", written(sample()), flags=re.DOTALL)
    assert not re.search(r"<(link|img|iframe|base)\b|\bsrc=|url\(|@import", text)


def test_identical_input_gives_identical_bytes():
    assert written(sample.__wrapped__()) == written(sample.__wrapped__())


def test_a_finding_about_a_vault_that_is_not_listed_keeps_it():
    data = page_data(make_report([make_finding(vaults=("kv-app", "kv-elsewhere"))]))
    vaults = [data["vaults"][number] for number in data["vaultLists"][data["findings"][0]["vaults"]]]
    assert [vault["name"] for vault in vaults] == ["kv-app", "kv-elsewhere"]
    assert vaults[1]["counts"] is None
    assert vaults[1]["id"] == vault_id("kv-elsewhere")


def test_what_recurs_stands_there_once():
    findings = [make_finding(subject=str(number), vaults=("kv-app", "kv-pay")) for number in range(50)]
    data = page_data(make_report(findings))
    assert len(data["vaultLists"]) == len(data["paths"]) == 1
    assert len(data["steps"]) == 3


@pytest.mark.parametrize(
    ("ref", "text", "scope"),
    [
        (
            f"{SUBSCRIPTION}/resourceGroups/rg-a/providers/Microsoft.Authorization/roleAssignments/1",
            "is assigned Owner at resource group rg-a",
            "resource group rg-a",
        ),
        (
            "/providers/Microsoft.Authorization/roleAssignments/1",
            "is assigned Owner at the root of the tenant (/)",
            "the root of the tenant (/)",
        ),
        (ASSIGNMENT, "is assigned Owner at somewhere else", None),
        ("elsewhere/providers/Microsoft.Authorization/roleAssignments/1", "is assigned Owner at x", None),
        ("", "is assigned Owner", None),
    ],
)
def test_a_scope_is_drawn_by_itself_where_the_step_names_it(ref, text, scope):
    data = page_data(make_report([make_finding(path=(Step("assignment", text, ref),))]))
    assert data["steps"][0].get("scope") == scope


def test_a_place_that_is_not_known_is_its_document():
    origin = Origin(Document("other.json"), "/1")
    data = page_data(make_report([make_finding(origins=(origin,))]))
    assert data["places"][data["findings"][0]["places"][0]] == ["other.json", 0, 0]


def test_what_there_is_no_room_for_is_said(monkeypatch):
    assert left_out(page_data(a_report())) is None
    monkeypatch.setattr(page_data_module, "FINDINGS", 1)
    report = with_access(a_report(), "p", "Ann", left_out=7, laid_out=(0, 1))
    data = page_data(report)
    assert [finding["rule"] for finding in data["findings"]] == ["KV202"]
    assert left_out(data) == (
        "left out of the page for want of room: 1 finding, access of 7 principals, access to 2 vaults"
    )
    assert data["findingsLeftOut"] == 1


def test_access_is_asked_for_the_vaults_with_the_worst_findings(monkeypatch):
    monkeypatch.setattr(page_data_module, "VAULTS", 2)
    asked = []
    report = with_access(make_report([make_finding(vaults=("kv-old",))]), "p", "Ann")
    answer = report.overview

    def overview(numbers, limit):
        asked.append((numbers, limit))
        return answer(numbers, limit)

    page_data(msgspec.structs.replace(report, overview=overview))
    assert asked == [([0, 2], page_data_module.PRINCIPALS)]


def test_other_formats_wait_neither_for_templates_nor_for_who_has_what(tmp_path):
    code = (
        "import sys, json; from kvaudit.cli.app import main; "
        "main(['scan', sys.argv[1], '-f', 'json', '-o', sys.argv[2], '-q']); "
        "print(json.dumps([name for name in sys.modules if name in ('jinja2', 'kvaudit.report.html')]))"
    )
    command = [sys.executable, "-c", code, "sample-configs/contoso", str(tmp_path / "out.json")]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_report_is_written_by_the_command(tmp_path):
    file = tmp_path / "report.html"
    command = ["scan", "sample-configs/contoso-drift", "-f", "html", "-o", str(file), "--as-of", "2026-11-23", "-q"]
    done = subprocess.run([sys.executable, "-m", "kvaudit", *command], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>\n")
