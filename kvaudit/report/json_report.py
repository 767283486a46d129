"""JSON: the public contracts `kvaudit/report/v1` and `kvaudit/access/v1`, written as they are made.

The schemas beside this module say what each field means. The order of all lists is that of the report, keys have a
fixed order and nothing depends on the time of day: identical input gives identical bytes. A finding or an answer
takes one line, so that two reports can be compared line by line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import msgspec

from kvaudit import __version__
from kvaudit.model.finding import Cause, Confidence, Finding, Gap, NotEvaluated, Path, Remediation, Severity, Step
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Declaration, Location, Origin
from kvaudit.model.report import AccessReport, Report
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value
from kvaudit.report.formats import Look

REPORT_SCHEMA = "kvaudit/report/v1"
ACCESS_SCHEMA = "kvaudit/access/v1"

_SEVERITIES = tuple(severity.label for severity in Severity)
_CONFIDENCES = tuple(confidence.label for confidence in Confidence)
_CHUNK = 1 << 20
_SEPARATOR = b",\n"


class _Wire(Value, rename="camel"):
    """What is written: field order is key order."""


class _Principal(_Wire):
    id: str
    type: str | None
    name: str | None


class _Step(_Wire):
    kind: str
    text: str
    ref: str
    file: str
    line: int
    declaration: Declaration | None


class _Finding(_Wire):
    rule: str
    title: str
    severity: str
    confidence: str
    disposition: str
    vaults: msgspec.Raw
    principal: _Principal | None
    cause: Cause | None
    message: str
    path: list[_Step]
    locations: list[Location]
    remediation: Remediation
    references: tuple[str, ...]
    controls: dict[str, tuple[str, ...]]
    fingerprint: str


class _Path(_Wire):
    verdict: str
    confidence: str
    object: str
    steps: msgspec.Raw


class _Answer(_Wire):
    """An answer but for its vault, which is written before it."""

    principal: _Principal
    permission: str
    verdict: str
    matched: tuple[str, ...]
    paths: list[_Path]


class _Gap(_Wire):
    need: str
    subject: str
    reason: str
    remedy: str
    rules: tuple[str, ...]
    locations: list[Location]


class _NotEvaluated(_Wire):
    need: str
    rules: tuple[str, ...]
    remedy: str


class _Source(_Wire):
    file: str
    shape: str


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan as `kvaudit/report/v1`."""
    writer = _Findings(report)
    severities = Counter(finding.severity for finding in report.findings)
    head = {
        "schema": REPORT_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "verdict": "pass" if report.passed else "fail",
        "complete": report.complete,
        "takenAt": report.snapshot.taken_at,
        "sources": _sources(report.snapshot),
        "summary": {
            "vaults": len(report.snapshot.vaults),
            "grants": report.grants,
            "findings": {severity.label: severities[severity] for severity in reversed(Severity)},
            "waived": 0,
            "known": 0,
        },
    }
    lists = {
        "findings": map(writer.finding, report.findings),
        "gaps": map(writer.gap, report.gaps),
        "notEvaluated": map(_not_evaluated, report.not_evaluated),
    }
    _write_document(stream, head, lists)


def write_access(report: AccessReport, stream: BinaryIO, _look: Look) -> None:
    """Write answers to `who` or `can` as `kvaudit/access/v1`."""
    writer = _Answers(report)
    head = {
        "schema": ACCESS_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "question": report.question,
        "complete": report.complete,
        "takenAt": report.snapshot.taken_at,
        "sources": _sources(report.snapshot),
    }
    lists = {
        "answers": map(writer.answers, report.answers),
        "gaps": map(writer.gap, report.gaps),
        "notEvaluated": map(_not_evaluated, report.not_evaluated),
    }
    _write_document(stream, head, lists)


class _Writer:
    """Turns the values of one report into bytes, and remembers what recurs by the ten thousand."""

    def __init__(self, report: Report | AccessReport) -> None:
        self._locations = dict(report.locations)  # looked up by the hundred thousand
        self._types = report.types
        self._names = report.names
        self._principals: dict[str, _Principal] = {}

    def gap(self, gap: Gap) -> bytes:
        return _encode(_Gap(gap.need, gap.subject, gap.reason, gap.remedy, gap.rules, self._located(gap.origins)))

    def _steps(self, steps: Iterable[Step]) -> list[_Step]:
        return [self._step(step) for step in steps]

    def _step(self, step: Step) -> _Step:
        if step.origin is None:
            return _Step(step.kind, step.text, step.ref, "", 0, None)
        location = self._locate(step.origin)
        return _Step(step.kind, step.text, step.ref, location.file, location.line, location.declaration)

    def _located(self, origins: Iterable[Origin]) -> list[Location]:
        return [self._locate(origin) for origin in origins]

    def _locate(self, origin: Origin) -> Location:
        return self._locations.get(origin) or Location(origin.document.name, 0, 0, origin.pointer, origin.declaration)

    def _principal(self, principal: str) -> _Principal:
        known = self._principals.get(principal)
        if known is None:
            known = _Principal(principal, self._types.get(principal), self._names.get(principal))
            self._principals[principal] = known
        return known


