"""Rows as Graph and Resource Manager give them, where a tool folded parts of them into others. Semantics 7.6, 7.7."""

from __future__ import annotations

from typing import Any

import msgspec

from kvaudit.sources.rows import canonical
from kvaudit.sources.wire import Row

_TEXT_COLUMNS = ("properties", "identity", "tags")
_DECODER = msgspec.json.Decoder()


def unfolded(row: Row) -> Row:
    """The row itself where nothing is folded, else another with keys in Azure's spelling.

    - Columns of Resource Graph that were exported as text are the objects they were.
    - `AdditionalProperties` of the Graph modules of PowerShell are fields like the others, and `OdataType` is the type.
    - A list that PowerShell 5 wrapped (`{"value": […], "Count": 2}`) is a list.
    - `ResourceId` and `ResourceType` of Get-AzResource are id and type.
    """
    row = canonical(row)
    changes: Row = {}
    for name in _TEXT_COLUMNS:
        value = row.get(name)
        if type(value) is str and value[:1] == "{":
            changes[name] = _decoded(value)
    for name, value in row.items():
        listed = wrapped_list(value) if type(value) is dict else None
        if listed is not None:
            changes[name] = listed
    if row.get("odataType") and not row.get("@odata.type"):
        changes["@odata.type"] = row["odataType"]
    if row.get("resourceType") and "lockId" not in row:
        changes |= {key: row[key] if row.get(key) else row.get(other) for key, other in _RESOURCE}
    more = row.get("additionalProperties")
    if type(more) is dict:
        changes |= {key: value for key, value in canonical(more).items() if row.get(key) is None}
    return {**row, **changes} if changes else row


_RESOURCE = (("id", "resourceId"), ("type", "resourceType"))


def wrapped_list(value: Row) -> list[Any] | None:
    """The list that PowerShell 5 put into an object with its length; None for any other object."""
    if len(value) != 2:
        return None
    fields = canonical(value)
    listed = fields.get("value")
    return listed if type(listed) is list and fields.get("count") == len(listed) else None


def _decoded(text: str) -> Any:
    """An object that was written as text; the text itself where it is none, so that its reader says so."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
