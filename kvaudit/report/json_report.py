"""JSON: the public contracts `kvaudit/report/v1` and `kvaudit/access/v1`, written as they are made.

The schemas beside this module say what each field means. The order of all lists is that of the report, keys have a
fixed order and nothing depends on the time of day: identical input gives identical bytes. A finding or an answer
takes one line, so that two reports can be compared line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import BinaryIO, TypeVar

import msgspec

from kvaudit import __version__
from kvaudit.model.finding import Confidence, Disposition, Finding, Path, Severity, Step
from kvaudit.model.grant import Answer
from kvaudit.model.origin import Origin
from kvaudit.model.report import AccessReport, Report
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import (
    SEPARATOR,
    PrincipalWire,
    StepWire,
    Wire,
    Writer,
    encode,
    not_evaluated,
    sources,
    write_document,
)

T = TypeVar("T")

REPORT_SCHEMA = "kvaudit/report/v1"
ACCESS_SCHEMA = "kvaudit/access/v1"

_SEVERITIES = tuple(severity.label for severity in Severity)
_CONFIDENCES = tuple(confidence.label for confidence in Confidence)
_NOTHING = msgspec.Raw(b"[]")


class _Head(Wire):
    """What the findings of a rule begin with."""

    rule: str
    title: str
    severity: str
    confidence: str
    disposition: str


class _Tail(Wire):
    """What the findings of a rule end with, but for their fingerprints."""

    references: tuple[str, ...]
    controls: dict[str, tuple[str, ...]]


_FINDING = (
    b'{%b,"vaults":%b,"principal":%b,"cause":%b,"note":%b,"message":%b,"path":%b,"locations":%b,"remediation":%b,%b,'
    b'"fingerprint":"%b"}'
)


class _Path(Wire):
    verdict: str
    confidence: str
    object: str
    steps: msgspec.Raw


class _Answer(Wire):
    """An answer but for its vault, which is written before it."""

    principal: PrincipalWire
    permission: str
    verdict: str
    matched: tuple[str, ...]
    cut: list[StepWire] | None
    paths: msgspec.Raw


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan as `kvaudit/report/v1`."""
    writer = _Findings(report)
    severities = Counter(each.severity for each in report.findings if each.disposition is Disposition.NEW)
    head = {
        "schema": REPORT_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "verdict": "pass" if report.passed else "fail",
        "complete": report.complete,
        "takenAt": report.snapshot.taken_at,
        "collectedAs": report.snapshot.viewers,
        "sources": sources(report.snapshot),
        "summary": {
            "vaults": len(report.snapshot.vaults),
            "grants": report.grants,
            "findings": {severity.label: severities[severity] for severity in reversed(Severity)},
            "waived": report.waived,
            "known": report.known,
        },
    }
    lists = {
        "findings": map(writer.finding, report.findings),
        "gaps": map(writer.gap, report.gaps),
        "notEvaluated": map(not_evaluated, report.not_evaluated),
    }
    write_document(stream, head, lists)


def write_access(report: AccessReport, stream: BinaryIO, _look: Look) -> None:
    """Write answers to `who` or `can` as `kvaudit/access/v1`."""
    writer = _Answers(report)
    head = {
        "schema": ACCESS_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "question": report.question,
        "complete": report.complete,
        "takenAt": report.snapshot.taken_at,
        "sources": sources(report.snapshot),
    }
    lists = {
        "answers": map(writer.answers, report.answers),
        "gaps": map(writer.gap, report.gaps),
        "notEvaluated": map(not_evaluated, report.not_evaluated),
    }
    write_document(stream, head, lists)


