"""What the commands that ask Azure itself share: their options, and how a collection is told of."""

from __future__ import annotations

import datetime as dt
import difflib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

import click
from click.core import ParameterSource

from kvaudit.audit.live import LiveRequest, collecting
from kvaudit.cli import options
from kvaudit.cli.options import option, together
from kvaudit.cli.output import check_writable
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.report.escape import escape
from kvaudit.report.words import plural
from kvaudit.sources.files import STDIN
from kvaudit.sources.live.needs import NEEDS
from kvaudit.sources.live.wanted import AUTHS, Selection, Wanted

if TYPE_CHECKING:
    from kvaudit.sources.live.collect import Collection, Ended
    from kvaudit.sources.live.ledger import Entry

EXIT_INCOMPLETE, EXIT_INTERRUPTED = 3, 130

_CLOUDS = "AzureCloud, AzureChinaCloud, AzureUSGovernment, AzureBleuCloud, or one that az cloud register knows"

selecting = together(
    option("--vault", "vaults", multiple=True, metavar="NAME|ID", help="This vault only; repeatable."),
    option("--subscription", "subscriptions", multiple=True, metavar="NAME|ID",
           help="Vaults of this subscription only; repeatable."),
    option("--management-group", "groups", multiple=True, metavar="NAME",
           help="Vaults below this management group only; repeatable."),
)  # fmt: skip

going_further = together(
    option("--objects", is_flag=True, help="Attributes of keys and secrets too, never a value: two calls a vault."),
    option("--hsm-roles", is_flag=True, help="Local roles of managed HSMs too, from their data planes."),
)

looking = together(
    going_further,
    option("--fast", is_flag=True,
           help="Role assignments through Resource Graph: fewer calls, and it may be some minutes behind."),
    option("--without", multiple=True, callback=options.words, metavar="SOURCE",
           help="Leave out a source, such as diagnosticSettings, which takes a call a vault; repeatable."),
    option("--resume", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
           help="Go on with a collection that was interrupted or could not read everything."),
)  # fmt: skip

signing_in = together(
    option("--auth", type=click.Choice(AUTHS), default="auto", show_default=True, help="How to sign in."),
    option("--tenant", metavar="ID", help="The tenant to sign in to.  [default: that of the login]"),
    option("--cloud", metavar="NAME", help=f"{_CLOUDS}.  [default: as az is set]"),
    option("--arm-endpoint", metavar="URL", help="Resource Manager of a cloud of one's own."),
    option("--authority", metavar="URL", help="Where to sign in to it."),
    option("--graph-endpoint", metavar="URL", help="Its Microsoft Graph."),
)  # fmt: skip

keeping = option("--keep", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
                 help="Keep what --live collected as a snapshot.")  # fmt: skip

asking = together(selecting, looking, signing_in)


def request_of(session: Session, taken_at: dt.datetime, given: Mapping[str, Any]) -> LiveRequest:
    """What the options of `asking` say, or those of them that a command has."""
    selection = Selection(given["vaults"], given["subscriptions"], given["groups"])
    return LiveRequest(
        wanted=Wanted(
            selection,
            given["objects"],
            given["hsm_roles"],
            given.get("fast", False),
            _without(given.get("without", ())),
        ),
        taken_at=taken_at,
        auth=given["auth"],
        tenant=given["tenant"],
        cloud=given["cloud"],
        arm=given["arm_endpoint"],
        authority=given["authority"],
        graph=given["graph_endpoint"],
        resume=given.get("resume"),
        debug=session.debug,
    )


def _without(words: Sequence[str]) -> frozenset[str]:
    for word in words:
        if word not in NEEDS:
            near = difflib.get_close_matches(word, NEEDS, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(f"--without {word}: there is no such source", hint=f"{hint}There are {', '.join(NEEDS)}.")
    return frozenset(words)


@contextmanager
def collected(
    session: Session, request: LiveRequest, verbosity: int, folder: Path | None = None
) -> Iterator[tuple[Collection, Ended]]:
    """A collection and how it ended; its progress is shown while it runs."""
    tell = teller(session) if verbosity else None

    def say(line: str) -> None:
        session.say(escape(line))

    with ExitStack() as stack:
        with progress(session, counts=True) as bar:
            work = collecting(request, os.environ, warn=say, progress=bar, tell=tell, folder=folder)
            found = stack.enter_context(work)
        yield found


@contextmanager
def collected_stream(session: Session, request: LiveRequest, verbosity: int, keep: Path | None) -> Iterator[BinaryIO]:
    """What Azure says now, as the bytes of a snapshot. Raises what ended the collection before its time."""
    if keep:
        check_writable(keep)
    with collected(session, request, verbosity) as (collection, ended), TemporaryFile() as stream:
        if keep:
            collection.write(keep)
        if ended.error is not None:
            raise ended.error
        if ended.interrupted:
            session.note(f"what was read until then is in {keep}" if keep else "nothing was kept: --keep FILE would")
            raise KeyboardInterrupt
        collection.copy_to(stream)
        yield stream


def check_alone(sources: Sequence[str]) -> None:
    """Raise UsageError where standard input is asked for as well: one stream is read."""
    if STDIN in sources:
        raise UsageError("--live and - cannot go together", hint="Write what comes on standard input into a file.")


def check_unused(context: click.Context) -> None:
    """Raise UsageError for an option of --live that is given without it."""
    of_live = {parameter.name for parameter in click.command()(asking(keeping(lambda: None))).params}
    for parameter in context.command.params:
        name = parameter.name
        if name in of_live and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{parameter.opts[0]} needs --live", hint="Files and folders are read as they are.")


def teller(session: Session) -> Callable[[Entry], None]:
    """Shows the ledger as it fills."""

    def tell(entry: Entry) -> None:
        count = f" ({plural(entry.count, 'row')})" if entry.status.answered else ""
        words = f": {entry.words}" if entry.words else ""
        session.note(f"{entry.status.value:<10} {entry.what} of {entry.scope}{count}{words}")

    return tell


def closing_line(ended: Ended, counts: str) -> str:
    """How a collection ended, on one line."""
    parts = [f"collected {counts}"]
    if ended.interrupted:
        parts.append(click.style("INTERRUPTED", fg="red", bold=True))
    if ended.open:
        kinds: dict[str, int] = {}
        for entry in ended.open:
            kinds[entry.what] = kinds.get(entry.what, 0) + 1
        told = ", ".join(f"{what} ({number:,})" for what, number in kinds.items())
        parts.append(click.style("INCOMPLETE", fg="yellow", bold=True) + f": not read: {told} (kvaudit doctor)")
    elif not ended.interrupted:
        parts.append("complete")
    return " · ".join(parts)


def exit_code(ended: Ended, *, allow_incomplete: bool = False) -> int:
    """0 complete, 3 not, 130 interrupted; of an error its own."""
    if ended.error is not None:
        return ended.error.exit_code
    if ended.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_INCOMPLETE if ended.open and not allow_incomplete else 0
