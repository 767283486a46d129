from __future__ import annotations

import pytest

from kvaudit.errors import RuleError
from kvaudit.model.finding import Confidence, Severity
from kvaudit.model.grant import DATA_PLANE
from kvaudit.model.scope import scope_key
from kvaudit.model.vault import NetworkRules
from kvaudit.rules.declarative import read_rule
from tests.access.build import SECRETS_USER, SUBSCRIPTION, assign, unlisted, vault_id
from tests.rules.making import RULE, a_rule, a_vault, an_access, run, write_rule

OPEN = NetworkRules()
LOCKS = """
    id: ACME002
    title: No lock
    severity: low
    for: vault
    match: {vault.locked: false}
    message: Key vault {vault} has no lock.
    why: It can be deleted.
    remediation: {summary: Lock it.}
"""


def test_a_match_is_a_finding_about_the_vault(tmp_path):
    access = an_access(a_vault("kv-open", network=OPEN), a_vault("kv-shut"))
    (found,) = run(a_rule(tmp_path), access).findings
    assert (found.rule, found.title, found.severity, found.confidence) == (
        "ACME001",
        "A vault is open",
        Severity.HIGH,
        Confidence.HIGH,
    )
    assert found.message == "Key vault kv-open is open."
    assert found.vaults == (vault_id("kv-open"),)
    assert (found.cause.kind, found.cause.id) == ("vault", vault_id("kv-open"))
    assert found.subject == scope_key(vault_id("kv-open"))
    assert found.path[-1].kind == "vault"
    assert found.remediation.commands == (f"az keyvault update --ids {vault_id('kv-open')} --default-action Deny",)


def test_what_goes_into_a_command_is_quoted_and_not_read_again(tmp_path):
    hostile = a_vault("kv; rm -rf {vault.id}", network=OPEN)
    rule = a_rule(tmp_path, RULE.replace("--ids {vault.id}", "--name {vault}"))
    (found,) = run(rule, an_access(hostile)).findings
    assert found.remediation.commands == ("az keyvault update --name 'kv; rm -rf {vault.id}' --default-action Deny",)


def test_a_required_fact_that_is_missing_is_a_gap_with_a_remedy(tmp_path):
    results = run(a_rule(tmp_path), an_access(unlisted("kv-app")))
    (gap,) = results.gaps
    assert (results.findings, results.not_evaluated) == ((), ())
    assert (gap.need, gap.subject, gap.rules) == ("vaults", vault_id("kv-app"), ("ACME001",))
    assert gap.reason == "the input does not say vault.network"
    assert gap.remedy.startswith("az keyvault show --id /subscriptions/")


def test_a_deeper_fact_nobody_gave_leaves_the_rule_unevaluated_once(tmp_path):
    results = run(a_rule(tmp_path, LOCKS, "ACME002"), an_access(a_vault("kv-a"), a_vault("kv-b")))
    (unjudged,) = results.not_evaluated
    assert (results.findings, results.gaps) == ((), ())
    assert (unjudged.need, unjudged.rules) == ("locks", ("ACME002",))
    assert unjudged.remedy.startswith("az lock list")


def test_a_deeper_fact_that_came_back_partial_is_a_gap(tmp_path):
    results = run(a_rule(tmp_path, LOCKS, "ACME002"), an_access(a_vault(), given=["locks"]))
    assert [gap.need for gap in results.gaps] == ["locks"]
    assert results.not_evaluated == ()


def test_severity_follows_the_first_case_that_matches(tmp_path):
    text = RULE.replace(
        "for: vault\n",
        "for: vault\n"
        "severity-when:\n"
        "  - severity: critical\n"
        "    match: {vault.purge-protection: false, vault.sku: premium}\n"
        "  - {severity: medium, match: {vault|glob: '*-test'}}\n",
    )
    vaults = (
        a_vault("kv-prod", network=OPEN, purge_protection=False, sku="premium"),
        a_vault("kv-test", network=OPEN),
        a_vault("kv-unknown", network=OPEN, purge_protection=False, sku=None),
    )
    found = run(a_rule(tmp_path, text), an_access(*vaults)).findings
    assert [(each.path[0].ref.rpartition("/")[2], each.severity) for each in found] == [
        ("kv-prod", Severity.CRITICAL),
        ("kv-unknown", Severity.HIGH),
        ("kv-test", Severity.MEDIUM),
    ]


def test_options_reach_match_and_message(tmp_path):
    text = """
        id: ACME003
        title: Too few days
        severity: low
        for: vault
        match: {vault.retention-days|below: {option: days}}
        message: "{vault} keeps {vault.retention-days} days, not {option.days}."
        why: Late is too late.
        remediation: {summary: Keep longer.}
        options: {days: {default: 30, help: The least days.}}
    """
    rule, access = a_rule(tmp_path, text, "ACME003"), an_access(a_vault(retention_days=20))
    assert [each.message for each in run(rule, access).findings] == ["kv-app keeps 20 days, not 30."]
    assert run(rule, access, options={"ACME003": {"days": 10}}).findings == ()


