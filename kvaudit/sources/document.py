"""One document as facts: what wraps its rows, what the rows are, and how far they reach."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from kvaudit.model.directory import GroupMembers
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.azurehound import Collection, is_collection, is_item
from kvaudit.sources.facts import Facts
from kvaudit.sources.json_text import JsonList
from kvaudit.sources.pages import Listing, bare_cut_off, cut_off, table_rows, type_of_rows
from kvaudit.sources.reading import MEMBER_IDS, MEMBERS_FILE, UNKNOWN, Rows, note_unknown
from kvaudit.sources.registry import sections_of
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.shapes.assignments import assignments_reach, read_in_bulk
from kvaudit.sources.shapes.directory import PRINCIPALS
from kvaudit.sources.shapes.directory_roles import close
from kvaudit.sources.snapshot_text import read_snapshot
from kvaudit.sources.terraform import document as terraform
from kvaudit.sources.wire import BatchAnswer, Row

_WRAPPERS = ("value", "data")
_TEMPLATES = ("template", "mainTemplate")
_FAILED = 400  # and above: statuses of HTTP


def read_document(facts: Facts, top: Any) -> None:
    """Put what a decoded document says into the facts.

    `top` is its value: a dict, or any iterable of items for a list. Raises InputError for a snapshot of another
    version. A document of no known shape leaves nothing in `facts.rows` but rows of no known shape.
    """
    if _is_list(top):
        _read_bare(facts, top)
    elif isinstance(top, dict):
        _read_object(facts, top, "")
    close(facts)
    facts.close_counts()


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, dict))


def _read_bare(facts: Facts, items: Any) -> None:
    """A list that nothing wraps: its first row shows whose it is, unless az's flat rows were read without a look."""
    if isinstance(items, JsonList) and read_in_bulk(facts, items):
        facts.given |= sections_of(facts.rows)
        assignments_reach(facts)
        return
    first = next(iter(items), None)
    if is_item(first):
        Collection(facts).read(items, "")
    elif type(first) is list:
        _read_answers(facts, items)
    else:
        _read_list(facts, Listing(items, len(items), bare_cut_off(first, len(items))), "")


def _read_answers(facts: Facts, answers: Iterable[Any]) -> None:
    """Lists one after the other, as a loop writes them to one file: each is an answer of its own."""
    for number, answer in enumerate(answers):
        at = f"/{number}"
        if type(answer) is list:
            size = len(answer)
            _read_list(facts, Listing(answer, size, bare_cut_off(answer[0] if answer else None, size)), at)
        elif type(answer) is dict:
            _read_object(facts, answer, at)
        else:
            note_unknown(facts, at)


def _read_object(facts: Facts, top: Row, pointer: str) -> None:
    fields = canonical(top)
    schema = fields.get("schema")
    if type(schema) is str and schema.startswith("kvaudit/snapshot/"):
        read_snapshot(facts, fields)
        return
    if _is_list(fields.get("data")) and is_collection(fields.get("meta")):
        items = fields["data"]
        Collection(facts).read(items, f"{pointer}/data")
        _say_cut_off(facts, cut_off(canonical(fields["meta"]), len(items)))
        return
    if terraform.recognise(fields):
        from kvaudit.sources.terraform.reading import read_terraform  # noqa: PLC0415 - exports need no translations

        read_terraform(facts, fields)
        return
    if _keep_template(facts, fields) or _keep_wrapped(facts, fields):
        return
    later = _not_read_yet(fields)
    if later:
        facts.rows[later] = 1
        facts.gap("files", facts.document.name, f"{later}: recognised, but not read by this version", "")
        return
    if _is_list(fields.get("responses")):
        _read_batch(facts, fields["responses"], f"{pointer}/responses")
        return
    wrapper = next((key for key in top if key.lower() in _WRAPPERS and _is_list(top[key])), None)
    table = table_rows(fields["data"]) if type(fields.get("data")) is dict else None
    if table is not None:
        _read_list(facts, Listing(table, len(table), cut_off(fields, len(table))), f"{pointer}/data/rows")
    elif wrapper and "id" not in fields:
        items = top[wrapper]
        listing = Listing(items, len(items), cut_off(fields, len(items)), type_of_rows(fields))
        _read_list(facts, listing, f"{pointer}/{wrapper}")
    elif type(fields.get("error")) is dict and "code" in fields["error"]:
        _read_error(facts, fields["error"], pointer, "an error answer of Azure")
    else:
        row = {key: list(value) if _is_list(value) else value for key, value in top.items()}
        Rows(facts, type_of_rows(fields)).read_one(row, pointer)
        facts.given |= sections_of(facts.rows)
        assignments_reach(facts)


