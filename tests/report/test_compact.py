"""Compact: one line a finding, whatever it is called."""

import re

import pytest

from tests.report.hostile import NAMES, hostile_report
from tests.report.made import make_finding, make_report
from tests.report.writing import text

LINE = re.compile(r"\S.*?:\d+:\d+ (critical|high|medium|low|info|unseen) .*")


def test_a_finding_is_a_line_to_grep(report):
    first, second, *unseen = text("compact", report).splitlines()
    assert first.startswith("exports/role-assignments.json:12:3 critical KV202 Ops [bold]team[/]")
    assert second.startswith("exports/role-assignments.json:1:1 medium KV502 ")
    assert [line.split()[1:3] for line in unseen] == [["unseen", "groupMembers"], ["unseen", "vaults"]]


def test_nothing_found_and_nothing_unseen_is_nothing():
    assert text("compact", make_report(passed=True)) == ""
    assert len(text("compact", make_report([make_finding()])).splitlines()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_stay_in_their_line(name):
    lines = text("compact", hostile_report(NAMES[name])).split("\n")
    assert len(lines) == 4
    assert all(LINE.fullmatch(line) for line in lines[:2])
    assert not any("##vso" in line or "##[" in line or "\x1b" in line for line in lines)
