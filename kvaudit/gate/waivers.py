"""Waivers as they are written: in a file of their own or in the configuration, every field but one required.

waivers:
  - rule: KV301
    subject: kv-app*            # glob: id of the cause, or id or name of every vault that is touched
    principal: Contoso Ops*     # glob: object id or name; optional
    reason: Closed with the move to private endpoints (NET-412)
    owner: ada@contoso.example
    expires: 2027-03-31         # the last day on which it holds
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kvaudit.errors import ConfigError
from kvaudit.model.finding import Finding
from kvaudit.model.gate import Waiver
from kvaudit.model.origin import Document, Origin
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.rules.base import GATE, Meta
from kvaudit.rules.document import YamlFile, below, open_yaml
from kvaudit.rules.shape import Entry, Listing, Record, Schema, Text

SOON = 14
"""Days before its last in which a waiver is said to be about to expire."""


class Day(Value):
    """A day of the calendar, as 2026-12-31."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> dt.date:
        """The day."""
        text = Text(r"\d{4}-\d{2}-\d{2}", "a day such as 2026-12-31").read(file, pointer, value)
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise file.wrong(pointer, f"there is no day {text}") from error

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return {"type": "string", "format": "date"}


_RECORD = Record(
    {
        "rule": Entry(Text(what="a rule id"), "The rule, by its whole id.", required=True),
        "subject": Entry(
            Text(what="a glob"),
            "Glob in any case on the id of the cause, or on the id or name of every vault that is touched.",
            required=True,
        ),
        "principal": Entry(Text(what="a glob"), "Glob in any case on the object id or display name of the principal."),
        "reason": Entry(Text(), "Why it stays.", required=True),
        "owner": Entry(Text(), "Who answers for it.", required=True),
        "expires": Entry(Day(), "The last day on which it holds, such as 2026-12-31.", required=True),
    },
    "key of a waiver",
)


class WaiverShape(Value):
    """One waiver."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> Waiver:
        """The waiver."""
        read = _RECORD.read(file, pointer, value)
        return Waiver(**{**read, "rule": read["rule"].upper()}, origin=Origin(Document(file.name), pointer))

    def schema(self) -> Schema:
        """The same as JSON Schema."""
        return _RECORD.schema()


WAIVERS = Listing(WaiverShape())
WAIVERS_FILE = Record({"waivers": Entry(WAIVERS, "The waivers.", required=True)})


class Waivers(Value):
    """All waivers of a run, and where they are written."""

    entries: tuple[Waiver, ...] = ()
    file: YamlFile | None = None

    def check(self, rules: Mapping[str, Meta], day: dt.date, longest: int | None) -> None:
        """Raise ConfigError for a waiver of no rule, of the gate itself, or beyond the longest time in days."""
        if self.file is None:
            return
        for waiver in self.entries:
            at = waiver.origin.pointer
            meta = rules.get(waiver.rule)
            if meta is None:
                raise self.file.unknown(below(at, "rule"), "rule", waiver.rule, rules)
            if meta.subject == GATE:
                hint = f"Leave the rule out with `ignore: [{waiver.rule}]` where nobody wants to hear it."
                said = f"{waiver.rule} looks at the gate, and is not waived"
                raise self.file.wrong(below(at, "rule"), said, hint=hint)
            if longest is not None and waiver.days_left(day) > longest:
                last = day + dt.timedelta(days=longest)
                raise self.file.wrong(
                    below(at, "expires"),
                    f"{waiver.expires} is more than {longest} days ahead, the most that waiver-days allows",
                    hint=f"The last day allowed is {last}.",
                )

    def notes(self, day: dt.date) -> tuple[str, ...]:
        """A word about each waiver that holds today and is about to expire."""
        return tuple(
            f"{place(self.file, waiver)}: the waiver of {waiver.words} by {waiver.owner} expires on {waiver.expires}, "
            f"{_in_days(waiver.days_left(day))}"
            for waiver in self.entries
            if 0 <= waiver.days_left(day) <= SOON
        )


def place(file: YamlFile | None, waiver: Waiver) -> str:
    """Where a waiver is written: "file:line:column"."""
    return file.line(waiver.origin.pointer) if file else waiver.origin.document.name


def _in_days(number: int) -> str:
    return "today" if number == 0 else "tomorrow" if number == 1 else f"in {number} days"


def read_waivers(path: Path) -> Waivers:
    """Read a file of waivers. Raises ConfigError with file, line and column for what is wrong in it."""
    file = open_yaml(path, ConfigError)
    return Waivers(WAIVERS_FILE.read(file, "", {} if file.value is None else file.value)["waivers"], file)


def waivers_in(name: str, text: str) -> Waivers:
    """The waivers of a text, which may be a configuration with more than that. Raises ConfigError likewise."""
    file = YamlFile(name, text, ConfigError)
    return Waivers(WAIVERS.read(file, "/waivers", file.value["waivers"]), file)


class Cover:
    """Whether a waiver fits findings, its globs made ready."""

    def __init__(self, waiver: Waiver, name_of: Callable[[str], str | None]) -> None:
        self.waiver = waiver
        self._name_of = name_of
        self._subject = _glob(scope_key(waiver.subject))
        self._principal = None if waiver.principal is None else _glob(waiver.principal)

    def fits(self, finding: Finding) -> bool:
        """Whether it is about this finding: its cause, or else every vault that it touches, and its principal."""
        return self._fits_principal(finding.principal) and self._fits_subject(finding)

    def _fits_principal(self, principal: str | None) -> bool:
        if self._principal is None:
            return True
        if principal is None:
            return False
        return self._principal(principal) or self._principal(self._name_of(principal) or "")

    def _fits_subject(self, finding: Finding) -> bool:
        fits = self._subject
        if fits(finding.subject) or (finding.cause is not None and fits(scope_key(finding.cause.id))):
            return True
        keys = map(scope_key, finding.vaults)
        return bool(finding.vaults) and all(fits(key) or fits(key.rpartition("/")[2]) for key in keys)


def _glob(pattern: str) -> Callable[[str], bool]:
    matches = re.compile(fnmatch.translate(pattern.casefold())).match
    return lambda text: matches(text.casefold()) is not None
