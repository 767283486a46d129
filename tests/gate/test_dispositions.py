"""One disposition for each finding, and what waivers and baseline leave over."""

import datetime as dt

import msgspec
import pytest

from kvaudit.gate.dispositions import Judged, settle
from kvaudit.model.finding import Cause, Disposition, Gap, NotEvaluated, Severity
from kvaudit.model.gate import Baseline
from tests.gate.made import ALICE, ASSIGNMENT, DAY, finding, known, vault_id, waiver

RULES = frozenset(("KV301", "KV302", "KV901"))
BEFORE, AFTER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)
NEW, KNOWN, WAIVED = Disposition.NEW, Disposition.KNOWN, Disposition.WAIVED


def settled(*findings, waivers=(), entries=(), day=DAY, gaps=(), not_evaluated=(), names=None, rules=RULES):
    return settle(
        findings,
        judged=Judged(rules, gaps, not_evaluated),
        waivers=waivers,
        baseline=Baseline("b.json", tuple(entries)) if entries else None,
        day=day,
        name_of=(names or {}).get,
    )


def disposition(*findings, **settings):
    return [each.disposition for each in settled(*findings, **settings).findings]


@pytest.mark.parametrize(("day", "expected"), [(BEFORE, WAIVED), (DAY, WAIVED), (AFTER, NEW)])
def test_a_waiver_holds_through_the_whole_of_its_last_day(day, expected):
    assert disposition(finding(), waivers=[waiver()], day=day) == [expected]


def test_a_waiver_says_who_why_and_until_when_also_after_it_has_expired():
    (held,) = settled(finding(), waivers=[waiver()]).findings
    (back,) = settled(finding(), waivers=[waiver()], day=AFTER).findings
    assert held.note == "waived by Ada until 2026-11-23: because"
    assert back.note == "waived by Ada until 2026-11-23: because (expired)"


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        ("kv-app", True),
        ("KV-APP", True),
        ("kv-*", True),
        ("kv-ap", False),
        ("*", True),
        (vault_id("kv-app"), True),
        (f"{vault_id('kv-app')}/", True),
        ("*/resourceGroups/rg-app/*", True),
        ("rg-app", False),
    ],
)
def test_the_subject_is_a_glob_on_id_or_name(subject, fits):
    assert disposition(finding(), waivers=[waiver(subject=subject)]) == [WAIVED if fits else NEW]


def test_a_waiver_for_one_vault_does_not_cover_a_finding_that_touches_another():
    wide = finding("KV301", "kv-app", "kv-pay", cause=Cause("roleAssignment", ASSIGNMENT))
    assert disposition(wide, waivers=[waiver(subject="kv-app")]) == [NEW]
    assert disposition(wide, waivers=[waiver(subject="kv-*")]) == [WAIVED]
    assert disposition(wide, waivers=[waiver(subject=ASSIGNMENT.upper())]) == [WAIVED]


def test_a_finding_without_vaults_is_covered_by_its_subject_only():
    role = msgspec.structs.replace(finding(cause=Cause("roleDefinition", "/custom/role")), vaults=())
    assert disposition(role, waivers=[waiver(subject="/custom/*")]) == [WAIVED]
    assert disposition(role, waivers=[waiver(subject="kv-*")]) == [NEW]


@pytest.mark.parametrize(
    ("principal", "fits"), [(ALICE, True), ("alice b*", True), ("bob*", False), ("*", True), (ALICE.upper(), True)]
)
def test_the_principal_is_a_glob_on_id_or_name(principal, fits):
    held = finding(principal=ALICE)
    found = disposition(held, waivers=[waiver(principal=principal)], names={ALICE: "Alice Berg"})
    assert found == [WAIVED if fits else NEW]


def test_a_waiver_for_a_principal_covers_no_finding_without_one():
    assert disposition(finding(), waivers=[waiver(principal="*")]) == [NEW]


def test_a_waiver_is_for_its_rule_only():
    assert disposition(finding("KV302"), waivers=[waiver("KV301", "*")]) == [NEW]


def test_the_waiver_that_holds_longest_counts():
    both = [waiver(expires=BEFORE), waiver(expires=AFTER, number=1, owner="Bob")]
    result = settled(finding(), waivers=both)
    assert result.findings[0].note.startswith("waived by Bob")
    assert result.aftermath.expired == ((both[0], 0),)


def test_what_the_baseline_has_is_known_unless_it_got_worse():
    found = finding()
    assert disposition(found, entries=[known(found)]) == [KNOWN]
    assert disposition(found, entries=[known(found, Severity.CRITICAL)]) == [KNOWN]
    (worse,) = settled(found, entries=[known(found, Severity.LOW)]).findings
    assert (worse.disposition, worse.note) == (NEW, "worse than when the baseline was written, as low")


def test_an_expired_waiver_brings_back_even_what_the_baseline_has():
    found = finding()
    assert disposition(found, entries=[known(found)], waivers=[waiver()]) == [WAIVED]
    assert disposition(found, entries=[known(found)], waivers=[waiver()], day=AFTER) == [NEW]


def test_an_expired_waiver_is_told_with_what_is_back_and_is_not_unused():
    old = waiver()
    result = settled(finding(), finding("KV301", "kv-pay"), waivers=[old], day=AFTER).aftermath
    assert result.expired == ((old, 1),)
    assert result.unused == ()


def test_a_waiver_that_fits_nothing_is_unused_and_one_beside_another_is_not():
    idle, used, beside = waiver(subject="kv-none"), waiver(number=1), waiver(subject="kv-*", number=2)
    aftermath = settled(finding(), waivers=[idle, used, beside]).aftermath
    assert aftermath.unused == (idle,)
    assert [count for _, count in aftermath.covered] == [0, 1, 1]


GAP = Gap("vaults", vault_id("kv-old"), "no properties", rules=("KV301",))


@pytest.mark.parametrize(
    "unsure",
    [
        {"gaps": [GAP]},
        {"gaps": [Gap("files", "a.json", "damaged")]},
        {"not_evaluated": [NotEvaluated("locks", ("KV301",), "az lock list")]},
        {"rules": frozenset(("KV302",))},
    ],
)
def test_of_a_rule_that_was_not_judged_whole_nothing_is_unused_or_gone(unsure):
    sure = settled(waivers=[waiver()], entries=[known(finding())]).aftermath
    assert (len(sure.unused), len(sure.gone)) == (1, 1)
    aftermath = settled(waivers=[waiver()], entries=[known(finding())], **unsure).aftermath
    assert (aftermath.unused, aftermath.gone) == ((), ())


def test_rules_without_anything_to_look_at_are_told_unless_they_found_something():
    missing = NotEvaluated("owners", ("KV301", "KV302"), "az ad app owner list")
    (idle,) = settled(finding("KV301"), not_evaluated=[missing]).aftermath.unjudged
    assert idle.rules == ("KV302",)
    assert settled(finding("KV301"), finding("KV302"), not_evaluated=[missing]).aftermath.unjudged == ()
