"""`kvaudit baseline`: the findings that are there already, in a file, so that only new ones fail."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from kvaudit.audit import ScanRequest
from kvaudit.audit.baseline import Change, Renewed, baseline_file, renew
from kvaudit.cli import options
from kvaudit.cli.output import write_file
from kvaudit.cli.progress import progress
from kvaudit.cli.rules import print_lines
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.gate.baseline import read_baseline
from kvaudit.gate.config import find_config
from kvaudit.model.finding import Severity
from kvaudit.model.gate import KnownFinding
from kvaudit.report.escape import escape
from kvaudit.report.words import plural


@click.group(short_help="Write, update, show and prune the baseline.")
def baseline() -> None:
    """Write down the findings there are, so that only new ones fail."""


_scanning = options.together(
    options.sources,
    options.forgiving,
    options.min_severity,
    options.selecting,
    options.allow_incomplete,
    options.reading,
    options.debugging,
)


def _command(change: Change, words: str) -> Callable[..., int]:
    """The command for a change: all of them scan, and differ in what they make of it."""

    def run(
        session: Session,
        sources: tuple[str, ...],
        waivers: Path | None,
        baseline: Path | None,
        min_severity: Severity | None,
        select: tuple[str, ...],
        ignore: tuple[str, ...],
        config: Path | None,
        rule_dirs: tuple[Path, ...],
        allow_incomplete: bool,
        as_of: dt.datetime,
        keep_going: bool,
        depth: int,
    ) -> int:
        options.require_sources(sources)
        config = config or find_config(Path.cwd())
        file = baseline_file(baseline, config)
        if change is Change.WRITE and file.exists():
            raise UsageError(f"{file} exists", hint="kvaudit baseline update brings it up to date.")
        request = ScanRequest(
            paths=sources,
            as_of=as_of,
            config=config,
            rule_dirs=rule_dirs,
            min_severity=min_severity,
            select=select,
            ignore=ignore,
            keep_going=keep_going,
            depth=depth,
            allow_incomplete=allow_incomplete,
            waivers=waivers,
            baseline=file,
        )
        with progress(session) as tell:
            renewed = renew(change, request, stdin=sys.stdin.buffer, progress=tell)
        print_lines(_differences(change, renewed))
        write_file(file, renewed.data)
        session.say(f"{escape(str(file))}: {_closing(change, renewed)}")
        return 0

    run.__doc__ = words
    return baseline.command(change.value)(_scanning(click.pass_obj(run)))


_command(
    Change.WRITE,
    """Write a baseline: every finding of a scan that is complete and whole.

    Waived findings stay out of it. An existing file is not touched.
    """,
)
_command(Change.UPDATE, "Bring the baseline up to date: what is new comes in, what is gone goes; both are shown.")
_command(Change.PRUNE, "Take entries out of the baseline whose findings are gone. Nothing comes in.")


@baseline.command()
@options.baseline
@options.config
@options.debugging
def show(baseline: Path | None, config: Path | None) -> None:
    """List what the baseline knows."""
    known = read_baseline(baseline_file(baseline, config or find_config(Path.cwd())))
    print_lines(f"{_line(entry)}  {entry.fingerprint}" for entry in known.entries)


def _differences(change: Change, renewed: Renewed) -> Iterator[str]:
    if change is not Change.WRITE:
        yield from (f"+ {_line(entry)}" for entry in renewed.added if change is Change.UPDATE)
        yield from (f"- {_line(entry)}" for entry in renewed.gone)


def _line(entry: KnownFinding) -> str:
    return f"{entry.severity.label:<8}  {escape(entry.words)}"


def _closing(change: Change, renewed: Renewed) -> str:
    size = plural(renewed.size, "known finding")
    if change is Change.WRITE:
        return size
    added = f"{len(renewed.added):,} added, " if change is Change.UPDATE else ""
    return f"{size}; {added}{len(renewed.gone):,} gone"
