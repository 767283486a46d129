"""The walk of a baseline: a scan in full, and the entries that come of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from kvaudit import __version__
from kvaudit.audit import Examined, ScanRequest, examine
from kvaudit.audit.walk import Progress
from kvaudit.errors import BaselineError, UsageError
from kvaudit.gate.baseline import Estate, estate_of, known_finding, write_baseline
from kvaudit.gate.config import load_config
from kvaudit.model.finding import Disposition
from kvaudit.model.gate import KnownFinding
from kvaudit.model.value import Value
from kvaudit.rules.base import GATE


class Change(StrEnum):
    """What is to become of a baseline."""

    WRITE = "write"  # a new one
    UPDATE = "update"  # what is new comes in, what is gone goes
    PRUNE = "prune"  # what is gone goes


class Renewed(Value):
    """A baseline as it is to be, and how it differs from the one there was."""

    data: bytes
    size: int
    added: tuple[KnownFinding, ...]
    gone: tuple[KnownFinding, ...]


def baseline_file(option: Path | None, config: Path | None) -> Path:
    """The file of the baseline, as asked for or configured. Raises UsageError where neither names one."""
    path = option or load_config(config).baseline
    if path is None:
        raise UsageError("no baseline is named", hint="Name it with --baseline FILE, or `baseline` in kvaudit.yaml.")
    return path


def renew(
    change: Change, request: ScanRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None
) -> Renewed:
    """What a baseline is to hold after a scan of the whole; the request names its file.

    Waived findings stay out, since somebody else answers for them, and so does what the rules for the gate say. Raises
    UsageError for a scan that leaves something out, BaselineError for one that could not see everything (unless the
    request allows it; then entries of rules that could not be judged whole stay), and all that a scan raises.
    """
    if request.select or request.ignore or request.min_severity is not None:
        raise UsageError(
            "a baseline is made of a whole scan: --select, --ignore and --min-severity would leave findings out of it",
            hint="What kvaudit.yaml selects and ignores holds for every scan, and for the baseline too.",
        )
    seen = examine(request, stdin=stdin, progress=progress, with_baseline=change is not Change.WRITE)
    if seen.results.gaps and not request.allow_incomplete:
        needs = ", ".join(sorted({gap.need for gap in seen.results.gaps}))
        raise BaselineError(
            f"the scan is incomplete, so that the baseline would be: {needs} not seen",
            hint="kvaudit scan names what is missing. --allow-incomplete makes a baseline of what could be seen.",
        )
    found = {entry.fingerprint: entry for entry in _entries(seen)}
    old = {entry.fingerprint: entry for entry in seen.baseline.entries} if seen.baseline else {}
    gone = {entry.fingerprint for entry in seen.aftermath.gone}
    left = {fingerprint: entry for fingerprint, entry in old.items() if fingerprint not in gone}
    if change is Change.PRUNE:
        entries, added = left, []
    else:
        entries = {**left, **found}
        added = [entry for key, entry in found.items() if key not in old or old[key].severity < entry.severity]
    return Renewed(
        data=write_baseline(entries.values(), _estate(seen), __version__),
        size=len(entries),
        added=tuple(added),
        gone=seen.aftermath.gone,
    )


def _entries(seen: Examined) -> Iterable[KnownFinding]:
    of_gate = {rule.meta.id for rule in seen.rules if rule.meta.subject == GATE}
    name = seen.access.directory.name
    for finding in seen.results.findings:
        if finding.disposition is not Disposition.WAIVED and finding.rule not in of_gate:
            yield known_finding(finding, name(finding.principal) if finding.principal else None)


def _estate(seen: Examined) -> Estate:
    now, old = estate_of(seen.access.snapshot), seen.baseline
    if old is None:
        return now
    return Estate(now.tenants | old.tenants, now.subscriptions | old.subscriptions)
