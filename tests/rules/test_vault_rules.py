"""The rules that look at a vault's own settings, each at the edges of what it is for."""

from __future__ import annotations

import pytest

from kvaudit.model.finding import Severity
from kvaudit.model.role import Lock
from kvaudit.model.snapshot import Coverage
from kvaudit.model.vault import DiagnosticSetting, LogCategory, NetworkRules, PrivateEndpoint
from kvaudit.rules.registry import load_rules
from tests.access.build import CONTRIBUTOR, SUBSCRIPTION, TENANT_ID, assign, unlisted, vault_id
from tests.rules.making import a_vault, an_access, run

RULES = {rule.meta.id: rule for rule in load_rules()}
VAULT_KEY = vault_id("kv-app").lower()


def judged(rule, vault, **facts):
    """True for a finding, False for silence, None for a gap or what is not evaluated."""
    results = run(RULES[rule], an_access(vault, **facts))
    if results.findings:
        return True
    return None if results.gaps or results.not_evaluated else False


def network(action="Deny", bypass="None", *addresses):
    return NetworkRules(action, bypass, addresses)


@pytest.mark.parametrize(
    ("rule", "fields", "truth"),
    [
        ("KV301", {"network": NetworkRules()}, True),
        ("KV301", {"network": network("allow")}, True),
        ("KV301", {"network": network("Allow", "None", "203.0.113.7/32")}, True),
        ("KV301", {"network": network("Deny", "None", "0.0.0.0/0")}, True),
        ("KV301", {"network": network("Deny", "None", "203.0.113.7")}, False),
        ("KV301", {"network": NetworkRules(), "public_access": "disabled"}, False),
        ("KV301", {"network": NetworkRules(), "public_access": "SecuredByPerimeter"}, False),
        ("KV301", {"network": None}, None),
        ("KV301", {"public_access": None}, None),
        ("KV302", {"public_access": "enabled"}, True),
        ("KV302", {"public_access": "Disabled"}, False),
        ("KV302", {"public_access": "SecuredByPerimeter"}, False),
        ("KV302", {"public_access": None}, None),
        ("KV302", {"public_access": "SomethingNew"}, None),
        ("KV303", {"network": network("Deny", "None", "198.51.0.0/16", "203.0.113.7")}, True),
        ("KV303", {"network": network("Deny", "None", "198.51.100.0/24")}, False),
        ("KV303", {"network": network("Deny", "None", "0.0.0.0/0")}, False),  # KV301
        ("KV303", {"network": network("Allow", "None", "198.51.0.0/16")}, False),
        ("KV303", {"network": network("Deny", "None", "nonsense")}, None),
        ("KV303", {"network": network("Deny")}, False),
        ("KV304", {"private_endpoints": ()}, True),
        ("KV304", {"private_endpoints": (PrivateEndpoint("pe", "approved"),)}, False),
        ("KV304", {"private_endpoints": (PrivateEndpoint("pe", "Pending"),)}, True),
        ("KV304", {"private_endpoints": (PrivateEndpoint("pe"),)}, None),
        ("KV304", {"private_endpoints": None}, None),
        ("KV305", {"network": network("Deny", "azureservices")}, True),
        ("KV305", {"network": network("Deny", "AzureServices"), "public_access": "Disabled"}, True),
        ("KV305", {"network": network("Deny", "AzureServices"), "public_access": "SecuredByPerimeter"}, False),
        ("KV305", {"network": network("Allow", "AzureServices")}, False),
        ("KV305", {"network": network("Deny", "None")}, False),
        ("KV306", {"private_endpoints": (PrivateEndpoint("pe", "Rejected"),)}, True),
        ("KV306", {"private_endpoints": (PrivateEndpoint("pe", "Approved"),)}, False),
        ("KV306", {"private_endpoints": (PrivateEndpoint("pe"),)}, None),
        ("KV501", {"soft_delete": False}, True),
        ("KV501", {"soft_delete": None}, False),
        ("KV502", {"purge_protection": False}, True),
        ("KV502", {"purge_protection": True}, False),
        ("KV502", {"purge_protection": None}, None),
        ("KV503", {"retention_days": 7}, True),
        ("KV503", {"retention_days": 90}, False),
        ("KV503", {"retention_days": None}, False),
        ("KV503", {"retention_days": 7, "soft_delete": False}, False),  # KV501
        ("KV505", {"rbac": False}, True),
        ("KV505", {"rbac": True}, False),
        ("KV505", {"rbac": None}, None),
        ("KV506", {}, False),
        ("KV506", {"for_disk_encryption": True, "for_deployment": None}, True),
        ("KV506", {"for_deployment": None}, None),
        ("KV507", {}, False),  # an export
        ("KV507", {"declared_version": "2024-11-01", "model_by_default": False}, True),
        ("KV507", {"declared_version": "2026-01-31-preview", "model_by_default": False}, True),
        ("KV507", {"declared_version": "2026-02-01", "model_by_default": False}, False),
        ("KV507", {"declared_version": "2026-03-01-preview", "model_by_default": True}, True),
        ("KV507", {"declared_version": None, "model_by_default": True}, True),
        ("KV507", {"declared_version": None, "model_by_default": False}, None),
    ],
)
def test_settings(rule, fields, truth):
    assert judged(rule, a_vault(**fields)) is truth


