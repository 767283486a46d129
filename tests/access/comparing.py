"""Comparisons in the tests: what happened to whom, cell by cell."""

from __future__ import annotations

from kvaudit.access.changes import changes
from kvaudit.model.permission import OF_VAULTS, unpack
from tests.access.build import NOW, access


def compare(old, new, wanted=OF_VAULTS, as_of=NOW):
    return changes(access(old, as_of), access(new, as_of), wanted)


def cells(found):
    """{kind: {(principal, name of the vault, permission)}}."""
    by_kind = {}
    for change in found:
        for effect in change.effects:
            by_kind.setdefault(effect.kind.value, set()).update(
                (principal, vault.rsplit("/", 1)[-1], name)
                for principal in effect.principals
                for vault in effect.vaults
                for name in unpack(effect.permissions)
            )
    return by_kind


def told(found):
    """Each effect in one line: what happened to the cause, of which kind, and to whom."""
    return {
        (change.what, change.kind, effect.kind.value, tuple(sorted(effect.principals)))
        for change in found
        for effect in change.effects
    }
