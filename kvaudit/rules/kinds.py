"""All kinds of subjects, and their fields as a table for people."""

from __future__ import annotations

from kvaudit.rules.grant_fields import GRANT, PATH, ROLE, SNAPSHOT
from kvaudit.rules.vault_fields import VAULT

KINDS = {kind.name: kind for kind in (VAULT, GRANT, PATH, ROLE, SNAPSHOT)}


def fields_table() -> str:
    """The fields a rule in YAML can look at, as Markdown: one table for each kind."""
    parts = []
    for kind in KINDS.values():
        rows = [
            f"| `{field.name}` | {', '.join(f'`{word}`' for word in field.words) or field.type.value} | {field.help} |"
            for field in kind.fields.values()
        ]
        parts.append("\n".join([f"### for: {kind.name}", "", "| field | holds | meaning |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
