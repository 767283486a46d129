"""`kvaudit diff`: compare two exports, write what changed, say how it ended."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from kvaudit.audit.diff import DiffRequest
from kvaudit.audit.diff import diff as run_diff
from kvaudit.cli import options
from kvaudit.cli.output import Outputs
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.gate.config import find_config
from kvaudit.gate.verdict import ComparisonOutcome
from kvaudit.model.change import DiffReport, Kind
from kvaudit.model.finding import Severity
from kvaudit.report.formats import DIFF
from kvaudit.report.words import plural

_EPILOG = f"""{options.VARIABLES}

\b
Exit codes:
  0    nothing at the gates, and both sides complete
  1    a gain at --fail-on-gain, or a new finding at --fail-on-new
  2    could not start: usage, configuration, rules, or nothing readable
  3    nothing at the gates, but something could not be seen on one side
  4    internal error
  130  interrupted
"""


@click.command(short_help="What changed between two exports, or would by a Terraform plan.", epilog=_EPILOG)
@click.argument("old", metavar="[OLD", required=False)
@click.argument("new", metavar="NEW]", required=False)
@options.option("--plan", metavar="FILE", help="Compare the two sides of a Terraform plan instead.")
@options.vault
@options.comparing
@options.selecting
@options.allow_incomplete
@options.reading
@options.writing_as(DIFF)
@options.debugging
@click.pass_obj
def diff(
    session: Session,
    old: str | None,
    new: str | None,
    plan: str | None,
    vault: str | None,
    permission: str | None,
    fail_on_gain: tuple[str, ...],
    fail_on_new: Severity | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    allow_incomplete: bool,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
) -> int:
    """Who gained and who lost access from OLD to NEW, by which cause; settings and findings that changed.

    OLD and NEW are files or folders of exports in any shape, or - for standard input. Order, formatting, the split into
    files and the shape of the export never show as changes; what one side could not see is no gain and no loss.

    With --plan, a plan of Terraform or OpenTofu as JSON takes their place: what is there,
    and what will be when it is applied.
    """
    sides = _sides(old, new, plan)
    if config is None and (config := find_config(Path.cwd())):
        session.note(f"profile and settings: {config}")
    request = DiffRequest(
        old=(sides[0],),
        new=(sides[1],),
        of_plan=plan is not None,
        as_of=as_of,
        config=config,
        rule_dirs=rule_dirs,
        select=select,
        ignore=ignore,
        vault=vault,
        permission=permission,
        fail_on_gain=fail_on_gain,
        fail_on_new=fail_on_new,
        keep_going=keep_going,
        depth=depth,
        allow_incomplete=allow_incomplete,
    )
    output = Outputs(session, DIFF, file_formats, file, verbosity)
    output.check()
    with progress(session) as tell:
        report, outcome = run_diff(request, stdin=sys.stdin.buffer, progress=tell)
    output.write(report)
    session.say(closing_line(report, outcome, has_gate=bool(fail_on_gain) or fail_on_new is not None))
    return outcome.exit_code


def _sides(old: str | None, new: str | None, plan: str | None) -> tuple[str, str]:
    """What is compared with what. Raises UsageError for anything but two sources or one plan."""
    if plan is not None and old is None:
        return plan, plan
    if plan is not None:
        raise UsageError("--plan names both sides, and OLD and NEW name others", hint="Give either the plan, or both.")
    if old is None or new is None:
        what = "no OLD and NEW to compare" if old is None else f"no NEW to compare {old} with"
        raise UsageError(what, hint="Name two files or folders of exports, or one Terraform plan with --plan FILE.")
    return old, new


def closing_line(report: DiffReport, outcome: ComparisonOutcome, *, has_gate: bool) -> str:
    """What changed, on one line: the verdict where there is a gate, what was gained and lost, complete or not."""
    parts = []
    if has_gate:
        style, word = ("green", "PASS") if outcome.passed else ("red", "FAIL")
        at_gates = f"{plural(outcome.gains, 'principal')} with a gain, {plural(outcome.findings, 'new finding')}"
        parts.append(f"{click.style(word, fg=style, bold=True)}: {at_gates} at the gates")
    counted = ((report.count(kind), kind, word) for kind, word in _WORDS.items())
    parts += [f"{count:,} {word}" for count, kind, word in counted if count or kind in _ALWAYS]
    new, gone = (sum(each.kind is kind for each in report.findings) for kind in (Kind.GAINED, Kind.LOST))
    parts.append(f"{plural(new, 'new finding')}, {gone:,} gone")
    parts.append("complete" if outcome.complete else click.style("INCOMPLETE", fg="yellow", bold=True))
    return " · ".join(parts)


_ALWAYS = (Kind.GAINED, Kind.LOST)
_WORDS = {
    Kind.GAINED: "gained",
    Kind.LOST: "lost",
    Kind.CHANGED: "changed",
    Kind.APPEARED: "now visible",
    Kind.VANISHED: "no longer visible",
}
