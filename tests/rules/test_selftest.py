from __future__ import annotations

import pytest

from kvaudit.errors import RuleError
from kvaudit.rules.registry import SHIPPED
from kvaudit.rules.selftest import check_pack
from tests.rules.making import write_rule

OPEN = """\
schema: kvaudit/snapshot/v1
vaults:
  - id: /subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-app
    name: kv-app
    properties: {networkAcls: {defaultAction: Allow}}
"""
SHUT = OPEN.replace("Allow", "Deny")
BARE = OPEN[: OPEN.index("    properties")]


def wrapped(snapshot, head):
    return f"{head}\nsnapshot:\n" + "".join(f"  {line}\n" for line in snapshot.splitlines())


@pytest.fixture
def pack(tmp_path):
    folder = write_rule(tmp_path)
    for name, text in {"hit": OPEN, "clear": SHUT, "unknown": BARE}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def change(pack, name, text):
    (pack / "ACME001" / f"{name}.yaml").write_text(text, encoding="utf-8")


def problems(pack):
    return [(each.where.removeprefix(f"{pack}/ACME001/"), each.message) for each in check_pack(pack)[1]]


def test_every_shipped_rule_says_what_its_fixtures_expect():
    number, problems = check_pack(SHIPPED)
    assert problems == ()
    assert number == len([folder for folder in SHIPPED.iterdir() if folder.is_dir()])


def test_a_sound_pack_has_no_problems(pack):
    assert check_pack(pack) == (1, ())


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("hit", SHUT, ("hit.yaml:1:1", "hit.yaml gives no finding")),
        ("clear", OPEN, ("clear.yaml:1:1", "clear.yaml gives a finding: Key vault kv-app is open.")),
        ("clear", BARE, ("clear.yaml:1:1", "clear.yaml is not clear: it leaves vaults unknown")),
        ("unknown", SHUT, ("unknown.yaml:1:1", "unknown.yaml leaves nothing unknown")),
        ("unknown", OPEN, ("unknown.yaml:1:1", "unknown.yaml gives a finding: Key vault kv-app is open.")),
        (
            "hit",
            wrapped(OPEN, "expect: {severity: low, vaults: 1}"),
            ("hit.yaml:1:20", "no finding of hit.yaml has the severity low"),
        ),
        (
            "hit",
            wrapped(OPEN, "expect:\n  vaults: 2\n  message: shut"),
            ("hit.yaml:2:11", "no finding of hit.yaml has the vaults 2"),
        ),
        ("hit", wrapped(OPEN, "expect: {findings: 2}"), ("hit.yaml:1:20", "hit.yaml gives 1 findings, not 2")),
    ],
)
def test_a_fixture_that_does_not_hold_is_a_problem_with_its_place(pack, name, text, problem):
    change(pack, name, text)
    assert problems(pack)[0] == problem


def test_a_fixture_that_meets_all_expectations(pack):
    head = "as-of: 2026-02-03\nexpect: {severity: high, confidence: high, vaults: 1, findings: 1, message: is open}"
    change(pack, "hit", wrapped(OPEN, head))
    assert problems(pack) == []


def test_a_fixture_that_is_not_there_is_a_problem(pack):
    (pack / "ACME001" / "unknown.yaml").unlink()
    assert problems(pack) == [("unknown.yaml", "rule ACME001 has no fixture unknown.yaml")]


def test_a_fixture_of_nothing_known_is_a_problem(pack):
    change(pack, "hit", "some: thing")
    ((where, _message),) = problems(pack)
    assert where.startswith("hit.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vaults: [", "broken YAML"),
        ("- 1", "expected a snapshot, not a list"),
        (wrapped(OPEN, "as_of: 2026-01-01"), "unknown key of a fixture 'as_of'; did you mean 'as-of'?"),
        (wrapped(OPEN, "as-of: soon"), "expected a date such as 2026-01-01, not 'soon'"),
        (wrapped(OPEN, "expect: {severity: hgih}"), "unknown severity 'hgih'; did you mean 'high'?"),
        (wrapped(OPEN, "teams: {auditors: {members: [{nam: x}]}}"), "unknown key of a member 'nam'"),
    ],
)
def test_a_fixture_that_cannot_be_read_stops_the_check(pack, text, message):
    change(pack, "hit", text)
    with pytest.raises(RuleError) as caught:
        check_pack(pack)
    assert message in str(caught.value)
