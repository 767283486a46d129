"""`kvaudit scan`: audit exports, write the report, say how it ended."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path

import click

from kvaudit.audit import ScanRequest
from kvaudit.audit import scan as run_scan
from kvaudit.cli import options
from kvaudit.cli.output import Output
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.gate.config import find_config
from kvaudit.gate.verdict import Outcome
from kvaudit.model.finding import Severity
from kvaudit.model.report import Report
from kvaudit.report.escape import escape
from kvaudit.report.formats import load_scan_format
from kvaudit.report.words import plural

_EPILOG = f"""{options.VARIABLES}

\b
Exit codes:
  0    complete, and nothing at or above --fail-on
  1    findings at or above --fail-on
  2    could not start: usage, configuration, rules, or nothing readable
  3    nothing at the gate, but something could not be seen
  4    internal error
  130  interrupted
"""


@click.command(short_help="Audit exports.", epilog=_EPILOG)
@options.sources
@options.judging
@options.reading
@options.writing_scan
@options.debugging
@click.pass_obj
def scan(
    session: Session,
    sources: tuple[str, ...],
    fail_on: Severity | None,
    min_severity: Severity | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    allow_incomplete: bool,
    strict: bool,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_format: str,
    file: Path | None,
    verbosity: int,
) -> int:
    """Audit exported vaults, role assignments and what belongs to them.

    SOURCE is a file, a folder (read with all below it), or - for standard input. What a file holds is recognised by
    its content: output of az and of the REST interfaces, and kvaudit's own snapshots in JSON or YAML.
    """
    options.require_sources(sources)
    if config is None and (config := find_config(Path.cwd())):
        session.note(f"profile and settings: {config}")
    request = ScanRequest(
        paths=sources,
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
    )
    output = Output(session, file_format, file, verbosity)
    output.check()
    with progress(session) as tell:
        report, outcome = run_scan(request, stdin=sys.stdin.buffer, progress=tell)
    session.report = report
    output.write(lambda stream, look: load_scan_format(output.format).write_report(report, stream, look))
    session.say(closing_line(report, outcome))
    return outcome.exit_code


def closing_line(report: Report, outcome: Outcome) -> str:
    """How the scan ended, on one line: pass or fail, the findings on both sides of the gate, complete or not."""
    verdict = click.style("PASS", fg="green", bold=True) if outcome.passed else click.style("FAIL", fg="red", bold=True)
    at_gate = f"{plural(outcome.at_gate, 'finding')} at {outcome.fail_on.label} or above"
    parts = [f"{verdict}: {at_gate}", f"{outcome.below:,} below"]
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
    return ", ".join(f"{escape(need)} ({number:,})" for need, number in needs.items()) + " not seen"
