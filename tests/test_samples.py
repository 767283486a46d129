"""The samples are what a user would have exported, and say what their pages say."""

from __future__ import annotations

import ipaddress
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "sample-configs"
FOLDERS = sorted(folder for folder in SAMPLES.iterdir() if folder.is_dir())
DOCUMENTATION_NETWORKS = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def kvaudit(*words: str) -> tuple[int, dict]:
    command = [str(Path(sys.executable).with_name("kvaudit")), *words, "-f", "json", "--as-of", "2026-11-20T06:00:00Z"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, json.loads(done.stdout)


def scan(name: str) -> tuple[int, dict]:
    folder = SAMPLES / name
    return kvaudit("scan", str(folder), "--config", str(folder / "kvaudit.yaml"))


def verdict(name: str, principal: str, permission: str, vault: str) -> str:
    code, document = kvaudit("can", principal, permission, str(SAMPLES / name), "--vault", vault)
    assert code == 0
    assert len(document["answers"]) == 1
    return document["answers"][0]["verdict"]


def test_contoso_passes_and_nothing_is_unseen():
    code, report = scan("contoso")
    assert (code, report["verdict"], report["complete"]) == (0, "pass", True)
    assert report["gaps"] == []
    assert report["summary"]["findings"]["critical"] == report["summary"]["findings"]["high"] == 0


@pytest.mark.parametrize(
    ("principal", "permission", "expected"),
    [
        ("Alice Berg", "secrets/get", "direct"),
        ("Alice Berg", "keys/sign", "escalation"),
        ("Bob Lind", "secrets/list", "direct"),
        ("Bob Lind", "secrets/get", "none"),
        ("Carol Meyer", "keyvault/vaults/deploy/action", "direct"),
        ("payroll-web", "keys/sign", "direct"),
        ("payroll-web", "keys/decrypt", "none"),
    ],
)
def test_contoso_holds_what_it_means(principal, permission, expected):
    assert verdict("contoso", principal, permission, "kv-contoso-payroll") == expected


# What happened in two years, and who would have been told.
DRIFT = [
    ("KV101", "Contoso Auditors"),  # "just for the year-end audit"
    ("KV102", "payroll-web"),  # the rotation job went into the application
    ("KV103", "Tom Okafor"),  # the night of INC-4471
    ("KV110", "Tom Okafor"),  # all of everything, in the vault he made himself
    ("KV111", "Contoso Security Team"),  # a name had to be free again
    ("KV113", "Dana Reyes"),
    ("KV117", "Dana Reyes"),  # the consultant has left, her entry has not
    ("KV119", "vault-backup"),
    ("KV120", "reporting-api"),  # one role at the subscription, for one report
    ("KV121", "mail-gateway"),
    ("KV125", "Carol Meyer"),
    ("KV201", "Contoso Cloud Platform"),  # "until the landing zone is done"
    ("KV202", "Contoso Cloud Platform"),
    ("KV202", "Contoso Developers and Operators"),  # vaults/* where vaults/deploy/action was
    ("KV203", "orders-pipeline"),  # may assign itself what it assigns to others
    ("KV213", "Nils Falk"),  # elevated himself in the holidays
]
DRIFT_OF_VAULTS = [("KV301", "kv-contoso-hr"), ("KV401", "kv-contoso-hr"), ("KV502", "kv-contoso-hr")]


@pytest.fixture(scope="module")
def drift():
    code, report = scan("contoso-drift")
    assert (code, report["verdict"]) == (1, "fail")
    return report


@pytest.mark.parametrize(("rule", "principal"), DRIFT)
def test_drift_tells_its_story(drift, rule, principal):
    named = {(each["rule"], each["principal"]["name"]) for each in drift["findings"] if each["principal"]}
    assert (rule, principal) in named


@pytest.mark.parametrize(("rule", "vault"), DRIFT_OF_VAULTS)
def test_drift_names_the_vault_nobody_looked_after(drift, rule, vault):
    assert [vault] in [_names(each["vaults"]) for each in drift["findings"] if each["rule"] == rule]


def test_drift_finds_entries_that_give_nothing(drift):
    rules = {each["rule"] for each in drift["findings"]}
    assert {"KV114", "KV115", "KV116", "KV209"} <= rules


def test_drift_says_whose_members_and_whom_it_has_not_seen(drift):
    assert drift["complete"] is False
    assert sorted(gap["need"] for gap in drift["gaps"]) == ["groupMembers", "principals"]


@pytest.mark.parametrize(
    ("principal", "permission", "vault", "expected"),
    [
        ("fabrikam-web", "secrets/get", "kv-fab-web", "conditional"),
        ("fabrikam-web", "secrets/set", "kv-fab-web", "direct"),  # the condition closes getSecret alone
        ("fabrikam-mail", "secrets/get", "kv-fab-web", "direct"),  # one secret of many
        ("fabrikam-mail", "secrets/list", "kv-fab-web", "none"),
        ("Luis Vega", "secrets/set", "kv-fab-web", "direct"),  # through a circle of groups
        ("Luis Vega", "secrets/get", "kv-fab-web", "eligible"),
        ("Maya Iyer", "secrets/get", "kv-fab-web", "direct"),  # on call, activated until 10:10
        ("Petra Novak", "secrets/get", "kv-fab-web", "none"),  # may assign roles, to applications only
        ("Petra Novak", "certificates/create", "kv-fab-pki", "direct"),
        ("Sam Oduya", "certificates/list", "kv-fab-pki", "direct"),  # from the management group above
        ("Sam Oduya", "certificates/list", "kv-fab-web", "none"),  # which is not above this one
    ],
)
def test_fabrikam_answers(principal, permission, vault, expected):
    assert verdict("fabrikam-rbac", principal, permission, vault) == expected


@pytest.mark.parametrize(
    ("principal", "permission", "vault", "expected"),
    [
        ("id-orders-web", "secrets/get", "kv-contoso-orders", "direct"),  # there already
        ("id-orders-reporting", "secrets/purge", "kv-contoso-orders", "direct"),  # an identity to be made
        ("id-orders-reporting", "secrets/get", "kv-contoso-returns", "none"),
        ("app-contoso-returns", "secrets/get", "kv-contoso-returns", "direct"),  # a vault to be made, in a module
        ("app-contoso-returns", "secrets/set", "kv-contoso-returns", "none"),
        ("id-shop-pipeline", "secrets/get", "kv-contoso-orders", "escalation"),
    ],
)
def test_the_plan_answers_before_anything_is_made(principal, permission, vault, expected):
    assert verdict("terraform-plan", principal, permission, vault) == expected


def test_the_plan_is_judged_whole_and_at_its_sources():
    code, report = scan("terraform-plan")
    assert (code, report["complete"], report["gaps"]) == (1, True, [])
    (worst,) = [each for each in report["findings"] if each["rule"] == "KV202"]
    (place,) = worst["locations"]
    assert place["declaration"]["address"] == "azurerm_role_assignment.pipeline_deploys"
    assert place["declaration"]["file"].endswith("terraform-plan/main.tf")
    lines = (SAMPLES / "terraform-plan" / "main.tf").read_text(encoding="utf-8").split("\n")
    assert lines[place["declaration"]["line"] - 1] == 'resource "azurerm_role_assignment" "pipeline_deploys" {'


def test_fabrikam_is_seen_whole():
    assert scan("fabrikam-rbac")[1]["complete"] is True


@pytest.mark.parametrize(
    ("principal", "permission", "vault", "expected"),
    [
        ("id-orders-prod", "secrets/get", "kv-orders-prod", "direct"),  # an identity that does not exist yet
        ("id-orders-prod", "secrets/set", "kv-orders-prod", "none"),
        ("c09cf64e-9ccd-4aeb-aa69-f80c0ad68a2a", "secrets/get", "kv-orders-prod", "direct"),  # on call, by a loop
        ("c09cf64e-9ccd-4aeb-aa69-f80c0ad68a2a", "secrets/get", "kv-orders-batch-prod", "latent"),
        ("aa-orders-batch", "secrets/set", "kv-orders-batch-prod", "conditional"),  # if the batch job is kept
        ("216a006c-eab5-4b70-afc0-58d6aff4dd13", "secrets/get", "kv-orders-prod", "escalation"),
    ],
)
def test_the_template_answers_before_it_is_deployed(principal, permission, vault, expected):
    assert verdict("bicep-template", principal, permission, vault) == expected


def test_the_template_leaves_its_permission_model_to_the_version():
    code, report = kvaudit("scan", str(SAMPLES / "bicep-template"), "--select", "KV507")
    assert (code, report["complete"]) == (0, True)
    assert [_names(each["vaults"]) for each in report["findings"]] == [["kv-orders-batch-prod"]]


@pytest.mark.parametrize("sample", ["bicep-template", "terraform-plan"])
def test_what_is_declared_is_mended_in_its_source_and_not_by_commands(sample):
    _, report = kvaudit("scan", str(SAMPLES / sample))
    assert report["findings"]
    assert [each["rule"] for each in report["findings"] if each["remediation"]["commands"]] == []


def test_northwind_reads_payroll_in_three_steps():
    _, document = kvaudit("can", "Wendy Lund", "secrets/get", str(SAMPLES / "northwind-escalation"),
                          "--vault", "kv-northwind-payroll")  # fmt: skip
    (answer,) = document["answers"]
    assert answer["verdict"] == "escalation"
    (path,) = answer["paths"]
    assert len([step for step in path["steps"] if step["kind"] == "action"]) == 3
    assert all(step["line"] for step in path["steps"] if step["kind"] in {"membership", "assignment", "ownership"})
    (cut,) = answer["cut"]
    assert cut["kind"] == "ownership"


def test_northwind_fails_for_its_links_and_nothing_else_is_high():
    code, report = scan("northwind-escalation")
    assert (code, report["complete"]) == (1, True)
    high = [(each["rule"], each["principal"]["name"]) for each in report["findings"] if each["severity"] == "high"]
    assert sorted(high) == [
        ("KV206", "Northwind Web Developers"),
        ("KV206", "id-shop-release"),
        ("KV207", "auto-ops"),
    ]


def test_the_estate_has_changed_and_what_contoso_means_has_not():
    one, other = ((SAMPLES / name / "kvaudit.yaml").read_text() for name in ("contoso", "contoso-drift"))
    assert one == other


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_sample_says_what_to_see(folder):
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_in_a_sample_is_somebodys(folder):
    """Addresses and domains are those set aside for documentation."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.*"))
    text = text.replace('"contentVersion": "1.0.0.0"', "")  # looks like one
    addresses = re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)
    assert all(any(ipaddress.ip_address(each) in net for net in DOCUMENTATION_NETWORKS) for each in addresses)
    domains = set(re.findall(r"@([\w-]+\.[\w.-]+\w)", text)) - {"odata.type", "odata.context"}
    assert {domain for domain in domains if not domain.endswith(".example")} == set()


def _names(vaults: list[str]) -> list[str]:
    return [vault.rsplit("/", 1)[-1] for vault in vaults]
