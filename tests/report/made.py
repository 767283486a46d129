"""A small report and small answers, made by hand, with names nobody would want on a terminal."""

from kvaudit.model.finding import (
    Cause,
    Confidence,
    Finding,
    Gap,
    NotEvaluated,
    Path,
    Remediation,
    Severity,
    Step,
    Verdict,
)
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Document, Location, Origin
from kvaudit.model.report import AccessReport, Report, RuleInfo
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.vault import Vault

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
ALICE, OPS = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
ASSIGNMENT = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/cccccccc-0000-4000-8000-000000000003"
HOSTILE = "Ops [bold]team[/] :key:\x1b[31m\u202e\nnot a line"

ROLES = Document("exports/role-assignments.json", "role assignments (az)")
MEMBERS = Document("exports/members.json", "group members (az)")
AT_ROLE = Origin(ROLES, "/3")
AT_MEMBER = Origin(MEMBERS, "/0")


def vault_id(name):
    return f"{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/{name}"


VAULTS = tuple(Vault(vault_id(name), name) for name in ("kv-app", "kv-pay", "kv-old", "kv-clean"))

STEPS = (
    Step("membership", f"Alice Berg ({ALICE}) is a member of {HOSTILE} ({OPS})", OPS, AT_MEMBER),
    Step("assignment", "is assigned Contributor at subscription sub-prod", ASSIGNMENT, AT_ROLE),
    Step("action", "may write access policies", "Microsoft.KeyVault/vaults/accessPolicies/write"),
)


def make_finding(severity=Severity.HIGH, rule="KV202", *, vaults=("kv-app",), principal=OPS, **fields):
    settings = {
        "title": "Can grant itself data access",
        "confidence": Confidence.HIGH,
        "message": f"{HOSTILE} ({OPS}) can give itself access",
        "cause": Cause("roleAssignment", ASSIGNMENT),
        "path": STEPS,
        "origins": (AT_ROLE,),
        "remediation": Remediation("Take the role away.", (f"az role assignment delete --ids {ASSIGNMENT}",)),
        "subject": ASSIGNMENT.lower(),
    }
    return Finding(
        rule=rule,
        severity=severity,
        vaults=tuple(map(vault_id, vaults)),
        principal=principal,
        **(settings | fields),
    )


def make_report(findings=(), gaps=(), not_evaluated=(), *, vaults=VAULTS, unevaluated=(), passed=False):
    return Report(
        findings=tuple(findings),
        gaps=tuple(gaps),
        not_evaluated=tuple(not_evaluated),
        rules={"KV202": RuleInfo("KV202", "t", "w", ("https://example.org/kv202",), {"cis": ("8.5",)})},
        snapshot=Snapshot(taken_at="2026-11-23T09:00:00Z", vaults=vaults, documents=(ROLES, MEMBERS)),
        locations={
            AT_ROLE: Location("exports/role-assignments.json", 12, 3, "/3"),
            AT_MEMBER: Location("exports/members.json", 120, 7, "/0"),
        },
        names={ALICE: "Alice Berg", OPS: HOSTILE},
        types={ALICE: "User", OPS: "Group"},
        grants=41,
        passed=passed,
        complete=not gaps,
        unevaluated_vaults=frozenset(vault_id(name).lower() for name in unevaluated),
    )


GAPS = (
    *(
        Gap(
            "groupMembers",
            f"group-{number}",
            "the members are not in the input",
            f"az ad group member list -g {number}",
        )
        for number in range(6)
    ),
    Gap("vaults", vault_id("kv-old"), "listed without properties", "az keyvault show -n kv-old", ("KV301", "KV502")),
)
NOT_EVALUATED = (NotEvaluated("owners", ("KV207",), "az ad app owner list --id <application>"),)


def a_report():
    findings = [
        make_finding(Severity.CRITICAL, vaults=("kv-app", "kv-pay")),
        make_finding(
            Severity.MEDIUM, "KV502", principal=None, cause=None, path=(), origins=(), confidence=Confidence.LOW
        ),
    ]
    return make_report(findings, GAPS, NOT_EVALUATED, unevaluated=["kv-old"])


def an_access_report():
    report = a_report()
    escalation = Path(Verdict.ESCALATION, (OPS,), STEPS[1:], Confidence.MEDIUM)
    latent = Path(Verdict.LATENT, (OPS,), STEPS[1:2], object="secrets/s1")
    answers = (
        Answer((0,), ALICE, "secrets/get", Verdict.ESCALATION, (escalation, latent), ("secrets/get",)),
        Answer((0,), OPS, "secrets/get", Verdict.DIRECT, (Path(Verdict.DIRECT, (), STEPS[1:2]),), ("secrets/get",)),
        Answer((1,), ALICE, "secrets/get", Verdict.UNKNOWN),
        Answer((2, 3), ALICE, "secrets/get", Verdict.NONE),
    )
    return AccessReport(
        question="secrets/get",
        answers=answers,
        gaps=GAPS[:1],
        not_evaluated=NOT_EVALUATED,
        snapshot=report.snapshot,
        heads=lambda _principal, holders: STEPS[: len(holders)],
        locations=report.locations,
        names=report.names,
        types=report.types,
        networks=("network not known",) * len(report.snapshot.vaults),
        complete=False,
    )
