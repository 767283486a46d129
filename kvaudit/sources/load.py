"""Everything that is named on the command line, as one snapshot."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from kvaudit.errors import InputError
from kvaudit.model.finding import Gap
from kvaudit.model.origin import Document
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value
from kvaudit.sources.document import read_document
from kvaudit.sources.facts import Facts, Side
from kvaudit.sources.files import STDIN, Found, find, read
from kvaudit.sources.json_text import JsonDocument
from kvaudit.sources.merge import merge
from kvaudit.sources.reading import UNKNOWN
from kvaudit.sources.text import as_utf8, checked, is_json, json_start, other_format
from kvaudit.sources.yaml_text import ForeignYamlError, parse_yaml

DAMAGED = "damaged"
"""What a document is called that could not be read."""

Progress = Callable[[str, int, int], None]
EXPECTED = (
    "Expected a kvaudit snapshot, what az, PowerShell, REST, Microsoft Graph or AzureHound say of vaults and access, "
    "a Terraform plan as JSON, or an ARM template."
)
_CLAIM = re.compile(r"""(^|[{,])[ \t]*["']?schema["']?\s*:\s*["']?kvaudit/snapshot""", re.IGNORECASE | re.MULTILINE)


class Loaded(Value):
    """A snapshot, and how many rows of what kind each document had."""

    snapshot: Snapshot
    rows: dict[str, dict[str, int]]


def load(
    paths: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    keep_going: bool = False,
    progress: Progress | None = None,
    side: Side = Side.PLANNED,
) -> Snapshot:
    """Read files, folders and standard input ("-") into one snapshot.

    Raises InputError where there is nothing to read, where nothing is recognised, and for a file that cannot be read
    or is damaged; with `keep_going` such a file is a gap of the snapshot instead. `progress` is told the phase and the
    bytes done of all. Of a Terraform plan one side is read: what is planned, or what was there before. `stdin` should
    be seekable where positions in it are asked for later.
    """
    return load_counted(paths, stdin=stdin, keep_going=keep_going, progress=progress, side=side).snapshot


def load_counted(
    paths: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    keep_going: bool = False,
    progress: Progress | None = None,
    side: Side = Side.PLANNED,
) -> Loaded:
    """As load, with the number of rows of each kind in each document."""
    with _collector_at_rest():
        files = _chosen(find(paths))
        total = sum(file.size for file in files)
        done = 0
        documents = []
        for file in files:
            documents.append(_read_file(file, stdin, side, keep_going=keep_going))
            done += file.size
            if progress:
                progress("reading", done, total)
        if any(facts.template is not None or facts.parameters is not None for facts in documents):
            documents += _templates(documents, paths, keep_going=keep_going)
        for facts in documents:
            _close(facts)
        _check_recognised(documents, paths)
        snapshot = merge(documents)
    return Loaded(snapshot, {facts.document.name: dict(facts.rows) for facts in documents})


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Without the garbage collector: what is made here has no cycles, yet it would go over it again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_file(file: Found, stdin: BinaryIO | None, side: Side, *, keep_going: bool) -> Facts:
    facts = Facts(Document(file.name, f"skipped: {file.skipped}" if file.skipped else ""), side)
    if file.skipped:
        return facts
    try:
        if _is_bicep(file):
            _decode_bicep(facts)
        else:
            _decode(facts, read(file, stdin), named=file.named)
    except InputError as error:
        if not keep_going:
            raise
        facts = Facts(Document(file.name, DAMAGED))
        facts.gaps.append(Gap("files", file.name, str(error), "Export it again.", origins=facts.origin("")))
        return facts
    return facts


def _is_bicep(file: Found) -> bool:
    return file.name.lower().endswith(".bicep")


def _decode_bicep(facts: Facts) -> None:
    """Decode what a Bicep source compiles to; one that cannot be compiled is a gap, and the rest is judged."""
    from kvaudit.sources.bicep import BicepError, compiled  # noqa: PLC0415 - few inputs are sources

    name = facts.document.name
    try:
        template = compiled(name)
    except BicepError as error:
        facts.rows["Bicep sources"] = 1
        facts.gaps.append(Gap("files", name, error.message, error.hint, origins=facts.origin("")))
    else:
        _decode_json(facts, template)


def _chosen(files: list[Found]) -> list[Found]:
    """The files to read: of Bicep sources not all are."""
    if not any(map(_is_bicep, files)):
        return files
    from kvaudit.sources.bicep import chosen  # noqa: PLC0415 - few inputs are sources

    return chosen(files)


def _templates(documents: Sequence[Facts], paths: Sequence[str], *, keep_going: bool) -> list[Facts]:
    """Evaluate the templates; what was found beside them, parameters and linked templates, are documents as well."""
    from kvaudit.sources.template.joining import read_templates  # noqa: PLC0415 - few inputs are templates
    from kvaudit.sources.template.links import Links  # noqa: PLC0415

    def read_also(name: str) -> Facts:
        return _read_file(Found(name, named=False), None, Side.PLANNED, keep_going=keep_going)

    def beside(name: str) -> Facts | None:
        facts = read_also(name) if Path(name).is_file() else None
        return facts if facts and facts.parameters is not None else None

    roots = [path if Path(path).is_dir() else str(Path(path).parent) for path in paths if path != STDIN]
    return read_templates(documents, beside, Links(documents, roots, read_also))


def _decode(facts: Facts, data: bytes, *, named: bool) -> None:
    """Decode a document into facts; its bytes are released with this function's end."""
    name = facts.document.name
    data = as_utf8(data, name)
    if not data[:1000].strip() and not data.strip():  # without a copy of a large file
        raise InputError("the file is empty", where=name)
    other = other_format(name, data)
    if other:
        raise other
    start = json_start(data)
    if is_json(name, data, start):
        _decode_json(facts, data, start)
    else:
        _decode_yaml(facts, checked(data, name), named=named)


def _decode_json(facts: Facts, data: bytes, start: int = 0) -> None:
    name = facts.document.name
    document = JsonDocument(data, start, name)
    try:
        read_document(facts, document.top)
    except RecursionError as error:
        raise InputError("nested too deep to be read", where=name) from error
    document.check()
    for line in document.errors:
        facts.gap("files", name, f"az failed at some of it: {line}", "")


def _decode_yaml(facts: Facts, text: str, *, named: bool) -> None:
    """Decode YAML. In a folder there may be some of other programs, which is none of our business."""
    try:
        value = parse_yaml(text, facts.document.name).value
    except ForeignYamlError:
        if named or _CLAIM.search(text):
            raise
        return
    read_document(facts, value)


def _close(facts: Facts) -> None:
    """What is known only when all of a document is read."""
    kinds = [kind for kind in facts.rows if kind != UNKNOWN]
    unknown = facts.rows[UNKNOWN]
    if kinds and unknown:
        reason = f"{unknown} of its rows have no known shape, the first is {facts.first_unknown}"
        facts.gap("files", facts.document.name, reason, facts.first_unknown)
    # Origins refer to the document since its first row; nobody else has seen it yet.
    if kinds:
        msgspec.structs.force_setattr(facts.document, "shape", ", ".join(kinds))


def _check_recognised(documents: Sequence[Facts], paths: Sequence[str]) -> None:
    if any(set(facts.rows) - {UNKNOWN} for facts in documents):
        return
    damaged = [gap for facts in documents for gap in facts.gaps]
    if damaged:
        raise InputError(f"nothing could be read; {damaged[0].reason}", hint=EXPECTED)
    names = [facts.document.name for facts in documents]
    where = ", ".join(paths)
    if not names:
        raise InputError("no JSON or YAML file here", where=where, hint=EXPECTED)
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    raise InputError(f"nothing of Azure was recognised in {shown}", where=where, hint=EXPECTED)
