"""`kvaudit explain`: a rule, a finding or a gap in words, for whoever has to act on it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from kvaudit.audit import ScanRequest, scan
from kvaudit.cli import options
from kvaudit.cli.output import WIDTH_OF_A_PIPE, Outputs
from kvaudit.cli.progress import progress
from kvaudit.cli.rules import find_rule, print_lines
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.gate.config import find_config
from kvaudit.model.remedy import FACTS, remedy
from kvaudit.model.report import Report
from kvaudit.model.snapshot import REQUIRED
from kvaudit.report.escape import escape
from kvaudit.report.formats import FINDINGS
from kvaudit.report.words import FRAMEWORKS
from kvaudit.rules.base import Meta, blanks
from kvaudit.rules.registry import load_rules

_READING_WIDTH = 100
_FINGERPRINT = re.compile(r"[0-9a-f]{6,32}")


@click.command(short_help="Why a rule, a finding or a gap matters.")
@click.argument("what", metavar="RULE|FINGERPRINT|gap:NAME")
@options.sources
@options.config
@options.rule_dirs
@options.reading
@options.debugging
@click.pass_obj
def explain(
    session: Session,
    what: str,
    sources: tuple[str, ...],
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
) -> None:
    """Why a rule matters, what one finding says in full, or what a gap means and how it is closed.

    A finding is named by its fingerprint or the beginning of it, with the SOURCE it was found in. A gap is named by the
    kind of fact that is missing, as reports do: gap:groupMembers.
    """
    kind = what.removeprefix("gap:")
    if kind in FACTS:
        print_lines(_about_facts(kind, rule_dirs))
    elif what.startswith("gap:"):
        raise UsageError(f"there is no kind of fact {kind!r}", hint=f"They are {', '.join(FACTS)}.")
    elif _FINGERPRINT.fullmatch(what.lower()):
        options.require_sources(sources)
        known = config or find_config(Path.cwd())
        request = ScanRequest(sources, as_of, known, rule_dirs, keep_going=keep_going, depth=depth, show_waived=True)
        with progress(session) as tell:
            report, _ = scan(request, stdin=sys.stdin.buffer, progress=tell)
        _explain_finding(session, report, what.lower(), rule_dirs)
    else:
        print_lines(_page(find_rule(what, rule_dirs).meta))


def _explain_finding(session: Session, report: Report, fingerprint: str, rule_dirs: tuple[Path, ...]) -> None:
    """A finding in full, then its rule. Raises UsageError where none is named, or several are."""
    found = tuple(each for each in report.findings if each.fingerprint.startswith(fingerprint))
    if not found:
        raise UsageError(
            f"no finding here has the fingerprint {fingerprint}",
            hint="kvaudit scan -vv shows the fingerprint of each; it is that of the same cause in any export.",
        )
    if len(found) > 1:
        raise UsageError(f"{len(found)} findings begin with {fingerprint}", hint="Give more of the fingerprint.")
    Outputs(session, FINDINGS, ("terminal",), None, 2).write(msgspec.structs.replace(report, findings=found))
    print_lines(["", *_page(find_rule(found[0].rule, rule_dirs).meta)])


def _about_facts(kind: str, rule_dirs: tuple[Path, ...]) -> Iterator[str]:
    """A kind of fact: what it is, what is not known without it, and the command that gives it."""
    yield from _wrapped(f"{kind}: {FACTS[kind]}", "")
    needing = [rule.meta for rule in load_rules(rule_dirs) if kind in rule.meta.needs]
    yield from _section("Without it", _without(kind, len(needing)))
    yield from _section("What gives it", (f"      {escape(line)}" for line in remedy(kind).split("; ")))
    yield from _section("Rules that need it", (f"  {meta.id}  {escape(meta.title)}" for meta in needing))


def _without(kind: str, rules: int) -> Iterator[str]:
    if kind in REQUIRED:
        yield from _wrapped(
            "Answers that depend on it are unknown, and a scan is incomplete: it never counts as a pass."
        )
    else:
        yield from _wrapped(
            "Where nothing of it was given, what depends on it is listed as not evaluated, and the scan is not "
            "incomplete for it (--strict makes it so). Where it was looked for and came back in part, it is a gap."
        )
    if rules:
        yield from _wrapped(f"{rules} rules need it.")


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
