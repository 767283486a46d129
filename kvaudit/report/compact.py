"""One line a finding, for grep, an editor's list of problems, and a CI's problem matcher."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.places import Place, Places
from kvaudit.report.words import unseen


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan as `file:line:column severity RULE message`, then a line for each kind of thing not seen.

    Those say `unseen` for the severity, so that a short list is never taken for more than it is.
    """
    places = Places(report)
    for finding in report.findings:
        words = f"{finding.severity.label} {finding.rule} {finding.message}"
        stream.write(_line(places.of(finding), words))
    stream.writelines(
        _line(places.of_unseen(missing), f"unseen {missing.what}: {missing.why}") for missing in unseen(report)
    )


def _line(place: Place, words: str) -> bytes:
    return f"{escape(place.name)}:{place.line}:{place.column} {escape(words)}\n".encode()