class _Findings(Writer):
    """The findings of a scan. Most of one recurs in others, so it is put together of parts that are encoded once."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self._rules = report.rules
        self._heads: dict[tuple[str, str, Severity, Confidence, Disposition], bytes] = {}
        self._tails: dict[str, bytes] = {}
        self._principal_texts: dict[str, bytes] = {}
        # By identity: the report keeps the values alive, and hashing them would cost more than encoding them.
        self._texts: dict[int, bytes] = {}

    def finding(self, finding: Finding) -> bytes:
        return _FINDING % (
            self._head(finding),
            self._once(finding.vaults, encode),
            self._principal_text(finding.principal),
            self._once(finding.cause, encode),
            encode(finding.note),
            encode(finding.message),
            self._once(finding.path, self._path),
            self._once(finding.origins, self._origins),
            encode(finding.remediation),
            self._tail(finding.rule),
            finding.fingerprint.encode(),
        )

    def _once(self, value: T, text_of: Callable[[T], bytes]) -> bytes:
        """The text of a value that findings share."""
        known = self._texts.get(id(value))
        if known is None:
            known = self._texts[id(value)] = text_of(value)
        return known

    def _head(self, finding: Finding) -> bytes:
        key = finding.rule, finding.title, finding.severity, finding.confidence, finding.disposition
        known = self._heads.get(key)
        if known is None:
            severity, confidence = _SEVERITIES[finding.severity], _CONFIDENCES[finding.confidence]
            head = _Head(finding.rule, finding.title, severity, confidence, finding.disposition.value)
            known = self._heads[key] = encode(head)[1:-1]
        return known

    def _tail(self, rule: str) -> bytes:
        known = self._tails.get(rule)
        if known is None:
            info = self._rules.get(rule)
            known = self._tails[rule] = encode(_Tail(info.references, info.controls) if info else _Tail((), {}))[1:-1]
        return known

    def _principal_text(self, principal: str | None) -> bytes:
        if principal is None:
            return b"null"
        known = self._principal_texts.get(principal)
        if known is None:
            known = self._principal_texts[principal] = encode(self.principal(principal))
        return known

    def _path(self, steps: tuple[Step, ...]) -> bytes:
        return b"[%b]" % b",".join([self._once(step, self._step) for step in steps])

    def _step(self, step: Step) -> bytes:
        return encode(self.step(step))

    def _origins(self, origins: tuple[Origin, ...]) -> bytes:
        return encode(self.located(origins))


class _Answers(Writer):
    """The answers to a question."""

    def __init__(self, report: AccessReport) -> None:
        super().__init__(report)
        self._report = report
        self._paths: dict[int, tuple[bytes, bytes]] = {}  # by identity, as above
        self._encoded_steps: dict[int, tuple[Step, bytes]] = {}
        self._vault_keys: dict[int, bytes] = {}
        self._headed = ""  # whom the heads begin with
        self._heads: dict[tuple[str, ...], bytes] = {}

    def answers(self, answer: Answer) -> bytes:
        """An answer for each vault; all but the vault is the same, and encoded once.

        It may be long, so its pieces are put together once, when all of them are there.
        """
        empty = encode(
            _Answer(
                principal=self.principal(answer.principal),
                permission=answer.permission,
                verdict=answer.verdict,
                matched=answer.matched,
                cut=None if answer.cut is None else self.steps(answer.cut),
                paths=_NOTHING,
            )
        )
        same = [empty[1:-2]]
        for path in answer.paths:
            begin, tail = self._path(path)
            head = self._head(answer.principal, path.holders)
            same += (b"," if len(same) > 1 else b"", begin, head, b"," if head and path.tail else b"", tail)
        same.append(b"]}")
        pieces: list[bytes] = []
        for number in answer.vaults:
            pieces += (SEPARATOR if pieces else b"", self._vault_key(number), *same)
        return b"".join(pieces)

    def _path(self, path: Path) -> tuple[bytes, bytes]:
        """What is written of a path before its head, and after it."""
        known = self._paths.get(id(path))
        if known is None:
            empty = encode(_Path(path.verdict, _CONFIDENCES[path.confidence], path.object, _NOTHING))
            tail = encode(self.steps(path.tail))
            known = self._paths[id(path)] = empty[:-2], tail[1:] + b"}"
        return known

    def _head(self, principal: str, holders: tuple[str, ...]) -> bytes:
        """The steps from a principal to the holders of a path; the answers come a principal at a time."""
        if self._headed != principal:
            self._headed = principal
            self._heads.clear()
        head = self._heads.get(holders)
        if head is None:
            steps = self._report.heads(principal, holders)
            head = self._heads[holders] = b",".join([self._encoded(step) for step in steps])
        return head

    def _encoded(self, step: Step) -> bytes:
        """A step of the directory, as many paths share them."""
        known = self._encoded_steps.get(id(step))
        if known is None:
            known = self._encoded_steps[id(step)] = step, encode(self.step(step))
        return known[1]

    def _vault_key(self, number: int) -> bytes:
        """The beginning of an answer, up to what it shares with those for other vaults."""
        known = self._vault_keys.get(number)
        if known is None:
            vault = encode(self._report.snapshot.vaults[number].id)
            network = encode(self._report.networks[number])
            known = self._vault_keys[number] = b'{"vault":%b,"network":%b,' % (vault, network)
        return known
