"""The output formats: which there are for each kind of report, and where each lives."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from kvaudit.errors import FormatError, UsageError
from kvaudit.model.value import Value

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "kvaudit.formats"


class Look(Value):
    """How text for people is laid out; formats for machines have no use for it."""

    width: int = 120
    color: bool = False
    encoding: str = "utf-8"
    verbosity: int = 0  # 0: the first few of everything; 1: all of it; 2: with ids and places of every step


Writer = Callable[[Any, BinaryIO, Look], str | None]
"""Writes a finished report, and says in a sentence what it left out, if anything.

It never decides anything: verdicts and order are in the report.
"""


class Kind(Value):
    """A kind of report, and what it can be written as. Modules are imported on use: JSON should not wait for rich."""

    function: str  # what its writers are called in their modules
    modules: Mapping[str, str]  # by the name of the format
    plugins: bool = False  # whether plug-ins add formats

    def writer(self, name: str) -> Writer:
        """The writer of the format of this name, in any case.

        Raises UsageError for a name that is no format, FormatError for a plug-in that is broken or takes a name that
        is taken.
        """
        plugged = self._plugged_in() if self.plugins else {}
        wanted = name.lower()
        if wanted in self.modules:
            module = importlib.import_module(f"kvaudit.report.{self.modules[wanted]}")
            writer: Writer = getattr(module, self.function)
            return writer
        if wanted in plugged:
            return _load(plugged[wanted])
        known = (*self.modules, *plugged)
        near = difflib.get_close_matches(wanted, known, n=1)
        raise UsageError(
            f"there is no format {name!r} here" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"There are {', '.join(known)}.",
        )

    def _plugged_in(self) -> dict[str, EntryPoint]:
        """The formats of plug-ins by name; none of them is loaded yet."""
        points: dict[str, EntryPoint] = {}
        for point in _entry_points():
            name = point.name.lower()
            if name in self.modules or name in points:
                raise FormatError(f"there is a format {name!r} already", where=_named(point))
            points[name] = point
        return points


SCAN = Kind(
    "write_report",
    {
        "terminal": "terminal",
        "compact": "compact",
        "json": "json_report",
        "sarif": "sarif",
        "junit": "junit",
        "github": "github",
        "azure": "azure",
        "gitlab": "gitlab",
        "markdown": "markdown",
        "csv": "csv_report",
        "ocsf": "ocsf",
        "html": "html",
    },
    plugins=True,
)
FINDINGS = Kind("write_findings", {"terminal": "terminal"})
ACCESS = Kind("write_access", {"terminal": "terminal", "json": "json_report"})
DIFF = Kind("write_diff", {"terminal": "terminal.diff", "json": "diff_json", "markdown": "diff_markdown"})
DOCTOR = Kind("write_checkup", {"terminal": "terminal.doctor", "json": "doctor_json"})
MATRIX = Kind("write_matrix", {"terminal": "terminal.matrix", "csv": "matrix_csv", "json": "matrix_json"})


def _entry_points() -> Iterator[EntryPoint]:
    """What is installed as a format; a distribution that is seen twice, by two paths, is one."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - help should not wait for it

    yield from sorted(set(entry_points(group=GROUP)), key=lambda point: (point.name, point.value))


def _load(point: EntryPoint) -> Writer:
    """The function of a plug-in, called as those of this package are."""
    try:  # a plug-in's own code may raise anything; whose fault it is must be said
        writer: Any = point.load()
    except Exception as error:
        raise FormatError(f"cannot be loaded: {type(error).__name__}: {error}", where=_named(point)) from error
    if not callable(writer):
        raise FormatError(f"gives {type(writer).__name__}, not a function", where=_named(point))
    loaded: Writer = writer
    return loaded


def _named(point: EntryPoint) -> str:
    return f"format plug-in {point.name} = {point.value}"
