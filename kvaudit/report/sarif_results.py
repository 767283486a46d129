"""The results of a SARIF run: a finding each, with its place, its path, and what tells it from all others."""

from __future__ import annotations

from typing import Any

from kvaudit.model.finding import Disposition, Finding, Step
from kvaudit.model.origin import Origin
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.places import Place, Places
from kvaudit.report.sarif_rules import LEVELS, RuleTable
from kvaudit.report.words import plural, some, vault_name

_LOCATIONS = 100
"""Locations that GitHub keeps of a result, of the 1,000 it takes."""

_STEPS = 1_000
"""Locations that GitHub keeps of a thread flow, of the 10,000 it takes."""

_VAULTS_NAMED = 5


class Results:
    """The results of one report."""

    def __init__(self, report: Report, rules: RuleTable) -> None:
        self._report = report
        self._rules = rules
        self._places = Places(report)
        self._vaults: dict[str, dict[str, str]] = {}

    def result(self, finding: Finding) -> dict[str, Any]:
        """A finding. Its first location is the place of its cause, which GitHub shows; vaults are logical locations."""
        place = self._places.of(finding)
        vaults = [self._logical(vault) for vault in finding.vaults[:_LOCATIONS]]
        location = {"physicalLocation": _physical(place)} | ({"logicalLocations": vaults} if vaults else {})
        related = self._related(finding)
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": self._rules.index[finding.rule],
            "level": LEVELS[finding.severity],
            "message": {"text": self._message(finding, related)},
            "locations": [location],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{finding.fingerprint}:1",
                "kvaudit/v1": finding.fingerprint,
            },
            "properties": self._properties(finding),
        }
        if related:
            result["relatedLocations"] = [
                {"id": number, "physicalLocation": _physical(self._places.at(origin)), "message": {"text": words}}
                for origin, (number, words) in related.items()
            ]
        if finding.path:
            result["codeFlows"] = [{"threadFlows": [{"locations": self._flow(finding, place)}]}]
        if finding.disposition is Disposition.WAIVED:
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": plain(finding.note)}]
        elif finding.disposition is Disposition.KNOWN:
            result["baselineState"] = "unchanged"
        return result

    def _related(self, finding: Finding) -> dict[Origin, tuple[int, str]]:
        """Where the steps of the path are written, each place once, by its number in the message."""
        related: dict[Origin, tuple[int, str]] = {}
        for step in finding.path:
            if step.origin and step.origin not in related and len(related) < _LOCATIONS - 1:
                related[step.origin] = len(related) + 1, plain(step.text)
        return related

    def _message(self, finding: Finding, related: dict[Origin, tuple[int, str]]) -> str:
        """What was found, the steps with links to where they are written, the vaults, and what to do."""
        parts = [plain(finding.message or finding.title)]
        if finding.path:
            parts.append(f"Path: {' → '.join(_linked(step, related) for step in finding.path)}")
        if finding.vaults:
            names = plain(some(list(map(vault_name, finding.vaults)), _VAULTS_NAMED))
            parts.append(f"{plural(len(finding.vaults), 'vault')}: {names}")
        if finding.remediation.summary:
            parts.append(f"Fix: {plain(finding.remediation.summary)}")
        parts += [f"    {plain(command)}" for command in finding.remediation.commands]
        return "\n".join(parts)

    def _flow(self, finding: Finding, place: Place) -> list[dict[str, Any]]:
        """The steps in their order; one that is written nowhere is shown where the one before it is."""
        locations = []
        for step in finding.path[:_STEPS]:
            place = self._places.at(step.origin) if step.origin else place
            location = {"physicalLocation": _physical(place), "message": {"text": plain(step.text)}}
            locations.append({"location": location, "kinds": [step.kind] if step.kind else []})
        return locations

    def _properties(self, finding: Finding) -> dict[str, Any]:
        who = finding.principal
        found: dict[str, Any] = {
            "severity": finding.severity.label,
            "confidence": finding.confidence.label,
            "vaults": len(finding.vaults),
        }
        if who:
            named = {"id": who, "type": self._report.types.get(who), "name": self._report.names.get(who)}
            found["principal"] = {key: escape(value) for key, value in named.items() if value}
        if finding.cause:
            found["cause"] = {"kind": finding.cause.kind, "id": escape(finding.cause.id)}
        return found

    def _logical(self, vault: str) -> dict[str, str]:
        known = self._vaults.get(vault)
        if known is None:
            name, full = escape(vault_name(vault)), escape(vault)
            known = self._vaults[vault] = {"name": name, "fullyQualifiedName": full, "kind": "resource"}
        return known


def _physical(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": place.uri},
        "region": {"startLine": place.line, "startColumn": place.column},
    }


def _linked(step: Step, related: dict[Origin, tuple[int, str]]) -> str:
    link = related.get(step.origin) if step.origin else None
    return f"[{_bracketed(escape(step.text))}]({link[0]})" if link else plain(step.text)


def plain(text: str) -> str:
    """Text of a message in which nothing is a link (SARIF 2.1.0, 3.11.6)."""
    shown = escape(text)
    return _bracketed(shown) if "](" in shown else shown


def _bracketed(text: str) -> str:
    """Text whose brackets are brackets, inside of a link's text too."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
