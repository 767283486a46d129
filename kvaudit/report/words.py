"""Words that several views share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kvaudit.model.finding import Gap, Severity
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


class Unseen(Value):
    """What is missing of one kind, for one reason."""

    need: str
    reason: str
    gaps: tuple[Gap, ...]

    @property
    def words(self) -> str:
        """In one sentence, names as they are: "groupMembers of Ops, Dev and 3 more not seen: their members …"."""
        subjects = some([gap.subject for gap in self.gaps if gap.subject], _SUBJECTS)
        return f"{self.need}{' of ' if subjects else ''}{subjects} not seen: {self.reason}"

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules it holds up."""
        return tuple(sorted({rule for gap in self.gaps for rule in gap.rules}))

    @property
    def remedies(self) -> tuple[str, ...]:
        """The commands that would show it."""
        return tuple(dict.fromkeys(gap.remedy for gap in self.gaps if gap.remedy))


def unseen(report: Report) -> tuple[Unseen, ...]:
    """What keeps a scan from being complete, in the report's order; nothing of a complete one.

    A strict scan is incomplete for what was not evaluated too.
    """
    if report.complete:
        return ()
    return alike(
        report.gaps or [Gap(each.need, "", NOT_GIVEN, each.remedy, each.rules) for each in report.not_evaluated]
    )


NOT_GIVEN = "nothing of it was given"


def alike(gaps: Iterable[Gap]) -> tuple[Unseen, ...]:
    """Gaps of one need and one reason together."""
    groups: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault((gap.need, gap.reason), []).append(gap)
    return tuple(Unseen(need, reason, tuple(found)) for (need, reason), found in groups.items())


def verdict_words(report: Report) -> str:
    """Both axes of a verdict: "FAIL, incomplete"."""
    return f"{'PASS' if report.passed else 'FAIL'}, {'complete' if report.complete else 'incomplete'}"


def some(names: Sequence[str], limit: int) -> str:
    """The first of these names, and how many more there are."""
    if len(names) <= limit + 1:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 vault", "2 vaults"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def vault_name(vault_id: str) -> str:
    """A vault as people call it."""
    return vault_id.rstrip("/").rsplit("/", 1)[-1]
