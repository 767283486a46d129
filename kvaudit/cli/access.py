"""`kvaudit who` and `kvaudit can`: put a question about access, write the answers with all their paths."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path

import click

from kvaudit.audit import AskRequest, ask
from kvaudit.cli import options
from kvaudit.cli.output import Outputs
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.model.finding import Verdict
from kvaudit.model.report import AccessReport
from kvaudit.report.formats import ACCESS

_asking = options.together(options.vault, options.reading, options.writing_as(ACCESS), options.debugging)

_EPILOG = f"""\b
PERMISSION is a name such as secrets/get, keys/sign or keyvault/vaults/write,
a type (secrets), or a pattern (secrets/*), which asks for any of them.

{options.VARIABLES}

Exit codes: 0 when the question was answered, 2 when it could not be put.
"""


@click.command(short_help="Who has a permission?", epilog=_EPILOG)
@click.argument("permission")
@options.sources
@_asking
@click.pass_obj
def who(
    session: Session,
    permission: str,
    sources: tuple[str, ...],
    vault: str | None,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
) -> int:
    """Everyone who has PERMISSION, or could obtain it, on each vault, by which path."""
    options.require_sources(sources)
    request = AskRequest(
        paths=sources, as_of=as_of, question=permission, vault=vault, keep_going=keep_going, depth=depth
    )
    return _answer(session, request, Outputs(session, ACCESS, file_formats, file, verbosity))


@click.command(short_help="Has a principal a permission?", epilog=_EPILOG)
@click.argument("principal")
@click.argument("permission")
@options.sources
@_asking
@click.pass_obj
def can(
    session: Session,
    principal: str,
    permission: str,
    sources: tuple[str, ...],
    vault: str | None,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
    file_formats: tuple[str, ...],
    file: Path | None,
    verbosity: int,
) -> int:
    """Whether PRINCIPAL has PERMISSION, or could obtain it, on each vault, by which path.

    PRINCIPAL is an object id, a user principal name, an application id, or a display name.
    """
    options.require_sources(sources)
    request = AskRequest(
        paths=sources,
        as_of=as_of,
        question=permission,
        principal=principal,
        vault=vault,
        keep_going=keep_going,
        depth=depth,
    )
    return _answer(session, request, Outputs(session, ACCESS, file_formats, file, verbosity))


def _answer(session: Session, request: AskRequest, output: Outputs) -> int:
    output.check()
    with progress(session) as tell:
        report = session.report = ask(request, stdin=sys.stdin.buffer, progress=tell)
    output.write(report)
    session.say(closing_line(report))
    return 0


def closing_line(report: AccessReport) -> str:
    """What was answered, on one line."""
    verdicts = Counter[Verdict]()
    for answer in report.answers:
        verdicts[answer.verdict] += len(answer.vaults)
    unknown = verdicts[Verdict.UNKNOWN]
    parts = [f"{verdicts.total() - verdicts[Verdict.NONE] - unknown:,} of {verdicts.total():,} answers find access"]
    if unknown:
        parts.append(f"{unknown:,} unknown")
    parts.append("complete" if report.complete else click.style("INCOMPLETE", fg="yellow", bold=True))
    return " · ".join(parts)
