"""Words that several views share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence

from kvaudit.model.finding import Disposition, Finding, Gap, Severity
from kvaudit.model.origin import Location
from kvaudit.model.report import Report
from kvaudit.model.value import Value

FRAMEWORKS = {
    "cis": "CIS Azure Foundations",
    "mcsb": "Microsoft cloud security benchmark",
    "azurePolicy": "Azure Policy",
    "attack": "MITRE ATT&CK",
}
"""The frameworks whose controls rules name, by their key in `controls`."""

WORST_FIRST = tuple(reversed(Severity))

_SUBJECTS = 3

NOT_GIVEN = "nothing of it was given"
"""Why rules were not evaluated."""


class Unseen(Value):
    """What is missing of one kind."""

    need: str
    gaps: tuple[Gap, ...]

    @property
    def what(self) -> str:
        """What it is, names as they are: "groupMembers of Ops, Dev, Web and 3 more"."""
        subjects = some([gap.subject for gap in self.gaps if gap.subject], _SUBJECTS)
        return f"{self.need} of {subjects}" if subjects else self.need

    @property
    def why(self) -> str:
        """Why it was not seen, or why the first of them was not."""
        several = len({gap.reason for gap in self.gaps}) > 1
        return f"the first of these: {self.gaps[0].reason}" if several else self.gaps[0].reason

    @property
    def words(self) -> str:
        """Both in one sentence."""
        return f"{self.what} not seen: {self.why}"

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules it holds up."""
        return tuple(sorted({rule for gap in self.gaps for rule in gap.rules}))

    @property
    def fingerprint(self) -> str:
        """What tells it apart where findings have theirs: the need."""
        return hashlib.blake2b(f"unseen\x1f{self.need}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def remedies(self) -> tuple[str, ...]:
        """The commands that would show it."""
        return tuple(dict.fromkeys(gap.remedy for gap in self.gaps if gap.remedy))


def unseen(report: Report) -> tuple[Unseen, ...]:
    """What keeps a scan from being complete, by need, in the report's order; nothing of a complete one.

    A strict scan is incomplete for what was not evaluated too.
    """
    if report.complete:
        return ()
    unfed = (Gap(each.need, "", NOT_GIVEN, each.remedy, each.rules) for each in report.not_evaluated)
    return _together(report.gaps or unfed, lambda gap: gap.need)


def alike(gaps: Iterable[Gap]) -> tuple[Unseen, ...]:
    """Gaps of one need and one reason together."""
    return _together(gaps, lambda gap: (gap.need, gap.reason))


def _together(gaps: Iterable[Gap], key: Callable[[Gap], Hashable]) -> tuple[Unseen, ...]:
    groups: dict[Hashable, list[Gap]] = {}
    for gap in gaps:
        groups.setdefault(key(gap), []).append(gap)
    return tuple(Unseen(found[0].need, tuple(found)) for found in groups.values())


def verdict_words(report: Report) -> str:
    """Both axes of a verdict: "FAIL, incomplete"."""
    return f"{'PASS' if report.passed else 'FAIL'}, {'complete' if report.complete else 'incomplete'}"


def set_aside_words(report: Report) -> str:
    """How many findings are waived and known: "3 findings waived and 1 finding known"; "" where none are."""
    counts = {"waived": report.waived, "known": report.known}
    return " and ".join(f"{plural(count, 'finding')} {word}" for word, count in counts.items() if count)


def disposition_words(finding: Finding) -> str:
    """What became of a finding that is not new, and why: "waived: by Ada until 2026-12-31"; "" of a new one."""
    if finding.disposition is Disposition.NEW:
        return ""
    return f"{finding.disposition}: {finding.note}" if finding.note else str(finding.disposition)


def some(names: Sequence[str], limit: int) -> str:
    """The first of these names, and how many more there are."""
    if len(names) <= limit + 1:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 vault", "2 vaults"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def place_words(location: Location, *, column: bool = True) -> str:
    """file:line:column, as far as it is known and wanted; of what is declared, its source and address before it."""
    numbers = (location.line, location.column if column else 0)
    written = ":".join([location.file, *(str(number) for number in numbers if number)])
    declared = location.declaration
    if declared is None:
        return written
    source = [f"{declared.file}:{declared.line}"] if declared.file else []
    return ", ".join([*source, declared.address, written])


def vault_name(vault_id: str) -> str:
    """A vault as people call it."""
    return vault_id.rstrip("/").rsplit("/", 1)[-1]
