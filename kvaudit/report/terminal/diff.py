"""A comparison for people: a block for each cause, then settings, findings, and what can and cannot be seen."""

from __future__ import annotations

from typing import BinaryIO

from rich.text import Text

from kvaudit.model.change import Change, DiffReport, Effect, FindingChange, Kind
from kvaudit.report.diff_words import FINDING_WORDS, GAP_WORDS, finding_words, said, sentence, told_steps
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.terminal.page import SEVERITY_STYLES, Node, Page
from kvaudit.report.terminal.steps import place, step_text
from kvaudit.report.terminal.unseen import show_unresolved
from kvaudit.report.words import plural, vault_name

_CHANGES = 50
_EFFECTS = 6
_NAMES = 4
_LINES = 20

_STYLES = {
    Kind.GAINED: "bold red",
    Kind.LOST: "bold green",
    Kind.CHANGED: "yellow",
    Kind.APPEARED: "bold cyan",
    Kind.VANISHED: "bold cyan",
}
_WHAT_STYLES = {"new": "bold red", "gone": "bold green", "changed": "bold yellow", "unseen": "bold cyan"}


def write_diff(report: DiffReport, stream: BinaryIO, look: Look) -> None:
    """Write a comparison."""
    with Page.on(stream, look) as page:
        seen = "" if report.complete else ", as far as can be seen (kvaudit scan lists what cannot)"
        if not (report.changes or report.settings or report.findings or report.gaps):
            page.put([Text(f"Nothing has changed{seen}.", "bold")])
        elif not report.changes:
            page.put([Text(f"Nobody's access has changed{seen}.", "bold")])
        _show_changes(page, report)
        _show_settings(page, report)
        _show_findings(page, report)
        _show_gaps(page, report)
        show_unresolved(page, report.unresolved, report.locations)


def _show_changes(page: Page, report: DiffReport) -> None:
    shown = report.changes if page.verbosity else report.changes[:_CHANGES]
    for number, change in enumerate(shown):
        page.put([*([Text()] if number else []), *_block(page, report, change)])
    _more(page, len(report.changes) - len(shown), "more cause")


def _block(page: Page, report: DiffReport, change: Change) -> list[Text]:
    heading = Text.assemble((change.what, _WHAT_STYLES[change.what]), " ", (escape(change.text), "bold"))
    shown = change.origins if page.verbosity else change.origins[:1]
    for origin in shown:
        if location := report.locations.get(origin):
            heading.append(f" ({place(location, column=False)})", "dim")
    lines = page.wrapped(heading, "", "  ")
    effects = change.effects if page.verbosity else change.effects[:_EFFECTS]
    nodes = [_effect(page, report, change, effect) for effect in effects]
    if left := len(change.effects) - len(effects):
        nodes.append(Node([Text(f"and {plural(left, 'more effect')} (-v shows all)", "dim")]))
    return lines + page.branches(nodes, "  ")


def _effect(page: Page, report: DiffReport, change: Change, effect: Effect) -> Node:
    words = sentence(report, effect, every=bool(page.verbosity))
    text = Text.assemble(
        (page.some(words.who, _NAMES), "bold"), " ", (_arrows(page, words.verb), _STYLES[effect.kind]), " ",
        escape(words.what), " on ", page.some(words.where, _NAMES),
    )  # fmt: skip
    if words.note:
        text.append(f" ({words.note})", "dim")
    steps = (step_text(page, report, step) for step in told_steps(change, effect))
    return Node([text, *(Text.assemble((page.signs.arrow, "dim"), step) for step in steps)])


def _show_settings(page: Page, report: DiffReport) -> None:
    if report.settings:
        page.title("Settings of vaults")
    for each in report.settings:
        change = f": {escape(said(each.before))} {page.signs.arrow}{escape(said(each.after))} on "
        vaults = page.some([vault_name(vault) for vault in each.vaults], _NAMES)
        page.put(page.wrapped(Text.assemble((each.name, "bold"), change, vaults), "  ", "    "))


def _show_findings(page: Page, report: DiffReport) -> None:
    if report.findings:
        page.title("Findings")
    shown = report.findings if page.verbosity else report.findings[:_LINES]
    for each in shown:
        page.put(page.wrapped(_finding(page, report, each), "  ", "    "))
    _more(page, len(report.findings) - len(shown), "more finding", "  ")


def _finding(page: Page, report: DiffReport, each: FindingChange) -> Text:
    finding = each.finding
    severity = (finding.severity.label, SEVERITY_STYLES[finding.severity])
    text = Text.assemble(
        (FINDING_WORDS[each.kind], _STYLES[each.kind]), " ", severity, " ", (finding.rule, "bold"), " ",
        escape(finding_words(report, each)),
    )  # fmt: skip
    if finding.vaults:
        text.append(f" on {page.some([vault_name(vault) for vault in finding.vaults], _NAMES)}")
    return text


def _show_gaps(page: Page, report: DiffReport) -> None:
    if report.gaps:
        page.title("What can and cannot be seen")
    shown = report.gaps if page.verbosity else report.gaps[:_LINES]
    for each in shown:
        gap = each.gap
        words = f" {escape(gap.need)} of {escape(gap.subject)}: {escape(gap.reason)}"
        text = Text.assemble((GAP_WORDS[each.kind], _STYLES[each.kind]), words)
        page.put(page.wrapped(text, "  ", "    "))
        if each.kind is Kind.VANISHED and gap.remedy:
            page.put([Text(f"      {escape(gap.remedy)}", "bold")])
    _more(page, len(report.gaps) - len(shown), "more gap", "  ")


def _more(page: Page, left: int, noun: str, indent: str = "") -> None:
    if left > 0:
        page.put([Text(f"{indent}and {plural(left, noun)} (-v shows all)", "dim")])


def _arrows(page: Page, words: str) -> str:
    return words.replace("→ ", page.signs.arrow)
