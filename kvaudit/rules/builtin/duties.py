"""KV211: who manages a vault can destroy its logs, or the auditors cannot read them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kvaudit.access.log_stores import LogStore, kind_of, log_stores
from kvaudit.model.finding import Cause, Confidence
from kvaudit.model.grant import Grant
from kvaudit.model.permission import pack
from kvaudit.model.role import RoleAssignment
from kvaudit.model.scope import scope_key
from kvaudit.rules.base import Context, Meta, Result, finding, not_seen, on_grant, vault_ids
from kvaudit.rules.builtin.teams import rule_of
from kvaudit.rules.grant_words import few, sureness
from kvaudit.rules.holdings import holdings, people
from kvaudit.rules.overlap import Overlap
from kvaudit.rules.profiles import Party
from kvaudit.rules.shell import quoted

_MANAGING = pack(["keyvault/vaults/write", "keyvault/vaults/accesspolicies/write"])
_READERS = {"storageaccounts": "Storage Blob Data Reader", "workspaces": "Log Analytics Reader"}


def judge_duties(meta: Meta, context: Context) -> Iterator[Result]:
    """Both ways in which a vault's logs are no check on those who manage it."""
    kept = _kept(context)
    stores = log_stores(
        context.access.snapshot, context.access.roles, {each for those in kept.values() for each in those}
    )
    yield from _destroyers(meta, context, kept, stores)
    yield from _auditors(meta, context, kept, stores)


def _kept(context: Context) -> dict[int, tuple[str, ...]]:
    """The stores of each vault's audit events, where all of its destinations are known and are stores."""
    access = context.access
    found = {}
    for number in range(len(access.vaults)):
        settings = [each for each in access.diagnostics(number) if each.logs_audit_events is not False]
        places = [place for each in settings for place in each.destinations or ("",)]
        if places and all(each.logs_audit_events for each in settings) and all(map(kind_of, places)):
            found[number] = tuple(dict.fromkeys(map(scope_key, places)))
    return found


def _destroyers(
    meta: Meta, context: Context, kept: dict[int, tuple[str, ...]], stores: dict[str, LogStore]
) -> Iterator[Result]:
    """Who manages vaults and can destroy all that is kept of their logs.

    Where one assignment gives both, and the profile names its role, that is what was meant.
    """
    held = holdings(context)
    powers: dict[str, set[tuple[str, str]]] = {}
    for key, store in stores.items():
        for each in store.destroyers:
            powers.setdefault(each.principal, set()).add((key, each.id))
    if not powers:
        return
    overlap = Overlap(context.access.directory, powers)
    for cohort in held.cohorts(_MANAGING):
        for grant in held.joined(cohort, cohort.places(_MANAGING)):
            found, members = overlap.of(grant.principal)
            named = all(held.teams.names_role(party.team, grant) for party in held.teams.parties(grant.principal))
            over = {key for key, cause in found if not (named and cause == grant.cause.id)}
            numbers = tuple(number for number in grant.vaults if number in kept and over.issuperset(kept[number]))
            if numbers:
                causes = sorted({cause for key, cause in found if key in over})
                yield _destroys(meta, context, msgspec.structs.replace(grant, vaults=numbers), kept, causes, members)


def _destroys(  # noqa: PLR0913, PLR0917 -- all that is told
    meta: Meta,
    context: Context,
    grant: Grant,
    kept: dict[int, tuple[str, ...]],
    causes: list[str],
    members: tuple[str, ...],
) -> Result:
    who = context.access.directory.label(grant.principal)
    whose = f", with {people(context, members)} in it," if members else ""
    places = sorted({key for number in grant.vaults for key in kept[number]})
    vaults = few(sorted(context.access.vaults[number].name for number in grant.vaults))
    return on_grant(
        meta,
        context,
        grant,
        permission_class="management",
        confidence=min(sureness(grant), holdings(context).knows(grant.principal)),
        values={
            "breach": f"{who}{whose} manages {vaults} and can destroy their logs in {_names(places)}",
            "store": places[0],
            "removal": f"az role assignment delete --ids {' '.join(map(quoted, causes))}",
        },
    )


def _auditors(
    meta: Meta, context: Context, kept: dict[int, tuple[str, ...]], stores: dict[str, LogStore]
) -> Iterator[Result]:
    """Vaults of whose stores no auditor reads any, where there are auditors."""
    teams = [team for team in context.profile.teams if rule_of(team) == "KV101"]
    if not teams or not _has_auditors(context):
        return
    by_stores: dict[tuple[str, ...], list[int]] = {}
    for number, places in kept.items():
        by_stores.setdefault(places, []).append(number)
    for places, numbers in by_stores.items():
        readers = [each for key in places for each in stores[key].readers]
        parties = [party for each in readers for party in holdings(context).teams.parties(each.principal)]
        if any(map(_is_auditor, parties)):
            continue
        unseen = [each for key in places for each in stores[key].missing]
        unseen += [("groupMembers", group) for group in _unlisted(context, readers)]
        for need, subject in unseen:
            reason = f"whether auditors can read the logs in {_names(places)} is not known"
            yield not_seen(meta, context, need, subject, reason)
        if not unseen:
            yield _unread(meta, context, numbers, places, teams[0].name)


def _has_auditors(context: Context) -> bool:
    teams = holdings(context).teams
    named = any(member.id for team in context.profile.teams if rule_of(team) == "KV101" for member in team.members)
    return named or any(_is_auditor(Party(teams.of(each.id))) for each in context.access.directory.principals())


def _is_auditor(party: Party) -> bool:
    return party.team is not None and rule_of(party.team) == "KV101"


def _unlisted(context: Context, readers: list[RoleAssignment]) -> list[str]:
    directory = context.access.directory
    groups = {each.principal for each in readers if directory.is_group(each.principal)}
    return sorted(group for group in groups if not directory.members_of(group).complete)


def _unread(meta: Meta, context: Context, numbers: list[int], places: tuple[str, ...], team: str) -> Result:
    vaults = few(sorted(context.access.vaults[number].name for number in numbers))
    role = _READERS[kind_of(places[0])]
    return finding(
        meta,
        subject=" ".join(places),
        vaults=vault_ids(context.access, tuple(numbers)),
        values={
            "breach": f"nobody of team {team} can read the logs of {vaults} in {_names(places)}",
            "store": places[0],
            "removal": "az role assignment create --assignee-object-id '<object id of the team>' "
            f"--role {quoted(role)} --scope {quoted(places[0])}",
        },
        confidence=Confidence.HIGH if context.profile.configured else Confidence.MEDIUM,
        cause=Cause("logs", places[0]),
    )


def _names(places: tuple[str, ...] | list[str]) -> str:
    return few([place.rsplit("/", 1)[-1] for place in places])


RULES = {"KV211": judge_duties}
