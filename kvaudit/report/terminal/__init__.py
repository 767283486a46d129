"""The view for people: findings and answers as text one can read aloud, on a terminal or in a log."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.model.report import AccessReport, Report
from kvaudit.report.formats import Look
from kvaudit.report.terminal.access import show_answers
from kvaudit.report.terminal.findings import show_findings
from kvaudit.report.terminal.page import Page
from kvaudit.report.terminal.summary import show_sources, show_summary, show_viewers
from kvaudit.report.terminal.unseen import show_unresolved, show_unseen


def write_report(report: Report, stream: BinaryIO, look: Look) -> None:
    """Write a scan: findings, the table of vaults, and what could not be seen."""
    with Page.on(stream, look) as page:
        show_viewers(page, report)
        show_findings(page, report)
        show_summary(page, report)
        show_unseen(page, report)
        show_unresolved(page, report.snapshot.unresolved, report.locations)
        show_sources(page, report)


def write_findings(report: Report, stream: BinaryIO, look: Look) -> None:
    """Write findings alone, as blocks with all their ids and places."""
    with Page.on(stream, look) as page:
        show_findings(page, report)


def write_access(report: AccessReport, stream: BinaryIO, look: Look) -> None:
    """Write the answers to `who` or `can`: a tree for each vault, and what could not be seen."""
    with Page.on(stream, look) as page:
        show_viewers(page, report)
        show_answers(page, report)
        show_unseen(page, report)
        show_unresolved(page, report.snapshot.unresolved, report.locations)
        show_sources(page, report)
