"""The command `kvaudit`: its subcommands, loaded when they are called, and the one place that turns errors into words.

`kvaudit --version` and `kvaudit -h` must answer at once, so nothing here imports a subcommand, and the short helps
stand here beside the names.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import traceback
from collections.abc import Sequence
from typing import NamedTuple, cast

import click

from kvaudit import __version__
from kvaudit.cli.session import Session
from kvaudit.errors import KvauditError
from kvaudit.report.escape import escape

# A group that was called by its name alone answers with its help: an exception of its own since click 8.2.
_HELP: type[Exception] | tuple[()] = getattr(click.exceptions, "NoArgsIsHelpError", ())

EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED = 2, 4, 130


class Subcommand(NamedTuple):
    """Where a subcommand lives, and what the list of commands says of it."""

    module: str
    help: str


SUBCOMMANDS = {
    "scan": Subcommand("scan", "Audit exports: findings, with the path to each, and what could not be seen."),
    "collect": Subcommand("collect", "Write down what Azure says now, to scan it; or print a script that does."),
    "doctor": Subcommand("doctor", "What a login can read of Azure, and which role would close each hole."),
    "who": Subcommand("access", "Who has a permission, by which path?"),
    "can": Subcommand("access", "Has a principal a permission, by which path?"),
    "access": Subcommand("matrix", "Who has what: principals and vaults as a matrix."),
    "diff": Subcommand("diff", "What changed between two exports: access, by cause; settings, findings."),
    "baseline": Subcommand("baseline", "Write down the findings there are, so that only new ones fail."),
    "waivers": Subcommand("waivers", "Check, add and prune findings that somebody answers for until a day."),
    "init": Subcommand("init", "Write a kvaudit.yaml that fits some exports."),
    "config": Subcommand("config", "Show the configuration, each value with where it came from."),
    "explain": Subcommand("explain", "Why a rule matters, and what to do about its findings."),
    "rules": Subcommand("rules", "List, show and check rules."),
    "completion": Subcommand("completion", "Print the script that completes commands and options in a shell."),
    "schema": Subcommand("schema", "Print the JSON Schema of an input or output."),
}


class _LazyGroup(click.Group):
    """A group that imports a subcommand when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        subcommand = SUBCOMMANDS.get(cmd_name)
        if subcommand is None:
            return None
        module = importlib.import_module(f"kvaudit.cli.{subcommand.module}")
        return cast("click.Command", getattr(module, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in SUBCOMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, SUBCOMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, subcommand.help) for name, subcommand in SUBCOMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kvaudit", message="%(prog)s %(version)s")
def app() -> None:
    """Who can do what to our Azure Key Vaults, by which path, and is that what we meant?

    kvaudit reads exported files, or Azure itself where it is told to, and no secret, key or certificate value.
    """


def main(arguments: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run the command line and return its exit code; every error ends here, in words."""
    session = session or Session()
    # Hundreds of thousands of values are made and hold no cycles: collecting would walk them over and over again,
    # and the process ends with its one command.
    gc.disable()
    try:
        code = app.main(arguments, "kvaudit", standalone_mode=False, obj=session)
    except KvauditError as error:
        if session.debug and error.__cause__ is not None:
            for line in str(error.__cause__).splitlines():
                session.say(escape(line))
        session.error(str(error), error.hint)
        return error.exit_code
    except click.ClickException as error:
        if isinstance(error, _HELP):
            session.say(error.format_message())
            return EXIT_USAGE
        context = error.ctx if isinstance(error, click.UsageError) else None
        session.error(error.format_message(), f"{context.command_path} -h tells more." if context else "")
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        session.error("interrupted")
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever comes here is our own mistake
        return _internal_error(session, error)
    return code or 0


def _internal_error(session: Session, error: Exception) -> int:
    if session.debug:
        session.say("".join(traceback.format_exception(error)).rstrip())
    session.error(
        f"internal error: {type(error).__name__}: {error}",
        "This is a fault of kvaudit. Please report it, with what the same command says with --debug.",
    )
    return EXIT_INTERNAL
