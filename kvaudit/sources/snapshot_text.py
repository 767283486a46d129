"""The snapshot, kvaudit's own format: a bundle of Azure's bodies by kind."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from kvaudit.errors import InputError
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Coverage
from kvaudit.sources.facts import Facts
from kvaudit.sources.registry import SECTIONS, is_unused
from kvaudit.sources.rows import canonical, convert, kind_of
from kvaudit.sources.shapes.assignments import assignments_reach
from kvaudit.sources.wire import CollectedAs, CoverageRow, Row, SnapshotHead

SCHEMA = "kvaudit/snapshot/v1"
HEAD = ("$schema", "schema", "takenAt", "tenantId", "cloud", "collectedAs", "coverage", "ledger")


def read_snapshot(facts: Facts, fields: Row) -> None:
    """Put a snapshot into the facts. Raises InputError for a version that is not SCHEMA."""
    if fields["schema"] != SCHEMA:
        reason = f"this is {fields['schema']}, and {SCHEMA} is what can be read"
        raise InputError(reason, where=facts.document.name, hint="Use the kvaudit that wrote it, or a newer one.")
    facts.rows["snapshots"] = 1
    head, damage = convert({name: fields[name] for name in HEAD if name in fields}, SnapshotHead)
    facts.damaged("files", facts.document.name, "", damage)
    facts.taken_at, facts.cloud = head.taken_at, head.cloud
    facts.viewer = _viewer(facts, head.collected_as)
    facts.tenant_id = head.tenant_id.lower() if head.tenant_id else None
    for name, value in fields.items():
        if name in SECTIONS:
            _read_section(facts, name, value)
        elif name == "coverage":
            _read_coverage(facts, value)
        elif name not in HEAD:
            near = difflib.get_close_matches(name, [*SECTIONS, *HEAD], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            facts.gap("files", facts.document.name, f"there is no section {name!r}{hint}", f"/{name}")
    _say_what_is_empty(facts, fields)
    facts.assigned_flat = False  # a snapshot may hold rows of az, but it is no answer of az
    assignments_reach(facts)


def _viewer(facts: Facts, row: Row | None) -> str | None:
    """Through whose eyes a collection looked: what it may not read is no part of it."""
    if row is None:
        return None
    told, damage = convert(canonical(row), CollectedAs)
    facts.damaged("files", facts.document.name, "/collectedAs", damage)
    name = told.name or (f"application {told.app_id}" if told.app_id else "")
    identifier = told.object_id or "an object id that the token does not tell"
    return f"{name} ({identifier})" if name else identifier


def _items(facts: Facts, section: str, value: Any) -> Iterable[tuple[str, Row]]:
    """The objects of a section with their pointers; anything else in it is a gap."""
    need, scope = (section, TENANT) if section in SECTIONS else ("files", "")
    if not isinstance(value, Iterable) or isinstance(value, (str, dict)):
        reason = f"{section}: expected a list, found {kind_of(value)}"
        facts.damaged(need, facts.document.name, f"/{section}", {"": reason}, scope)
        return
    for number, item in enumerate(value):
        if type(item) is dict:
            yield f"/{section}/{number}", canonical(item)
        else:
            reason = f"{section}: expected an object, found {kind_of(item)}"
            facts.damaged(need, facts.document.name, f"/{section}/{number}", {"": reason}, scope)


def _read_section(facts: Facts, section: str, value: Any) -> None:
    if value is None:
        return  # as if it were left out: nobody says that something was looked for
    facts.given.add(section)
    read = SECTIONS[section]
    for pointer, row in _items(facts, section, value):
        other = "resources of other kinds" if is_unused(row) else read(facts, row, pointer)
        facts.rows[other or section] += 1


def _say_what_is_empty(facts: Facts, fields: Row) -> None:
    """An empty section says: looked for everywhere, none there; where its coverage says how far, only that far."""
    stated = {each.fact for each in facts.coverage} | {gap.need for gap in facts.gaps}
    for section in SECTIONS:
        if section in stated or fields.get(section) is None:
            continue  # what is no list at all is a gap
        if not facts.rows[section] and not len(fields[section]):
            facts.coverage.append(Coverage(section, TENANT, complete=True, origins=facts.origin(f"/{section}")))


def _read_coverage(facts: Facts, value: Any) -> None:
    for pointer, row in _items(facts, "coverage", [] if value is None else value):
        body, damage = convert(row, CoverageRow)
        if body.fact not in SECTIONS or not body.scope or body.complete is None:
            reason = "; ".join(damage.values()) or "a fact that is a section, a scope and complete are needed"
            facts.gap("files", facts.document.name, f"coverage: {reason}", pointer)
            continue
        # Whoever is delegated to holds a role: without the delegations nobody knows all who do.
        fact = "roleAssignments" if body.fact == "delegations" and not body.complete else body.fact
        scope = TENANT if body.scope.lower() == TENANT else scope_key(body.scope)
        origins = facts.origin(pointer)
        facts.given.add(fact)  # it was looked for, whatever came of it
        facts.coverage.append(Coverage(fact, scope, body.complete, body.reason or "", origins))
