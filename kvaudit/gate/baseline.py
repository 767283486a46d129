"""The baseline: findings that were there when somebody began to look, in a file that is read in a diff.

JSON, an entry a line, sorted, with nothing that changes from one run to the next: no lines, no dates, no order of the
input. `scope` says of which estate it is, so that another's is not taken for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from kvaudit.errors import BaselineError
from kvaudit.model.finding import Finding, Severity
from kvaudit.model.gate import Baseline, KnownFinding
from kvaudit.model.origin import Document, Origin
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value
from kvaudit.rules.shape import Schema

SCHEMA = "kvaudit/baseline/v1"
_HINT = "kvaudit baseline write makes a new one; a version control system has the old one."
_SEVERITIES = {severity.label: severity for severity in Severity}


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    rule: str
    severity: str
    subject: str
    principal: str
    fingerprint: str


class _Scope(msgspec.Struct, forbid_unknown_fields=True):
    tenants: list[str]
    subscriptions: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    tool: str
    scope: _Scope
    findings: list[_Entry]


class Estate(Value):
    """Which estate a baseline is of: the tenants and subscriptions that were seen."""

    tenants: frozenset[str]
    subscriptions: frozenset[str]


def estate_of(snapshot: Snapshot) -> Estate:
    """The tenants and subscriptions of a snapshot; its own tenant wins over those its vaults name."""
    own = [snapshot.tenant_id] if snapshot.tenant_id else [vault.tenant_id for vault in snapshot.vaults]
    scopes = [parse_scope(vault.id).subscription for vault in snapshot.vaults]
    return Estate(
        frozenset(tenant.lower() for tenant in own if tenant),
        frozenset(filter(None, (*scopes, *(scope_key(each.id) for each in snapshot.subscriptions)))),
    )


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises BaselineError where it is missing, damaged or of another version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "kvaudit baseline write makes one." if isinstance(error, FileNotFoundError) else ""
        raise BaselineError(f"the baseline cannot be read: {error.strerror}", where=str(path), hint=hint) from error
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BaselineError(f"the baseline is damaged: {error}", where=_place(path, data), hint=_HINT) from error
    if file.schema != SCHEMA:
        hint = f"This version reads {SCHEMA}."
        raise BaselineError(f"is no baseline that can be read, but {file.schema!r}", where=str(path), hint=hint)
    document = Document(str(path))
    entries = []
    for number, entry in enumerate(file.findings):
        severity = _SEVERITIES.get(entry.severity)
        if severity is None:
            said = f"the baseline is damaged: unknown severity {entry.severity!r} in entry {number + 1}"
            raise BaselineError(said, where=str(path), hint=_HINT)
        origin = Origin(document, f"/findings/{number}")
        known = KnownFinding(entry.fingerprint, entry.rule, severity, entry.subject, entry.principal, origin)
        entries.append(known)
    return Baseline(str(path), tuple(entries), frozenset(file.scope.tenants), frozenset(file.scope.subscriptions))


def _place(path: Path, data: bytes) -> str:
    """Where broken JSON ends to be JSON; the file where it is only not what it should be."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return f"{path}:{error.lineno}:{error.colno}"
    except (UnicodeDecodeError, RecursionError):
        return str(path)
    return str(path)


def check_estate(baseline: Baseline, estate: Estate) -> None:
    """Raise BaselineError where a baseline is of another estate: no tenant, or else no subscription, in common."""
    for what, then, now in (
        ("tenant", baseline.tenants, estate.tenants),
        ("subscription", baseline.subscriptions, estate.subscriptions),
    ):
        if then and now:
            if then.isdisjoint(now):
                said = f"the baseline is of another estate: {what} {_some(then)}, and this is {_some(now)}"
                raise BaselineError(said, where=baseline.file, hint="Name the baseline of this estate with --baseline.")
            return


def _some(names: Iterable[str]) -> str:
    known = sorted(names)
    return ", ".join(known[:3]) + (f" and {len(known) - 3} more" if len(known) > 3 else "")


def known_finding(finding: Finding, name: str | None) -> KnownFinding:
    """A finding as an entry, with the name of its principal."""
    if finding.cause is not None:
        subject = f"{finding.cause.kind} {finding.cause.id}"
    else:
        subject = ", ".join(finding.vaults) or finding.subject
    principal = "" if finding.principal is None else f"{name} ({finding.principal})" if name else finding.principal
    return KnownFinding(finding.fingerprint, finding.rule, finding.severity, subject, principal)


def write_baseline(entries: Iterable[KnownFinding], estate: Estate, tool: str) -> bytes:
    """The text of a baseline."""
    ordered = sorted(entries, key=_place_of)
    lines = [
        _text({
            "rule": entry.rule,
            "severity": entry.severity.label,
            "subject": entry.subject,
            "principal": entry.principal,
            "fingerprint": entry.fingerprint,
        })
        for entry in ordered
    ]  # fmt: skip
    scope = {"tenants": sorted(estate.tenants), "subscriptions": sorted(estate.subscriptions)}
    findings = ",\n".join(f"    {line}" for line in lines)
    return (
        f'{{\n  "schema": {_text(SCHEMA)},\n  "tool": {_text(tool)},\n  "scope": {_text(scope)},\n  "findings": ['
        + (f"\n{findings}\n  " if findings else "")
        + "]\n}\n"
    ).encode()


def _place_of(entry: KnownFinding) -> tuple[str, str, str, str, Severity]:
    return entry.rule, entry.subject, entry.principal, entry.fingerprint, entry.severity


def _text(value: Any) -> str:
    """JSON with all that is not printable spelled out: a name must not turn the reading direction of a diff."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return (
        text if text.isprintable() else "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
    )


def baseline_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a baseline."""
    text = {"type": "string"}
    entry = dict.fromkeys(("rule", "subject", "principal"), text)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **_object(
            {
                "schema": {"const": SCHEMA},
                "tool": {"description": "The version that wrote it.", **text},
                "scope": {
                    "description": "Which estate it is of.",
                    **_object({name: {"type": "array", "items": text} for name in ("tenants", "subscriptions")}),
                },
                "findings": {
                    "type": "array",
                    "items": _object(
                        {
                            **entry,
                            "severity": {"description": "What it was; worse is new.", "enum": list(_SEVERITIES)},
                            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                        }
                    ),
                },
            }
        ),
    }


def _object(properties: dict[str, Any]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