def _read_error(facts: Facts, error: Row, pointer: str, what: str) -> None:
    facts.rows["error answers"] += 1
    said = [text for text in (error.get("code"), error.get("message")) if type(text) is str]
    facts.gap("files", facts.document.name, ": ".join([what, *said]), f"{pointer}/error")


def _read_batch(facts: Facts, answers: Iterable[Any], pointer: str) -> None:
    """The answers of a batch of Graph or Resource Manager, each a document of its own."""
    for number, item in enumerate(answers):
        at = f"{pointer}/{number}"
        answer, damage = convert(item, BatchAnswer)
        status = str(answer.status or answer.http_status_code or "")
        body = answer.body if answer.body is not None else answer.content
        failed = status.isdecimal() and int(status[:9]) >= _FAILED
        facts.damaged("files", facts.document.name, at, damage)
        if failed:
            inner = body.get("error") if type(body) is dict else None
            _read_error(facts, inner if type(inner) is dict else {}, at, f"a request of the batch failed ({status})")
        elif type(body) is dict:
            _read_object(facts, body, f"{at}/body" if answer.body is not None else f"{at}/content")
        elif not damage:
            note_unknown(facts, at)


def _keep_wrapped(facts: Facts, fields: Row) -> bool:
    """Keep the ARM template in the answer of an export or in a template spec, but not with parameters beside it."""
    inner = fields.get("properties")
    for holder, at in ((fields, ""), (canonical(inner) if type(inner) is dict else {}, "/properties")):
        for key in () if "parameters" in holder else _TEMPLATES:
            template = holder.get(key)
            if (
                type(template) is dict
                and "resources" in (found := canonical(template))
                and _keep_template(facts, found)
            ):
                facts.template_at = f"{at}/{key}"
                return True
    return False


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
    """What a document is of the collector that AzureHound replaced."""
    meta = fields.get("meta")
    if type(meta) is dict and str(meta.get("type")).startswith("az") and "data" in fields:
        return "a collection of AzureHound.ps1"
    return None


def _read_list(facts: Facts, listing: Listing, pointer: str) -> None:
    rows = Rows(facts, listing.told)
    rows.read(listing.rows, pointer)
    reason = listing.cut_off or rows.cut_off or _of_one_type(facts, listing.told)
    facts.given |= sections_of(facts.rows)
    _note_members(facts, listing.size, complete=not reason)
    if reason:
        _say_cut_off(facts, reason)
    else:
        assignments_reach(facts)


def _of_one_type(facts: Facts, told: str | None) -> str:
    """Why the members of a group are not all where an answer has one type of them: Graph was asked for no others."""
    is_of_group = told and MEMBERS_FILE.fullmatch(PurePath(facts.document.name).name)
    return f"it lists members of the type {told} alone" if is_of_group else ""


def _say_cut_off(facts: Facts, reason: str) -> None:
    """Nothing of a document is all there is, where there is a reason."""
    for section in sorted(facts.given) if reason else ():
        facts.gap(section, facts.document.name, reason, "")
        facts.incomplete(section, TENANT, reason, "")


def _note_members(facts: Facts, size: int, *, complete: bool) -> None:
    """Members of the group that a file is named for, where it lists nothing but directory objects or ids."""
    named = MEMBERS_FILE.fullmatch(PurePath(facts.document.name).name)
    kinds = set(facts.rows) - {UNKNOWN}
    if not named or not kinds <= {PRINCIPALS, MEMBER_IDS}:
        return
    if size and not kinds:
        return
    members = tuple(dict.fromkeys([*facts.member_ids, *(principal.id for principal in facts.principals)]))
    whole = complete and len(members) == size
    facts.rows.setdefault(PRINCIPALS, 0)
    facts.given = {"groupMembers"}  # and not principals: a group's members are no listing of the directory
    facts.group_members.append(GroupMembers(named[2].lower(), members, whole, facts.origin("")))
