"""`kvaudit doctor`: what whoever signs in can and cannot read of Azure, and what would close the holes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from kvaudit.audit.doctor import examine
from kvaudit.audit.doctor import role_definition as definition_of
from kvaudit.cli import live, options
from kvaudit.cli.output import Outputs, standard_output
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.model.checkup import Checkup
from kvaudit.report.escape import escape
from kvaudit.report.formats import DOCTOR
from kvaudit.report.words import plural

_EPILOG = f"""{options.VARIABLES}

\b
Exit codes:
  0    everything can be read
  2    could not start: usage, or no way to sign in
  3    something cannot be read
  130  interrupted
"""


@click.command(short_help="What can be read of Azure?", epilog=_EPILOG)
@live.selecting
@live.going_further
@live.signing_in
@options.option(
    "--role-definition",
    is_flag=True,
    help="Print nothing but a custom role of just the needed reads, for az role definition create.",
)
@options.writing_as(DOCTOR)
@options.debugging
@click.pass_obj
def doctor(
    session: Session,
    /,
    role_definition: bool,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
    **given: Any,
) -> int:
    """What this login can and cannot read of Azure, source by source, and which role would close each hole.

    Each source is tried once, with the very request that collect and scan --live begin with; nothing is changed.
    """
    request = live.request_of(session, options.now(), given)

    def say(line: str) -> None:
        session.say(escape(line))

    if role_definition:
        role = definition_of(request, os.environ, warn=say)
        with standard_output() as stream:
            stream.write(json.dumps(role, indent=2).encode() + b"\n")
        return 0
    output = Outputs(session, DOCTOR, file_formats, file, verbosity)
    output.check()
    with progress(session, counts=True) as bar:
        tell = live.teller(session) if verbosity else None
        checkup = examine(request, os.environ, warn=say, progress=bar, tell=tell)
    output.write(checkup)
    session.say(closing_line(checkup))
    return 0 if checkup.complete else live.EXIT_INCOMPLETE


def closing_line(checkup: Checkup) -> str:
    """What can be read, on one line."""
    holes = {check.source for check in checkup.checks if not check.seen}
    tried = {check.source for check in checkup.checks if check.status != "untried"}
    parts = [f"{len(tried - holes)} of {plural(len(tried), 'source')} can be read"]
    parts.append("complete" if checkup.complete else click.style("INCOMPLETE", fg="yellow", bold=True))
    return " · ".join(parts)
