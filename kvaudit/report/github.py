"""GitHub Actions: findings as workflow commands, which become annotations at their file and line.

Escapes are those of the runner's own toolkit (actions/toolkit, core/src/command.ts): in messages "%" and line breaks,
in properties also ":" and ",".
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
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_INCOMPLETE = "warning"


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write annotations and a closing line. The job's summary is written beside it, as Markdown, by the command."""
    for each in annotated(report, _LEVELS, _INCOMPLETE):
        place = f"file={_property(escape(each.place.file))},line={each.place.line},col={each.place.column}"
        line = f"::{each.level} {place},title={_property(each.title)}::{_data(each.message)}\n"
        stream.write(line.encode())
    stream.write(f"{closing(report, _LEVELS, _INCOMPLETE)}\n".encode())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
