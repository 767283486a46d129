"""The findings of two runs of the same rules compared, by what makes their fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kvaudit.access.estate import MANAGEMENT_GROUPS
from kvaudit.model.change import FindingChange, Kind
from kvaudit.model.finding import Finding, Gap
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.rules.registry import RuleResults

_OF_ANYBODY = frozenset(("files", "groupMembers", "principals", "roleDefinitions", "subscriptions"))


def compare_findings(old: RuleResults, new: RuleResults, lasting: Mapping[str, str]) -> tuple[FindingChange, ...]:
    """New findings, then those that went away, each from the worst; what one side could not judge is neither.

    `lasting` says what goes for a subject on both sides: an assignment that is made again has another id.
    """
    return (
        *_only(new, old, lasting, Kind.GAINED, Kind.APPEARED),
        *_only(old, new, lasting, Kind.LOST, Kind.VANISHED),
    )


def _only(
    one: RuleResults, other: RuleResults, lasting: Mapping[str, str], sure: Kind, unsure: Kind
) -> Iterator[FindingChange]:
    """The findings of one run that the other has not."""
    known = {_identity(finding, lasting) for finding in other.findings}
    unjudged = {rule for missing in other.not_evaluated for rule in missing.rules}
    for finding in one.findings:
        if _identity(finding, lasting) not in known:
            doubtful = finding.rule in unjudged or any(_may_hide(gap, finding) for gap in other.gaps)
            yield FindingChange(unsure if doubtful else sure, finding)


def _identity(finding: Finding, lasting: Mapping[str, str]) -> tuple[str, ...]:
    subject = lasting.get(finding.subject, finding.subject)
    return finding.rule, subject, finding.principal or "", finding.permission_class


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
