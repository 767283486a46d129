"""A comparison as Markdown for a comment on a pull request: short, safe to show, and never longer than one may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from kvaudit.model.change import Change, DiffReport, FindingChange, Kind
from kvaudit.model.origin import Origin
from kvaudit.report.diff_words import FINDING_WORDS, GAP_WORDS, finding_words, said, sentence, told_steps
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.words import place_words, plural, vault_name

LONGEST = 65_000
"""Characters of a comment; GitHub takes 65,536 and cuts nothing off by itself."""

_OPEN = 8  # entries shown before the rest goes into a block that is closed at first
_NAMES = 5
_EFFECTS = 10  # of one cause
_STEPS = 8  # of one path
_ROOM = 400  # for the word about what was left out

# Whatever means something to Markdown or HTML inside a line, mentions (@), references (#) and bare links among it.
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~@&$]|:(?=[/A-Za-z_+])|w(?=ww\.)", re.IGNORECASE)


def write_diff(report: DiffReport, stream: BinaryIO, _look: Look) -> None:
    """Write a comparison."""
    sections = (
        ("Access", [_change(report, change) for change in report.changes], "cause"),
        ("Settings of vaults", list(_settings(report)), "setting"),
        ("Findings", [_finding(report, each) for each in report.findings], "finding"),
        ("What can and cannot be seen", list(_gaps(report)), "gap"),
    )
    text = f"## kvaudit diff\n\n{_summary(report)}\n"
    left_out: list[str] = []
    for title, items, noun in sections:
        if items:
            shown = _section(title, items, LONGEST - _ROOM - len(text))
            text += shown[0]
            if shown[1]:
                left_out.append(plural(shown[1], noun))
    if left_out:
        text += f"\nLeft out, as a comment has an end: {', '.join(left_out)}. `kvaudit diff -f json` has all.\n"
    stream.write(text.encode("utf-8", "backslashreplace"))


def _section(title: str, items: Sequence[str], room: int) -> tuple[str, int]:
    """A section with as many of its items as there is room for, and how many were left out."""
    head = f"\n### {title}\n\n"
    opening, closing = "\n<details><summary>{}</summary>\n\n", "\n</details>\n"
    room -= len(head) + len(opening) + len(closing) + 40
    kept: list[str] = []
    for item in items:
        if len(item) <= room:
            room -= len(item)
            kept.append(item)
    if not kept:
        return "", len(items)
    first, rest = kept[:_OPEN], kept[_OPEN:]
    text = head + "".join(first)
    if rest:
        text += opening.format(f"{len(rest):,} more") + "".join(rest) + closing
    return text, len(items) - len(kept)


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
    lines = [f"- **{change.what}** {safe(change.text)}{_place(report, change.origins)}\n"]
    for effect in change.effects[:_EFFECTS]:
        words = sentence(report, effect)
        note = f" ({safe(words.note)})" if words.note else ""
        who, where = _some(words.who), _some(words.where)
        lines.append(f"  - **{who}** {safe(words.verb)} {safe(words.what)} on {where}{note}\n")
        lines += [f"    - → {safe(step.text)}\n" for step in told_steps(change, effect)[:_STEPS]]
    if len(change.effects) > _EFFECTS:
        lines.append(f"  - and {plural(len(change.effects) - _EFFECTS, 'more effect')}\n")
    return "".join(lines)


def _settings(report: DiffReport) -> Iterator[str]:
    for each in report.settings:
        vaults = _some([vault_name(vault) for vault in each.vaults])
        yield f"- {each.name}: {safe(said(each.before))} → {safe(said(each.after))} on {vaults}\n"


def _finding(report: DiffReport, each: FindingChange) -> str:
    finding = each.finding
    vaults = f" on {_some([vault_name(vault) for vault in finding.vaults])}" if finding.vaults else ""
    words = f"{FINDING_WORDS[each.kind]} **{finding.severity.label} {safe(finding.rule)}**"
    return f"- {words} {safe(finding_words(report, each))}{vaults}{_place(report, finding.origins)}\n"


def _gaps(report: DiffReport) -> Iterator[str]:
    for each in report.gaps:
        gap = each.gap
        yield f"- {GAP_WORDS[each.kind]}: {safe(gap.need)} of {safe(gap.subject)}: {safe(gap.reason)}\n"


def _place(report: DiffReport, origins: Iterable[Origin]) -> str:
    for origin in origins:
        if location := report.locations.get(origin):
            return f" ({safe(place_words(location, column=False))})"
    return ""


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(safe, names if len(names) <= _NAMES + 1 else names[:_NAMES]))
    return shown if len(names) <= _NAMES + 1 else f"{shown} and {len(names) - _NAMES:,} more"


def safe(text: str) -> str:
    """Text in which nothing is markup, a mention, a reference or a link: what could be is written as its number."""
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", escape(text))
