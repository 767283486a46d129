"""The table of vaults by severity, in which 0 means looked at and clean, and a dash means not evaluated."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from kvaudit.model.finding import Severity
from kvaudit.model.report import AccessReport, Report
from kvaudit.model.scope import scope_key
from kvaudit.report.counting import count_by_vault
from kvaudit.report.escape import escape
from kvaudit.report.terminal.findings import nothing_found, set_aside
from kvaudit.report.terminal.page import SEVERITY_STYLES, Page
from kvaudit.report.words import WORST_FIRST, plural

_ROWS = 20


def show_viewers(page: Page, report: Report | AccessReport) -> None:
    """Through whose eyes Azure was looked at, where a collection says so."""
    for viewer in report.snapshot.viewers:
        when = f" at {report.snapshot.taken_at}" if report.snapshot.taken_at else ""
        words = f"As {viewer} saw it in tenant {report.snapshot.tenant_id}{when}."
        page.put([*page.wrapped(Text(escape(words), "dim")), Text()])


def show_sources(page: Page, report: Report | AccessReport) -> None:
    """What was read and as what it was recognised, for those who ask for all."""
    if page.verbosity and report.snapshot.documents:
        page.title("Sources")
        for document in report.snapshot.documents:
            shape = escape(document.shape) or "nothing of Azure was recognised"
            page.put(page.wrapped(Text(f"{escape(document.name)}: {shape}"), "  "))


def show_summary(page: Page, report: Report) -> None:
    """A row for each vault, the worst first, and a word about those there is no room for."""
    if not report.findings:
        page.put([Text(nothing_found(report), "bold")])
    if aside := set_aside(report):
        page.put([Text(), *page.wrapped(Text(aside))])
    if not report.snapshot.vaults:
        return
    counts = count_by_vault(report)
    keys = list(counts)
    limit = len(keys) if page.verbosity else _ROWS
    names = {scope_key(vault.id): vault.name for vault in report.snapshot.vaults}
    page.title("Vaults")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("vault", overflow="fold")
    for severity in WORST_FIRST:
        table.add_column(severity.label, justify="right", no_wrap=True)
    for key in keys[:limit]:
        clean = page.signs.dash if key in report.unevaluated_vaults else "0"
        cells = [_cell(number, severity, clean) for number, severity in zip(counts[key], WORST_FIRST, strict=True)]
        table.add_row(Text(escape(names[key])), *cells)
    page.render(table)
    words = _legend(page, report)
    if len(keys) > limit:
        words = f"{_rest(keys[limit:], counts, report)} {words}"
    page.put(page.wrapped(Text(words, "dim")))


def _cell(number: int, severity: Severity, clean: str) -> Text:
    return Text(f"{number:,}", SEVERITY_STYLES[severity]) if number else Text(clean, "dim")


def _rest(keys: list[str], counts: dict[str, list[int]], report: Report) -> str:
    with_findings = sum(1 for key in keys if any(counts[key]))
    unevaluated = sum(1 for key in keys if key in report.unevaluated_vaults and not any(counts[key]))
    parts = {"with findings": with_findings, "not evaluated": unevaluated}
    parts["clean"] = len(keys) - with_findings - unevaluated
    said = ", ".join(f"{number:,} {words}" for words, number in parts.items() if number)
    return f"And {plural(len(keys), 'more vault', 'more vaults')}: {said} (-v lists all)."


def _legend(page: Page, report: Report) -> str:
    """The signs the table uses, explained where they occur."""
    if not report.unevaluated_vaults:
        return "0: nothing found."
    return f"0: nothing found. {page.signs.dash}: not evaluated."
