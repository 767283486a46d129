"""The verdict of a scan and its exit code, as pure functions of what was found and what was not seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kvaudit.errors import UsageError
from kvaudit.model.change import Change, FindingChange, Kind
from kvaudit.model.finding import Finding, Gap, NotEvaluated, Severity
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


def judge(  # noqa: PLR0913 - the last three are options, passed by name
    findings: Iterable[Finding],
    gaps: Collection[Gap],
    not_evaluated: Collection[NotEvaluated],
    *,
    fail_on: Severity = DEFAULT_FAIL_ON,
    allow_incomplete: bool = False,
    strict: bool = False,
) -> Outcome:
    """Judge all findings of a run, hidden ones too. Findings win over incomplete.

    `strict` lets rules that found nothing to look at count as incomplete; `allow_incomplete` keeps an incomplete run
    from failing, but never calls it complete.
    """
    at_gate = below = 0
    for finding in findings:
        if finding.severity >= fail_on:
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
    return Outcome(not at_gate, complete, code, fail_on, at_gate, below)


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


def visible(findings: Iterable[Finding], min_severity: Severity | None, fail_on: Severity) -> tuple[Finding, ...]:
    """The findings to show: those at `min_severity` and above.

    Raises UsageError where that would hide a finding that fails the run.
    """
    if min_severity is None:
        return tuple(findings)
    if min_severity > fail_on:
        raise UsageError(
            f"--min-severity {min_severity.label} would hide findings that fail the run (--fail-on {fail_on.label})",
            hint=f"Use --min-severity {fail_on.label} or lower, or raise --fail-on as well.",
        )
    return tuple(finding for finding in findings if finding.severity >= min_severity)
