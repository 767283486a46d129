"""Write the pages that follow from the rules: docs/rules.md, and docs/rule-fields.md for those who write them.

    python scripts/write_rule_pages.py [--check]

With --check nothing is written; the exit code is 1 when a page is not what the rules say.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from kvaudit.rules.base import Meta
from kvaudit.rules.kinds import fields_table
from kvaudit.rules.registry import load_rules

DOCS = Path(__file__).resolve().parent.parent / "docs"
HUNDREDS = {
    "KV1": "Who holds what",
    "KV2": "The management plane, and how access can be obtained",
    "KV3": "Network",
    "KV4": "Logging",
    "KV5": "Recovery and configuration",
    "KV9": "The audit itself",
}
CONTROLS = {
    "cis": "CIS",
    "mcsb": "Microsoft cloud security benchmark",
    "azurePolicy": "Azure Policy",
    "attack": "ATT&CK",
}
GENERATED = "<!-- Written by `make docs` from the rules; change them instead. -->"

INTRODUCTION = (
    "Ids are stable and never reused. The severity is the default: a rule may raise or lower it by facts, and "
    "`severities` in [kvaudit.yaml](configuration.md) changes it. `kvaudit explain KV201` says the same on a "
    "terminal; [writing-rules.md](writing-rules.md) tells how to write one."
)


def rules_page(metas: Iterable[Meta]) -> str:
    """The index of rules, and what each says."""
    rules = sorted(metas, key=lambda meta: meta.id)
    lines = [
        "# Rules",
        "",
        GENERATED,
        "",
        INTRODUCTION,
        "",
    ]
    for hundred, group in groupby(rules, key=lambda meta: meta.id[:3]):
        members = list(group)
        lines += [
            f"## {hundred}xx: {HUNDREDS[hundred]}",
            "",
            "| id | title | looks at | severity |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| [{each.id}](#{each.id.lower()}) | {each.title} | {each.subject} | {each.severity.label} |"
            for each in members
        ]
        lines.append("")
        for each in members:
            lines += section(each)
    return "\n".join(lines)


def section(meta: Meta) -> Iterator[str]:
    """What one rule says."""
    yield from (f"### {meta.id}", f"**{meta.title}.** {meta.why}", "")
    yield f"*What to do:* {meta.remediation.summary}"
    if meta.needs:
        yield from ("", f"*Needs:* {', '.join(f'`{need}`' for need in meta.needs)}.")
    for option in meta.options:
        yield from ("", f"*Option* `{option.name}` (default `{said(option.default)}`): {option.help}")
    controls = [f"{CONTROLS[name]} {', '.join(ids)}" for name, ids in meta.controls.items()]
    if controls:
        yield from ("", f"*Controls:* {'; '.join(controls)}.")
    if meta.references:
        yield from ("", f"*Read:* {', '.join(f'<{link}>' for link in meta.references)}")
    yield ""


def said(value: object) -> str:
    """A default as one writes it in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def fields_page() -> str:
    """The fields that a rule in YAML can look at."""
    head = [
        "# Fields for rules",
        "",
        GENERATED,
        "",
        "What `match` and `message` of a rule may name, by what the rule is for.",
    ]
    return "\n".join([*head, "", fields_table().rstrip(), ""])


def pages() -> dict[Path, str]:
    """Each page with what belongs on it."""
    return {
        DOCS / "rules.md": rules_page(rule.meta for rule in load_rules()),
        DOCS / "rule-fields.md": fields_page(),
    }


def main() -> int:
    """Run the script; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="say what is stale instead of writing it")
    check = parser.parse_args().check
    stale = {
        page: text for page, text in pages().items() if not page.exists() or page.read_text(encoding="utf-8") != text
    }
    for page, text in stale.items():
        if check:
            print(f"{page.relative_to(DOCS.parent)} is not what the rules say: run make docs")
        else:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page.relative_to(DOCS.parent)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
