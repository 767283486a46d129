"""What the page says without its script: the verdict, the counts, what was not seen, and the worst findings."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kvaudit import __version__
from kvaudit.model.finding import Disposition, Finding, Severity
from kvaudit.model.report import Report
from kvaudit.model.scope import scope_key
from kvaudit.report.escape import escape
from kvaudit.report.html.counts import by_severity, by_vault, worst_first
from kvaudit.report.words import WORST_FIRST, Unseen, alike, plural, set_aside_words, vault_name

_FINDINGS, _VAULTS = 200, 50  # told without the script
_EXAMPLES = 5
_LONG = 400  # characters of a name or sentence


def summary(report: Report) -> dict[str, Any]:
    """What the template takes."""
    counts = by_vault(report)
    order = worst_first(counts)
    rules = Counter(finding.rule for finding in report.findings)
    titles = {finding.rule: finding.title for finding in reversed(report.findings)}
    worst = {finding.rule: finding.severity for finding in reversed(report.findings)}
    return {
        "version": __version__,
        "passed": report.passed,
        "complete": report.complete,
        "viewers": report.snapshot.viewers,
        "taken_at": report.snapshot.taken_at,
        "severities": [(severity.label, count) for severity, count in by_severity(report).items()],
        "labels": [severity.label for severity in WORST_FIRST],
        "total": len(report.new),
        "set_aside": set_aside_words(report),
        "told": len(report.findings),
        "vaults": [_vault(report, number, counts[number]) for number in order[:_VAULTS]],
        "vault_count": len(order),
        "unevaluated": len(report.unevaluated_vaults),
        "grants": report.grants,
        "rule_count": len(report.rules),
        "rules": [(rule, titles[rule], worst[rule].label, rules[rule]) for rule in _by_worst(worst, rules)],
        "documents": report.snapshot.documents,
        "gaps": [_gaps(missing) for missing in alike(report.gaps)],
        "gap_count": len(report.gaps),
        "not_evaluated": report.not_evaluated,
        "findings": [_finding(report, finding) for finding in report.findings[:_FINDINGS]],
        "plural": plural,
        "short": shortened,
    }


def shortened(text: str) -> str:
    """A text that is no longer than one reads, with how long it is in truth."""
    shown = escape(text)
    return shown if len(shown) <= _LONG else f"{shown[:_LONG]}… ({len(shown):,} characters)"


def _by_worst(worst: dict[str, Severity], rules: Counter[str]) -> list[str]:
    return sorted(rules, key=lambda rule: (-worst[rule], -rules[rule], rule))


def _vault(report: Report, number: int, counts: list[int]) -> dict[str, Any]:
    vault = report.snapshot.vaults[number].id
    evaluated = scope_key(vault) not in report.unevaluated_vaults
    return {"number": number, "name": vault_name(vault), "counts": counts, "evaluated": evaluated}


def _finding(report: Report, finding: Finding) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "title": finding.title,
        "severity": finding.severity.label,
        "disposition": "" if finding.disposition is Disposition.NEW else str(finding.disposition),
        "note": finding.note,
        "message": finding.message,
        "path": finding.path,
        "vaults": ", ".join(vault_name(vault) for vault in finding.vaults[:_EXAMPLES]),
        "more_vaults": max(0, len(finding.vaults) - _EXAMPLES),
        "fix": finding.remediation.summary,
        "commands": finding.remediation.commands,
        "places": [_place(report, finding, number) for number in range(min(len(finding.origins), _EXAMPLES))],
    }


def _place(report: Report, finding: Finding, number: int) -> str:
    origin = finding.origins[number]
    location = report.locations.get(origin)
    if location is None:
        return origin.document.name
    return ":".join([location.file, *(str(each) for each in (location.line, location.column) if each)])


def _gaps(missing: Unseen) -> dict[str, Any]:
    return {
        "need": missing.need,
        "reason": missing.gaps[0].reason,
        "subjects": [gap.subject for gap in missing.gaps],
        "rules": missing.rules,
        "commands": missing.remedies,
    }