@pytest.mark.parametrize(
    "rule", sorted(each for each in RULES if each[2] in "35" and each not in {"KV504", "KV507", "KV508"})
)
def test_a_vault_without_properties_is_unknown_to_all_of_them(rule):
    assert judged(rule, unlisted("kv-app")) is None


def setting(*logs, destinations=("workspace",)):
    return DiagnosticSetting("id", VAULT_KEY, "audit", logs, destinations)


ON = LogCategory("AuditEvent", None, enabled=True)
OFF = LogCategory("AuditEvent", None, enabled=False)
EVERYTHING = LogCategory(None, "allLogs", enabled=True)
WHOLE = Coverage("diagnosticSettings", "tenant", complete=True)
PARTIAL = Coverage("diagnosticSettings", "tenant", complete=False)


@pytest.mark.parametrize(
    ("settings", "coverage", "truth"),
    [
        ([], [WHOLE], True),
        ([], [PARTIAL], None),
        ([], [], None),
        ([setting(ON)], [PARTIAL], False),
        ([setting(OFF), setting(EVERYTHING)], [WHOLE], False),
        ([setting(OFF)], [WHOLE], True),
        ([setting(OFF)], [PARTIAL], None),
        ([setting(ON, destinations=())], [WHOLE], True),
        ([setting(ON, destinations=None)], [WHOLE], None),
        ([DiagnosticSetting("id", VAULT_KEY), setting(ON)], [WHOLE], False),
    ],
)
def test_logging_is_judged_over_all_settings_of_a_vault(settings, coverage, truth):
    facts = {"diagnostic_settings": tuple(settings), "coverage": tuple(coverage), "given": ["diagnosticSettings"]}
    assert judged("KV401", a_vault(), **facts) is truth


def test_logging_of_which_nothing_was_given_is_a_gap():
    (gap,) = run(RULES["KV401"], an_access(a_vault())).gaps
    assert gap.need == "diagnosticSettings"


@pytest.mark.parametrize(
    ("locks", "coverage", "truth"),
    [
        ([Lock("l", SUBSCRIPTION, "CanNotDelete")], [], False),
        ([], [Coverage("locks", SUBSCRIPTION.lower(), complete=True)], True),
        ([], [Coverage("locks", SUBSCRIPTION.lower(), complete=False)], None),
    ],
)
def test_locks(locks, coverage, truth):
    facts = {"locks": tuple(locks), "coverage": tuple(coverage), "given": ["locks"]}
    assert judged("KV504", a_vault(), **facts) is truth


def test_many_who_may_deploy_make_fetching_worse():
    rows = tuple(assign(f"{number:08d}-0000-4000-8000-000000000000", CONTRIBUTOR) for number in range(10))
    vault = a_vault(for_template_deployment=True)
    few, many = (
        run(RULES["KV506"], an_access(vault, role_assignments=some, given=["roleAssignments"])).findings[0]
        for some in (rows[:9], rows)
    )
    assert (few.severity, many.severity) == (Severity.LOW, Severity.MEDIUM)
    assert "Principals that may deploy from it: 10." in many.message


@pytest.mark.parametrize(
    ("own", "tenant", "truth"),
    [
        (TENANT_ID, TENANT_ID.upper(), False),
        ("dddddddd-0000-4000-8000-000000000001", TENANT_ID, True),
        (TENANT_ID, None, None),
        (None, TENANT_ID, None),
    ],
)
def test_the_tenant_of_a_vault(own, tenant, truth):
    assert judged("KV508", a_vault(tenant_id=own), tenant_id=tenant) is truth


def test_a_tenant_nobody_named_leaves_the_scan_complete():
    results = run(RULES["KV508"], an_access(a_vault()))
    assert results.gaps == ()
    assert [each.need for each in results.not_evaluated] == ["tenantId"]
    assert [gap.need for gap in run(RULES["KV508"], an_access(unlisted("kv-app"), tenant_id=TENANT_ID)).gaps] == [
        "vaults"
    ]
