"""The verdict of a scan and its exit code, as pure functions of what was found and what was not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from kvaudit.errors import UsageError
from kvaudit.model.change import Change, FindingChange, Kind
from kvaudit.model.finding import Disposition, Finding, Gap, NotEvaluated, Severity
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value

DEFAULT_FAIL_ON = Severity.HIGH

EXIT_PASSED, EXIT_FINDINGS, EXIT_INCOMPLETE = 0, 1, 3


class Outcome(Value):
    """How a scan ended: two axes, passed or failed and complete or not, and the exit code they make."""

    passed: bool  # nothing at or above the gate
    complete: bool  # nothing stayed unseen that had to be seen
    exit_code: int
    fail_on: Severity = DEFAULT_FAIL_ON
    at_gate: int = 0  # findings at or above the gate
    below: int = 0  # findings below it, hidden ones included
    waived: int = 0  # findings that somebody answers for, at no gate
    known: int = 0  # findings of the baseline, at no gate
    notes: tuple[str, ...] = ()  # what to say in passing


def judge(  # noqa: PLR0913 - the last five are options, passed by name
    findings: Iterable[Finding],
    gaps: Collection[Gap],
    not_evaluated: Collection[NotEvaluated],
    *,
    fail_on: Severity = DEFAULT_FAIL_ON,
    fails: Callable[[Finding], bool] | None = None,
    allow_incomplete: bool = False,
    strict: bool = False,
    notes: tuple[str, ...] = (),
) -> Outcome:
    """Judge all findings of a run, hidden ones too. Findings win over incomplete; waived and known ones only count.

    `fails` says of a new finding whether it fails the run, where its vaults have a gate of their own.
    `strict` lets rules that found nothing to look at count as incomplete; `allow_incomplete` keeps an incomplete run
    from failing, but never calls it complete.
    """
    at_gate = below = 0
    dispositions = Counter[Disposition]()
    for finding in findings:
        dispositions[finding.disposition] += 1
        if finding.disposition is not Disposition.NEW:
            continue
        if fails(finding) if fails else finding.severity >= fail_on:
            at_gate += 1
        else:
            below += 1
    complete = not gaps and not (strict and not_evaluated)
    if at_gate:
        code = EXIT_FINDINGS
    elif complete or allow_incomplete:
        code = EXIT_PASSED
    else:
        code = EXIT_INCOMPLETE
    waived, known = dispositions[Disposition.WAIVED], dispositions[Disposition.KNOWN]
    return Outcome(not at_gate, complete, code, fail_on, at_gate, below, waived, known, notes)


class ComparisonOutcome(Value):
    """How a comparison ended, on the same two axes."""

    passed: bool
    complete: bool
    exit_code: int
    gains: int = 0  # principals that gained what the gate names
    findings: int = 0  # new findings at or above the gate


def judge_changes(  # noqa: PLR0913 - the last three are options, passed by name
    changes: Iterable[Change],
    findings: Iterable[FindingChange],
    *,
    seen: bool,
    fail_on_gain: PermissionSet = 0,
    fail_on_new: Severity | None = None,
    allow_incomplete: bool = False,
) -> ComparisonOutcome:
    """Judge what changed between two looks; `seen` says that neither has gaps.

    What one side could not see is at no gate, and makes the comparison incomplete. Without gates nothing fails.
    """
    effects = [effect for change in changes for effect in change.effects]
    found = tuple(findings)
    gained = {
        principal
        for effect in effects
        if effect.kind is Kind.GAINED and effect.permissions & fail_on_gain
        for principal in effect.principals
    }
    new = 0
    if fail_on_new is not None:
        new = sum(each.kind is Kind.GAINED and each.finding.severity >= fail_on_new for each in found)
    kinds = {*(effect.kind for effect in effects), *(each.kind for each in found)}
    complete = seen and kinds.isdisjoint((Kind.APPEARED, Kind.VANISHED))
    if gained or new:
        code = EXIT_FINDINGS
    elif complete or allow_incomplete:
        code = EXIT_PASSED
    else:
        code = EXIT_INCOMPLETE
    return ComparisonOutcome(not (gained or new), complete, code, len(gained), new)


def visible(
    findings: Iterable[Finding],
    min_severity: Severity | None,
    fail_on: Severity,
    *,
    fails: Callable[[Finding], bool] | None = None,
    show_waived: bool = True,
) -> tuple[Finding, ...]:
    """The findings to show: those at `min_severity` and above, and all that fail the run; waived and known on demand.

    Raises UsageError where `min_severity` would hide a finding that fails the run.
    """
    if min_severity is not None and min_severity > fail_on:
        raise UsageError(
            f"--min-severity {min_severity.label} would hide findings that fail the run (--fail-on {fail_on.label})",
            hint=f"Use --min-severity {fail_on.label} or lower, or raise --fail-on as well.",
        )
    return tuple(
        finding
        for finding in findings
        if (show_waived or finding.disposition is Disposition.NEW)
        and (min_severity is None or finding.severity >= min_severity or (fails is not None and fails(finding)))
    )
