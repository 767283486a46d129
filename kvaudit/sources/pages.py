"""What an answer says of its rows as a whole: whether there are more of them, and of what type they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from kvaudit.sources.wire import Row

_NEXT_PAGE = ("nextLink", "@nextLink", "@odata.nextLink", "skip_token", "$skipToken", "skipToken")
_ALL = ("total_records", "totalRecords")
_TOTALS = (*_ALL, "count", "@odata.count")
_PAGE = 1000  # rows of a page of Resource Graph, which is cut there without a word
_FIRST = (100, _PAGE)  # what Search-AzGraph gives, unless it is told otherwise, and at most
_LONGEST = 2000  # characters of a context that are looked at
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_TYPES = {
    "users": "user",
    "groups": "group",
    "serviceprincipals": "servicePrincipal",
    "applications": "application",
    "devices": "device",
    "directoryroles": "directoryRole",
    "approleassignments": "appRoleAssignment",
    "rolemanagement/directory/roleassignments": "unifiedRoleAssignment",
    "rolemanagement/directory/roledefinitions": "unifiedRoleDefinition",
    "rolemanagement/directory/roleassignmentscheduleinstances": "unifiedRoleAssignmentScheduleInstance",
    "rolemanagement/directory/roleeligibilityscheduleinstances": "unifiedRoleEligibilityScheduleInstance",
    "rolemanagement/directory/roleeligibilityschedules": "unifiedRoleEligibilitySchedule",
    "identitygovernance/privilegedaccess/group/eligibilityscheduleinstances": (
        "privilegedAccessGroupEligibilityScheduleInstance"
    ),
}


class Listing(NamedTuple):
    """The rows of an answer, with what it says of them."""

    rows: Iterable[Any]
    size: int
    cut_off: str = ""  # why there are more
    told: str | None = None  # their type, where they do not say it themselves


def type_of_rows(fields: Row) -> str | None:
    """The type of rows that do not say it themselves: Graph names the collection in `@odata.context`.

    None where it names none, or one whose rows say more of themselves ("directoryObjects").
    """
    context = fields.get("@odata.context")
    if type(context) is not str:
        return None
    path = context[:_LONGEST].rpartition("#")[2]
    while (shorter := _IN_BRACKETS.sub("", path)) != path:  # "groups(id,members(id))", "users('id')/memberOf"
        path = shorter
    path = path.lower().removesuffix("/$entity")
    known = _TYPES.get(path) or _TYPES.get(path.rpartition("/")[2])
    return f"#microsoft.graph.{known}" if known else None


def rows_of_page(fields: Row) -> tuple[str, list[Any]] | None:
    """The pointer and the rows of a page among others in one list; None for what is no page."""
    for name in ("value", "data"):
        rows = fields.get(name)
        if type(rows) is list:
            return f"/{name}", rows
        table = table_rows(rows) if type(rows) is dict else None
        if table is not None:
            return f"/{name}/rows", table
    return None


def goes_on(fields: Row) -> str:
    """Why there is a page after this one; "" where nothing says so."""
    return "there is a next page that is not in this file" if any(fields.get(name) for name in _NEXT_PAGE) else ""


def cut_off(fields: Row, rows: int) -> str:
    """Why a page is not all there is; "" where it may be (semantics 7.5, 7.6)."""
    if reason := goes_on(fields):
        return reason
    if str(fields.get("resultTruncated")).lower() == "true":
        return "Resource Graph says that it cut the result short"
    totals = [fields[name] for name in _TOTALS if type(fields.get(name)) is int]
    if totals and max(totals) > rows:
        return f"{rows} of {max(totals)} rows"
    if "data" in fields and rows == _PAGE and not any(type(fields.get(name)) is int for name in _ALL):
        return f"exactly {_PAGE} rows, where Resource Graph cuts a page"
    return ""


def bare_cut_off(first: Any, rows: int) -> str:
    """As cut_off, for a list without anything round it, by its first row: what Search-AzGraph gives."""
    if rows not in _FIRST or type(first) is not dict:
        return ""
    told = first.get("type")
    kind = told if type(told) is str and told == told.lower() else ""
    # Columns may have been left out; nobody else writes these types in lower case.
    of_graph = kind and ("tenantId" in first or kind.startswith("microsoft.authorization/"))
    if "ResourceId" in first or of_graph:
        return f"exactly {rows} rows, where Search-AzGraph cuts them off: -First and -SkipToken give all"
    return ""


def table_rows(table: Row) -> list[Any] | None:
    """The rows of a table of Resource Graph (`columns` and `rows`) as objects, None for one that does not fit.

    None for what is no table.
    """
    columns, rows = table.get("columns"), table.get("rows")
    if type(columns) is not list or type(rows) is not list:
        return None
    names = [column.get("name") if type(column) is dict else None for column in columns]
    if not all(type(name) is str for name in names):
        return None
    size = len(names)
    return [dict(zip(names, row, strict=True)) if type(row) is list and len(row) == size else None for row in rows]