class _Findings(_Writer):
    """The findings of a scan."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self._rules = report.rules
        # By identity: the report keeps the values alive, and hashing them would cost more than encoding them.
        self._vault_lists: dict[int, msgspec.Raw] = {}

    def finding(self, finding: Finding) -> bytes:
        info = self._rules.get(finding.rule)
        return _encode(
            _Finding(
                rule=finding.rule,
                title=finding.title,
                severity=_SEVERITIES[finding.severity],
                confidence=_CONFIDENCES[finding.confidence],
                disposition="new",
                vaults=self._vaults(finding.vaults),
                principal=None if finding.principal is None else self._principal(finding.principal),
                cause=finding.cause,
                message=finding.message,
                path=self._steps(finding.path),
                locations=self._located(finding.origins),
                remediation=finding.remediation,
                references=info.references if info else (),
                controls=info.controls if info else {},
                fingerprint=finding.fingerprint,
            )
        )

    def _vaults(self, vaults: tuple[str, ...]) -> msgspec.Raw:
        known = self._vault_lists.get(id(vaults))
        if known is None:
            known = msgspec.Raw(_encode(vaults))
            self._vault_lists[id(vaults)] = known
        return known


class _Answers(_Writer):
    """The answers to a question."""

    def __init__(self, report: AccessReport) -> None:
        super().__init__(report)
        self._report = report
        self._tails: dict[int, bytes] = {}  # by identity, as above
        self._vault_keys: dict[int, bytes] = {}
        self._headed = ""  # whom the heads begin with
        self._heads: dict[tuple[str, ...], bytes] = {}

    def answers(self, answer: Answer) -> bytes:
        """An answer for each vault; all but the vault is the same, and encoded once."""
        same = _encode(
            _Answer(
                principal=self._principal(answer.principal),
                permission=answer.permission,
                verdict=answer.verdict,
                matched=answer.matched,
                paths=[self._path(answer.principal, path) for path in answer.paths],
            )
        )
        return _SEPARATOR.join([self._vault_key(number) + same[1:] for number in answer.vaults])

    def _path(self, principal: str, path: Path) -> _Path:
        tail = self._tails.get(id(path.tail))
        if tail is None:
            tail = self._tails[id(path.tail)] = _encode(self._steps(path.tail))
        steps = _joined(self._head(principal, path.holders), tail)
        return _Path(path.verdict, path.confidence.label, path.object, msgspec.Raw(steps))

    def _head(self, principal: str, holders: tuple[str, ...]) -> bytes:
        """From a principal to the holders of a path; the answers come a principal at a time."""
        if self._headed != principal:
            self._headed = principal
            self._heads.clear()
        head = self._heads.get(holders)
        if head is None:
            head = self._heads[holders] = _encode(self._steps(self._report.heads(principal, holders)))
        return head

    def _vault_key(self, number: int) -> bytes:
        """The beginning of an answer, up to what it shares with those for other vaults."""
        known = self._vault_keys.get(number)
        if known is None:
            vault = _encode(self._report.snapshot.vaults[number].id)
            network = _encode(self._report.networks[number])
            known = self._vault_keys[number] = b'{"vault":%b,"network":%b,' % (vault, network)
        return known


def _joined(first: bytes, second: bytes) -> bytes:
    """Two encoded lists as one."""
    return first[:-1] + b"," + second[1:] if len(first) > 2 < len(second) else max(first, second, key=len)


def _not_evaluated(missing: NotEvaluated) -> bytes:
    return _encode(_NotEvaluated(missing.need, missing.rules, missing.remedy))


def _sources(snapshot: Snapshot) -> list[_Source]:
    return [_Source(document.name, document.shape) for document in snapshot.documents]


_encoder = msgspec.json.Encoder()


def _encode(value: Any) -> bytes:
    """One value as JSON. Names may hold half a surrogate pair, which UTF-8 cannot say but an escape can."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    """What the standard library needs to write our values itself."""
    if isinstance(value, msgspec.Raw):
        return json.loads(bytes(value))
    names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
    return {encoded: getattr(value, field) for field, encoded in names}


def _write_document(stream: BinaryIO, head: dict[str, Any], lists: Mapping[str, Iterable[bytes]]) -> None:
    """Write one object: the head's keys, then each list with an item a line."""
    buffer = bytearray(b"{\n")
    for key, value in head.items():
        buffer += b'"%b": %b,\n' % (key.encode(), _encode(value))
    for number, (key, items) in enumerate(lists.items()):
        buffer += b'%b"%b": [' % (b",\n" if number else b"", key.encode())
        separator = b"\n"
        for item in items:
            buffer += separator
            buffer += item
            separator = _SEPARATOR
            if len(buffer) >= _CHUNK:
                stream.write(buffer)
                buffer.clear()
        buffer += b"]" if separator == b"\n" else b"\n]"
    buffer += b"\n}\n"
    stream.write(buffer)
