"""`kvaudit access`: who has what, as a matrix of principals and vaults."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from kvaudit.audit.matrix import MatrixRequest, matrix
from kvaudit.cli import options
from kvaudit.cli.output import Outputs
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.gate.config import find_config
from kvaudit.model.finding import Verdict
from kvaudit.model.matrix import MatrixReport
from kvaudit.report.formats import MATRIX
from kvaudit.report.words import plural

_EPILOG = f"""{options.VARIABLES}

Exit codes: 0 when the question was answered, 2 when it could not be put.
"""


@click.command(short_help="Who has what?", epilog=_EPILOG)
@options.sources
@options.laying_out
@options.reading
@options.writing_as(MATRIX)
@options.debugging
@click.pass_obj
def access(
    session: Session,
    sources: tuple[str, ...],
    team: str | None,
    principal: str | None,
    vault: str | None,
    permission: str | None,
    verdicts: tuple[Verdict, ...],
    groups: bool,
    limit: int,
    config: Path | None,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
) -> int:
    """What each principal has, or could obtain, on each vault, by kind of permission.

    Everybody behind a group is shown, with the group as the way; --groups shows groups as they are given access.
    """
    options.require_sources(sources)
    if config is None:
        config = find_config(Path.cwd())
    request = MatrixRequest(
        paths=sources,
        as_of=as_of,
        config=config,
        team=team,
        principal=principal,
        vault=vault,
        permission=permission,
        verdicts=verdicts,
        groups=groups,
        limit=limit,
        keep_going=keep_going,
        depth=depth,
    )
    output = Outputs(session, MATRIX, file_formats, file, verbosity)
    output.check()
    with progress(session) as tell:
        report = matrix(request, stdin=sys.stdin.buffer, progress=tell)
    output.write(report)
    session.say(closing_line(report))
    return 0


def closing_line(report: MatrixReport) -> str:
    """What was answered, on one line."""
    having = sum(any(held.cell for held in row.held) for row in report.rows)
    parts = [f"{plural(having, 'principal')} with access to {plural(len(report.vaults), 'vault')}"]
    parts.append("complete" if report.complete else click.style("INCOMPLETE", fg="yellow", bold=True))
    return " · ".join(parts)
