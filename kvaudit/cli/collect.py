"""`kvaudit collect`: write down what Azure says now, to be scanned here or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kvaudit.cli import live, options
from kvaudit.cli.output import check_writable
from kvaudit.cli.session import Session
from kvaudit.report.words import plural

_EPILOG = f"""{options.VARIABLES}

\b
Exit codes:
  0    complete
  2    could not start: usage, or no way to sign in
  3    something could not be read; what could is in the snapshot
  130  interrupted; what was read until then is in the snapshot
"""


@click.command(short_help="Collect from Azure.", epilog=_EPILOG)
@options.option("-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                required=True, help="The snapshot to write.")  # fmt: skip
@live.asking
@options.allow_incomplete
@options.verbose
@options.quiet
@options.color
@options.debugging
@click.pass_context
def collect(
    context: click.Context,
    /,
    file: Path,
    allow_incomplete: bool,
    verbosity: int,
    **given: Any,
) -> int:
    """Write down what Azure says of vaults and of access to them, as a snapshot.

    Reading only: nothing but GET and four questions that are asked by POST is ever sent, and no secret value is read.
    """
    session: Session = context.obj
    check_writable(file)
    request = live.request_of(session, options.now(), given)
    with live.collected(session, request, verbosity, file.absolute().parent) as (collection, ended):
        collection.write(file)
        counts = f"{plural(collection.vaults, 'vault')} into {file}"
    session.say(live.closing_line(ended, counts))
    if ended.error is not None:
        raise ended.error
    return live.exit_code(ended, allow_incomplete=allow_incomplete)
