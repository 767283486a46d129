from pathlib import Path

import pytest

from kvaudit.rules.selftest import check_rule
from tests.rules.builtin.judging import rules

OURS = sorted(rule for rule in rules() if rule.startswith(("KV1", "KV2")))


def test_every_rule_is_there():
    assert len(OURS) == 37


@pytest.mark.parametrize("rule", OURS)
def test_the_fixtures_say_what_the_rule_does(rule):
    assert [problem.message for problem in check_rule(rules()[rule])] == []


@pytest.mark.parametrize("rule", OURS)
def test_every_rule_says_what_to_do_and_where_to_read_on(rule):
    meta = rules()[rule].meta
    assert meta.remediation.commands
    assert meta.references
    assert Path(meta.source).parent.name == rule
