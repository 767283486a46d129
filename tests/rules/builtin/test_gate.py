"""KV901-KV904: what a run left over, in words."""

import datetime as dt

import msgspec
import pytest

from kvaudit.errors import RuleError
from kvaudit.model.finding import NotEvaluated, Severity
from kvaudit.model.gate import Aftermath, KnownFinding, Waiver
from kvaudit.model.origin import Document, Origin
from kvaudit.rules.base import GATE, Context
from kvaudit.rules.declarative import read_rule
from kvaudit.rules.registry import load_rules, run_rules
from kvaudit.rules.teams import default_profile
from tests.rules.making import write_rule

RULES = [rule for rule in load_rules() if rule.meta.subject == GATE]
WAIVER = Waiver("KV301", "kv-*", "r", "Ada", dt.date(2026, 11, 23), Origin(Document("w.yaml"), "/waivers/0"))
ENTRIES = tuple(KnownFinding(str(number), "KV301", Severity.LOW, f"kv-{number}", "") for number in range(5))

UNUSED = "The waiver of KV301 on kv-* by Ada matches no finding, and would hide the next one until 2026-11-23."
GONE = "5 entries of the baseline found no finding any more: KV301 on kv-0; KV301 on kv-1; KV301 on kv-2; and 2 more."


def said(**left):
    results = run_rules(RULES, Context(None, default_profile(), aftermath=Aftermath(**left)))
    return [(found.rule, found.message) for found in results.findings]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ({}, []),
        (
            {"expired": ((WAIVER, 2),)},
            [("KV901", "The waiver of KV301 on kv-* by Ada held until 2026-11-23; 2 findings count again.")],
        ),
        (
            {"expired": ((WAIVER, 0),)},
            [("KV901", "The waiver of KV301 on kv-* by Ada held until 2026-11-23; no finding is back for it.")],
        ),
        (
            {"unused": (WAIVER,)},
            [("KV902", UNUSED)],
        ),
        (
            {"gone": ENTRIES[:1]},
            [("KV903", "1 entry of the baseline found no finding any more: KV301 on kv-0.")],
        ),
        (
            {"gone": ENTRIES},
            [("KV903", GONE)],
        ),
        (
            {"unjudged": (NotEvaluated("locks", ("KV504",), ""), NotEvaluated("owners", ("KV207", "KV504"), ""))},
            [("KV904", "KV207, KV504 could not be evaluated: nothing was given of locks, owners.")],
        ),
    ],
)
def test_what_is_left_over_is_said(left, expected):
    assert said(**left) == expected


def test_waivers_for_different_principals_are_findings_of_their_own():
    other = msgspec.structs.replace(WAIVER, principal="Ops*")
    assert len(said(unused=(WAIVER, other))) == 2


def test_a_rule_for_the_gate_cannot_be_a_match(tmp_path):
    folder = write_rule(tmp_path)
    text = (folder / "rule.yaml").read_text().replace("for: vault", "for: gate")
    (folder / "rule.yaml").write_text(text)
    with pytest.raises(RuleError, match="a rule for the gate is a Python function"):
        read_rule(folder, {})
