"""The verdict: two axes, one exit code."""

import msgspec
import pytest

from kvaudit.errors import UsageError
from kvaudit.gate.verdict import judge, visible
from kvaudit.model.finding import Confidence, Disposition, Finding, Gap, NotEvaluated, Severity

GAP = Gap("groupMembers", "group g", "its members are not in the input", "az ad group member list -g g")
NOT_FED = NotEvaluated("owners", ("KV207",), "az ad app owner list --id <app>")


def finding(severity: Severity) -> Finding:
    return Finding("KV101", "t", severity, Confidence.HIGH, ("/v",), "m")


LOW, MEDIUM, HIGH, CRITICAL = (finding(s) for s in (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL))


@pytest.mark.parametrize(
    ("findings", "gaps", "options", "expected"),
    [
        ([], [], {}, (True, True, 0)),
        ([MEDIUM, LOW], [], {}, (True, True, 0)),
        ([HIGH], [], {}, (False, True, 1)),
        ([CRITICAL], [], {"fail_on": Severity.HIGH}, (False, True, 1)),
        ([HIGH], [], {"fail_on": Severity.CRITICAL}, (True, True, 0)),
        ([LOW], [], {"fail_on": Severity.LOW}, (False, True, 1)),
        ([], [GAP], {}, (True, False, 3)),
        ([], [GAP], {"allow_incomplete": True}, (True, False, 0)),
        ([HIGH], [GAP], {}, (False, False, 1)),
        ([HIGH], [GAP], {"allow_incomplete": True}, (False, False, 1)),
    ],
)
def test_exit_code_of(findings, gaps, options, expected):
    outcome = judge(findings, gaps, [], **options)
    assert (outcome.passed, outcome.complete, outcome.exit_code) == expected


def test_rules_without_anything_to_look_at_count_only_when_strict():
    assert judge([], [], [NOT_FED]).exit_code == 0
    assert judge([], [], [NOT_FED]).complete
    strict = judge([], [], [NOT_FED], strict=True)
    assert (strict.complete, strict.exit_code) == (False, 3)
    assert judge([], [], [NOT_FED], strict=True, allow_incomplete=True).exit_code == 0


def test_counts_on_both_sides_of_the_gate():
    outcome = judge([CRITICAL, HIGH, MEDIUM, LOW, LOW], [], [])
    assert (outcome.at_gate, outcome.below, outcome.fail_on) == (2, 3, Severity.HIGH)


def test_findings_below_the_minimum_are_hidden():
    assert visible([HIGH, MEDIUM, LOW], Severity.MEDIUM, Severity.HIGH) == (HIGH, MEDIUM)
    assert visible([HIGH, LOW], None, Severity.HIGH) == (HIGH, LOW)
    assert visible([HIGH], Severity.HIGH, Severity.HIGH) == (HIGH,)


def test_a_minimum_above_the_gate_would_hide_what_fails_the_run():
    with pytest.raises(UsageError, match="--min-severity critical would hide") as caught:
        visible([], Severity.CRITICAL, Severity.HIGH)
    assert caught.value.exit_code == 2
    assert "--fail-on" in caught.value.hint


def aside(found: Finding, disposition: Disposition) -> Finding:
    return msgspec.structs.replace(found, disposition=disposition)


def test_waived_and_known_findings_are_counted_and_at_no_gate():
    found = [aside(CRITICAL, Disposition.WAIVED), aside(HIGH, Disposition.KNOWN), aside(LOW, Disposition.KNOWN), LOW]
    outcome = judge(found, [], [])
    assert (outcome.exit_code, outcome.at_gate, outcome.below, outcome.waived, outcome.known) == (0, 0, 1, 1, 2)


def test_a_finding_may_have_a_gate_of_its_own():
    outcome = judge([LOW, HIGH], [], [], fails=lambda finding: finding is LOW)
    assert (outcome.exit_code, outcome.at_gate, outcome.below) == (1, 1, 1)


def test_waived_and_known_findings_are_shown_on_demand():
    known = aside(HIGH, Disposition.KNOWN)
    assert visible([known, LOW], None, Severity.HIGH, show_waived=False) == (LOW,)
    assert visible([known, LOW], None, Severity.HIGH, show_waived=True) == (known, LOW)


def test_what_fails_the_run_is_shown_whatever_the_minimum():
    assert visible([LOW, MEDIUM], Severity.HIGH, Severity.HIGH, fails=lambda finding: finding is LOW) == (LOW,)
