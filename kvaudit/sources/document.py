"""One document as facts: what wraps its rows, what the rows are, and how far they reach."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from kvaudit.model.directory import GroupMembers
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.reading import MEMBER_IDS, MEMBERS_FILE, UNKNOWN, Rows
from kvaudit.sources.registry import sections_of
from kvaudit.sources.rows import canonical
from kvaudit.sources.shapes.assignments import assignments_reach
from kvaudit.sources.shapes.directory import PRINCIPALS
from kvaudit.sources.snapshot_text import read_snapshot
from kvaudit.sources.wire import Row

_WRAPPERS = ("value", "data")
_NEXT = ("nextLink", "@nextLink", "@odata.nextLink")
_SKIP = ("skip_token", "$skipToken", "skipToken")
_TOTAL = ("total_records", "totalRecords")
_PAGE = 1000  # rows of a page of Resource Graph, which is cut there without a word


def read_document(facts: Facts, top: Any) -> None:
    """Put what a decoded document says into the facts.

    `top` is its value: a dict, or any iterable of items for a list. Raises InputError for a snapshot of another
    version. A document of no known shape leaves nothing in `facts.rows` but rows of no known shape.
    """
    if _is_list(top):
        _read_list(facts, top, "")
    elif isinstance(top, dict):
        _read_object(facts, top)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, dict))


def _read_object(facts: Facts, top: Row) -> None:
    fields = canonical(top)
    schema = fields.get("schema")
    if type(schema) is str and schema.startswith("kvaudit/snapshot/"):
        read_snapshot(facts, fields)
        return
    if _keep_template(facts, fields):
        return
    later = _not_read_yet(fields)
    if later:
        facts.rows[later] = 1
        facts.gap("files", facts.document.name, f"{later}: recognised, but not read by this version", "")
        return
    wrapped = next((key for key in top if key.lower() in _WRAPPERS and _is_list(top[key])), None)
    if wrapped and "id" not in fields:
        _read_list(facts, top[wrapped], f"/{wrapped}", _cut_off(fields, len(top[wrapped])))
    elif type(fields.get("error")) is dict and "code" in fields["error"]:
        error = fields["error"]
        facts.rows["error answers"] = 1
        said = [text for text in (error.get("code"), error.get("message")) if type(text) is str]
        words = ": ".join(["an error answer of Azure", *said])
        facts.gap("files", facts.document.name, words, "/error")
    else:
        row = {key: list(value) if _is_list(value) else value for key, value in top.items()}
        Rows(facts).read_one(row, "")
        facts.given |= sections_of(facts.rows)
        assignments_reach(facts)


def _keep_template(facts: Facts, fields: Row) -> bool:
    """Keep an ARM template, or the parameters of one, until all documents are there to put them together."""
    schema = str(fields.get("$schema", "")).lower().rstrip("#")
    if "schema" not in schema and "contentVersion" not in fields:
        return False
    is_template = schema.endswith("deploymenttemplate.json") or (not schema and "resources" in fields)
    is_parameters = schema.endswith("deploymentparameters.json") or (not schema and "parameters" in fields)
    if is_template:
        facts.template = {key: list(value) if _is_list(value) else value for key, value in fields.items()}
    elif is_parameters:
        parameters = fields.get("parameters")
        facts.parameters = parameters if type(parameters) is dict else {}
        facts.rows["ARM parameter files"] = 1
    return is_template or is_parameters


def _not_read_yet(fields: Row) -> str | None:
    """What a document of infrastructure as code, or of an attack-path collector, is."""
    if "format_version" in fields and fields.keys() & {"planned_values", "values", "resource_changes"}:
        return "a Terraform plan"
    if "terraform_version" in fields and "lineage" in fields:
        return "a Terraform state"
    meta = fields.get("meta")
    if type(meta) is dict and meta.get("type") == "azure" and "data" in fields:
        return "an AzureHound collection"
    return None


def _cut_off(fields: Row, rows: int) -> str:
    """Why a page is not all there is; "" where it may be (semantics 7.5, 7.6)."""
    if any(fields.get(name) for name in (*_NEXT, *_SKIP)):
        return "there is a next page that is not in this file"
    total = next((fields[name] for name in _TOTAL if type(fields.get(name)) is int), None)
    if total is not None and total > rows:
        return f"{rows} of {total} rows"
    if "data" in fields and rows == _PAGE and total is None:
        return f"exactly {_PAGE} rows, where Resource Graph cuts a page"
    return ""


def _read_list(facts: Facts, items: Any, pointer: str, cut_off: str = "") -> None:
    size = len(items)
    Rows(facts).read(items, pointer)
    facts.given |= sections_of(facts.rows)
    _note_members(facts, size, complete=not cut_off)
    if not cut_off:
        assignments_reach(facts)
        return
    for section in sorted(facts.given):
        facts.gap(section, facts.document.name, cut_off, "")
        facts.incomplete(section, TENANT, cut_off, "")


def _note_members(facts: Facts, size: int, *, complete: bool) -> None:
    """Members of the group that a file is named for, where it lists nothing but directory objects or ids."""
    named = MEMBERS_FILE.fullmatch(PurePath(facts.document.name).name)
    kinds = set(facts.rows) - {UNKNOWN}
    if not named or not kinds <= {PRINCIPALS, MEMBER_IDS} or (size and not kinds):
        return
    members = tuple(dict.fromkeys([*facts.member_ids, *(principal.id for principal in facts.principals)]))
    whole = complete and len(members) == size
    facts.rows.setdefault(PRINCIPALS, 0)
    facts.given = {"groupMembers"}  # and not principals: a group's members are no listing of the directory
    facts.group_members.append(GroupMembers(named[2].lower(), members, whole, facts.origin("")))
