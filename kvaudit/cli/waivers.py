"""`kvaudit waivers`: findings that somebody answers for until a day; the list checked, and kept in order."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from kvaudit.audit import ScanRequest
from kvaudit.audit.waivers import Standing, read_checked, standings
from kvaudit.cli import options
from kvaudit.cli.output import write_file
from kvaudit.cli.progress import progress
from kvaudit.cli.rules import print_lines
from kvaudit.cli.session import Session
from kvaudit.errors import ConfigError, UsageError
from kvaudit.gate.config import find_config, load_config
from kvaudit.gate.waiver_edit import with_waiver, without_waivers
from kvaudit.gate.waivers import Waivers, place, waivers_in
from kvaudit.report.escape import escape
from kvaudit.report.words import plural
from kvaudit.rules.document import read_text
from kvaudit.rules.registry import load_rules

_NEW = "the new waiver"


@click.group(short_help="Check, add and prune waivers.")
def waivers() -> None:
    """Check, add and prune findings that somebody answers for until a day."""


_looking = options.together(options.sources, options.waivers, options.config, options.rule_dirs, options.reading)


@waivers.command()
@_looking
@options.debugging
@click.pass_obj
def check(
    session: Session,
    sources: tuple[str, ...],
    waivers: Path | None,
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
) -> int:
    """Say how each waiver stands: how long it holds, and, with SOURCE, how many findings it fits.

    Exit code 0 when all is well, 1 when one has expired or fits nothing, 2 when one is broken.
    """
    request = _request(sources, waivers, config, rule_dirs, as_of, keep_going, depth)
    found = read_checked(request)
    stand = _standings(session, request, found)
    print_lines(f"{escape(place(found.file, each.waiver))}: {_words(each)}" for each in stand)
    bad = sum(each.expired or each.unused for each in stand)
    session.say(f"{plural(len(stand), 'waiver')} · {bad:,} to look at")
    return 1 if bad else 0


@waivers.command()
@_looking
@options.debugging
@click.pass_obj
def prune(
    session: Session,
    sources: tuple[str, ...],
    waivers: Path | None,
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
) -> int:
    """Take out waivers that have expired and, with SOURCE, those that fit nothing. Comments and layout stay."""
    request = _request(sources, waivers, config, rule_dirs, as_of, keep_going, depth)
    found = read_checked(request)
    stand = _standings(session, request, found)
    numbers = [number for number, each in enumerate(stand) if each.expired or each.unused]
    file = Path(found.file.name) if found.file else Path()
    if numbers:
        _check_yaml(file)
        text = without_waivers(str(file), read_text(file, ConfigError), numbers)
        print_lines(f"- {_words(stand[number])}" for number in numbers)
        write_file(file, text.encode())
    session.say(f"{escape(str(file))}: {plural(len(stand) - len(numbers), 'waiver')}; {len(numbers):,} taken out")
    return 0


@waivers.command()
@options.option("--rule", required=True, metavar="ID", help="The rule, by its whole id.")
@options.option("--subject", required=True, metavar="GLOB", help="The cause's id, or every vault's id or name.")
@options.option("--principal", metavar="GLOB", help="The principal's object id or name.")
@options.option("--reason", required=True, help="Why it stays.")
@options.option("--owner", required=True, help="Who answers for it.")
@options.option("--expires", required=True, metavar="DAY", help="The last day on which it holds, as 2026-12-31.")
@options.waivers
@options.config
@options.rule_dirs
@options.as_of
@options.debugging
@click.pass_obj
def add(
    session: Session,
    rule: str,
    subject: str,
    principal: str | None,
    reason: str,
    owner: str,
    expires: str,
    waivers: Path | None,
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    as_of: dt.datetime,
) -> int:
    """Add a waiver to the file of waivers, which is made where there is none. Comments and layout stay."""
    given = {"rule": rule.upper(), "subject": subject, "principal": principal, "reason": reason, "owner": owner,
             "expires": expires}  # fmt: skip
    fields = {key: value.strip() for key, value in given.items() if value is not None}
    path = config or find_config(Path.cwd())
    known = load_config(path)
    file = waivers or known.waivers_file or (path if known.names_waivers else None)
    if file is None:
        raise UsageError("no file of waivers is named", hint="Name it with --waivers FILE, which may be a new one.")
    _check_yaml(file)
    metas = {each.meta.id: each.meta for each in load_rules((*known.rules, *rule_dirs))}
    alone = waivers_in(_NEW, with_waiver(_NEW, "", fields))  # so that an error speaks of what was asked for
    alone.check(metas, as_of.date(), known.waiver_days)
    waiver = alone.entries[0]
    if waiver.days_left(as_of.date()) < 0:
        raise UsageError(f"--expires {waiver.expires} is over already")
    text = with_waiver(str(file), read_text(file, ConfigError) if file.exists() else "", fields)
    added = waivers_in(str(file), text)
    write_file(file, text.encode())
    session.say(f"{escape(str(file))}: {plural(len(added.entries), 'waiver')}; added {escape(waiver.words)}")
    return 0


def _request(
    sources: tuple[str, ...],
    waivers: Path | None,
    config: Path | None,
    rule_dirs: tuple[Path, ...],
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
) -> ScanRequest:
    return ScanRequest(
        paths=sources,
        as_of=as_of,
        config=config or find_config(Path.cwd()),
        rule_dirs=rule_dirs,
        waivers=waivers,
        keep_going=keep_going,
        depth=depth,
    )


def _standings(session: Session, request: ScanRequest, found: Waivers) -> tuple[Standing, ...]:
    with progress(session) as tell:
        return standings(request, found, stdin=sys.stdin.buffer, progress=tell)


def _check_yaml(file: Path) -> None:
    if file.suffix == ".toml":
        raise UsageError(
            f"waivers in {file} are not edited by kvaudit", hint="Keep them in a file of their own, in YAML."
        )


def _words(standing: Standing) -> str:
    waiver = standing.waiver
    return ", ".join([f"{escape(waiver.words)} by {escape(waiver.owner)} until {waiver.expires}", *_state(standing)])


def _state(standing: Standing) -> Iterator[str]:
    if standing.expired:
        yield "EXPIRED"
    elif standing.soon:
        yield f"about to expire: {plural(standing.days, 'day')} left"
    if standing.unused:
        yield "matches NOTHING"
    elif standing.covered is not None:
        yield f"fits {plural(standing.covered, 'finding')}"
