"""What could not be seen, with the commands that would show it, and which rules had nothing to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rich.text import Text

from kvaudit.model.finding import Gap
from kvaudit.model.matrix import MatrixReport
from kvaudit.model.origin import Location, Origin
from kvaudit.model.report import AccessReport, Report
from kvaudit.model.snapshot import Unresolved
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import Page
from kvaudit.report.terminal.steps import place
from kvaudit.report.words import Unseen, alike, plural

_EXAMPLES = 3


def show_unseen(page: Page, report: Report | AccessReport | MatrixReport) -> None:
    """Gaps by what is missing, then the rules that were not evaluated."""
    if report.gaps:
        page.title("What could not be seen")
        for missing in alike(report.gaps):
            page.put(_gap_lines(page, report, missing))
    if report.not_evaluated:
        page.title("Not evaluated, as what it takes was not given")
        for unfed in report.not_evaluated:
            rules = f" ({page.some(unfed.rules, _EXAMPLES)})" if unfed.rules else ""
            page.put(page.wrapped(Text.assemble((escape(unfed.need), "bold"), rules), "  "))
            page.put([Text(f"      {escape(unfed.remedy)}")])


def show_unresolved(page: Page, unresolved: Collection[Unresolved], locations: Mapping[Origin, Location]) -> None:
    """What is not known before deployment, as it is called and where it stands, for those who ask for all."""
    if not page.verbosity or not unresolved:
        return
    page.title("Not known before deployment")
    for each in unresolved:
        where = f" ({place(locations[each.origins[0]])})" if each.origins else ""
        page.put(page.wrapped(Text(f"{escape(each.text)}{where}"), "  ", "    "))


def _subject(report: Report | AccessReport | MatrixReport, gap: Gap) -> str:
    """What a gap is about; of a place in a document, where that is."""
    origin = gap.origins[0] if gap.origins else None
    if origin is None or not origin.pointer or origin.document.name != gap.subject:
        return gap.subject
    return place(report.locations[origin])


def _gap_lines(page: Page, report: Report | AccessReport | MatrixReport, missing: Unseen) -> list[Text]:
    subjects = page.some([_subject(report, gap) for gap in missing.gaps], _EXAMPLES)
    lines = page.wrapped(Text.assemble((escape(missing.need), "bold cyan"), " of ", subjects), "  ", "    ")
    needed = f" (needed by {page.some(missing.rules, 5)})" if missing.rules else ""
    lines += page.wrapped(Text(escape(missing.gaps[0].reason) + needed), "    ")
    remedies = missing.remedies
    shown = remedies if page.verbosity else remedies[:_EXAMPLES]
    lines += [Text(f"      {escape(remedy)}", "bold") for remedy in shown]
    if len(remedies) > len(shown):
        lines.append(Text(f"      and {plural(len(remedies) - len(shown), 'more command')} (-v shows all)", "dim"))
    return lines
