"""The verdict of a comparison, as a function of what changed."""

import pytest

from kvaudit.gate.verdict import judge_changes
from kvaudit.model.change import Change, Effect, FindingChange, Kind, State
from kvaudit.model.finding import Confidence, Finding, Severity, Verdict
from kvaudit.model.permission import pack

GET, SIGN = pack(["secrets/get"]), pack(["keys/sign"])
HELD = State(Verdict.DIRECT)


def change(kind, permissions=GET, principals=("alice",)):
    effect = Effect(kind, State(), HELD, principals, ("kv",), permissions)
    return Change("roleAssignment", "new", "1", "", (effect,))


def finding(kind, severity=Severity.HIGH):
    return FindingChange(kind, Finding("KV1", "", severity, Confidence.HIGH, ("kv",), ""))


@pytest.mark.parametrize(
    ("changes", "findings", "options", "code"),
    [
        ([], [], {}, 0),
        ([change(Kind.GAINED)], [finding(Kind.GAINED)], {}, 0),
        ([change(Kind.GAINED)], [], {"fail_on_gain": GET}, 1),
        ([change(Kind.GAINED)], [], {"fail_on_gain": SIGN}, 0),
        ([change(Kind.LOST), change(Kind.CHANGED)], [], {"fail_on_gain": GET}, 0),
        ([change(Kind.APPEARED)], [], {"fail_on_gain": GET}, 3),
        ([change(Kind.VANISHED)], [], {"fail_on_gain": GET, "allow_incomplete": True}, 0),
        ([change(Kind.GAINED), change(Kind.VANISHED)], [], {"fail_on_gain": GET}, 1),
        ([], [finding(Kind.GAINED)], {"fail_on_new": Severity.HIGH}, 1),
        ([], [finding(Kind.GAINED)], {"fail_on_new": Severity.CRITICAL}, 0),
        ([], [finding(Kind.GAINED, Severity.INFO)], {"fail_on_new": Severity.INFO}, 1),
        ([], [finding(Kind.LOST)], {"fail_on_new": Severity.LOW}, 0),
        ([], [finding(Kind.APPEARED)], {"fail_on_new": Severity.LOW}, 3),
    ],
)
def test_the_gates(changes, findings, options, code):
    outcome = judge_changes(changes, findings, seen=True, **options)
    assert outcome.exit_code == code
    assert outcome.passed is (code != 1)


def test_gaps_make_it_incomplete_and_gains_win():
    assert judge_changes([], [], seen=False).exit_code == 3
    assert judge_changes([], [], seen=False, allow_incomplete=True).exit_code == 0
    assert judge_changes([change(Kind.GAINED)], [], seen=False, fail_on_gain=GET).exit_code == 1


def test_each_principal_counts_once():
    outcome = judge_changes([change(Kind.GAINED), change(Kind.GAINED)], [], seen=True, fail_on_gain=GET)
    assert outcome.gains == 1
