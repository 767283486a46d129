"""Resource locks in the way of whoever writes. Source: semantics 3.1."""

from __future__ import annotations

from collections.abc import Iterable

from kvaudit.model.role import Lock
from kvaudit.model.scope import Level, parse_scope


def read_only(locks: Iterable[Lock]) -> Level | None:
    """Where the highest ReadOnly lock of these is: whoever may delete it there deletes those below it as well."""
    levels = (parse_scope(lock.scope).level for lock in locks if (lock.level or "").lower() == "readonly")
    return min(levels, default=None)
