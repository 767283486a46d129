"""What becomes of waivers: which hold, which are about to expire or have, and, by a scan, which fit nothing."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.audit import ScanRequest, examine
from kvaudit.audit.walk import Progress
from kvaudit.errors import UsageError
from kvaudit.gate.config import load_config
from kvaudit.gate.waivers import SOON, Waivers
from kvaudit.model.gate import Waiver
from kvaudit.model.value import Value
from kvaudit.rules.registry import load_rules


class Standing(Value):
    """How a waiver stands on a day."""

    waiver: Waiver
    days: int  # left after this one; below 0 it has expired
    covered: int | None = None  # findings it fits; None: no estate was looked at
    unused: bool = False  # it fits nothing, for sure

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        return self.days < 0

    @property
    def soon(self) -> bool:
        """Whether its last day is near."""
        return 0 <= self.days <= SOON


def read_checked(request: ScanRequest) -> Waivers:
    """The waivers of a run, checked. Raises UsageError where none are named, ConfigError for what is wrong in them."""
    config = load_config(request.config)
    rules = load_rules((*config.rules, *request.rule_dirs))
    config.check(rules)
    waivers = config.all_waivers(request.waivers)
    if not (request.waivers or config.names_waivers):
        raise UsageError("no waivers are named", hint="Name them with --waivers FILE, or `waivers` in kvaudit.yaml.")
    waivers.check({rule.meta.id: rule.meta for rule in rules}, request.as_of.date(), config.waiver_days)
    return waivers


def standings(
    request: ScanRequest, waivers: Waivers, *, stdin: BinaryIO | None = None, progress: Progress | None = None
) -> tuple[Standing, ...]:
    """How each waiver stands, in their order; with sources in the request, also what it fits there."""
    day = request.as_of.date()
    if not request.paths:
        return tuple(Standing(waiver, waiver.days_left(day)) for waiver in waivers.entries)
    aftermath = examine(request, stdin=stdin, progress=progress, with_baseline=False).aftermath
    unused = {waiver.origin for waiver in aftermath.unused}
    return tuple(
        Standing(waiver, waiver.days_left(day), covered, waiver.origin in unused)
        for waiver, covered in aftermath.covered
    )
