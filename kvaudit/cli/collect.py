"""`kvaudit collect`: write down what Azure says now, to be scanned here or elsewhere; or print a script that does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kvaudit.cli import live, options
from kvaudit.cli.output import check_writable
from kvaudit.cli.rules import print_lines
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.report.words import plural
from kvaudit.sources.offline_script.script import script
from kvaudit.sources.offline_script.selection import selection
from kvaudit.sources.offline_script.shells import SHELLS

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
                help="The snapshot to write.")  # fmt: skip
@options.option(
    "--offline-script",
    "shell",
    type=click.Choice(list(SHELLS)),
    help="Collect nothing: print a script of read-only az commands that somebody with access runs.",
)
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
    file: Path | None,
    shell: str | None,
    allow_incomplete: bool,
    verbosity: int,
    **given: Any,
) -> int:
    """Write down what Azure says of vaults and of access to them, as a snapshot.

    Reading only: nothing but GET and four questions that are asked by POST is ever sent, and no secret value is read.
    The script of --offline-script leaves a folder for kvaudit scan; it is for an auditor without access of his own.
    """
    session: Session = context.obj
    if shell is not None:
        print_lines(script(shell, selection(given["subscriptions"], given["groups"], given["vaults"])).splitlines())
        return 0
    if file is None:
        raise UsageError("no file to write to", hint="-o snapshot.json names one; --offline-script prints a script.")
    return _collect(session, file, given, verbosity, allow_incomplete=allow_incomplete)


def _collect(session: Session, file: Path, given: dict[str, Any], verbosity: int, *, allow_incomplete: bool) -> int:
    check_writable(file)
    request = live.request_of(session, options.now(), given)
    with live.collected(session, request, verbosity, file.absolute().parent) as (collection, ended):
        collection.write(file)
        counts = f"{plural(collection.vaults, 'vault')} into {file}"
    session.say(live.closing_line(ended, counts))
    if ended.error is not None:
        raise ended.error
    return live.exit_code(ended, allow_incomplete=allow_incomplete)
