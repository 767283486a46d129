"""Azure Pipelines: findings as logging commands, which become issues of the run.

Escapes are those that the agent undoes (microsoft/azure-pipelines-agent, CommandStringConvertor and
docs/design/percentEncoding.md): ";", "]", line breaks, and "%" as "%AZP25".
"""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.report.annotations import annotated, closing
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "warning",
    Severity.INFO: "warning",
}
_INCOMPLETE = "warning"
_ESCAPES = {"%": "%AZP25", ";": "%3B", "]": "%5D", "\r": "%0D", "\n": "%0A"}
_TABLE = str.maketrans(_ESCAPES)


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write issues and a closing line; a run that passes without having seen everything succeeds with issues."""
    for each in annotated(report, _LEVELS, _INCOMPLETE):
        place = f"sourcepath={_escaped(escape(each.place.file))};linenumber={each.place.line}"
        properties = f"type={each.level};{place};columnnumber={each.place.column};code={_escaped(each.code)};"
        words = _escaped(f"{each.title}: {each.message}")
        stream.write(f"##vso[task.logissue {properties}]{words}\n".encode())
    stream.write(f"{closing(report, _LEVELS, _INCOMPLETE)}\n".encode())
    if report.passed and not report.complete:
        stream.write(b"##vso[task.complete result=SucceededWithIssues;]kvaudit: incomplete\n")


def _escaped(text: str) -> str:
    return text.translate(_TABLE)
