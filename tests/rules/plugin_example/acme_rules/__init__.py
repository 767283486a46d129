"""The rules of Acme: one in YAML, one in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kvaudit.model.scope import parse_scope
from kvaudit.rules.base import Context, Meta, Result, finding, vault_ids
from kvaudit.rules.registry import Pack


def judge_crowded_group(meta: Meta, context: Context) -> Iterator[Result]:
    """More vaults in a resource group than the option allows."""
    access = context.access
    groups: dict[str, list[int]] = {}
    for number, vault in enumerate(access.vaults):
        groups.setdefault(parse_scope(vault.id).resource_group, []).append(number)
    for group, numbers in groups.items():
        if len(numbers) > context.option(meta, "most"):
            values = {"group": group, "number": str(len(numbers))}
            yield finding(meta, subject=group, vaults=vault_ids(access, tuple(numbers)), values=values)


PACK = Pack(Path(__file__).parent / "pack", {"ACME102": judge_crowded_group})
