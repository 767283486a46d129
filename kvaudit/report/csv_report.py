"""A scan as CSV: a row for each finding, and for each thing that was not seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kvaudit.model.finding import Finding
from kvaudit.model.report import Report
from kvaudit.report.csv_writing import write_rows
from kvaudit.report.formats import Look
from kvaudit.report.places import Places
from kvaudit.report.words import NOT_GIVEN, vault_name

_COLUMNS = (
    "kind", "severity", "confidence", "rule", "title", "message", "principal", "principal_type", "principal_name",
    "vaults", "vault_ids", "cause", "file", "line", "path", "fix", "commands", "fingerprint",
    "disposition", "note",
)  # fmt: skip


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan. Column `kind` says what a row is: a finding, a gap, or rules that were not evaluated."""
    write_rows(stream, _rows(report))


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    yield _COLUMNS
    places = Places(report)
    for finding in report.findings:
        yield _finding(report, places, finding)
    for gap in report.gaps:
        yield _other("gap", gap.need, f"{gap.subject}: {gap.reason}", gap.rules, gap.remedy)
    for missing in report.not_evaluated:
        yield _other("not evaluated", missing.need, NOT_GIVEN, missing.rules, missing.remedy)


def _finding(report: Report, places: Places, finding: Finding) -> tuple[str, ...]:
    place = places.of(finding)
    who = finding.principal or ""
    return (
        "finding",
        finding.severity.label,
        finding.confidence.label,
        finding.rule,
        finding.title,
        finding.message,
        who,
        report.types.get(who) or "",
        report.names.get(who) or "",
        "; ".join(map(vault_name, finding.vaults)),
        "; ".join(finding.vaults),
        finding.cause.id if finding.cause else "",
        place.name,
        str(place.line),
        " → ".join(step.text for step in finding.path),
        finding.remediation.summary,
        "; ".join(finding.remediation.commands),
        finding.fingerprint,
        finding.disposition,
        finding.note,
    )


def _other(kind: str, need: str, message: str, rules: tuple[str, ...], remedy: str) -> tuple[str, ...]:
    cells = {"kind": kind, "rule": "; ".join(rules), "title": need, "message": message, "commands": remedy}
    return tuple(cells.get(column, "") for column in _COLUMNS)
