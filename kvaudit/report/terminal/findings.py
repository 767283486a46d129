"""Findings in blocks, the worst first; by rule where there are too many to read."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from kvaudit.model.finding import Confidence, Disposition, Finding
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import SEVERITY_STYLES, Node, Page
from kvaudit.report.terminal.steps import place, step_text
from kvaudit.report.words import plural, set_aside_words, vault_name

READABLE = 200
"""More findings than this are shown by rule, unless all are asked for."""

_VAULTS_NAMED = 5
_LABEL = "  {:<8}"


def show_findings(page: Page, report: Report) -> None:
    """Every finding as a block, or a table of rules when there are more than one can read."""
    if len(report.findings) > READABLE and not page.verbosity:
        _show_by_rule(page, report)
        return
    for number, finding in enumerate(report.findings):
        page.put([*([Text()] if number else []), *_block(page, report, finding)])


def _block(page: Page, report: Report, finding: Finding) -> list[Text]:
    heading = Text.assemble(
        (finding.severity.label, SEVERITY_STYLES[finding.severity]), " ", (finding.rule, "bold"), " ",
        (escape(finding.title), "bold"),
    )  # fmt: skip
    if finding.disposition is not Disposition.NEW:
        heading.append(f" ({finding.disposition})", "dim")
    if finding.confidence is not Confidence.HIGH:
        heading.append(f" ({finding.confidence.label} confidence)", "dim")
    lines = page.wrapped(heading, "", "  ")
    lines += page.wrapped(Text(escape(finding.message)), "  ")
    if any(step.kind != "vault" for step in finding.path):
        lines += page.branches([Node([step_text(page, report, step)]) for step in finding.path], "  ")
    if finding.vaults:
        lines += _labelled(page, "vaults", page.some([vault_name(vault) for vault in finding.vaults], _VAULTS_NAMED))
    for number, origin in enumerate(finding.origins):
        location = report.locations.get(origin)
        line = place(location) if location else escape(origin.document.name)
        lines += _labelled(page, "" if number else "at", line)
    lines += _labelled(page, "note", escape(finding.note))
    lines += _labelled(page, "fix", escape(finding.remediation.summary))
    for command in finding.remediation.commands:
        lines += [Text(f"{_LABEL.format('')}  {escape(command)}", "bold")]
    if page.verbosity > 1:
        lines += _labelled(page, "id", finding.fingerprint)
    return lines


def _labelled(page: Page, label: str, words: str) -> list[Text]:
    return page.wrapped(Text(words), _LABEL.format(label)) if words else []


def _show_by_rule(page: Page, report: Report) -> None:
    page.put([Text(f"{len(report.findings):,} findings, by rule (-v shows each, -f json gives all as data)", "bold")])
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("severity", "rule"):
        table.add_column(heading, no_wrap=True)
    for heading in ("findings", "vaults"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("title, and one of them", overflow="fold")
    for findings in _by_rule(report.findings):
        worst = findings[0]
        table.add_row(
            Text(worst.severity.label, SEVERITY_STYLES[worst.severity]),
            worst.rule,
            f"{len(findings):,}",
            f"{len({vault for finding in findings for vault in finding.vaults}):,}",
            Text.assemble((escape(worst.title), "bold"), "\n", escape(worst.message)),
        )
    page.render(table)


def _by_rule(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one severity and rule together, in the report's order."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    return list(groups.values())


def nothing_found(report: Report) -> str:
    """What to say of a scan without findings; never more than is known."""
    vaults = plural(len(report.snapshot.vaults), "vault")
    found = "No new findings" if report.waived or report.known else "No findings"
    if report.complete:
        return f"{found} in {vaults}."
    return f"{found} in what could be seen of {vaults}."


def set_aside(report: Report) -> str:
    """How many findings are waived or known, and how to see them; "" where none are."""
    said = set_aside_words(report)
    hidden = all(finding.disposition is Disposition.NEW for finding in report.findings)
    return f"{said}{', not shown (--show-waived shows them)' if hidden else ''}." if said else ""
