"""What a scan and an access question end in: the values every output format is written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from kvaudit.model.finding import Confidence, Disposition, Finding, Gap, NotEvaluated, Path, Severity, Step
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Location, Origin
from kvaudit.model.overview import Overview
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class RuleInfo(Value):
    """What reports say of a rule."""

    id: str
    title: str
    why: str = ""
    references: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = {}
    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.HIGH
    remedy: str = ""  # what to do, with blanks such as <principal> for what differs from finding to finding


class Report(Value):
    """A finished scan."""

    findings: tuple[Finding, ...]  # sorted: severity from the worst, rule, subject, principal
    gaps: tuple[Gap, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    rules: dict[str, RuleInfo]  # every rule that ran, by id
    snapshot: Snapshot
    locations: Mapping[Origin, Location]
    names: Mapping[str, str]  # object id → display name (or UPN, appId), where known
    types: Mapping[str, str]  # object id → principal type, where known
    grants: int  # how many grants were judged
    passed: bool  # nothing at or above the gate
    complete: bool
    moment: dt.datetime = EPOCH  # which the findings are about: asked for, else of the snapshot, else of the scan
    unevaluated_vaults: frozenset[str] = frozenset()  # keys of vaults of which nothing could be judged (no properties)
    waived: int = 0  # findings of the run that somebody answers for, in `findings` only when they were asked for
    known: int = 0  # findings of the run that the baseline has, likewise
    # Who has what on vaults by their numbers, of so many principals at most: worked out when a format asks for it.
    overview: Callable[[Sequence[int], int], Overview] | None = None

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that nobody has answered for: neither waived nor known."""
        return tuple(finding for finding in self.findings if finding.disposition is Disposition.NEW)


class AccessReport(Value):
    """Finished answers to `who` or `can`."""

    question: str
    answers: tuple[Answer, ...]
    gaps: tuple[Gap, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    snapshot: Snapshot
    heads: Callable[[str, tuple[str, ...]], tuple[Step, ...]]  # from a principal to the holders of a path
    locations: Mapping[Origin, Location]
    names: Mapping[str, str]
    types: Mapping[str, str]
    networks: tuple[str, ...]  # of each vault, by number, in words
    complete: bool

    def steps(self, answer: Answer, path: Path) -> tuple[Step, ...]:
        """A path of an answer in full, from its principal on."""
        return self.heads(answer.principal, path.holders) + path.tail
