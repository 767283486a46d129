"""Waived and known findings in every format: told as that where they are shown, never as what fails the run."""

import csv
import io
import json

import junitparser
import msgspec
import pytest

from kvaudit.model.finding import Disposition, Severity
from kvaudit.report.formats import SCAN
from tests.report.made import a_report, make_finding
from tests.report.writing import ocsf_schema, sarif_schema, text

NOTE = "waived by Ada until 2026-12-31: the books are open"


@pytest.fixture
def report():
    """One finding that is new, one waived, one known, each at a vault of its own."""
    findings = (
        make_finding(Severity.HIGH, "KV202", vaults=("kv-app",), message="this one is new"),
        make_finding(
            Severity.HIGH,
            "KV202",
            vaults=("kv-pay",),
            subject="2",
            message="this one is waived",
            disposition=Disposition.WAIVED,
            note=NOTE,
        ),
        make_finding(
            Severity.HIGH,
            "KV202",
            vaults=("kv-old",),
            subject="3",
            message="this one is known",
            disposition=Disposition.KNOWN,
        ),
    )
    return msgspec.structs.replace(
        a_report(), findings=findings, gaps=(), not_evaluated=(), waived=1, known=1, complete=True
    )


def test_sarif_suppresses_what_is_waived_and_calls_known_what_is_known(report):
    log = json.loads(text("sarif", report))
    sarif_schema().validate(log)
    (run,) = log["runs"]
    new, waived, known = run["results"]
    assert "suppressions" not in new
    assert "baselineState" not in new
    assert waived["suppressions"] == [{"kind": "external", "status": "accepted", "justification": NOTE}]
    assert known["baselineState"] == "unchanged"
    assert (run["properties"]["waived"], run["properties"]["known"]) == (1, 1)


def test_junit_fails_for_what_is_new_alone(report):
    suites = junitparser.JUnitXml.fromstring(text("junit", report).encode())
    assert suites.failures == 1
    results = {suite.name: [each for case in suite for each in case.result] for suite in suites}
    assert isinstance(results["kv-app"][0], junitparser.Failure)
    assert NOTE in results["kv-pay"][0].message
    assert isinstance(results["kv-pay"][0], junitparser.Skipped)
    assert isinstance(results["kv-old"][0], junitparser.Skipped)


@pytest.mark.parametrize("name", ["github", "azure"])
def test_annotations_are_of_new_findings_and_the_rest_is_counted(name, report):
    shown = text(name, report)
    assert "this one is new" in shown
    assert "this one is waived" not in shown
    assert "this one is known" not in shown
    assert "1 finding, 1 finding waived and 1 finding known" in shown


def test_gitlab_has_issues_for_new_findings_alone(report):
    (issue,) = json.loads(text("gitlab", report))
    assert "this one is new" in issue["description"]


def test_compact_lines_say_waived_and_known_for_the_severity(report):
    new, waived, known = text("compact", report).splitlines()
    assert " high KV202 this one is new" in new
    assert f" waived KV202 this one is waived ({NOTE})" in waived
    assert " known KV202 this one is known" in known


def test_rows_of_csv_say_the_disposition_and_the_note(report):
    rows = list(csv.DictReader(io.StringIO(text("csv", report))))
    assert [(row["disposition"], row["note"]) for row in rows] == [("new", ""), ("waived", NOTE), ("known", "")]


def test_markdown_counts_new_findings_and_says_what_is_set_aside(report):
    page = text("markdown", report)
    head = page.splitlines()[2]
    assert "1 finding (1 high)" in head
    assert "1 finding waived and 1 finding known" in head
    assert "this one is waived (waived)" in page
    assert "- note: waived by Ada" in page


def test_an_event_of_what_is_waived_is_suppressed_and_no_alert(report):
    new, waived, known = map(json.loads, text("ocsf", report).splitlines())
    for event in (new, waived, known):
        ocsf_schema().validate(event)
    assert (new["is_alert"], waived["is_alert"], known["is_alert"]) == (True, False, False)
    assert (waived["status_id"], waived["comment"]) == (3, NOTE)
    assert "status_id" not in new


def test_the_page_says_both_with_and_without_its_script(report):
    page = text("html", report)
    assert "1 finding waived and 1 finding known" in page
    assert NOTE in page.split('<script type="application/json"', maxsplit=1)[0]
    assert '"disposition":"waived"' in page.replace(" ", "")


@pytest.mark.parametrize("name", SCAN.modules)
def test_every_format_tells_what_is_new(name, report):
    assert "this one is new" in text(name, report)
