"""Annotations of GitHub and Azure: one command a line, and what a CI shows of it."""

import re

import msgspec
import pytest

from kvaudit.model.finding import Severity
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import GAPS, make_finding, make_report
from tests.report.writing import text

GITHUB = re.compile(r"::(\w+) (file=[^:,]*,line=\d+,col=\d+,title=[^:,]*)::(.*)")
AZURE = re.compile(r"##vso\[task\.logissue ([^\]]*)\](.*)")


def github(report):
    *commands, closing = text("github", report).splitlines()
    return [GITHUB.fullmatch(line).groups() for line in commands], closing


def azure(report):
    *commands, closing = text("azure", report).splitlines()
    return [AZURE.fullmatch(line).groups() for line in commands], closing


def test_github_shows_findings_where_they_are():
    (annotation,), closing = github(make_report([make_finding(message="100%: a, b")]))
    assert annotation == (
        "error", "file=exports/role-assignments.json,line=12,col=3,title=KV202 Can grant itself data access",
        "100%25: a, b",
    )  # fmt: skip
    assert closing == "kvaudit: FAIL, complete, 1 finding"


def test_azure_shows_findings_where_they_are():
    (issue,), closing = azure(make_report([make_finding(message="100%; [a]")]))
    assert issue == (
        "type=error;sourcepath=exports/role-assignments.json;linenumber=12;columnnumber=3;code=KV202;",
        "KV202 Can grant itself data access: 100%AZP25%3B [a%5D",
    )
    assert closing == "kvaudit: FAIL, complete, 1 finding"


@pytest.mark.parametrize(
    ("severity", "of_github", "of_azure"),
    [("critical", "error", "error"), ("high", "error", "error"), ("medium", "warning", "warning"),
     ("low", "notice", "warning"), ("info", "notice", "warning")],
)  # fmt: skip
def test_severities_have_a_level(severity, of_github, of_azure):
    report = make_report([make_finding(Severity[severity.upper()])])
    assert github(report)[0][0][0] == of_github
    assert azure(report)[0][0][0].startswith(f"type={of_azure};")


def test_ten_of_a_kind_are_shown_and_the_rest_is_counted():
    findings = [make_finding(Severity.HIGH, subject=str(number)) for number in range(30)]
    findings += [make_finding(Severity.MEDIUM, subject=str(number)) for number in range(5)]
    for shown, closing in (github(make_report(findings)), azure(make_report(findings))):
        assert len(shown) == 15
        assert closing.endswith("35 findings; 20 not shown as annotations, of which a step has 10 a kind")


def test_what_was_not_seen_comes_first():
    report = make_report([make_finding()], GAPS)
    (first, second, third), closing = github(report)
    assert (first[0], second[0], third[0]) == ("warning", "warning", "error")
    assert first[2].startswith("groupMembers of group-0, group-1, group-2 and 3 more not seen")
    assert closing.startswith("kvaudit: FAIL, incomplete")


def test_a_pass_that_saw_little_succeeds_with_issues():
    incomplete = make_report([], GAPS, passed=True)
    mark = "##vso[task.complete result=SucceededWithIssues;]"
    assert text("azure", incomplete).splitlines()[-1].startswith(mark)
    assert mark not in text("azure", msgspec.structs.replace(incomplete, passed=False))
    assert mark not in text("azure", make_report(passed=True))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_no_commands(name):
    report = hostile_report(NAMES[name])
    for shown, closing in (github(report), azure(report)):
        assert len(shown) == 3  # each a command of its own, from the beginning of its line
        assert not any("##" in word for words in shown for word in words)
        assert all(len(words[-1]) < 10_000 for words in shown)
        assert closing == "kvaudit: FAIL, incomplete, 2 findings"
