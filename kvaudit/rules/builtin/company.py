"""KV122 and KV214: how many share a vault: applications that hold its data, principals that own it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from kvaudit.model.finding import Cause, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import ASSIGN_ROLES, DATA, pack
from kvaudit.model.scope import Level, Scope
from kvaudit.model.value import Value
from kvaudit.rules.base import Context, Meta, Result, finding, finding_about, not_seen, subjects, vault_ids
from kvaudit.rules.builtin.teams import applications
from kvaudit.rules.cohorts import LIVE
from kvaudit.rules.grant_words import few
from kvaudit.rules.holdings import holdings, people, unseen
from kvaudit.rules.profiles import METADATA

_CONTENT = DATA & ~METADATA
_OWNING = ASSIGN_ROLES | pack(["keyvault/vaults/write"])


class _Company(Value):
    """Those who count behind an assignee, or behind all of a vault."""

    those: frozenset[str] = frozenset()
    untyped: frozenset[str] = frozenset()  # whether they count is not known
    unlisted: frozenset[str] = frozenset()  # groups whose members are not all known


_NOBODY = _Company()


def judge_shared(meta: Meta, context: Context) -> Iterator[Result]:
    """KV122: several applications hold what is in one vault."""
    most, teams, told = context.option(meta, "most"), holdings(context).teams, subjects(context)

    @cache
    def behind(holder: str) -> _Company:
        if context.access.directory.type_of(holder) is None:
            return _Company(untyped=frozenset([holder]))
        those, unlisted = applications(context, holder), _unlisted(context, holder)
        return _Company(frozenset(those), unlisted=unlisted) if those or unlisted else _NOBODY

    grants = (each for each in context.access.grants if each.permissions & _CONTENT and each.verdict in LIVE)
    few_enough = []
    confidence = cache(lambda application: teams.of(application).confidence)
    for company, numbers in _companies(grants, behind):
        if len(company.those) <= most:
            few_enough.append(company)
            continue
        values = {"count": f"{len(company.those):,}", "those": people(context, sorted(company.those))}
        sure = min(map(confidence, company.those))
        for number in numbers:
            vault = context.access.vaults[number]
            said = {"vault": vault.name, "vault.id": vault.id, **values}
            yield finding_about(meta, told.vault(number), said, confidence=sure)
    yield from _could_be_more(meta, context, few_enough, most)


def judge_owners(meta: Meta, context: Context) -> Iterator[Result]:
    """KV214: more principals than intended own a vault for good, by the role Owner or one as wide.

    Vaults below the same scope, and below no other of these assignments, have the same owners: one finding.
    """
    most, access = context.option(meta, "most"), context.access

    @cache
    def behind(holder: str) -> _Company:
        directory = access.directory
        if not directory.is_group(holder):
            return _Company(frozenset([holder]))
        persons = frozenset([each for each in directory.members_of(holder).ids if not directory.is_group(each)])
        return _Company(persons, unlisted=_unlisted(context, holder))

    standing = [each for each in access.grants if each.verdict is Verdict.DIRECT and each.until is None]
    owning = [each for each in standing if not _OWNING & ~each.permissions]
    lowest: dict[int, Scope] = {}
    for grant in owning:
        for number in grant.vaults:
            known = lowest.get(number)
            if known is None or grant.scope.level > known.level:
                lowest[number] = grant.scope
    few_enough = []
    for company, numbers in _companies(owning, behind):
        if len(company.those) > most:
            scopes = {lowest[number].key: lowest[number] for number in numbers}
            for key in sorted(scopes):
                alike = tuple(number for number in numbers if lowest[number].key == key)
                yield _owned(meta, context, scopes[key], alike, company)
        else:
            few_enough.append(company)
    yield from _could_be_more(meta, context, few_enough, most)


def _owned(meta: Meta, context: Context, scope: Scope, numbers: tuple[int, ...], company: _Company) -> Result:
    vaults = context.access.vaults
    names = sorted(vaults[number].name for number in numbers)
    values = {
        "count": f"{len(company.those):,}",
        "most": f"{context.option(meta, 'most'):,}",
        "those": people(context, sorted(company.those)),
        "vaults": few(names),
        "scope": scope.key,
    }
    at = vaults[numbers[0]].id if scope.level is Level.RESOURCE else scope.key
    return finding(
        meta,
        subject=scope.key,
        vaults=vault_ids(context.access, numbers),
        values=values,
        cause=Cause("vault" if scope.vault else "scope", at),
    )


def _unlisted(context: Context, holder: str) -> frozenset[str]:
    directory = context.access.directory
    whole = not directory.is_group(holder) or directory.members_of(holder).complete
    return frozenset() if whole else frozenset([holder])


def _companies(grants: Iterable[Grant], behind: Callable[[str], _Company]) -> Iterator[tuple[_Company, list[int]]]:
    """The company of vaults, with all vaults that have it by the same grants.

    Grants over the same vaults share the list of them, so that what is behind assignees is put together once for all
    vaults that are in the same lists.
    """
    own: dict[int, set[str]] = {}
    by_extent: dict[int, tuple[tuple[int, ...], set[str]]] = {}
    for grant in grants:
        if len(grant.vaults) == 1:
            own.setdefault(grant.vaults[0], set()).add(grant.principal)
        else:
            by_extent.setdefault(id(grant.vaults), (grant.vaults, set()))[1].add(grant.principal)
    extents: dict[int, list[int]] = {number: [] for number in own}
    for key, (vaults, _) in by_extent.items():
        for number in vaults:
            extents.setdefault(number, []).append(key)
    alike: dict[tuple[frozenset[str], tuple[int, ...]], list[int]] = {}
    for number in sorted(extents):
        alike.setdefault((frozenset(own.get(number, ())), tuple(extents[number])), []).append(number)
    for (holders, lists), numbers in alike.items():
        yield _together(map(behind, holders.union(*(by_extent[key][1] for key in lists)))), numbers


def _together(companies: Iterable[_Company]) -> _Company:
    companies = [each for each in companies if each is not _NOBODY]
    if len(companies) <= 1:
        return companies[0] if companies else _NOBODY
    those, untyped, unlisted = set[str](), set[str](), set[str]()
    for each in companies:
        those |= each.those
        untyped |= each.untyped
        unlisted |= each.unlisted
    return _Company(frozenset(those), frozenset(untyped), frozenset(unlisted))


def _could_be_more(meta: Meta, context: Context, companies: Iterable[_Company], most: int) -> Iterator[Result]:
    """What is said of companies that are small enough as far as they are known."""
    unlisted = set[str]()
    untyped = set[str]()
    for company in companies:
        unlisted |= company.unlisted
        untyped |= company.untyped if len(company.those) + len(company.untyped) > most else frozenset()
    for group in sorted(unlisted):
        reason = f"who is a member of {context.access.directory.label(group)} is not known"
        yield not_seen(meta, context, "groupMembers", group, reason)
    yield from unseen(meta, context, untyped, "the type is")


RULES = {"KV122": judge_shared, "KV214": judge_owners}
