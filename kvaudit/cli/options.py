"""The options of the commands. Each can be set by an environment variable too: --fail-on is KVAUDIT_FAIL_ON.

Of what may be given several times, the variable holds words with spaces between them, or folders as PATH does.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kvaudit.cli.session import COLOR_MODES, Session
from kvaudit.errors import UsageError
from kvaudit.model.finding import Severity, Verdict
from kvaudit.model.grant import DEPTH
from kvaudit.report.formats import Kind

_SEVERITIES = click.Choice([severity.label for severity in reversed(Severity)], case_sensitive=False)

VARIABLES = "Each option is an environment variable too: --as-of is KVAUDIT_AS_OF, and so on."

Command = TypeVar("Command", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """An option with the environment variable of its long name."""
    long = next(name for name in names if name.startswith("--"))
    variable = "KVAUDIT_" + long.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


def together(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several decorators as one, in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def _severity(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Severity | None:
    """A severity by its word."""
    return None if value is None else Severity[value.upper()]


def _verdicts(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[Verdict, ...]:
    """Verdicts by their words."""
    return tuple(map(Verdict, value))


def _moment(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dt.datetime:
    """The moment asked about: a date, which means its first moment, or a time; in UTC unless it says otherwise."""
    if value is None:
        return now()
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no date such as 2026-11-23, and no time such as 2026-11-23T09:30:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def now() -> dt.datetime:
    """The present, or what SOURCE_DATE_EPOCH calls the present. Nothing else reads the clock."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return dt.datetime.now(dt.UTC)
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH is {epoch!r}, which is no number of seconds since 1970") from None


def words(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Values given one by one or with commas between them."""
    return tuple(word.strip() for words in value for word in words.split(",") if word.strip())


def _gates(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """The same of a gate: one that was asked for and names nothing must not let everything pass."""
    found = words(context, parameter, value)
    if value and not found:
        raise click.BadParameter("no permission is named.", ctx=context, param=parameter)
    return found


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that leaves the option's value in the session."""

    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        setattr(context.find_object(Session), name, value)

    return keep


sources = click.argument("sources", nargs=-1, metavar="[SOURCE]...")


def require_sources(given: tuple[str, ...]) -> None:
    """Raise UsageError where there is nothing to read."""
    if not given:
        raise UsageError(
            "no SOURCE to read",
            hint="Name files or folders: exports (az, REST, a kvaudit snapshot), templates; or - for standard input.",
        )


as_of = option("--as-of", callback=_moment, metavar="DATE",
               help="Judge as of this date, at 00:00 UTC, or time.  [default: now]")  # fmt: skip

reading = together(
    as_of,
    option("--keep-going", is_flag=True, help="Scan the rest when a file cannot be read; the file becomes a gap."),
    option("--depth", type=click.IntRange(1, 8), default=DEPTH, show_default=True, metavar="N",
           help="Follow escalations through others for up to this many actions."),
)  # fmt: skip


def writing_as(kind: Kind) -> Callable[[Command], Command]:
    """The options of writing a report of this kind in any number of its formats."""
    default = "auto: terminal, and in a CI its annotations too" if "github" in kind.modules else "terminal"
    return together(
        option("-f", "--format", "file_formats", multiple=True, metavar="FORMAT[:FILE]",
               help=f"Output format, and the file for it; repeatable: {', '.join(kind.modules)}.  "
                    f"[default: {default}]"),
        _output,
    )  # fmt: skip


verbose = option("-v", "--verbose", "verbosity", count=True,
                 help="Show all of everything; twice, also ids and places.")  # fmt: skip

quiet = option("-q", "--quiet", is_flag=True, expose_value=False, callback=_keep("quiet"),
               help="No terminal report and no progress: errors and the closing line only.")  # fmt: skip

color = option("--color", type=click.Choice(COLOR_MODES), default="auto", show_default=True, expose_value=False,
               callback=_keep("color"), help="Colours.")  # fmt: skip

_output = together(
    option("-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
           help="Write to a file instead of standard output; with one format."),
    verbose,
    quiet,
    color,
)  # fmt: skip

comparing = together(
    option("--permission", metavar="PERMISSION",
           help="Compare these only, such as secrets/get or keys/*.  [default: all that concern vaults]"),
    option("--fail-on-gain", multiple=True, callback=_gates, metavar="PERMISSION",
           help="Exit 1 when somebody gained this on a vault; repeatable, or with commas."),
    option("--fail-on-new", type=_SEVERITIES, callback=_severity,
           help="Exit 1 when there is a new finding at or above this."),
)  # fmt: skip

debugging = option("--debug", is_flag=True, expose_value=False, is_eager=True, callback=_keep("debug"),
                   help="Show the traceback of an internal error.")  # fmt: skip

config = option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
                help="The configuration: teams, what they may hold, options of rules.")  # fmt: skip

vault = option("--vault", metavar="NAME|ID", help="Ask about this vault only.")

rule_dirs = option("--rules", "rule_dirs", multiple=True, metavar="DIR",
                   type=click.Path(path_type=Path, exists=True, file_okay=False),
                   help="Add the rules of a folder; repeatable.")  # fmt: skip

selecting = together(
    option("--select", multiple=True, callback=words, metavar="ID",
           help="Run these rules only, by id or its beginning; repeatable, or with commas."),
    option("--ignore", multiple=True, callback=words, metavar="ID", help="Leave these rules out."),
    config,
    rule_dirs,
)  # fmt: skip

allow_incomplete = option("--allow-incomplete", is_flag=True,
                          help="Exit 0, not 3, when nothing fails but something could not be seen.")  # fmt: skip

min_severity = option("--min-severity", type=_SEVERITIES, callback=_severity,
                      help="Leave findings below this out of the report.")  # fmt: skip

judging = together(
    option("--fail-on", type=_SEVERITIES, callback=_severity,
           help="Exit 1 when a finding is at or above this.  [default: high]"),
    min_severity,
    selecting,
    allow_incomplete,
    option("--strict", is_flag=True, help="Count rules that could not be evaluated as incomplete too."),
)  # fmt: skip

_file = click.Path(path_type=Path, dir_okay=False)

baseline = option("--baseline", type=_file, metavar="FILE",
                  help="Findings in this baseline are known and fail nothing.  [default: as configured]")  # fmt: skip

waivers = option("--waivers", type=_file, metavar="FILE",
                 help="Findings with a waiver here fail nothing until its day.  [default: as configured]")  # fmt: skip

forgiving = together(waivers, baseline)

show_waived = option("--show-waived", is_flag=True, help="Show waived and known findings too; they are always counted.")

laying_out = together(
    option("--team", metavar="NAME", help="Members of this team of the profile only."),
    option("--principal", metavar="NAME|ID", help="This principal only, and every vault of it."),
    vault,
    option("--permission", metavar="PERMISSION",
           help="These only, such as secrets/get or keys/*.  [default: all that concern vaults]"),
    option("--verdict", "verdicts", multiple=True, callback=_verdicts, metavar="VERDICT",
           type=click.Choice([verdict.value for verdict in Verdict if verdict is not Verdict.NONE]),
           help="What is had with this verdict only; repeatable."),
    option("--groups", is_flag=True, help="Groups as they are given access, not everybody behind them."),
    option("--limit", type=click.IntRange(min=0), default=25, show_default=True, metavar="N",
           help="Show the first N principals on the terminal; 0 shows all."),
    config,
)  # fmt: skip
