"""What could not be seen, with the commands that would show it, and which rules had nothing to look at."""

from __future__ import annotations

from rich.text import Text

from kvaudit.model.matrix import MatrixReport
from kvaudit.model.report import AccessReport, Report
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import Page
from kvaudit.report.words import Unseen, alike, plural

_EXAMPLES = 3


def show_unseen(page: Page, report: Report | AccessReport | MatrixReport) -> None:
    """Gaps by what is missing, then the rules that were not evaluated."""
    if report.gaps:
        page.title("What could not be seen")
        for missing in alike(report.gaps):
            page.put(_gap_lines(page, missing))
    if report.not_evaluated:
        page.title("Not evaluated, as what it takes was not given")
        for unfed in report.not_evaluated:
            rules = f" ({page.some(unfed.rules, _EXAMPLES)})" if unfed.rules else ""
            page.put(page.wrapped(Text.assemble((escape(unfed.need), "bold"), rules), "  "))
            page.put([Text(f"      {escape(unfed.remedy)}")])


def _gap_lines(page: Page, missing: Unseen) -> list[Text]:
    subjects = page.some([gap.subject for gap in missing.gaps], _EXAMPLES)
    lines = page.wrapped(Text.assemble((escape(missing.need), "bold cyan"), " of ", subjects), "  ", "    ")
    needed = f" (needed by {page.some(missing.rules, 5)})" if missing.rules else ""
    lines += page.wrapped(Text(escape(missing.gaps[0].reason) + needed), "    ")
    remedies = missing.remedies
    shown = remedies if page.verbosity else remedies[:_EXAMPLES]
    lines += [Text(f"      {escape(remedy)}", "bold") for remedy in shown]
    if len(remedies) > len(shown):
        lines.append(Text(f"      and {plural(len(remedies) - len(shown), 'more command')} (-v shows all)", "dim"))
    return lines
