"""JSON of a comparison: the public contract `kvaudit/diff/v1`; the schema beside this module says what fields mean."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit import __version__
from kvaudit.model.change import Change, DiffReport, Effect, FindingChange, GapChange, Kind, SettingChange, State
from kvaudit.model.finding import Verdict
from kvaudit.model.origin import Location
from kvaudit.model.permission import unpack
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import PrincipalWire, StepWire, Wire, Writer, encode, sources, write_document

DIFF_SCHEMA = "kvaudit/diff/v1"


class _Cause(Wire):
    kind: str
    id: str


class _State(Wire):
    verdict: str
    confidence: str | None


class _Effect(Wire):
    kind: str
    before: _State
    after: _State
    principals: list[PrincipalWire]
    vaults: tuple[str, ...]
    permissions: tuple[str, ...]
    object: str
    path: list[StepWire]


class _Change(Wire):
    cause: _Cause
    what: str
    text: str
    locations: list[Location]
    effects: list[_Effect]


class _Setting(Wire):
    setting: str
    before: str | None
    after: str | None
    vaults: tuple[str, ...]


class _Finding(Wire):
    kind: str
    rule: str
    title: str
    severity: str
    vaults: tuple[str, ...]
    principal: PrincipalWire | None
    message: str
    locations: list[Location]
    fingerprint: str


class _Gap(Wire):
    kind: str
    need: str
    subject: str
    reason: str
    remedy: str
    locations: list[Location]


def write_diff(report: DiffReport, stream: BinaryIO, _look: Look) -> None:
    """Write a comparison as `kvaudit/diff/v1`."""
    writer = _Changes(report)
    head = {
        "schema": DIFF_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "verdict": "pass" if report.passed else "fail",
        "complete": report.complete,
        "takenAt": {"old": report.old.taken_at, "new": report.new.taken_at},
        "sources": {"old": sources(report.old), "new": sources(report.new)},
        "summary": {
            "access": {kind.value: report.count(kind) for kind in Kind},
            "settings": len(report.settings),
            "findings": {
                kind.value: sum(each.kind is kind for each in report.findings)
                for kind in Kind
                if kind is not Kind.CHANGED
            },
        },
    }
    lists = {
        "changes": map(writer.change, report.changes),
        "settings": map(_setting, report.settings),
        "findings": map(writer.finding, report.findings),
        "gaps": map(writer.gap_change, report.gaps),
    }
    write_document(stream, head, lists)


class _Changes(Writer):
    """The changes of a comparison."""

    def change(self, change: Change) -> bytes:
        return encode(
            _Change(
                cause=_Cause(change.kind, change.id),
                what=change.what,
                text=change.text,
                locations=self.located(change.origins),
                effects=[self._effect(effect) for effect in change.effects],
            )
        )

    def _effect(self, effect: Effect) -> _Effect:
        return _Effect(
            kind=effect.kind.value,
            before=_state(effect.before),
            after=_state(effect.after),
            principals=[self.principal(each) for each in effect.principals],
            vaults=effect.vaults,
            permissions=unpack(effect.permissions),
            object=effect.object,
            path=self.steps(effect.path),
        )

    def finding(self, each: FindingChange) -> bytes:
        finding = each.finding
        return encode(
            _Finding(
                kind=each.kind.value,
                rule=finding.rule,
                title=finding.title,
                severity=finding.severity.label,
                vaults=finding.vaults,
                principal=None if finding.principal is None else self.principal(finding.principal),
                message=finding.message,
                locations=self.located(finding.origins),
                fingerprint=finding.fingerprint,
            )
        )

    def gap_change(self, each: GapChange) -> bytes:
        gap = each.gap
        return encode(_Gap(each.kind.value, gap.need, gap.subject, gap.reason, gap.remedy, self.located(gap.origins)))


def _state(state: State) -> _State:
    return _State(state.verdict.value, state.confidence.label if state.verdict is Verdict.ESCALATION else None)


def _setting(each: SettingChange) -> bytes:
    return encode(_Setting(each.name, each.before, each.after, each.vaults))
