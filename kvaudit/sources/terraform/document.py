"""What a document of Terraform or OpenTofu is, and the resources it holds, on either side of a plan.

Source: the JSON output format of `terraform show -json`, versions 0.x and 1.x, and version 4 of the state file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from kvaudit.sources.facts import Facts, Side
from kvaudit.sources.rows import kind_of
from kvaudit.sources.terraform.resource import DATA, MANAGED, Resource, bracket, dig, place_of
from kvaudit.sources.wire import Row

PLAN, STATE = "a Terraform plan", "a Terraform state"
_RAW_STATE = 4
_MAJORS = ("0", "1")
_FORGET, _NO_CHANGE = "forget", ["no-op"]
_BEFORE, _AFTER = ("change", "before"), ("change", "after")


def recognise(fields: Row) -> str | None:
    """What a document is, by its keys; None where it is none of Terraform's."""
    if "format_version" in fields and fields.keys() & {"planned_values", "resource_changes", "configuration"}:
        return PLAN
    if "format_version" in fields and fields.keys() & {"values", "terraform_version"}:
        return STATE
    if "lineage" in fields and fields.keys() & {"terraform_version", "encrypted_data"}:
        return STATE
    return None


class Declared(NamedTuple):
    """The resources of a document, and what changes take away: the type and former values of each resource."""

    resources: tuple[Resource, ...]
    replaced: tuple[tuple[str, Row], ...] = ()


def declared(facts: Facts, fields: Row) -> Declared:
    """The resources of a document; of a plan, those on one side. What cannot be read is a gap."""
    if "lineage" in fields:
        return Declared(tuple(_raw_state(facts, fields)))
    if recognise(fields) == STATE:
        return Declared(tuple(_values(facts, fields.get("values"), "/values")))
    if facts.side is Side.PRIOR:
        return Declared(tuple(_prior(facts, fields)))
    return _planned(facts, fields)


def what_is_amiss(facts: Facts, fields: Row) -> bool:
    """Gaps for a document that is not whole; whether it cannot be read at all."""
    name = facts.document.name
    if "encrypted_data" in fields:
        facts.gap("files", name, "an encrypted state; write it in the clear with tofu show -json", "/encrypted_data")
        return True
    version = fields.get("version") if "lineage" in fields else fields.get("format_version")
    known = version == _RAW_STATE if "lineage" in fields else str(version).partition(".")[0] in _MAJORS
    if not known:
        where = "/version" if "lineage" in fields else "/format_version"
        facts.gap("files", name, f"version {version} of the format is not known to this version of kvaudit", where)
        return True
    if facts.side is Side.PRIOR:
        return False  # what is there before is known whole, whatever became of the plan
    if fields.get("errored") is True:
        facts.gap("files", name, "the plan ended in an error, so resources may be missing from it", "/errored")
    elif fields.get("complete") is False:
        reason = "the plan is not complete: it was made for targets alone, or leaves changes for later"
        facts.gap("files", name, reason, "/complete")
    return False


def _planned(facts: Facts, fields: Row) -> Declared:
    """What will be: planned values, what is only looked up, and what is forgotten but stays where it is."""
    values = fields.get("planned_values")
    unknown: dict[str, Row] = {}
    planned: list[Resource] = []
    forgotten: list[Resource] = []
    replaced = []
    for pointer, row, change in _changes(facts, fields):
        before, after, actions = change.get("before"), change.get("after_unknown"), change.get("actions")
        if isinstance(after, dict) and "deposed" not in row:
            unknown[str(row.get("address"))] = after
        if values is None and change.get("after") is not None:  # planned values were left out
            planned += _resource(facts, row, pointer, _AFTER, after if isinstance(after, dict) else None)
        if isinstance(actions, list) and _FORGET in actions:
            forgotten += _resource(facts, row, pointer, _BEFORE)
        elif isinstance(before, dict) and actions != _NO_CHANGE:
            replaced.append((str(row.get("type")), before))
    planned += _values(facts, values, "/planned_values", unknown)
    addresses = {each.address for each in planned}
    prior = fields.get("prior_state")
    before_it = dig(prior, ("values",))
    data = _values(facts, before_it, "/prior_state/values", only=DATA)
    looked_up = [each for each in data if each.address not in addresses]
    return Declared((*planned, *looked_up, *forgotten), tuple(replaced))


def _prior(facts: Facts, fields: Row) -> Iterator[Resource]:
    """What is there before: the prior state, or where it was left out, what the changes begin with."""
    prior = fields.get("prior_state")
    if isinstance(prior, dict):
        yield from _values(facts, prior.get("values"), "/prior_state/values")
        return
    for pointer, row, change in _changes(facts, fields):
        if change.get("before") is not None:
            yield from _resource(facts, row, pointer, _BEFORE)


