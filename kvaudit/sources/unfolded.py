"""Rows as Graph and Resource Manager give them, where a tool folded parts of them into others. Semantics 7.6, 7.7."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from kvaudit.sources.rows import canonical
from kvaudit.sources.wire import Row

_TEXT_COLUMNS = ("properties", "identity", "tags")
_RESOURCE = (("id", "resourceId"), ("type", "resourceType"))
_BLOCK = ("actions", "notActions", "dataActions", "notDataActions")
_ENUMS = ("principalType", "status", "memberType", "assignmentType")
_EXPANDED = ("members", "owners", "appRoleAssignments", "appRoleAssignedTo")
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_LEVEL = re.compile(r"@\{level=(CanNotDelete|ReadOnly)[;}]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECODER = msgspec.json.Decoder()


def unfolded(row: Row) -> Row:
    """The row itself where nothing is folded, else another; with keys in Azure's spelling.

    - Columns of Resource Graph that were exported as text are the objects they were.
    - `AdditionalProperties` of PowerShell's Graph modules are fields like the others, and `OdataType` is the type.
    - An empty list of theirs says nothing: what was not expanded looks the same.
    - What PowerShell 5 wraps is as it was: lists (`{"value": […], "Count": 2}`) and dates (`/Date(0)/`).
    - Get-AzResource, Get-AzResourceLock and Get-AzDenyAssignment have the names of Resource Manager.
    """
    row = canonical(row)
    changes: Row = {}
    for name, value in row.items():
        plain = _plain(name, value)
        if plain is not value:
            changes[name] = plain
    if row.get("odataType") and not row.get("@odata.type"):
        changes["@odata.type"] = row["odataType"]
    if "lockId" in row:
        changes |= _lock(row)
    elif row.get("resourceType"):
        changes |= {key: row[key] if row.get(key) else row.get(other) for key, other in _RESOURCE}
    if "denyAssignmentName" in row and "actions" in row:
        changes |= _deny({**row, **changes})
    more = row.get("additionalProperties")
    if type(more) is dict:
        changes |= {key: value for key, value in canonical(more).items() if row.get(key) is None}
    if "additionalProperties" in row and "roleTemplateId" not in row:
        changes |= {name: None for name in _EXPANDED if row.get(name) == []}
    return {**row, **changes} if changes else row


def _plain(name: str, value: Any) -> Any:
    """A value without what a tool wrapped round it; the very same where there is nothing."""
    if type(value) is str:
        if name in _TEXT_COLUMNS:
            return _decoded(value)
        return _date(value) if value[:6] == "/Date(" else value
    if type(value) is list and name == "log":  # the Monitor module writes an object that lies too deep as its JSON
        return [_decoded(item) if type(item) is str else item for item in value]
    if type(value) is not dict:
        return value
    if not value and name in _ENUMS:
        return None  # an enum of the older modules, which has no fields to be written
    fields = canonical(value)
    inner = fields.get("value")
    if type(inner) is list and len(fields) == 2 and fields.get("count") == len(inner):
        return inner
    return _date(inner) if type(inner) is str and "DateTime" in value else value


def _decoded(text: str) -> Any:
    """An object that was written as text; the text itself where it is none, so that its reader says so."""
    if text[:1] != "{":
        return text
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _date(text: str) -> str:
    """A date of PowerShell 5 in ISO 8601; anything else as it is."""
    told = _DATE.fullmatch(text)
    if not told:
        return text
    try:
        return (_EPOCH + timedelta(milliseconds=int(told[1]))).isoformat()
    except OverflowError:
        return text


def _lock(row: Row) -> Row:
    """A lock of Get-AzResourceLock. Its level stays readable where its properties came out as text."""
    body = row.get("properties")
    level = _LEVEL.match(body) if type(body) is str else None
    told = {"id": row["lockId"], "type": "Microsoft.Authorization/locks"}
    return {**told, "properties": {"level": level[1]}} if level else told


def _deny(row: Row) -> Row:
    """A deny assignment of Get-AzDenyAssignment: its blocks came out as one, which denies no more than they did."""
    return {
        "type": "Microsoft.Authorization/denyAssignments",
        "permissions": [{name: row.get(name) for name in _BLOCK}],
        "principals": _principals(row.get("principals")),
        "excludePrincipals": _principals(row.get("excludePrincipals")),
    }


def _principals(value: Any) -> Any:
    """Principals by `id`, which PowerShell calls ObjectId."""
    if type(value) is not list:
        return value
    rows = [canonical(item) if type(item) is dict else item for item in value]
    return [{"id": row.get("objectId"), **row} if type(row) is dict else row for row in rows]
