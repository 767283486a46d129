"""KV204, KV205 and KV215: what Resource Manager does for whoever manages a vault, past its permission model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from kvaudit.model.grant import Escalation
from kvaudit.model.permission import pack
from kvaudit.rules.base import Context, Meta, Result
from kvaudit.rules.climbs import beyond_profile, climbs, ends_beyond_profile, on_climbs
from kvaudit.rules.holdings import union

_FETCHING = ("V9", "V10", "V11")
_WRITING = ("V12",)
_SWITCHING = ("V3", "V4")
_DEEDS = {"overwrite secrets": pack(["secrets/set"]), "create keys": pack(["keys/create"])}


def judge_fetching(meta: Meta, context: Context) -> Iterator[Result]:
    """KV204: secrets can be fetched by a deployment.

    Who may deploy from a vault, by the profile, is meant to use its secrets and not to see them: one who can get them
    out as well reaches beyond the profile, unless it allows him to read secrets.
    """
    started, ended = beyond_profile(context), ends_beyond_profile(context)
    for found in climbs(context, _FETCHING, lambda each: started(each) or ended(each)):
        ways = " or ".join(dict.fromkeys(each.title for each in found))
        meant = "" if any(map(started, found)) else ", which its profile does not allow,"
        yield on_climbs(meta, context, found, {"ways": ways, "meant": meant})


def judge_writing(meta: Meta, context: Context) -> Iterator[Result]:
    """KV205: secrets and keys can be written as resources."""
    for found in climbs(context, _WRITING, beyond_profile(context)):
        yield on_climbs(meta, context, found, {"deeds": _deeds(found)})


def _deeds(found: Sequence[Escalation]) -> str:
    gains = union(each.gains for each in found)
    return " and ".join(words for words, held in _DEEDS.items() if gains & held)


def judge_switching(meta: Meta, context: Context) -> Iterator[Result]:
    """KV215: the permission model can be switched (V3); where the option says so, also where it is not confirmed (V4).

    A vault of which the model is not known is left out: what the switch would give, policies may give without it.
    """
    unsure = frozenset(number for number, vault in enumerate(context.access.vaults) if vault.uses_rbac is None)
    beyond = beyond_profile(context)
    edges = _SWITCHING if context.option(meta, "unconfirmed") else _SWITCHING[:1]
    for found in climbs(context, edges, lambda each: beyond(each) and not unsure.issuperset(each.vaults)):
        doubt = "" if any(each.edge == "V3" for each in found) else ", if the service lets it"
        yield on_climbs(meta, context, [_without(unsure, each) for each in found], {"doubt": doubt})


def _without(unsure: frozenset[int], escalation: Escalation) -> Escalation:
    if unsure.isdisjoint(escalation.vaults):
        return escalation
    known = tuple(number for number in escalation.vaults if number not in unsure)
    return msgspec.structs.replace(escalation, vaults=known)


RULES = {"KV204": judge_fetching, "KV205": judge_writing, "KV215": judge_switching}
