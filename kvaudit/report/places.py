"""Where a finding is, for formats that want one place and a path that means the same on another machine."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from urllib.parse import quote

from kvaudit.model.finding import Finding
from kvaudit.model.origin import Location, Origin
from kvaudit.model.report import Report
from kvaudit.model.value import Value
from kvaudit.report.words import Unseen

_STREAMS = {"-": "stdin", "<azure>": "azure"}  # what is no file


class Place(Value):
    """A file, relative to the working directory, with a line and a column, both at least 1."""

    file: str
    name: str  # the file as the user named it
    line: int = 1
    column: int = 1

    @property
    def uri(self) -> str:
        """The file as a relative URI reference (RFC 3986)."""
        return quote(self.file.encode("utf-8", "backslashreplace"), safe="/")


class Places:
    """The places of one report."""

    def __init__(self, report: Report) -> None:
        self._locations = report.locations
        documents = report.snapshot.documents
        name = documents[0].name if documents else "kvaudit.json"
        self._first = Place(relative_file(name), name)
        self._places: dict[Origin, Place] = {}
        self._here = Path.cwd()

    def of(self, finding: Finding) -> Place:
        """Where to look first: at its cause, else at the first step of its path that is written somewhere.

        A finding without any place, such as one about something that is missing, is at the first file that was read.
        """
        if finding.origins:
            return self.at(finding.origins[0])
        return next((self.at(step.origin) for step in finding.path if step.origin), self._first)

    def at(self, origin: Origin) -> Place:
        """The place of an origin; of what infrastructure code declares, that in its source where it is there."""
        place = self._places.get(origin)
        if place is None:
            location = self._locations.get(origin) or Location(origin.document.name, 0, 0, origin.pointer)
            declared = location.declaration
            if declared and declared.file:  # people mend the source, not the plan that was made of it
                location = Location(declared.file, declared.line, 0, "")
            file = relative_file(location.file, self._here)
            place = Place(file, location.file, max(location.line, 1), max(location.column, 1))
            self._places[origin] = place
        return place

    def of_unseen(self, missing: Unseen) -> Place:
        """Where something that was not seen is written of, or the beginning of the first file."""
        return next((self.at(origin) for gap in missing.gaps for origin in gap.origins), self._first)


def relative_file(name: str, here: Path | None = None) -> str:
    """A document's name as a path below the working directory, with forward slashes; no machine's own path.

    Of a file elsewhere the part that the user wrote below the folders above is left, and of an absolute name only the
    file's own.
    """
    if name in _STREAMS:
        return _STREAMS[name]
    path = os.path.normpath(name)
    if PurePath(path).is_absolute():
        path = os.path.relpath(path, here or Path.cwd())
        if path.startswith(os.pardir):
            return PurePath(path).name or "unnamed"
    parts = [part for part in PurePath(path).parts if part != os.pardir]
    return "/".join(parts) or "unnamed"
