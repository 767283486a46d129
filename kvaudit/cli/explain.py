"""`kvaudit explain`: a rule in words, for whoever has to act on its findings."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from kvaudit.cli import options
from kvaudit.cli.output import WIDTH_OF_A_PIPE
from kvaudit.cli.rules import find_rule, print_lines
from kvaudit.report.escape import escape
from kvaudit.report.words import FRAMEWORKS
from kvaudit.rules.base import Meta, blanks

_READING_WIDTH = 100


@click.command(short_help="Why a rule matters.")
@click.argument("rule_id", metavar="ID")
@options.rule_dirs
@options.debugging
def explain(rule_id: str, rule_dirs: tuple[Path, ...]) -> None:
    """Why a rule matters, what to do about its findings, and where to read more."""
    print_lines(_page(find_rule(rule_id, rule_dirs).meta))


def _page(meta: Meta) -> Iterator[str]:
    yield from _wrapped(f"{meta.id}: {meta.title}", "")
    yield f"severity {meta.severity.label}, confidence {meta.confidence.label}"
    yield from _section("Why it matters", _paragraphs(meta.why))
    yield from _section("What to do", _paragraphs(blanks(meta.remediation.summary)))
    yield from _commands(meta)
    yield from _section("What it needs", (f"  {escape(need)}" for need in meta.needs))
    yield from _section("Options", _options(meta))
    yield from _section("Controls", _controls(meta))
    yield from _section("References", (f"  {escape(reference)}" for reference in meta.references))
    yield from _section("Examples", _examples(meta))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    """A heading and what belongs under it; nothing where that is nothing."""
    for number, line in enumerate(lines):
        if not number:
            yield ""
            yield title
        yield line


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ""
        yield from _wrapped(" ".join(paragraph.split()))


def _wrapped(text: str, indent: str = "  ") -> Iterator[str]:
    width = min(shutil.get_terminal_size((WIDTH_OF_A_PIPE, 40)).columns, _READING_WIDTH)
    yield from textwrap.wrap(
        escape(text), max(width, 20), initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _commands(meta: Meta) -> Iterator[str]:
    for command in meta.remediation.commands:
        if re.fullmatch(r"\{[^{}]+\}", command):
            yield from _wrapped("Each finding names the command that does it.")
        else:
            yield f"      {escape(blanks(command))}"


def _options(meta: Meta) -> Iterator[str]:
    for option in meta.options:
        default = ", ".join(option.default) if isinstance(option.default, tuple) else str(option.default).lower()
        yield from _wrapped(f"{option.name} (default {default or 'none'}): {option.help}")


def _controls(meta: Meta) -> Iterator[str]:
    for framework, controls in meta.controls.items():
        yield from _wrapped(f"{FRAMEWORKS.get(framework, framework)}: {', '.join(controls)}")


def _examples(meta: Meta) -> Iterator[str]:
    """The rule's own fixtures: what it finds, what it passes, what it cannot decide."""
    folder = Path(meta.source).parent
    for name, words in (("hit", "found"), ("clear", "not found"), ("unknown", "not decidable")):
        file = folder / f"{name}.yaml"
        if file.is_file():
            yield f"  {words + ':':<15}{escape(str(file))}"
