"""`kvaudit rules`: what rules there are, what one says, and whether a folder of rules is sound."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path

import click

from kvaudit.cli import options
from kvaudit.cli.output import standard_output
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.model.finding import Severity
from kvaudit.report.escape import escape
from kvaudit.report.words import plural
from kvaudit.rules.base import Meta, Rule
from kvaudit.rules.registry import load_rules


@click.group(short_help="List, show and check rules.")
def rules() -> None:
    """List, show and check rules."""


@rules.command("list")
@options.rule_dirs
@options.option("-f", "--format", "file_format", type=click.Choice(["terminal", "json"]), default="terminal",
                show_default=True, help="Output format.")  # fmt: skip
@options.debugging
def list_rules(rule_dirs: tuple[Path, ...], file_format: str) -> None:
    """All rules, with severity and title."""
    found = [rule.meta for rule in sorted(load_rules(rule_dirs), key=lambda rule: rule.meta.id)]
    print_lines([json.dumps([_facts(meta) for meta in found], indent=2)] if file_format == "json" else _table(found))


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@options.rule_dirs
@options.debugging
def show_rule(rule_id: str, rule_dirs: tuple[Path, ...]) -> None:
    """The file that defines a rule."""
    meta = find_rule(rule_id, rule_dirs).meta
    text = Path(meta.source).read_text(encoding="utf-8")
    print_lines([f"# {escape(meta.source)}", *map(escape, text.splitlines())])


@rules.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@options.debugging
@click.pass_obj
def check_rules(session: Session, folder: Path) -> int:
    """Check a folder of rules: that each is sound, and says what its fixtures expect.

    Exit code 0 when all is well, 1 when a fixture does not give what it should, 2 when a rule is broken.
    """
    from kvaudit.rules.selftest import check_pack  # noqa: PLC0415 - a list of rules needs no engine

    number, problems = check_pack(folder)
    print_lines(f"{escape(problem.where)}: {escape(problem.message)}" for problem in problems)
    session.say(f"{plural(number, 'rule')} · {plural(len(problems), 'problem')}")
    return 1 if problems else 0


def find_rule(rule_id: str, rule_dirs: Iterable[Path]) -> Rule:
    """The rule of this id, in any case. Raises UsageError with near ids where there is none."""
    found = {rule.meta.id.upper(): rule for rule in load_rules(tuple(rule_dirs))}
    rule = found.get(rule_id.upper())
    if rule is None:
        near = difflib.get_close_matches(rule_id.upper(), found, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "kvaudit rules list shows all."
        raise UsageError(f"there is no rule {rule_id}", hint=hint)
    return rule


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    with standard_output() as stream:
        for line in lines:
            stream.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _facts(meta: Meta) -> dict[str, object]:
    return {
        "id": meta.id,
        "title": meta.title,
        "severity": meta.severity.label,
        "confidence": meta.confidence.label,
        "subject": meta.subject,
        "needs": meta.needs,
        "controls": meta.controls,
        "since": meta.since,
    }


def _table(found: Iterable[Meta]) -> Iterable[str]:
    """Columns that line up, however long the ids are; the title last, so that nothing is cut."""
    metas = list(found)
    width = max((len(escape(meta.id)) for meta in metas), default=0)
    widest = max(len(severity.label) for severity in Severity)
    for meta in metas:
        yield f"{escape(meta.id):<{width}}  {meta.severity.label:<{widest}}  {escape(meta.title)}"
