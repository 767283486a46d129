"""The findings of two runs of the same rules compared, by fingerprint."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.access.estate import MANAGEMENT_GROUPS
from kvaudit.model.change import FindingChange, Kind
from kvaudit.model.finding import Finding, Gap
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.registry import RuleResults

_OF_ANYBODY = frozenset(("files", "groupMembers", "principals", "roleDefinitions", "subscriptions"))


def compare_findings(old: RuleResults, new: RuleResults) -> tuple[FindingChange, ...]:
    """New findings, then those that went away, each from the worst; what one side could not judge is neither."""
    return (
        *_only(new, old, Kind.GAINED, Kind.APPEARED),
        *_only(old, new, Kind.LOST, Kind.VANISHED),
    )


def _only(one: RuleResults, other: RuleResults, sure: Kind, unsure: Kind) -> Iterator[FindingChange]:
    """The findings of one run that the other has not."""
    known = {finding.fingerprint for finding in other.findings}
    unjudged = {rule for missing in other.not_evaluated for rule in missing.rules}
    for finding in one.findings:
        if finding.fingerprint not in known:
            doubtful = finding.rule in unjudged or any(_may_hide(gap, finding) for gap in other.gaps)
            yield FindingChange(unsure if doubtful else sure, finding)


def _may_hide(gap: Gap, finding: Finding) -> bool:
    """Whether a rule may have missed a finding for what was not seen."""
    if gap.need == "files":
        return True
    if finding.rule not in gap.rules:
        return False
    subject = scope_key(gap.subject)
    if gap.need in _OF_ANYBODY or subject in (TENANT, finding.principal) or subject.startswith(MANAGEMENT_GROUPS):
        return True
    return any(f"{scope_key(vault)}/".startswith(f"{subject}/") for vault in finding.vaults)
