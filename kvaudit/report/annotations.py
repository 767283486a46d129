"""What a CI shows beside the code: so many errors and warnings of a step, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.model.value import Value
from kvaudit.report.escape import escape
from kvaudit.report.places import Place, Places
from kvaudit.report.words import plural, set_aside_words, unseen, verdict_words

MOST = 10
"""Annotations of one kind that GitHub and Azure DevOps show for one step."""

_LONGEST = 4000  # characters of a message; both cut longer lines somewhere


class Annotation(Value):
    """One of them; its words are fit for a line."""

    level: str  # as the CI calls it
    code: str
    title: str
    message: str
    place: Place


def annotated(report: Report, levels: Mapping[Severity, str], incomplete: str) -> Iterator[Annotation]:
    """What was not seen, as `incomplete`, then the new findings, from the worst; at most MOST of each level."""
    places = Places(report)
    said = Counter[str]()
    for missing in unseen(report):
        said[incomplete] += 1
        if said[incomplete] <= MOST:
            words = _short(missing.words)
            yield Annotation(incomplete, "unseen", "kvaudit: incomplete", words, places.of_unseen(missing))
    for finding in report.new:
        level = levels[finding.severity]
        said[level] += 1
        if said[level] <= MOST:
            title = escape(f"{finding.rule} {finding.title}")
            vaults = f" [{plural(len(finding.vaults), 'vault')}]" if len(finding.vaults) > 1 else ""
            message = _short(finding.message) + vaults
            yield Annotation(level, escape(finding.rule), title, message, places.of(finding))


def closing(report: Report, levels: Mapping[Severity, str], incomplete: str) -> str:
    """A line for the log: the verdict, and how many annotations there was no room for."""
    said = Counter(levels[finding.severity] for finding in report.new)
    said[incomplete] += len(unseen(report))
    left_out = sum(max(0, count - MOST) for count in said.values())
    parts = [verdict_words(report), plural(len(report.new), "finding"), set_aside_words(report)]
    words = f"kvaudit: {', '.join(filter(None, parts))}"
    return f"{words}; {left_out:,} not shown as annotations, of which a step has {MOST} a kind" if left_out else words


def _short(words: str) -> str:
    shown = escape(words)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} … (cut)"
