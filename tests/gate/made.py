"""Findings and waivers made by hand."""

import datetime as dt

from kvaudit.model.finding import Cause, Confidence, Finding, Severity
from kvaudit.model.gate import KnownFinding, Waiver
from kvaudit.model.origin import Document, Origin

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-app"
ASSIGNMENT = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/cccccccc-0000-4000-8000-000000000003"
ALICE = "aaaaaaaa-0000-4000-8000-000000000001"
DAY = dt.date(2026, 11, 23)


def vault_id(name):
    return f"{GROUP}/providers/Microsoft.KeyVault/vaults/{name}"


def finding(rule="KV301", *vaults, severity=Severity.HIGH, cause=None, principal=None, subject=None):
    ids = tuple(map(vault_id, vaults or ("kv-app",)))
    about = cause or Cause("vault", ids[0])
    key = (subject or about.id).lower()
    return Finding(rule, "t", severity, Confidence.HIGH, ids, "m", principal=principal, cause=about, subject=key)


def waiver(rule="KV301", subject="kv-app", expires=DAY, *, principal=None, number=0, owner="Ada"):
    origin = Origin(Document("w.yaml"), f"/waivers/{number}")
    return Waiver(rule, subject, "because", owner, expires, origin, principal)


def known(found, severity=None):
    return KnownFinding(found.fingerprint, found.rule, severity or found.severity, "s", "")
