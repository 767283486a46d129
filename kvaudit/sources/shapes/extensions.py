"""What sits on a scope and names it in its own id: locks and diagnostic settings. Semantics 7.4."""

from __future__ import annotations

from kvaudit.model.role import Lock
from kvaudit.model.scope import parse_scope, scope_key
from kvaudit.model.snapshot import TENANT
from kvaudit.model.vault import DiagnosticSetting, LogCategory
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, convert
from kvaudit.sources.shapes.base import Shape, opened, without_extension
from kvaudit.sources.wire import Diagnostic, LockBody, Log, Row

_LOGS = {"/logs", "/log"}


def read_lock(facts: Facts, row: Row, pointer: str) -> None:
    """A resource lock."""
    arm, body, at, damage = opened(row, pointer)
    lock, in_body = convert(body, LockBody)
    scope = without_extension(arm.id or "", "microsoft.authorization/locks")
    subject = arm.id or facts.document.name
    facts.damaged("locks", subject, pointer, damage, scope_key(scope) if scope else TENANT)
    facts.damaged("locks", subject, at, in_body, scope_key(scope) if scope else TENANT)
    if scope is None or arm.id is None:
        if not damage:
            facts.damaged("locks", subject, pointer, {"": "the id names no scope"}, TENANT)
        return
    facts.locks.append(Lock(arm.id, scope, lock.level, facts.origin(pointer)))


def read_diagnostic(facts: Facts, row: Row, pointer: str) -> str | None:
    """A diagnostic setting of a vault; of anything else it is only counted."""
    arm, body, at, damage = opened(row, pointer)
    on = without_extension("/" + (arm.id or "").lstrip("/"), "microsoft.insights/diagnosticsettings")
    subject = arm.id or facts.document.name
    if on is None or arm.id is None:
        facts.damaged("diagnosticSettings", subject, pointer, damage or {"": "the id names no resource"}, TENANT)
        return None
    scope = parse_scope(on)
    if not scope.vault:
        return "diagnostic settings of other resources"
    setting, in_body = convert(body, Diagnostic)
    logs, unfit = _logs(setting, at)
    for at_field, wrong in ((pointer, damage), (at, in_body), ("", unfit)):
        facts.damaged("diagnosticSettings", subject, at_field, wrong, scope.vault)
    destinations = (
        setting.workspace_id,
        setting.storage_account_id,
        setting.event_hub_authorization_rule_id,
        setting.marketplace_partner_id,
        setting.service_bus_rule_id,
    )
    logs_known = not unfit and in_body.keys().isdisjoint(_LOGS) and "/properties" not in damage
    destinations_known = "/properties" not in damage and not set(in_body) - _LOGS
    facts.diagnostic_settings.append(
        DiagnosticSetting(
            arm.id,
            scope.vault,
            arm.name,
            logs if logs_known else None,
            tuple(place for place in destinations if place) if destinations_known else None,
            facts.origin(pointer),
        )
    )
    return None


def _logs(setting: Diagnostic, at: str) -> tuple[tuple[LogCategory, ...], Damage]:
    logs = []
    damage: Damage = {}
    field_of_logs = "logs" if setting.logs is not None else "log"
    for number, item in enumerate(setting.logs or setting.log or ()):
        log, wrong = convert(item, Log)
        damage |= {f"{at}/{field_of_logs}/{number}{field}": why for field, why in wrong.items()}
        logs.append(LogCategory(log.category, log.category_group, bool(log.enabled)))
    return tuple(logs), damage


SHAPES = (
    Shape("locks", "locks", read_lock, ("microsoft.authorization/locks",)),
    Shape("diagnostic settings", "diagnosticSettings", read_diagnostic, ("microsoft.insights/diagnosticsettings",)),
)
