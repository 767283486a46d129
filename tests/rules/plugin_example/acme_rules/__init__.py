"""The rules of Acme: one in YAML, one in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kvaudit.model.scope import parse_scope
from kvaudit.rules.base import Context, Meta, Result, finding
from kvaudit.rules.registry import Pack


def judge_crowded_group(meta: Meta, context: Context) -> Iterator[Result]:
    """More vaults in a resource group than the option allows."""
    groups: dict[str, list[str]] = {}
    for vault in context.access.vaults:
        groups.setdefault(parse_scope(vault.id).resource_group, []).append(vault.id)
    for group, vaults in groups.items():
        if len(vaults) > context.option(meta, "most"):
            yield finding(meta, subject=group, vaults=vaults, values={"group": group, "number": str(len(vaults))})


PACK = Pack(Path(__file__).parent / "pack", {"ACME102": judge_crowded_group})
