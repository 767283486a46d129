"""Microsoft.Authorization: what is given at a scope, above it and below it.

Without a filter the list of a subscription or of something in it has what is above, at and below; `atScope()` leaves
out what is below. A management group's list has what is at and above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tests.live.azure.connection import Response, refusal
from tests.live.azure.estate import GROUPS, ROOT, Row, Rows, within
from tests.live.azure.roles import built_in

if TYPE_CHECKING:
    from tests.live.azure.arm import Call

Test = Callable[[Row], bool]
_NEWER = "2022-05-01-preview"  # from which on role definitions show their conditions
_EFFECTS = "2024-07-01-preview"  # from which on deny assignments show their effect


def assignments(call: Call) -> Sequence[Row] | Response:
    return _extended(call, call.estate.role_assignments)


def eligibilities(call: Call) -> Sequence[Row] | Response:
    return _extended(call, call.estate.eligibilities)


def activations(call: Call) -> Sequence[Row] | Response:
    return _extended(call, call.estate.activations)


def denies(call: Call) -> Sequence[Row] | Response:
    rows = _extended(call, call.estate.deny_assignments)
    if isinstance(rows, Response) or call.request.parameters["api-version"] >= _EFFECTS:
        return rows
    hidden = {"denyAssignmentEffect", "condition", "conditionVersion"}
    return [{**row, "properties": _without(row["properties"], hidden)} for row in rows]


def policies(call: Call) -> Sequence[Row]:
    """Of the roles at exactly this scope."""
    return call.estate.role_policies.exactly(call.scope or ROOT)


def locks(call: Call) -> Sequence[Row]:
    """Those at and below the scope, and above it within the subscription."""
    scope = call.scope.lower()
    holders = [above.lower() for above in call.estate.above(call.scope)]
    ends = "/providers/microsoft.authorization/locks/"
    return [
        row
        for row in call.estate.locks
        if within(row["id"].lower(), scope) or row["id"].lower().split(ends)[0] in holders
    ]


def permissions(_call: Call) -> Sequence[Row]:
    """Of the one who asks: a Reader."""
    return [{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]


def definitions(call: Call) -> Sequence[Row] | Response:
    """Built-in roles and the custom ones that may be assigned here, or below where the filter asks for it."""
    scope = call.scope.lower() or ROOT
    here = {scope, *(above.lower() for above in call.estate.above(call.scope))}
    clauses = _clauses(call)
    below = "atscopeandbelow()" in clauses or "atscope()" not in clauses

    def offered(row: Row) -> bool:
        places = [each.lower().rstrip("/") or ROOT for each in row["properties"]["assignableScopes"]]
        return any(each in here or (below and within(each, scope)) for each in places)

    tests: list[Test] = []
    for clause in clauses:
        if found := re.fullmatch(r"(type|rolename) eq '(.*)'", clause, re.IGNORECASE):
            tests.append(_named({"type": "type", "rolename": "roleName"}[found[1].lower()], found[2]))
        elif clause not in {"atscope()", "atscopeandbelow()"}:
            return _unsupported(clause)
    prefix = "/".join(call.scope.split("/")[:3]) if "/subscriptions/" in scope + "/" else ""
    custom = [row for row in call.estate.role_definitions if offered(row)]
    rows = [row for row in (*built_in(), *custom) if all(test(row) for test in tests)]
    return [_shown(row, prefix, call) for row in rows]


def definition(call: Call, guid: str) -> Row | None:
    """The role of that id."""
    prefix = "/".join(call.scope.split("/")[:3])
    rows = (*built_in(), *call.estate.role_definitions)
    return next((_shown(row, prefix, call) for row in rows if row["name"] == guid.lower()), None)


def _shown(row: Row, prefix: str, call: Call) -> Row:
    shown = {**row, "id": f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{row['name']}"}
    if call.request.parameters["api-version"] < _NEWER:
        blocks = [_without(block, {"condition", "conditionVersion"}) for block in row["properties"]["permissions"]]
        shown["properties"] = {**row["properties"], "permissions": blocks}
    return shown


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _named(key: str, value: str) -> Test:
    return lambda row: row["properties"][key].lower() == value.lower()


def _clauses(call: Call) -> list[str]:
    text = call.request.parameters.get("$filter", "").strip()
    parts = re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else []
    return [part.lower() if part.endswith("()") else part for part in parts]


def _unsupported(clause: str) -> Response:
    return refusal(400, "UnsupportedQuery", f"The filter '{clause}' is not supported.")


def _extended(call: Call, rows: Rows) -> Sequence[Row] | Response:
    clauses = _clauses(call)
    tests: list[Test] = []
    for clause in clauses:
        if found := re.fullmatch(r"principalId eq '(.*)'", clause, re.IGNORECASE):
            if "atscope()" in clauses:
                return _unsupported(" and ".join(clauses))
            tests.append(_held_by({found[1].lower()}))
        elif found := re.fullmatch(r"assignedTo\('(.*)'\)", clause, re.IGNORECASE):
            tests.append(_held_by(_belonging(call.estate.members, found[1].lower())))
        elif clause != "atscope()":
            return _unsupported(clause)
    scope = call.scope or ROOT
    inherited = [row for above in call.estate.above(scope) for row in rows.exactly(above)]
    upwards = "atscope()" in clauses or scope == ROOT or scope.lower().startswith(GROUPS.lower())
    found_rows = [*inherited, *(rows.exactly(scope) if upwards else rows.below(scope))]
    return [row for row in found_rows if all(test(row) for test in tests)] if tests else found_rows


def _held_by(principals: Iterable[str]) -> Test:
    ids = frozenset(principals)
    return lambda row: row["properties"]["principalId"].lower() in ids


def _belonging(members: object, principal: str) -> set[str]:
    """Somebody and every group he is in, directly or through others."""
    found, news = {principal}, {principal}
    while news:
        news = {group for group, ids in members.items() if news & set(ids)} - found
        found |= news
    return found
