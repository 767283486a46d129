"""One line a finding, for grep, an editor's list of problems, and a CI's problem matcher."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.model.finding import Disposition
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.places import Place, Places
from kvaudit.report.words import unseen


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan as `file:line:column severity RULE message`, then a line for each kind of thing not seen.

    Those say `unseen` for the severity, so that a short list is never taken for more than it is; what somebody has
    answered for says `waived` or `known`, so that nothing fails for it.
    """
    places = Places(report)
    for finding in report.findings:
        new = finding.disposition is Disposition.NEW
        first = finding.severity.label if new else str(finding.disposition)
        note = f" ({finding.note})" if finding.note else ""
        words = f"{first} {finding.rule} {finding.message}{note}"
        stream.write(_line(places.of(finding), words))
    stream.writelines(
        _line(places.of_unseen(missing), f"unseen {missing.what}: {missing.why}") for missing in unseen(report)
    )


def _line(place: Place, words: str) -> bytes:
    return f"{escape(place.name)}:{place.line}:{place.column} {escape(words)}\n".encode()
