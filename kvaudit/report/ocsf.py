"""OCSF: a Detection Finding (class 2004) for each finding, as JSON lines, for a SIEM or a data lake.

Schema 1.8.0 (schema.ocsf.io). Times are milliseconds. What was not seen is an event too, one for each kind, so that a
stream without findings is not taken for a clean estate. `status` is said of waived findings alone: whether one that
nobody has answered for is new is for who keeps the events to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from kvaudit import __version__
from kvaudit.model.finding import Confidence, Disposition, Finding, Severity
from kvaudit.model.report import Report
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import encode, without_commands
from kvaudit.report.places import Place, Places
from kvaudit.report.words import Unseen, unseen, vault_name

_VERSION = "1.8.0"
_CATEGORY, _CLASS, _CREATE = 2, 2004, 1
_SUBSCRIPTION, _RULE = 13, 1  # account.type_id, analytic.type_id
_SUPPRESSED = 3  # status_id
_SEVERITIES = {severity: (severity + 1, severity.label.capitalize()) for severity in Severity}
_SEVERITIES[Severity.INFO] = (1, "Informational")
_CONFIDENCES = {confidence: (confidence + 1, confidence.label.capitalize()) for confidence in Confidence}


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan, an event a line."""
    events = _Events(report)
    stream.writelines(without_commands(encode(event)) + b"\n" for event in events.all())


class _Events:
    """The events of one report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._places = Places(report)
        self._time = int(report.moment.timestamp() * 1000)
        self._regions = {scope_key(vault.id): vault.location for vault in report.snapshot.vaults if vault.location}
        self._resources: dict[str, dict[str, Any]] = {}

    def all(self) -> Iterator[dict[str, Any]]:
        for finding in self._report.findings:
            yield self._finding(finding)
        for missing in unseen(self._report):
            yield self._unseen(missing)

    def _finding(self, finding: Finding) -> dict[str, Any]:
        rule = self._report.rules.get(finding.rule)
        info = {
            "uid": finding.fingerprint,
            "title": finding.title,
            "desc": finding.message,
            "created_time": self._time,
            "types": ["Key Vault Access"],
            "analytic": {"type_id": _RULE, "type": "Rule", "uid": finding.rule, "name": finding.title},
            "attacks": [_attack(uid) for uid in (rule.controls.get("attack", ()) if rule else ())],
        }
        event = self._event(finding.severity, info, self._places.of(finding))
        confidence, word = _CONFIDENCES[finding.confidence]
        event |= {"confidence_id": confidence, "confidence": word, "is_alert": finding.disposition is Disposition.NEW}
        if finding.disposition is Disposition.WAIVED:
            event |= {"status_id": _SUPPRESSED, "status": "Suppressed", "comment": finding.note}
        if rule and rule.why:
            event["risk_details"] = " ".join(rule.why.split())
        event["resources"] = [self._resource(vault) for vault in finding.vaults]
        event["remediation"] = {
            "desc": "\n".join((finding.remediation.summary, *finding.remediation.commands)),
            "references": list(rule.references) if rule else [],
        }
        event["evidences"] = [{"data": self._evidence(finding)}]
        subscriptions = {parse_scope(vault).subscription for vault in finding.vaults}
        if len(subscriptions) == 1 and (subscription := subscriptions.pop()):
            event["cloud"]["account"] = {
                "uid": vault_name(subscription),
                "type_id": _SUBSCRIPTION,
                "type": "Azure Subscription",
            }
        return event

    def _unseen(self, missing: Unseen) -> dict[str, Any]:
        info = {
            "uid": missing.fingerprint,
            "title": f"Not seen: {missing.need}",
            "desc": missing.words,
            "created_time": self._time,
            "types": ["Coverage"],
        }
        event = self._event(Severity.INFO, info, self._places.of_unseen(missing))
        event["is_alert"] = False
        event["remediation"] = {"desc": "\n".join(missing.remedies) or missing.words}
        return event

    def _event(self, severity: Severity, info: dict[str, Any], place: Place) -> dict[str, Any]:
        """What all events have."""
        number, word = _SEVERITIES[severity]
        tenant = self._report.snapshot.tenant_id
        metadata = {
            "version": _VERSION,
            "product": {"name": "kvaudit", "vendor_name": "kvaudit", "version": __version__},
            "profiles": ["cloud"],
        }
        return {
            "activity_id": _CREATE,
            "activity_name": "Create",
            "category_uid": _CATEGORY,
            "category_name": "Findings",
            "class_uid": _CLASS,
            "class_name": "Detection Finding",
            "type_uid": _CLASS * 100 + _CREATE,
            "type_name": "Detection Finding: Create",
            "severity_id": number,
            "severity": word,
            "time": self._time,
            "message": info["desc"],
            "finding_info": info,
            "cloud": {"provider": "Azure"} | ({"org": {"uid": tenant}} if tenant else {}),
            "metadata": metadata | ({"tenant_uid": tenant} if tenant else {}),
            "unmapped": {
                "verdict": "pass" if self._report.passed else "fail",
                "complete": self._report.complete,
                "file": place.file,
                "line": place.line,
            },
        }

    def _resource(self, vault: str) -> dict[str, Any]:
        known = self._resources.get(vault)
        if known is None:
            known = {"uid": vault, "name": vault_name(vault), "type": "Microsoft.KeyVault/vaults"}
            if region := self._regions.get(scope_key(vault)):
                known["region"] = region
            self._resources[vault] = known
        return known

    def _evidence(self, finding: Finding) -> dict[str, Any]:
        """The path, the principal and the cause, as they are in the JSON report."""
        who = finding.principal
        names, types = self._report.names, self._report.types
        return {
            "principal": {"id": who, "type": types.get(who), "name": names.get(who)} if who else None,
            "cause": {"kind": finding.cause.kind, "id": finding.cause.id} if finding.cause else None,
            "path": [{"kind": step.kind, "text": step.text, "ref": step.ref} for step in finding.path],
        }


def _attack(uid: str) -> dict[str, Any]:
    """A technique of ATT&CK, or a sub-technique below it."""
    technique, dot, _ = uid.partition(".")
    return {"technique": {"uid": technique}} | ({"sub_technique": {"uid": uid}} if dot else {})
