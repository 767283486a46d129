"""New findings counted by severity and vault, and the vaults in the order in which they deserve a look."""

from __future__ import annotations

from collections import Counter

from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.model.scope import scope_key
from kvaudit.report.words import WORST_FIRST


def by_severity(report: Report) -> dict[Severity, int]:
    """How many new findings there are of each severity, the worst first."""
    counts = Counter(finding.severity for finding in report.new)
    return {severity: counts[severity] for severity in WORST_FIRST}


def by_vault(report: Report) -> list[list[int]]:
    """How many new findings each vault of the snapshot has of each severity, the worst first."""
    named = Counter((finding.severity, vault) for finding in report.new for vault in finding.vaults)
    rows = {scope_key(vault.id): [0] * len(WORST_FIRST) for vault in report.snapshot.vaults}
    for (severity, vault), number in named.items():
        row = rows.get(scope_key(vault))
        if row is not None:
            row[WORST_FIRST.index(severity)] += number
    return [rows[scope_key(vault.id)] for vault in report.snapshot.vaults]


def worst_first(counts: list[list[int]]) -> list[int]:
    """The numbers of the vaults, those with the worst findings first."""
    return sorted(range(len(counts)), key=lambda number: ([-count for count in counts[number]], number))
