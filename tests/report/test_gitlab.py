"""GitLab Code Quality: the fields that GitLab's page asks for, and nothing shown twice or not at all."""

import json

import jsonschema
import pytest

from kvaudit.model.finding import Severity
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import GAPS, make_finding, make_report
from tests.report.writing import written

# GitLab publishes no schema; this is the table of its page "Code Quality report format".
ISSUES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/|\.\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def issues(report):
    document = json.loads(written("gitlab", report))
    jsonschema.validate(document, ISSUES, jsonschema.Draft202012Validator)
    prints = [issue["fingerprint"] for issue in document]
    assert len(set(prints)) == len(prints)
    return document


def test_a_finding_is_an_issue_that_begins_with_its_rule():
    (issue,) = issues(make_report([make_finding(message="words")]))
    assert issue["description"] == "KV202: words"
    assert issue["location"] == {"path": "exports/role-assignments.json", "lines": {"begin": 12}}


def test_severities_keep_their_order():
    found = [make_finding(severity, subject=severity.label) for severity in reversed(Severity)]
    assert [issue["severity"] for issue in issues(make_report(found))] == [
        "blocker", "critical", "major", "minor", "info",
    ]  # fmt: skip


def test_what_was_not_seen_is_an_issue_too():
    shown = issues(make_report([], GAPS))
    assert [issue["description"].split(" of ")[0] for issue in shown] == [
        "Incomplete: groupMembers", "Incomplete: vaults",
    ]  # fmt: skip


def test_nothing_found_is_an_empty_list():
    assert issues(make_report(passed=True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text(name):
    report = hostile_report(NAMES[name])
    assert len(issues(report)) == 3
    assert b"##" not in written("gitlab", report)
