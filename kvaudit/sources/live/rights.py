"""What somebody may do at a scope, as Resource Manager says it of whoever asks.

Source: Microsoft Learn, Microsoft.Authorization/permissions (list for a resource group and a subscription): the blocks
of all roles that are held there, inherited ones and those of groups too. A block gives its actions without its
notActions; what another block gives, that takes nothing from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec


class _Block(msgspec.Struct, rename="camel"):
    actions: list[str] = []
    not_actions: list[str] = []


_block = msgspec.json.Decoder(_Block)


def missing(actions: Iterable[str], rows: Iterable[msgspec.Raw]) -> list[str]:
    """Those of the actions that no block gives. A block that cannot be read gives nothing."""
    blocks = [block for row in rows if (block := _decoded(row))]
    return [each for each in actions if not any(_gives(block, each) for block in blocks)]


def _decoded(row: msgspec.Raw) -> _Block | None:
    try:
        return _block.decode(row)
    except msgspec.DecodeError:
        return None


def _gives(block: _Block, action: str) -> bool:
    return _matches(block.actions, action) and not _matches(block.not_actions, action)


def _matches(patterns: Iterable[str], action: str) -> bool:
    """Whether one of the patterns is this action; a * in it stands for anything, and case does not count."""
    return any(
        re.fullmatch(".*".join(map(re.escape, each.split("*"))), action, re.IGNORECASE | re.DOTALL) for each in patterns
    )
