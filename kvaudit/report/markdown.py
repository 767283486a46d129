"""A scan as Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kvaudit.model.finding import Confidence, Disposition, Finding, Step
from kvaudit.model.report import Report
from kvaudit.model.scope import scope_key
from kvaudit.report.counting import count_by_vault
from kvaudit.report.formats import Look
from kvaudit.report.markdown_writing import LONGEST, page, place, safe, some_safe, spot
from kvaudit.report.words import WORST_FIRST, alike, plural, set_aside_words, vault_name

_VAULTS = 20  # rows of the table
_NAME = 64  # characters of a name in it; a vault's has 24 at most
_STEPS = 20  # of one path
_ORIGINS = 5  # of one finding
_COMMANDS = 3  # for one thing that was not seen


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan as a comment."""
    stream.write(report_page(report, LONGEST))


def report_page(report: Report, longest: int) -> bytes:
    """A scan as a page of at most so many bytes, which says how much of it there was no room for."""
    sections = (
        ("Findings", [_finding(report, finding) for finding in report.findings], "finding"),
        ("What could not be seen", list(_gaps(report)), "kind of gap"),
        ("Not evaluated, as what it takes was not given", list(_not_evaluated(report)), "need"),
    )
    head = f"## kvaudit\n\n{_verdict(report)}\n{_table(report)}"
    text = page(head, sections, longest, "`kvaudit scan -f json` has all.")
    return text.encode("utf-8", "backslashreplace")


def _verdict(report: Report) -> str:
    counts = dict.fromkeys(WORST_FIRST, 0)
    for finding in report.new:
        counts[finding.severity] += 1
    found = ", ".join(f"{number:,} {severity.label}" for severity, number in counts.items() if number)
    parts = ["**PASS**" if report.passed else "**FAIL**", f"{plural(len(report.new), 'finding')}"]
    parts[1] += f" ({found})" if found else ""
    parts += filter(None, [set_aside_words(report)])
    parts += [plural(len(report.snapshot.vaults), "vault"), "complete" if report.complete else "**INCOMPLETE**"]
    return " · ".join(parts)


def _table(report: Report) -> str:
    """Vaults by severity, the worst first, in which a dash means not evaluated."""
    counts = count_by_vault(report)
    if not counts:
        return ""
    names = {scope_key(vault.id): vault.name for vault in report.snapshot.vaults}
    lines = [
        f"\n| vault | {' | '.join(severity.label for severity in WORST_FIRST)} |",
        f"|---|{'--:|' * len(WORST_FIRST)}",
    ]
    for key, numbers in list(counts.items())[:_VAULTS]:
        clean = "\N{EN DASH}" if key in report.unevaluated_vaults else "0"
        cells = " | ".join(f"{number:,}" if number else clean for number in numbers)
        lines.append(f"| {safe(names[key][:_NAME])} | {cells} |")
    legend = "0: nothing found. \N{EN DASH}: not evaluated." if report.unevaluated_vaults else "0: nothing found."
    if len(counts) > _VAULTS:
        legend = f"And {plural(len(counts) - _VAULTS, 'more vault')}. {legend}"
    return "\n".join(lines) + f"\n\n{legend}\n"


def _finding(report: Report, finding: Finding) -> str:
    """A block that is closed at first: what was found, and below it the path, the vaults, and what to do."""
    aside = "" if finding.disposition is Disposition.NEW else f" ({finding.disposition})"
    sure = "" if finding.confidence is Confidence.HIGH else f" ({finding.confidence.label} confidence)"
    heading = f"<b>{finding.severity.label} {safe(finding.rule)}</b> {safe(finding.message)}{aside}{sure}"
    lines = [f"<details><summary>{heading}</summary>\n", f"**{safe(finding.title)}**\n"]
    lines += [_step(report, step) for step in finding.path[:_STEPS]]
    if len(finding.path) > _STEPS:
        lines.append(f"1. and {plural(len(finding.path) - _STEPS, 'more step')}")
    if finding.path:
        lines.append("")
    if finding.vaults:
        lines.append(f"- vaults: {some_safe(list(map(vault_name, finding.vaults)))}")
    lines += [f"- at {spot(report.locations, origin)}" for origin in finding.origins[:_ORIGINS]]
    if finding.note:
        lines.append(f"- note: {safe(finding.note)}")
    if finding.remediation.summary:
        lines.append(f"- fix: {safe(finding.remediation.summary)}")
    lines += [f"- <code>{safe(command)}</code>" for command in finding.remediation.commands]
    return "\n".join(lines) + "\n\n</details>\n\n"


def _step(report: Report, step: Step) -> str:
    return f"1. {safe(step.text)}{place(report.locations, [step.origin] if step.origin else ())}"


def _gaps(report: Report) -> Iterator[str]:
    for missing in alike(report.gaps):
        commands = "".join(f"\n  - <code>{safe(remedy)}</code>" for remedy in missing.remedies[:_COMMANDS])
        more = len(missing.remedies) - _COMMANDS
        commands += f"\n  - and {plural(more, 'more command')}" if more > 0 else ""
        yield f"- {safe(missing.words)}{commands}\n"


def _not_evaluated(report: Report) -> Iterator[str]:
    for missing in report.not_evaluated:
        rules = f" ({some_safe(missing.rules)})" if missing.rules else ""
        yield f"- {safe(missing.need)}{rules}: <code>{safe(missing.remedy)}</code>\n"
