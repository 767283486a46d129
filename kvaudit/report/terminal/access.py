"""Answers to `who` and `can`: a tree for each vault, with every path as its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from kvaudit.model.finding import Path, Step, Verdict
from kvaudit.model.grant import Answer
from kvaudit.model.report import AccessReport
from kvaudit.report.escape import escape
from kvaudit.report.terminal.page import VERDICT_STYLES, Node, Page
from kvaudit.report.terminal.steps import step_text
from kvaudit.report.words import plural

READABLE = 200
"""More answers than this are counted by vault, unless all are asked for."""

_VAULTS_COUNTED = 40
_NAMES = 8


def show_answers(page: Page, report: AccessReport) -> None:
    """A tree for all vaults of which the same is to be said; the vaults without access in one line."""
    held = [answer for answer in report.answers if answer.verdict is not Verdict.NONE]
    trees = _alike(held) if len(held) <= READABLE or page.verbosity else {}
    if sum(map(len, trees)) > READABLE and not page.verbosity:
        trees = {}
    if held and not trees:
        _show_counts(page, report, held)
    for numbers, vaults in trees.items():
        page.put(page.tree(_vaults_node(page, report, vaults, [held[number] for number in numbers])))
    _show_none(page, report)


def _alike(answers: Sequence[Answer]) -> dict[tuple[int, ...], list[int]]:
    """The vaults of which the same is to be said, by the numbers of these answers."""
    by_vault: dict[int, list[int]] = {}
    for number, answer in enumerate(answers):
        for vault in answer.vaults:
            by_vault.setdefault(vault, []).append(number)
    alike: dict[tuple[int, ...], list[int]] = {}
    for vault in sorted(by_vault):
        alike.setdefault(tuple(by_vault[vault]), []).append(vault)
    return alike


def _vaults_node(page: Page, report: AccessReport, numbers: Sequence[int], answers: Sequence[Answer]) -> Node:
    vaults = [report.snapshot.vaults[number] for number in numbers]
    names = page.some([vault.name for vault in vaults], _NAMES)
    networks = "; ".join(dict.fromkeys(report.networks[number] for number in numbers))
    lines = [Text.assemble((names, "bold"), ": ", escape(report.question), (f" ({networks})", "dim"))]
    if page.verbosity > 1:
        lines += [Text(escape(vault.id), "dim") for vault in vaults]
    strongest_first = sorted(answers, key=lambda answer: -answer.verdict.strength)
    return Node(lines, [_answer_node(page, report, answer) for answer in strongest_first])


def _answer_node(page: Page, report: AccessReport, answer: Answer) -> Node:
    label = Text.assemble(
        _principal(report, answer.principal), ": ", (answer.verdict.value, VERDICT_STYLES[answer.verdict])
    )
    if answer.matched and answer.matched != (answer.permission,):
        label.append(f" ({page.some(answer.matched, _NAMES)})")
    nodes = [_path_node(page, report, path, answer) for path in answer.paths]
    if answer.cut:
        nodes.append(_cut_node(page, report, answer.cut))
    return Node([label], nodes)


def _cut_node(page: Page, report: AccessReport, cut: Sequence[Step]) -> Node:
    """The fewest grants that would have to go."""
    first = Text.assemble(("no escalation is left without: ", "bold"), step_text(page, report, cut[0]))
    return Node([first, *(Text.assemble("and ", step_text(page, report, step)) for step in cut[1:])])


def _path_node(page: Page, report: AccessReport, path: Path, answer: Answer) -> Node:
    """The steps of a path, each behind an arrow that reads "then"."""
    steps = [step_text(page, report, step) for step in _told(page, report, path, answer)] or [Text()]
    notes = [path.verdict.value] if path.verdict is not answer.verdict else []
    if path.object:
        notes.append(f"{path.object} only")
    if path.verdict is Verdict.ESCALATION:
        notes.append(f"{path.confidence.label} confidence")
    first = Text.assemble((f"{escape(', '.join(notes))}: " if notes else "", "italic"), steps[0])
    return Node([first, *(Text.assemble((page.signs.arrow, "dim"), step) for step in steps[1:])])


def _told(page: Page, report: AccessReport, path: Path, answer: Answer) -> Sequence[Step]:
    """The steps worth telling: whom the path begins with and where it ends stand above it already."""
    steps = report.steps(answer, path)
    if page.verbosity:
        return steps
    named = {answer.principal}  # and whoever the action before is about
    told = []
    for step in steps:
        if step.kind != "vault" and not (step.kind == "principal" and step.ref in named):
            told.append(step)
        named = {answer.principal, step.ref} if step.kind == "action" else {answer.principal}
    return told


def _principal(report: AccessReport, principal: str) -> Text:
    name, kind, shown = report.names.get(principal), report.types.get(principal), escape(principal)
    words = Text(f"{escape(kind)} " if kind else "")
    words.append(escape(name) if name else shown, "bold")
    return words.append(f" ({shown})" if name else "")


def _show_counts(page: Page, report: AccessReport, answers: Sequence[Answer]) -> None:
    counts = {verdict: Counter[int]() for verdict in Verdict}
    for answer in answers:
        counts[answer.verdict].update(answer.vaults)
    totals = sum(counts.values(), Counter[int]())
    page.put([Text(f"{totals.total():,} answers, by vault (-v shows each, --vault asks about one)", "bold")])
    for number, _ in totals.most_common(_VAULTS_COUNTED):
        said = Text(", ").join(
            Text.assemble(f"{found[number]:,} ", (verdict.value, VERDICT_STYLES[verdict]))
            for verdict, found in counts.items()
            if found[number]
        )
        label = (f"{escape(report.snapshot.vaults[number].name)}: ", "bold")
        page.put(page.wrapped(Text.assemble(label, said), "  ", "    "))
    if len(totals) > _VAULTS_COUNTED:
        page.put([Text(f"  and {plural(len(totals) - _VAULTS_COUNTED, 'more vault')}", "dim")])


def _show_none(page: Page, report: AccessReport) -> None:
    without: dict[str, list[str]] = {}
    for answer in report.answers:
        if answer.verdict is Verdict.NONE:
            names = (report.snapshot.vaults[number].name for number in answer.vaults)
            without.setdefault(answer.principal, []).extend(names)
    for principal, vaults in without.items():
        label = Text.assemble(
            _principal(report, principal), ": ", ("none", VERDICT_STYLES[Verdict.NONE]), " on ",
            page.some(vaults, _NAMES),
        )  # fmt: skip
        page.put(page.wrapped(label, "", "  "))
    if not report.answers:
        seen = "" if report.complete else ", as far as could be seen"
        page.put([Text(f"Nobody has {escape(report.question)} on any of these vaults{seen}.", "bold")])
