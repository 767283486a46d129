"""Rows read by their shape, whatever document they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from kvaudit.sources.facts import Facts
from kvaudit.sources.pages import goes_on, rows_of_page, type_of_rows
from kvaudit.sources.registry import Look, decided_by_look, look_of, recognise, shape_of_type
from kvaudit.sources.shapes.base import Reader
from kvaudit.sources.unfolded import unfolded
from kvaudit.sources.wire import Row

UNKNOWN = "rows of no known shape"
MEMBER_IDS = "ids of members"
_GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MEMBERS_FILE = re.compile(rf"(members-)?({_GUID})\.[a-z]+", re.IGNORECASE)
"""The name of a file that holds the members of the group it is named for."""


def note_unknown(facts: Facts, pointer: str) -> None:
    """Count a row of no known shape."""
    if not facts.rows[UNKNOWN]:
        facts.first_unknown = pointer
    facts.rows[UNKNOWN] += 1


class Rows:
    """Reads rows, each by its shape; those that look alike are recognised once."""

    def __init__(self, facts: Facts, told: str | None = None) -> None:
        """`told` is the type of rows that say none themselves (`@odata.type`)."""
        self._facts = facts
        self._told = told
        self._told_shape = shape_of_type(told) if told else None
        self._known: dict[Look | None, tuple[Reader, str]] = {}
        self.cut_off = ""  # why there are more, where the rows came as pages and the last of these says so

    def read(self, items: Iterable[Any], pointer: str) -> None:
        """All rows of a list."""
        facts, find, counted = self._facts, self._known.get, self._facts.rows
        last = known = None
        for number, item in enumerate(items):
            look = look_of(item) if type(item) is dict else None
            if known is None or look != last:  # most rows look like the one before
                last, known = look, find(look)
            if known:
                reader, name = known
                counted[reader(facts, item, f"{pointer}/{number}") or name] += 1
            else:
                self._look_at(item, f"{pointer}/{number}")

    def read_one(self, item: Any, pointer: str) -> None:
        """One row."""
        known = self._known.get(look_of(item)) if type(item) is dict else None
        if known:
            reader, name = known
            self._facts.rows[reader(self._facts, item, pointer) or name] += 1
        else:
            self._look_at(item, pointer)

    def _look_at(self, item: Any, pointer: str) -> None:
        """A row of a look that was not seen before, or that must be looked at more closely."""
        if type(item) is not dict:
            self._no_object(item, pointer)
            return
        row = unfolded(item)
        shape = recognise(row)
        page = rows_of_page(row) if shape is None else None
        if page:
            below, rows = page
            Rows(self._facts, type_of_rows(row)).read(rows, pointer + below)
            self.cut_off = goes_on(row)
            return
        reader = shape.read if shape else None
        if self._told_shape and shape is not self._told_shape and not row.get("@odata.type"):
            shape, reader = self._told_shape, self._read_as_told
        if shape is None or reader is None:
            note_unknown(self._facts, pointer)
            return
        look = look_of(row)
        if look and row is item and decided_by_look(look, shape):
            self._known[look] = reader, shape.name
        other = reader(self._facts, row, pointer)
        self._facts.rows[other or shape.name] += 1

    def _read_as_told(self, facts: Facts, row: Row, pointer: str) -> str | None:
        """Read a row as what the answer says that its rows are."""
        return self._told_shape.read(facts, {**row, "@odata.type": self._told}, pointer) if self._told_shape else None

    def _no_object(self, item: Any, pointer: str) -> None:
        if type(item) is list:
            self.read(item, pointer)
        elif type(item) is str and MEMBERS_FILE.fullmatch(PurePath(self._facts.document.name).name):
            self._facts.rows[MEMBER_IDS] += 1
            self._facts.member_ids.append(item.lower())
        else:
            note_unknown(self._facts, pointer)
