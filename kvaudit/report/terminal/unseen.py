"""What could not be seen, with the commands that would show it, and which rules had nothing to look at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from kvaudit.model.finding import Gap
from kvaudit.model.matrix import MatrixReport
from kvaudit.model.report import AccessReport, Report
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import Page
from kvaudit.report.terminal.steps import place
from kvaudit.report.words import plural

_EXAMPLES = 3


def show_unseen(page: Page, report: Report | AccessReport | MatrixReport) -> None:
    """Gaps by what is missing, then the rules that were not evaluated."""
    if report.gaps:
        page.title("What could not be seen")
        for gaps in _alike(report.gaps):
            page.put(_gap_lines(page, report, gaps))
    if report.not_evaluated:
        page.title("Not evaluated, as what it takes was not given")
        for missing in report.not_evaluated:
            rules = f" ({page.some(missing.rules, _EXAMPLES)})" if missing.rules else ""
            page.put(page.wrapped(Text.assemble((escape(missing.need), "bold"), rules), "  "))
            page.put([Text(f"      {escape(missing.remedy)}")])


def show_unresolved(page: Page, report: Report | AccessReport) -> None:
    """What is not known before deployment, as it is called and where it stands, for those who ask for all."""
    if not page.verbosity or not report.snapshot.unresolved:
        return
    page.title("Not known before deployment")
    for each in report.snapshot.unresolved:
        where = f" ({place(report.locations[each.origins[0]])})" if each.origins else ""
        page.put(page.wrapped(Text(f"{escape(each.text)}{where}"), "  ", "    "))


def _alike(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Gaps of one need and one reason together, in the report's order."""
    groups: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault((gap.need, gap.reason), []).append(gap)
    return list(groups.values())


def _subject(report: Report | AccessReport | MatrixReport, gap: Gap) -> str:
    """What a gap is about; of a place in a document, where that is."""
    origin = gap.origins[0] if gap.origins else None
    if origin is None or not origin.pointer or origin.document.name != gap.subject:
        return gap.subject
    return place(report.locations[origin])


def _gap_lines(page: Page, report: Report | AccessReport | MatrixReport, gaps: Sequence[Gap]) -> list[Text]:
    first = gaps[0]
    subjects = [_subject(report, gap) for gap in gaps]
    heading = Text.assemble((escape(first.need), "bold cyan"), " of ", page.some(subjects, _EXAMPLES))
    lines = page.wrapped(heading, "  ", "    ")
    rules = sorted({rule for gap in gaps for rule in gap.rules})
    needed = f" (needed by {page.some(rules, 5)})" if rules else ""
    lines += page.wrapped(Text(escape(first.reason) + needed), "    ")
    remedies = list(dict.fromkeys(gap.remedy for gap in gaps if gap.remedy))
    shown = remedies if page.verbosity else remedies[:_EXAMPLES]
    lines += [Text(f"      {escape(remedy)}", "bold") for remedy in shown]
    if len(remedies) > len(shown):
        lines.append(Text(f"      and {plural(len(remedies) - len(shown), 'more command')} (-v shows all)", "dim"))
    return lines