def _changes(facts: Facts, fields: Row) -> Iterator[tuple[str, Row, Row]]:
    for number, row in enumerate(_listed(facts, fields, "resource_changes", "")):
        pointer = f"/resource_changes/{number}"
        change = row.get("change") if isinstance(row, dict) else None
        if isinstance(change, dict):
            yield pointer, row, change
        else:
            facts.gap("files", facts.document.name, "expected a change of a resource", pointer)


def _values(
    facts: Facts, values: Any, pointer: str, unknown: dict[str, Row] | None = None, *, only: str = ""
) -> Iterator[Resource]:
    """The resources of a tree of modules, or those of one mode; without recursion, as it may be deep."""
    if values is None:
        return
    if not isinstance(values, dict):
        facts.gap("files", facts.document.name, f"expected an object, found {kind_of(values)}", pointer)
        return
    left = [(values.get("root_module"), f"{pointer}/root_module")]
    while left:
        module, at = left.pop()
        if module is None:
            continue
        if not isinstance(module, dict):
            facts.gap("files", facts.document.name, f"expected a module, found {kind_of(module)}", at)
            continue
        for number, row in enumerate(_listed(facts, module, "resources", at)):
            if only and dig(row, ("mode",)) != only:
                continue
            known = unknown.get(str(row.get("address"))) if unknown and isinstance(row, dict) else None
            here = f"{at}/resources/{number}"
            yield from _resource(facts, row, here, ("values",), known)
        children = _listed(facts, module, "child_modules", at)
        left += [(child, f"{at}/child_modules/{number}") for number, child in enumerate(children)][::-1]


def _listed(facts: Facts, row: Row, name: str, at: str) -> Iterable[Any]:
    """A list in an object; at the top of a document it is one that decodes its items as they are asked for."""
    found = row.get(name)
    if found is None:
        return ()
    if isinstance(found, Iterable) and not isinstance(found, (str, dict)):
        return found
    facts.gap("files", facts.document.name, f"{name}: expected a list, found {kind_of(found)}", f"{at}/{name}")
    return ()


def _resource(
    facts: Facts, row: Any, pointer: str, below: tuple[str, ...], unknown: Row | None = None
) -> Iterator[Resource]:
    """A resource, if it says what it is; a gap otherwise."""
    address, kind, name = (
        (row.get(key) for key in ("address", "type", "name")) if isinstance(row, dict) else (None,) * 3
    )
    if not (isinstance(address, str) and isinstance(kind, str) and isinstance(name, str)):
        facts.gap("files", facts.document.name, "a resource without address, type or name", pointer)
        return
    values = dig(row, below)
    values_at = "/".join((pointer, *below))
    if not isinstance(values, dict):
        if values is not None:
            reason = f"{address}: expected an object of values, found {kind_of(values)}"
            facts.gap("files", facts.document.name, reason, values_at)
            return
        values = {}
    module, key = place_of(address)
    provider = row.get("provider_name")
    deposed = row.get("deposed_key") or row.get("deposed")  # of a state as shown, and as kept
    yield Resource(
        f"{address} (deposed object {deposed})" if deposed else address,  # it is there beside what replaced it
        str(row.get("mode") or MANAGED),
        kind,
        name,
        values,
        pointer,
        values_at,
        module,
        key,
        provider if isinstance(provider, str) else "",
        unknown or {},
        _sensitive(row, below),
    )


def _sensitive(row: Row, below: tuple[str, ...]) -> Row:
    """The values that are marked as sensitive, beside the values; a state file lists paths to them."""
    marked = dig(row, (*below[:-1], _MARKS.get(below, "sensitive_values")))
    if isinstance(marked, dict):
        return marked
    paths = row.get("sensitive_attributes")
    names = [dig(path, (0, "value")) for path in paths] if isinstance(paths, list) else []
    return {name: True for name in names if isinstance(name, str)}


_MARKS: dict[tuple[str, ...], str] = {_BEFORE: "before_sensitive", _AFTER: "after_sensitive"}


def _raw_state(facts: Facts, fields: Row) -> Iterator[Resource]:
    """A state file as Terraform keeps it: resources with their instances."""
    for number, row in enumerate(_listed(facts, fields, "resources", "")):
        at = f"/resources/{number}"
        if not isinstance(row, dict):
            facts.gap("files", facts.document.name, "expected a resource", at)
            continue
        for count, instance in enumerate(_listed(facts, row, "instances", at)):
            here = f"{at}/instances/{count}"
            if not isinstance(instance, dict):
                facts.gap("files", facts.document.name, "expected an instance of a resource", here)
                continue
            described = {
                **row,
                **instance,
                "address": _address(row, instance.get("index_key")),
                "provider_name": row.get("provider"),
            }
            yield from _resource(facts, described, here, ("attributes",))


def _address(row: Row, key: Any) -> str:
    prefix = "data." if row.get("mode") == "data" else ""
    module = f"{row['module']}." if isinstance(row.get("module"), str) else ""
    return f"{module}{prefix}{row.get('type')}.{row.get('name')}{bracket(key)}"
