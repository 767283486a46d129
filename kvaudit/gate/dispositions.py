"""Each finding gets one disposition, new, known or waived; and what waivers and baseline leave over is told."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from kvaudit.gate.waivers import Cover
from kvaudit.model.finding import Disposition, Finding, Gap, NotEvaluated
from kvaudit.model.gate import Aftermath, Baseline, KnownFinding, Waiver
from kvaudit.model.origin import Origin
from kvaudit.model.value import Value


class Judged(Value):
    """What rules were judged: all that ran, and what held some of them up."""

    rules: frozenset[str]  # ids of those that ran
    gaps: Collection[Gap]
    not_evaluated: Collection[NotEvaluated]

    def whole(self) -> frozenset[str]:
        """The rules that saw all they look at, so that what they did not find is not there."""
        if any(gap.need == "files" for gap in self.gaps):
            return frozenset()
        held_up = [*(gap.rules for gap in self.gaps), *(missing.rules for missing in self.not_evaluated)]
        return self.rules.difference(*held_up)

    def idle(self, found: Collection[str]) -> Iterator[NotEvaluated]:
        """What was given nothing of, with the rules that therefore found nothing anywhere."""
        for missing in self.not_evaluated:
            rules = tuple(rule for rule in missing.rules if rule not in found)
            if rules:
                yield NotEvaluated(missing.need, rules, missing.remedy)


class Settled(Value):
    """Findings with their dispositions, and what is left over."""

    findings: tuple[Finding, ...]
    aftermath: Aftermath


def settle(  # noqa: PLR0913 - all but the findings are named
    findings: Iterable[Finding],
    *,
    judged: Judged,
    waivers: Collection[Waiver],
    baseline: Baseline | None,
    day: dt.date,
    name_of: Callable[[str], str | None],
) -> Settled:
    """Say of each finding whether it is new, known by the baseline or waived on this day.

    A waiver that holds comes first. One that has expired brings its finding back, though the baseline may have it: it
    was for somebody to answer. Of what was not judged whole nothing is said to be unused or gone.
    """
    covers: dict[str, list[Cover]] = defaultdict(list)
    for waiver in waivers:
        covers[waiver.rule].append(Cover(waiver, name_of))
    known = {entry.fingerprint: entry for entry in baseline.entries} if baseline else {}
    used: dict[Origin, int] = defaultdict(int)  # by waiver, which its place tells apart
    back: dict[Origin, int] = defaultdict(int)  # findings that count, though it fits them
    seen: set[str] = set()
    settled = []
    for finding in findings:
        fitting = [cover.waiver for cover in covers.get(finding.rule, ()) if cover.fits(finding)]
        for waiver in fitting:
            used[waiver.origin] += 1
        entry = None
        if known:
            fingerprint = finding.fingerprint
            entry = known.get(fingerprint)
            seen.add(fingerprint)
        disposed = _disposed(finding, fitting, entry, day) if fitting or entry else finding
        if disposed.disposition is Disposition.NEW:
            for waiver in fitting:
                back[waiver.origin] += 1
        settled.append(disposed)
    whole = judged.whole()
    aftermath = Aftermath(
        covered=tuple((waiver, used.get(waiver.origin, 0)) for waiver in waivers),
        expired=tuple((waiver, back.get(waiver.origin, 0)) for waiver in waivers if waiver.days_left(day) < 0),
        unused=tuple(_unused(waivers, used, whole, day)),
        gone=tuple(entry for entry in known.values() if entry.fingerprint not in seen and entry.rule in whole),
        unjudged=tuple(judged.idle({finding.rule for finding in settled})),
    )
    return Settled(tuple(settled), aftermath)


def _disposed(finding: Finding, fitting: list[Waiver], entry: KnownFinding | None, day: dt.date) -> Finding:
    disposition, note = Disposition.NEW, ""
    if fitting:
        waiver = max(fitting, key=lambda waiver: waiver.expires)
        note = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
        if waiver.days_left(day) >= 0:
            disposition = Disposition.WAIVED
        else:
            note += " (expired)"
    elif entry is not None:
        if finding.severity > entry.severity:
            note = f"worse than when the baseline was written, as {entry.severity.label}"
        else:
            disposition, note = Disposition.KNOWN, "in the baseline"
    return msgspec.structs.replace(finding, disposition=disposition, note=note)


def _unused(
    waivers: Iterable[Waiver], used: Collection[Origin], whole: Collection[str], day: dt.date
) -> Iterator[Waiver]:
    for waiver in waivers:
        if waiver.days_left(day) >= 0 and waiver.origin not in used and waiver.rule in whole:
            yield waiver
