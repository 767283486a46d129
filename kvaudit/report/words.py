"""Words that several views share."""

from __future__ import annotations


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 vault", "2 vaults"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def vault_name(vault_id: str) -> str:
    """A vault as people call it."""
    return vault_id.rstrip("/").rsplit("/", 1)[-1]
