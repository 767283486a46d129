"""Findings counted by vault and severity."""

from __future__ import annotations

from collections import Counter

from kvaudit.model.report import Report
from kvaudit.model.scope import scope_key
from kvaudit.report.words import WORST_FIRST


def count_by_vault(report: Report) -> dict[str, list[int]]:
    """New findings of each vault by severity, the worst first; the vaults, by key, from the worst."""
    by_severity = {severity: Counter[str]() for severity in WORST_FIRST}
    for finding in report.new:
        by_severity[finding.severity].update(finding.vaults)
    counts = {scope_key(vault.id): [0] * len(WORST_FIRST) for vault in report.snapshot.vaults}
    for column, severity in enumerate(WORST_FIRST):
        for vault, number in by_severity[severity].items():
            row = counts.get(scope_key(vault))
            if row is not None:
                row[column] += number
    keys = sorted(counts, key=lambda key: ([-number for number in counts[key]], key))
    return {key: counts[key] for key in keys}
