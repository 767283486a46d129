"""A comparison as Markdown for a comment on a pull request: short, safe to show, and never longer than one may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kvaudit.model.change import Change, DiffReport, FindingChange, Kind
from kvaudit.report.diff_words import FINDING_WORDS, GAP_WORDS, finding_words, said, sentence, told_steps
from kvaudit.report.formats import Look
from kvaudit.report.markdown_writing import LONGEST, page, place, safe, some_safe
from kvaudit.report.words import plural, vault_name

_EFFECTS = 10  # of one cause
_STEPS = 8  # of one path


def write_diff(report: DiffReport, stream: BinaryIO, _look: Look) -> None:
    """Write a comparison."""
    sections = (
        ("Access", [_change(report, change) for change in report.changes], "cause"),
        ("Settings of vaults", list(_settings(report)), "setting"),
        ("Findings", [_finding(report, each) for each in report.findings], "finding"),
        ("What can and cannot be seen", list(_gaps(report)), "gap"),
    )
    head = f"## kvaudit diff\n\n{_summary(report)}\n"
    text = page(head, sections, LONGEST, "`kvaudit diff -f json` has all.")
    stream.write(text.encode("utf-8", "backslashreplace"))


def _summary(report: DiffReport) -> str:
    words = {
        Kind.GAINED: "gained",
        Kind.LOST: "lost",
        Kind.CHANGED: "changed",
        Kind.APPEARED: "now visible",
        Kind.VANISHED: "no longer visible",
    }
    counted = [f"{report.count(kind):,} {word}" for kind, word in words.items() if report.count(kind)]
    new = sum(each.kind is Kind.GAINED for each in report.findings)
    gone = sum(each.kind is Kind.LOST for each in report.findings)
    parts = [f"Access: {', '.join(counted) or 'nothing changed'}", f"{plural(new, 'new finding')}, {gone:,} gone"]
    parts.append("complete" if report.complete else "**incomplete**")
    verdict = "" if report.passed else "**FAIL** · "
    return verdict + " · ".join(parts)


def _change(report: DiffReport, change: Change) -> str:
    lines = [f"- **{change.what}** {safe(change.text)}{place(report.locations, change.origins)}\n"]
    for effect in change.effects[:_EFFECTS]:
        words = sentence(report, effect)
        note = f" ({safe(words.note)})" if words.note else ""
        who, where = some_safe(words.who), some_safe(words.where)
        lines.append(f"  - **{who}** {safe(words.verb)} {safe(words.what)} on {where}{note}\n")
        lines += [f"    - → {safe(step.text)}\n" for step in told_steps(change, effect)[:_STEPS]]
    if len(change.effects) > _EFFECTS:
        lines.append(f"  - and {plural(len(change.effects) - _EFFECTS, 'more effect')}\n")
    return "".join(lines)


def _settings(report: DiffReport) -> Iterator[str]:
    for each in report.settings:
        vaults = some_safe([vault_name(vault) for vault in each.vaults])
        yield f"- {each.name}: {safe(said(each.before))} → {safe(said(each.after))} on {vaults}\n"


def _finding(report: DiffReport, each: FindingChange) -> str:
    finding = each.finding
    vaults = f" on {some_safe([vault_name(vault) for vault in finding.vaults])}" if finding.vaults else ""
    words = f"{FINDING_WORDS[each.kind]} **{finding.severity.label} {safe(finding.rule)}**"
    return f"- {words} {safe(finding_words(report, each))}{vaults}{place(report.locations, finding.origins)}\n"


def _gaps(report: DiffReport) -> Iterator[str]:
    for each in report.gaps:
        gap = each.gap
        yield f"- {GAP_WORDS[each.kind]}: {safe(gap.need)} of {safe(gap.subject)}: {safe(gap.reason)}\n"
