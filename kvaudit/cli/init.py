"""`kvaudit init`: a commented kvaudit.yaml that fits some exports."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from kvaudit.audit import ScanRequest
from kvaudit.audit.proposal import Holder, Proposal, propose
from kvaudit.cli import options
from kvaudit.cli.output import write_file
from kvaudit.cli.progress import progress
from kvaudit.cli.session import Session
from kvaudit.errors import UsageError
from kvaudit.gate.config import CONFIG_FILE
from kvaudit.report.escape import escape
from kvaudit.report.words import plural

_NAMED = 20  # principals of one kind in comments
_ALLOWED = {
    "auditors": ("keys: [list]", "secrets: [list]", "certificates: [list]"),
    "security": (
        "management: [Key Vault Contributor, User Access Administrator]",
        "keys: [backup, create, delete, get, import, list, restore]",
        "secrets: [all]  # every permission but purge",
        "certificates: [all]",
    ),
    "developers": ("management: [keyvault/vaults/deploy/action]  # deploy with secrets that they do not see",),
    "applications": ("keys: [sign, verify, get]", "secrets: [get]", "certificates: [get]"),
}
_SERVICE_PRINCIPALS = "applications"
_REST = """
# From which severity a finding fails the run, and rules that nobody here wants to hear of.
fail-on: high
# ignore: [KV505]

# Some vaults judged unlike the rest, by name or tag; a finding is judged by the strictest vault it touches.
# vaults:
#   - tags: {environment: test}
#     fail-on: critical

# Findings that somebody answers for until a day (kvaudit waivers add), and those that were there when you began
# (kvaudit baseline write).
# waivers: waivers.yaml
# waiver-days: 180
# baseline: kvaudit-baseline.json
"""


@click.command(short_help="Write a kvaudit.yaml.")
@options.sources
@options.option("--force", is_flag=True, help="Overwrite what is there.")
@options.option("-o", "--output", "file", type=click.Path(path_type=Path, dir_okay=False), default=CONFIG_FILE,
                show_default=True, metavar="FILE", help="The file to write.")  # fmt: skip
@options.reading
@options.debugging
@click.pass_obj
def init(
    session: Session,
    sources: tuple[str, ...],
    force: bool,
    file: Path,
    as_of: dt.datetime,
    keep_going: bool,
    depth: int,
) -> int:
    """Write a kvaudit.yaml with teams proposed from who holds access in SOURCE, and why; without SOURCE, a bare one.

    What a name or a type says is written out; what is no more than a guess is a comment, for you to decide.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} exists", hint="--force overwrites it; -o FILE writes another.")
    proposal = None
    if sources:
        request = ScanRequest(paths=sources, as_of=as_of, keep_going=keep_going, depth=depth)
        with progress(session) as tell:
            proposal = propose(request, stdin=sys.stdin.buffer, progress=tell)
    text = "\n".join([*_head(proposal), "teams:", *_teams(proposal), *_others(proposal)]) + "\n" + _REST
    write_file(file, text.encode("utf-8", "backslashreplace"))
    session.say(f"{escape(str(file))}: {_closing(proposal)}")
    return 0


def _head(proposal: Proposal | None) -> Iterator[str]:
    yield "# What we mean, and how strict to be: docs/configuration.md of kvaudit says what each key does."
    yield "# Who holds what his team may hold is no finding; the first team that fits a principal is its team."
    if proposal is not None:
        seen = plural(proposal.vaults, "vault")
        yield f"# Proposed from who is given access to {seen}. What a team may hold is the classic separation of"
        yield "# duties, not what its members hold now: read it, and change it to what you mean."
        if not proposal.complete:
            yield "# The exports were incomplete, so somebody may be missing here: kvaudit scan names what."


def _teams(proposal: Proposal | None) -> Iterator[str]:
    placed = {team.name: holders for team, holders in proposal.teams} if proposal else {}
    for name, allowed in _ALLOWED.items():
        yield f"  {name}:"
        yield from _members(name, placed.get(name, ()))
        yield from (f"    {line}" for line in allowed)


def _members(team: str, holders: tuple[Holder, ...]) -> Iterator[str]:
    """Sure ones as members, guesses as comments; all service principals at once, with the first few named."""
    by_type = [holder for holder in holders if holder.reason == "by type"]
    sure = [holder for holder in holders if holder.sure and holder not in by_type]
    yield "    members:" + ("" if sure or team == _SERVICE_PRINCIPALS else " []")
    yield from (f"      - id: {holder.id}  # {_about(holder)}; likely, {holder.reason}" for holder in sure)
    if team == _SERVICE_PRINCIPALS:
        yield "      - type: ServicePrincipal"
        yield from _named(by_type, "      #", "likely, by type")
    guesses = [holder for holder in holders if not holder.sure]
    yield from (f"      # - id: {holder.id}  # {_about(holder)}; a guess: {holder.reason}" for holder in guesses)


def _others(proposal: Proposal | None) -> Iterator[str]:
    if proposal is not None and proposal.others:
        yield ""
        yield "# These hold access, and nothing says in which team they are; in none, they are findings (KV105)."
        yield from _named(proposal.others, "#", "")


def _named(holders: Iterable[Holder], indent: str, how_sure: str) -> Iterator[str]:
    every = list(holders)
    for holder in every[:_NAMED]:
        yield f"{indent}   {escape(holder.id)}: {_about(holder)}{f'; {how_sure}' if how_sure else ''}"
    if len(every) > _NAMED:
        yield f"{indent}   and {len(every) - _NAMED:,} more"


def _about(holder: Holder) -> str:
    """A holder in a comment; a name cannot end it."""
    name = escape(json.dumps(holder.name, ensure_ascii=False)) if holder.name else "no name known"
    return f"{name}, {holder.type or 'of unknown type'}, holds {holder.holds} on {plural(holder.vaults, 'vault')}"


def _closing(proposal: Proposal | None) -> str:
    if proposal is None:
        return "written; name exports to have teams proposed"
    holders = [holder for _, those in proposal.teams for holder in those]
    sure = sum(holder.sure for holder in holders)
    guessed = len(holders) - sure
    others = len(proposal.others)
    return f"{plural(sure, 'principal')} in a team by name or type, {guessed:,} by a guess, {others:,} in none"
