"""A report as the data of its page: vaults, principals, steps and places once each, and all else by their numbers."""

from __future__ import annotations

from typing import Any

from kvaudit.access.paths import scope_label
from kvaudit.model.finding import Disposition, Finding, Step
from kvaudit.model.origin import Location, Origin
from kvaudit.model.report import Report
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.report.escape import escape
from kvaudit.report.html.counts import by_vault, worst_first
from kvaudit.report.html.holdings import PRINCIPALS, VAULTS, Holdings
from kvaudit.report.html.table import Table
from kvaudit.report.words import plural, vault_name

FINDINGS = 50_000
"""What a page holds; more would make a file that no browser likes to open. The worst come first."""

_ASSIGNED = frozenset(("assignment", "eligibility", "activation"))


def page_data(report: Report) -> dict[str, Any]:
    """All that the page's script shows, every text of it made safe to show."""
    return _Page(report).data()


def left_out(data: dict[str, Any]) -> str | None:
    """What a page has no room for, in a sentence."""
    access = data["access"] or {"leftOut": 0, "vaults": None}
    laid_out = len(data["vaults"]) if access["vaults"] is None else len(data["vaultLists"][access["vaults"]])
    parts = (
        plural(data["findingsLeftOut"], "finding"),
        f"access of {plural(access['leftOut'], 'principal')}",
        f"access to {plural(len(data['vaults']) - laid_out, 'vault')}",
    )
    counts = (data["findingsLeftOut"], access["leftOut"], len(data["vaults"]) - laid_out)
    said = [part for part, count in zip(parts, counts, strict=True) if count]
    return f"left out of the page for want of room: {', '.join(said)}" if said else None


class _Page:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._locations = dict(report.locations)
        self._counts = by_vault(report)
        self._numbers = {scope_key(vault.id): number for number, vault in enumerate(report.snapshot.vaults)}
        self._ids = {scope_key(vault.id): vault.id for vault in report.snapshot.vaults}
        self._names = dict(report.names)
        self._types = dict(report.types)
        self.vaults: Table[str] = Table(self._vault)
        self.vaults.numbers(self._numbers)
        self.vault_lists: Table[tuple[int, ...]] = Table(list)
        self.principals: Table[str] = Table(self._principal)
        self.places: Table[Location] = Table(_place)
        self.steps: Table[Step] = Table(self._step)
        self.paths: Table[tuple[int, ...]] = Table(list)

    def data(self) -> dict[str, Any]:
        shown = self._report.findings[:FINDINGS]
        findings = [self._finding(finding) for finding in shown]
        holdings = self._holdings()
        return {
            "findings": findings,
            "findingsLeftOut": len(self._report.findings) - len(shown),
            "rules": {rule: self._rule(rule) for rule in sorted({finding.rule for finding in shown})},
            "access": holdings,
            "vaults": self.vaults.rows,
            "vaultLists": self.vault_lists.rows,
            "principals": self.principals.rows,
            "steps": self.steps.rows,
            "paths": self.paths.rows,
            "places": self.places.rows,
        }

    def _holdings(self) -> dict[str, Any] | None:
        """Who has what, on the vaults that deserve it most; None where the report does not know."""
        if self._report.overview is None:
            return None
        overview = self._report.overview(sorted(worst_first(self._counts)[:VAULTS]), PRINCIPALS)
        self._locations.update(overview.locations)
        self._names.update(overview.names)
        self._types.update(overview.types)
        return Holdings(overview, self.vault_lists, self.principals, self.path).data()

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "id": finding.fingerprint,
            "rule": finding.rule,
            "title": escape(finding.title),
            "severity": int(finding.severity),
            "confidence": int(finding.confidence),
            "disposition": "" if finding.disposition is Disposition.NEW else str(finding.disposition),
            "note": escape(finding.note),
            "vaults": self.vault_lists.number(tuple(self.vaults.numbers(map(scope_key, self._known(finding.vaults))))),
            "principal": None if finding.principal is None else self.principals.number(finding.principal),
            "message": escape(finding.message),
            "path": self.path(finding.path),
            "places": [self.places.number(self._location(origin)) for origin in finding.origins],
            "fix": escape(finding.remediation.summary),
            "commands": [escape(command) for command in finding.remediation.commands],
        }

    def _known(self, vaults: tuple[str, ...]) -> tuple[str, ...]:
        for vault in vaults:
            self._ids.setdefault(scope_key(vault), vault)
        return vaults

    def _rule(self, rule: str) -> dict[str, Any]:
        info = self._report.rules.get(rule)
        if info is None:
            return {"why": "", "references": [], "controls": {}}
        return {
            "why": escape(" ".join(info.why.split())),
            "references": [escape(each) for each in info.references],
            "controls": {escape(name): [escape(each) for each in ids] for name, ids in info.controls.items()},
        }

    def _vault(self, key: str) -> dict[str, Any]:
        number = self._numbers.get(key)
        vault = self._ids[key]
        return {
            "id": escape(vault),
            "name": escape(vault_name(vault)),
            "counts": None if number is None else self._counts[number],
            "evaluated": key not in self._report.unevaluated_vaults,
        }

    def _principal(self, principal: str) -> dict[str, Any]:
        kind, name = self._types.get(principal), self._names.get(principal)
        return {"id": escape(principal), "type": escape(kind or ""), "name": escape(name or "")}

    def path(self, steps: tuple[Step, ...]) -> int:
        """The number of a path."""
        return self.paths.number(tuple(self.steps.numbers(steps)))

    def _step(self, step: Step) -> dict[str, Any]:
        row: dict[str, Any] = {"kind": step.kind, "text": escape(step.text)}
        if step.ref and step.ref not in step.text:
            row["ref"] = escape(step.ref)
        if step.origin:
            row["place"] = self.places.number(self._location(step.origin))
        scope = _scope(step)
        if scope:
            row["scope"] = escape(scope)
        return row

    def _location(self, origin: Origin) -> Location:
        return self._locations.get(origin) or Location(origin.document.name, 0, 0, origin.pointer)


def _place(location: Location) -> list[Any]:
    return [escape(location.file), location.line, location.column]


def _scope(step: Step) -> str:
    """The scope that an assignment's step names, to be drawn by itself; "" where it names none in these words."""
    if step.kind not in _ASSIGNED:
        return ""
    above, provider, _ = step.ref.rpartition("/providers/Microsoft.Authorization/")
    if not provider or (above and not above.startswith("/")):
        return ""
    label = scope_label(parse_scope(above or "/"))
    return label if f" at {label}" in step.text else ""
