"""SARIF 2.1.0, as code scanning takes it: every result has a place, our fingerprint, its path as a code flow.

What GitHub's limits leave no room for is left out from the end, where the findings are least severe, with a
notification in the file and a word to the user. Sources: the OASIS standard, and GitHub's pages "SARIF support for code
scanning" and "SARIF results exceed one or more limits".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, BinaryIO

from kvaudit.model.report import Report
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import encode, write_document
from kvaudit.report.sarif_results import Results, plain
from kvaudit.report.sarif_rules import RuleTable
from kvaudit.report.words import plural, unseen, verdict_words

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS = 5_000
"""Results that GitHub shows of a run; it takes 25,000, and keeps these, by severity."""

LARGEST = 9_500_000
"""Bytes after gzip; GitHub takes 10 MB, and the rules and notifications need some."""

_NOTIFICATIONS = 100
"""Kinds of gaps told of; their number is bounded by the sections of a snapshot."""


def write_report(report: Report, stream: BinaryIO, _look: Look) -> str | None:
    """Write a scan as one run. Returns what was left out, in words."""
    rules = RuleTable(report)
    results = Results(report, rules)
    shown = _fitting(encode(results.result(finding)) for finding in report.findings[:MOST_RESULTS])
    left_out = _left_out(len(report.findings), len(shown))
    run = {
        "tool": {"driver": rules.driver()},
        "automationDetails": {"id": _run_id(report)},
        "columnKind": "unicodeCodePoints",
        "taxonomies": rules.taxonomies(),
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(report, left_out),
                "properties": {"complete": report.complete},
            }
        ],
        "properties": {
            "verdict": "pass" if report.passed else "fail",
            "complete": report.complete,
            "waived": report.waived,
            "known": report.known,
        },
    }
    _write(stream, run, shown)
    return left_out


def _write(stream: BinaryIO, run: dict[str, Any], results: Iterable[bytes]) -> None:
    """One log of one run, a result a line."""
    stream.write(encode({"$schema": SCHEMA, "version": "2.1.0"})[:-1] + b',"runs":[')
    write_document(stream, run, {"results": results})
    stream.write(b"]}\n")


def _fitting(results: Iterable[bytes]) -> list[bytes]:
    """As many results as there is room for after compression."""
    kept: list[bytes] = []
    compressor = zlib.compressobj()
    size = 0
    for result in results:
        size += len(compressor.compress(result))
        if size > LARGEST:
            break
        kept.append(result)
    return kept


def _left_out(found: int, shown: int) -> str | None:
    if found == shown:
        return None
    missing = plural(found - shown, "finding")
    return (
        f"SARIF: {missing} of {found:,} left out, the least severe, as code scanning takes no more in one run; "
        "-f json has all"
    )


def _notifications(report: Report, left_out: str | None) -> list[dict[str, Any]]:
    """What was left out, what was not seen, and which rules found nothing to look at."""
    told = [_notification("kvaudit/left-out", "warning", left_out)] if left_out else []
    for missing in unseen(report)[:_NOTIFICATIONS]:
        words = f"{missing.words} ({'; '.join(missing.remedies[:3])})" if missing.remedies else missing.words
        told.append(_notification(f"kvaudit/gap/{missing.need}", "warning", words))
    for unfed in report.not_evaluated[:_NOTIFICATIONS]:
        words = f"Not evaluated, as no {unfed.need} were given: {', '.join(unfed.rules)} ({unfed.remedy})"
        told.append(_notification(f"kvaudit/not-evaluated/{unfed.need}", "note", words))
    if not told:
        told.append(_notification("kvaudit/verdict", "note", verdict_words(report)))
    return told


def _notification(identity: str, level: str, words: str) -> dict[str, Any]:
    return {"descriptor": {"id": identity}, "level": level, "message": {"text": plain(words)}}


def _run_id(report: Report) -> str:
    """What tells this run from those of other tenants; what comes after the last slash tells it from earlier ones."""
    tenants = {vault.tenant_id for vault in report.snapshot.vaults if vault.tenant_id}
    tenant = report.snapshot.tenant_id or (tenants.pop() if len(tenants) == 1 else "")
    label = "".join(sign for sign in tenant if sign.isascii() and (sign.isalnum() or sign in "-."))[:64]
    return f"kvaudit/{label or 'tenant'}/{report.moment.isoformat()}"
