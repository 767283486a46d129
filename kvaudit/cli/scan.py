"""`kvaudit scan`: audit exports, write the report, say how it ended."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO

import click
from click.core import ParameterSource

from kvaudit.audit import ScanRequest
from kvaudit.audit import scan as run_scan
from kvaudit.cli import live, options
from kvaudit.cli.output import Outputs
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.gate.config import find_config
from kvaudit.gate.verdict import Outcome
from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.formats import SCAN
from kvaudit.report.words import plural
from kvaudit.sources.files import LIVE

_EPILOG = f"""{options.VARIABLES}

\b
Exit codes:
  0    complete, and nothing at or above --fail-on
  1    findings at or above --fail-on
  2    could not start: usage, configuration, rules, waivers, baseline, or nothing readable
  3    nothing at the gate, but something could not be seen
  4    internal error
  130  interrupted
"""


@click.command(short_help="Audit exports, or Azure itself.", epilog=_EPILOG)
@options.sources
@options.option("--live", "is_live", is_flag=True, help="Audit what Azure says now; exports may be added to it.")
@live.asking
@live.keeping
@options.judging
@options.forgiving
@options.show_waived
@options.reading
@options.writing_as(SCAN)
@options.debugging
@click.pass_context
def scan(
    context: click.Context,
    /,
    sources: tuple[str, ...],
    is_live: bool,
    keep: Path | None,
    fail_on: Severity | None,
    min_severity: Severity | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    allow_incomplete: bool,
    strict: bool,
    waivers: Path | None,
    baseline: Path | None,
    show_waived: bool,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
    **asked: Any,
) -> int:
    """Audit vaults, role assignments and what belongs to them: exported, or asked of Azure with --live.

    SOURCE is a file, a folder (read with all below it), or - for standard input. What a file holds is recognised by
    its content: output of az, PowerShell, REST, Microsoft Graph and AzureHound; plans and states of Terraform, ARM
    templates and what Bicep compiles to; and kvaudit's own snapshots in JSON or YAML.
    """
    session: Session = context.obj
    if is_live:
        live.check_alone(sources)
    else:
        options.require_sources(sources)
        live.check_unused(context)
    if config is None and (config := find_config(Path.cwd())):
        session.note(f"profile and settings: {config}")
    request = ScanRequest(
        paths=(LIVE, *sources) if is_live else sources,
        as_of=as_of,
        config=config,
        rule_dirs=rule_dirs,
        fail_on=fail_on,
        select=select,
        ignore=ignore,
        min_severity=min_severity,
        keep_going=keep_going,
        depth=depth,
        allow_incomplete=allow_incomplete,
        strict=strict,
        dated=context.get_parameter_source("as_of") is not ParameterSource.DEFAULT,
        waivers=waivers,
        baseline=baseline,
        show_waived=show_waived,
    )
    output = Outputs(session, SCAN, file_formats, file, verbosity)
    output.check()
    if is_live:
        asking = live.request_of(session, options.now(), asked)
        with live.collected_stream(session, asking, verbosity, keep) as stream:
            report, outcome = _run(session, request, stream)
            _write(session, report, outcome, output)
    else:
        report, outcome = _run(session, request, sys.stdin.buffer)
        _write(session, report, outcome, output)
    return outcome.exit_code


def _run(session: Session, request: ScanRequest, stream: BinaryIO) -> tuple[Report, Outcome]:
    with progress(session) as tell:
        return run_scan(request, stdin=stream, progress=tell)


def _write(session: Session, report: Report, outcome: Outcome, output: Outputs) -> None:
    session.report = report
    for note in outcome.notes:
        session.note(note)
    output.write(report)
    session.say(closing_line(report, outcome))


def closing_line(report: Report, outcome: Outcome) -> str:
    """How the scan ended, on one line: pass or fail, the findings on both sides of the gate, complete or not."""
    verdict = click.style("PASS", fg="green", bold=True) if outcome.passed else click.style("FAIL", fg="red", bold=True)
    at_gate = f"{plural(outcome.at_gate, 'finding')} at {outcome.fail_on.label} or above"
    parts = [f"{verdict}: {at_gate}", f"{outcome.below:,} below"]
    parts += [f"{count:,} {word}" for count, word in ((outcome.waived, "waived"), (outcome.known, "known")) if count]
    rules = {rule for missing in report.not_evaluated for rule in missing.rules}
    if rules:
        parts.append(f"{plural(len(rules), 'rule')} not evaluated")
    if outcome.complete:
        parts.append("complete")
    else:
        parts.append(click.style("INCOMPLETE", fg="yellow", bold=True) + f": {_not_seen(report)}")
    return " · ".join(parts)


def _not_seen(report: Report) -> str:
    needs = Counter(gap.need for gap in report.gaps) or Counter(missing.need for missing in report.not_evaluated)
    counts = ", ".join(f"{escape(need)} ({number:,})" for need, number in needs.items())
    return f"{counts} not seen (kvaudit explain gap:{escape(next(iter(needs)))})"
