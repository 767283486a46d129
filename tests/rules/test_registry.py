from __future__ import annotations

import pytest

from kvaudit.errors import RuleError
from kvaudit.model.finding import Cause, Confidence, Finding, Gap, NotEvaluated, Remediation, Severity, Step
from kvaudit.model.origin import Document, Origin
from kvaudit.rules.base import Context, Meta, PythonRule
from kvaudit.rules.registry import SHIPPED, Pack, load_rules, pack_at, read_pack, run_rules, shipped
from kvaudit.rules.teams import default_profile
from tests.rules.making import RULE, an_access, write_rule

VAULTS = ("/subscriptions/s/resourceGroups/r/providers/Microsoft.KeyVault/vaults/", ("kv-a", "kv-b", "KV-c"))
A, B, C = (VAULTS[0] + name for name in VAULTS[1])


def meta(name):
    return Meta(name, "Title", Severity.LOW, "snapshot", "Message.", "Why.", Remediation("Do."))


def saying(name, *results):
    return PythonRule(meta(name), lambda _meta, _context: iter(results))


def found(rule="X1", subject="s", principal="p", **fields):
    plain = {
        "title": "Title",
        "severity": Severity.LOW,
        "confidence": Confidence.LOW,
        "vaults": (A,),
        "message": "Message.",
        "cause": Cause("vault", subject),
    }
    return Finding(rule=rule, subject=subject, principal=principal, **{**plain, **fields})


def ran(*rules, **context):
    return run_rules(rules, Context(an_access(), default_profile(), **context))


def test_findings_of_one_fingerprint_are_one():
    first = found(vaults=(B,), path=(Step("role", "first"),), confidence=Confidence.MEDIUM)
    second = found(vaults=(C, A, B.upper()), path=(Step("role", "second"),), severity=Severity.HIGH)
    (one,) = ran(saying("X1", first, second)).findings
    assert one.severity is Severity.HIGH
    assert one.confidence is Confidence.MEDIUM
    assert one.vaults == (A, B, C)
    assert one.path == first.path


def test_what_differs_in_subject_principal_or_class_stays_apart():
    results = [found(), found(subject="t"), found(principal="q"), found(permission_class="keys")]
    assert len(ran(saying("X1", *results)).findings) == 4


def test_findings_come_from_the_worst_then_by_rule_subject_and_principal():
    low = [found("X2"), found("X1", "t"), found("X1", "s", "q"), found("X1", "s", "p")]
    order = ran(saying("X9", *low, found("X3", severity=Severity.CRITICAL))).findings
    assert [(each.rule, each.subject, each.principal) for each in order] == [
        ("X3", "s", "p"),
        ("X1", "s", "p"),
        ("X1", "s", "q"),
        ("X1", "t", "p"),
        ("X2", "s", "p"),
    ]


def test_what_is_declared_is_mended_in_its_source_and_not_by_a_command():
    declared = Origin(Document("plan.json", declares=True), "/a")
    live = Origin(Document("roles.json"), "/0")
    remediation = Remediation("Take it away.", ("az role assignment delete",))

    def commands(*origins):
        (result,) = ran(saying("X1", found(origins=origins, remediation=remediation))).findings
        assert result.remediation.summary == "Take it away."
        return result.remediation.commands

    assert commands(declared) == ()
    assert commands(live) == commands(declared, live) == commands() == remediation.commands


def test_a_gap_of_several_rules_names_them_all():
    rules = [
        saying(name, Gap("vaults", A if name == "X1" else A.upper(), "why", "az", (name,))) for name in ("X2", "X1")
    ]
    (gap,) = ran(*rules).gaps
    assert gap.rules == ("X1", "X2")


def test_what_is_not_evaluated_is_said_once_for_each_need():
    rules = [saying(name, NotEvaluated("locks", (name,), "az")) for name in ("X2", "X1")]
    assert ran(*rules).not_evaluated == (NotEvaluated("locks", ("X1", "X2"), "az"),)


def test_all_shipped_rules_load_in_order_of_their_ids():
    ids = [rule.meta.id for rule in load_rules()]
    assert ids == sorted(ids)
    assert set(ids) >= {folder.name for folder in SHIPPED.iterdir() if folder.is_dir()}


def test_every_function_that_ships_has_a_folder_and_the_other_way_round():
    python = {rule.meta.id for rule in read_pack(shipped()) if isinstance(rule, PythonRule)}
    assert python == shipped().judges.keys()


def test_a_folder_without_rules_is_an_error(tmp_path):
    with pytest.raises(RuleError, match="no rules in this folder"):
        load_rules([tmp_path])
    with pytest.raises(RuleError, match="there is no such folder of rules"):
        load_rules([tmp_path / "nowhere"])


def test_an_id_that_ships_cannot_be_taken(tmp_path):
    write_rule(tmp_path, RULE.replace("ACME001", "KV301"), "KV301")
    with pytest.raises(RuleError, match="rule KV301 exists already") as caught:
        load_rules([tmp_path])
    assert caught.value.where == str(tmp_path / "KV301" / "rule.yaml")


def test_a_function_without_a_folder_is_an_error(tmp_path):
    write_rule(tmp_path)
    with pytest.raises(RuleError, match=r"no rule\.yaml for ACME002"):
        tuple(read_pack(Pack(tmp_path, {"ACME002": lambda _meta, _context: iter(())})))


def test_the_shipped_folder_is_known_with_its_functions(tmp_path):
    assert pack_at(SHIPPED).judges
    assert pack_at(tmp_path) == Pack(tmp_path)
