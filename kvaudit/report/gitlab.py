"""GitLab Code Quality: an array of issues, for `artifacts:reports:codequality`.

GitLab shows the first of several issues with one fingerprint only, and `check_name` not at all, so the description
begins with the rule; a path is relative to the project's folder, without "./" (docs.gitlab.com, ci/testing/
code_quality).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import Wire, encode, write_array
from kvaudit.report.places import Place, Places
from kvaudit.report.words import unseen

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


class _Lines(Wire):
    begin: int


class _Location(Wire):
    path: str
    lines: _Lines


class _Issue(Wire, rename=None):
    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: _Location


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan; what was not seen is an issue too, one for each kind."""
    write_array(stream, map(encode, _issues(report)))


def _issues(report: Report) -> Iterator[_Issue]:
    places = Places(report)
    for finding in report.new:  # it knows no issue that somebody has answered for
        words = escape(f"{finding.rule}: {finding.message}")
        severity = _SEVERITIES[finding.severity]
        yield _Issue(words, finding.rule, finding.fingerprint, severity, _location(places.of(finding)))
    for missing in unseen(report):
        words = escape(f"Incomplete: {missing.words}")
        yield _Issue(words, "kvaudit-unseen", missing.fingerprint, "major", _location(places.of_unseen(missing)))


def _location(place: Place) -> _Location:
    return _Location(escape(place.file), _Lines(place.line))