def test_a_configured_severity_wins_over_the_rule(tmp_path):
    access = an_access(a_vault(network=OPEN))
    (found,) = run(a_rule(tmp_path), access, severities={"ACME001": Severity.INFO}).findings
    assert found.severity is Severity.INFO


GRANT_RULE = """
    id: ACME004
    title: Reads secrets
    severity: medium
    for: grant
    match:
      permissions|has: secrets/get
      principal.type: User
    message: "{principal} reads secrets of {vaults} by {role}."
    why: People should not.
    remediation: {summary: Take it away., commands: ["{removal}"]}
"""


def test_a_rule_on_grants_names_cause_principal_and_vaults(tmp_path):
    alice = "aaaaaaaa-0000-4000-8000-00000000000a"
    row = assign(alice, SECRETS_USER, SUBSCRIPTION)
    access = an_access(a_vault("kv-b"), a_vault("kv-a"), role_assignments=(row,), given=["roleAssignments"])
    (found,) = run(a_rule(tmp_path, GRANT_RULE, "ACME004"), access).findings
    assert found.principal == alice
    assert (found.cause.kind, found.subject) == ("roleAssignment", scope_key(row.id))
    assert found.vaults == (vault_id("kv-a"), vault_id("kv-b"))
    assert found.permission_class == DATA_PLANE
    assert found.message == f"{access.directory.label(alice)} reads secrets of kv-a, kv-b by Key Vault Secrets User."
    assert found.remediation.commands == (f"az role assignment delete --ids {row.id}",)


def test_an_unknown_principal_is_the_subject_of_what_is_not_known(tmp_path):
    row = assign("aaaaaaaa-0000-4000-8000-00000000000a", SECRETS_USER, SUBSCRIPTION, principal_type=None)
    facts = {"role_assignments": (row,), "given": ["roleAssignments"]}
    rule = a_rule(tmp_path, GRANT_RULE, "ACME004")
    assert [each.need for each in run(rule, an_access(a_vault(), **facts)).not_evaluated] == ["principals"]
    facts["given"] = ["roleAssignments", "principals"]
    (gap,) = run(rule, an_access(a_vault(), **facts)).gaps
    assert (gap.need, gap.subject) == ("principals", row.principal)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "vault.network: open",
            "vault.netwrok: open",
            "6:3: unknown field 'vault.netwrok'; did you mean 'vault.network'?",
        ),
        ("vault.network: open", "vault.network: opne", "6:18: vault.network is never 'opne'"),
        ("severity: high", "severity: hihg", "3:11: unknown severity 'hihg'; did you mean 'high'?"),
        ("for: vault", "for: vualt", "4:6: unknown subject 'vualt'; did you mean 'vault'?"),
        ("title: A vault is open", "titel: A vault is open", "2:1: unknown key 'titel'; did you mean 'title'?"),
        ("title: A vault is open\n", "", "1:1: 'title' is missing"),
        ("id: ACME001", "id: acme", "1:5: expected an id such as ACME001, not 'acme'"),
        ("id: ACME001", "id: ACME009", "1:5: the rule is called ACME009, its folder ACME001"),
        ("Key vault {vault} is", "Key vault {vualt} is", "7:10: unknown name {vualt}; did you mean 'vault'?"),
        ("--ids {vault.id}", "--ids {vault.di}", "12:7: unknown name {vault.di}; did you mean 'vault.id'?"),
        ("match:\n  vault.network: open\n", "\n", "1:1: 'match' is missing"),
        ("for: vault", "for: vault\npython: true", "6:1: a rule in Python has no match"),
        ("for: vault", "for: vault\nsince: 0.1.0", "5:8: expected a version such as 0.1, in quotes, not '0.1.0'"),
        ("for: vault", "for: vault\ntitle: Twice", "5:1: duplicate key 'title', first on line 2"),
        (
            "for: vault",
            "for: vault\nneeds: [lock]",
            "5:9: unknown section of the snapshot 'lock'; did you mean 'locks'",
        ),
        ("for: vault", "for: vault\noptions: {days: 3}", "5:17: expected keys with values, not 3"),
        ("for: vault", "for: vault\nreferences: [http://x]", "5:14: expected a link, not 'http://x'"),
    ],
)
def test_mistakes_are_named_with_file_line_and_column(tmp_path, old, new, message):
    folder = write_rule(tmp_path, RULE.replace(old, new))
    with pytest.raises(RuleError) as caught:
        read_rule(folder, {})
    assert str(caught.value).startswith(f"{folder}/rule.yaml:{message}")


def test_a_python_rule_needs_its_function(tmp_path):
    text = RULE.replace("match:\n  vault.network: open\n", "python: true\n")
    folder = write_rule(tmp_path, text)
    with pytest.raises(RuleError, match="there is no Python function for ACME001"):
        read_rule(folder, {})
    rule = read_rule(folder, {"ACME001": lambda _meta, _context: iter(())})
    assert list(rule.judge(None)) == []


def test_text_that_is_not_utf8_is_a_rule_error(tmp_path):
    folder = write_rule(tmp_path)
    (folder / "rule.yaml").write_bytes("id: Ä".encode("utf-16"))
    with pytest.raises(RuleError, match=r"rule\.yaml: is not UTF-8 text"):
        read_rule(folder, {})
