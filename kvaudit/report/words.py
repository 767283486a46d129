"""Words that several views share."""

from __future__ import annotations

from kvaudit.model.origin import Location


def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 vault", "2 vaults"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def place_words(location: Location, *, column: bool = True) -> str:
    """file:line:column, as far as it is known and wanted; of what is declared, its source and address before it."""
    numbers = (location.line, location.column if column else 0)
    written = ":".join([location.file, *(str(number) for number in numbers if number)])
    declared = location.declaration
    if declared is None:
        return written
    source = [f"{declared.file}:{declared.line}"] if declared.file else []
    return ", ".join([*source, declared.address, written])


def vault_name(vault_id: str) -> str:
    """A vault as people call it."""
    return vault_id.rstrip("/").rsplit("/", 1)[-1]
