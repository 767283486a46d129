"""The bytes of a file as UTF-8, and lines and columns in them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from kvaudit.errors import InputError

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_LINES_BEFORE = 200
_SAID = 300  # characters of what az said
_MARKUP = (b"<objs", b"<?xml", b"<!doctype", b"<html")
_HEAD = 4096  # bytes that show what a text is
_COLOUR = re.compile(rb"\x1b\[[0-9;]*[mK]")
_TABLE = re.compile(rb"^[A-Za-z]\w*(?: +\w+)* *\r?\n(?:-+(?: +-+)+|-{4,}) *\r?$", re.MULTILINE)
_TABS = re.compile(rb"[^\t\n:{\[\"#]+\t")
_YAML = (".yaml", ".yml")
_REFUSED = (b"ERROR:", b"Please run 'az login'")
_ZIP, _ZIP_HEAD, _SAVED_PLAN = b"PK\x03\x04", 4096, b"tfplan"
_PLAN_AS_JSON = "Write it as JSON: terraform show -json FILE > plan.json"
_AS_JSON = "Export as JSON: with ConvertTo-Json -Depth 10 in PowerShell, with -o json in az."


def as_utf8(data: bytes, name: str) -> bytes:
    """The same text in UTF-8 without a byte order mark; UTF-16 is known by its mark or by its zero bytes.

    Colours, which az writes into a file too (`-o jsonc`, or warnings), are left out: no text of JSON or YAML can hold
    their codes as they are.

    UTF-8 itself is not checked here: that happens as its strings are decoded. Raises InputError for broken UTF-16.
    """
    data = _utf8(data, name)
    return _COLOUR.sub(b"", data) if b"\x1b" in data[:_HEAD] else data


def _utf8(data: bytes, name: str) -> bytes:
    if data.startswith(codecs.BOM_UTF8):
        return data[3:]
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _transcoded(data[len(mark) :], encoding, name)
    if len(data) > 1 and data[0] and not data[1]:
        return _transcoded(data, "utf-16-le", name)
    if len(data) > 1 and not data[0] and data[1]:
        return _transcoded(data, "utf-16-be", name)
    return data


def _transcoded(data: bytes, encoding: str, name: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        raise not_this_encoding(name, encoding.upper().removesuffix("-LE").removesuffix("-BE"), before) from error


def not_this_encoding(name: str, encoding: str, before: str) -> InputError:
    """The error for text that breaks its encoding after `before`."""
    column = len(before) - before.rfind("\n")
    hint = "Save the file as UTF-8."
    return InputError(f"this is not {encoding}", where=f"{name}:{before.count(chr(10)) + 1}:{column}", hint=hint)


def checked(data: bytes, name: str) -> str:
    """UTF-8 as text. Raises InputError with line and column for anything else."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise not_this_encoding(name, "UTF-8", data[: error.start].decode()) from error


def other_format(name: str, data: bytes) -> InputError | None:
    """The error for what is neither JSON nor YAML, yet exported all the same; None for anything else."""
    if data.startswith(_ZIP) and _SAVED_PLAN in data[:_ZIP_HEAD]:
        return InputError("a saved Terraform plan in Terraform's own format", where=name, hint=_PLAN_AS_JSON)
    beginning = data[:1000].lstrip()[:200].lower()
    if beginning.startswith(_MARKUP):
        is_clixml = b"http://schemas.microsoft.com/powershell" in data[:1000]
        what = "written by Export-Clixml of PowerShell" if is_clixml else "XML or HTML"
        return InputError(f"this is {what}, which is not read", where=name, hint=_AS_JSON)
    if PurePath(name).suffix.lower() == ".bicepparam":
        hint = f"Compile it, and name what that writes along with the template: az bicep build-params --file {name}"
        return InputError("the parameters of a Bicep file, which are read once compiled", where=name, hint=hint)
    if PurePath(name).suffix.lower() == ".csv" or beginning.startswith(b"#type "):
        return InputError("this is CSV, which is not read: lists are lost in it", where=name, hint=_AS_JSON)
    return _words_of_az(name, data)


def _words_of_az(name: str, data: bytes) -> InputError | None:
    """The error for what az or PowerShell writes for people; None where JSON follows."""
    beginning = data[:_HEAD].lstrip()
    if beginning[:1] in (b"{", b"[") or json_start(data):
        return None
    if beginning.startswith(_REFUSED) and not name.lower().endswith(_YAML):
        said = beginning.decode("utf-8", "replace").splitlines()[0][:_SAID]
        return InputError(f"no data, only what az said: {said}", where=name, hint="Export it again.")
    if _TABLE.search(beginning):
        return InputError("this is a table for people, which is not read", where=name, hint=_AS_JSON)
    if _TABS.match(beginning):
        return InputError("these are values between tabs, which do not say what they are", where=name, hint=_AS_JSON)
    return None


def errors_said(text: str) -> list[str]:
    """The lines among warnings in which az says that something failed."""
    return [line[:_SAID] for line in text.splitlines() if line.startswith("ERROR:")]


def json_start(data: bytes) -> int:
    """Where JSON begins: after the lines of warnings that az prints before it. 0 where there is none to be seen."""
    offset = 0
    for _ in range(_MAX_LINES_BEFORE):
        if data[offset : offset + 200].lstrip()[:1] in (b"{", b"["):
            return offset
        end = data.find(b"\n", offset)
        if end < 0:
            break
        offset = end + 1
    return 0


def is_json(name: str, data: bytes, start: int) -> bool:
    """By the ending of the name; without one, JSON begins with a bracket or with a warning of az."""
    ending = PurePath(name).suffix.lower()
    if ending in {".json", ".yaml", ".yml"}:
        return ending == ".json"
    beginning = data[:1000].lstrip()
    return beginning[:1] in (b"[", b"{") or (start > 0 and beginning.startswith((b"WARNING", b"ERROR")))


def places(data: bytes, offsets: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Each offset into UTF-8 with its line and column, both from 1; offsets are taken in ascending order.

    Counted from one to the next, so that a file of a single long line costs no more than any other.
    """
    line, column, last = 1, 1, 0
    for offset in sorted(set(offsets)):
        newlines = data.count(b"\n", last, offset)
        if newlines:
            line += newlines
            column = 1
            last = data.rfind(b"\n", last, offset) + 1
        column += len(data[last:offset].decode("utf-8", "replace"))
        last = offset
        yield offset, line, column
