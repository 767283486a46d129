"""Subjects that are alike, put together once a run: what a rule asks first is asked of one of them for all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain
from typing import Any

from kvaudit.rules.base import Context
from kvaudit.rules.fields import Kind
from kvaudit.rules.kinds import KINDS
from kvaudit.rules.matcher import Match, common_part, compile_match

Families = dict[str, list[list[int]]]
"""By kind: the places, among its subjects, of those that are alike."""


def candidates(kind: Kind, match: Match, context: Context, settings: dict[str, Any]) -> Sequence[Any]:
    """The subjects of a kind that may match, in their order: all but the families of which one cannot."""
    subjects = kind.subjects(context.access)
    asked = common_part(match)
    if kind.likeness is None or not asked.parts:
        return subjects
    holds = compile_match(asked, context.access, settings)
    families = context.once(_families)[kind.name]
    fitting = [family for family in families if holds(subjects[family[0]]) is not False]
    return [subjects[place] for place in sorted(chain.from_iterable(fitting))]


def _families(context: Context) -> Families:
    families: Families = {}
    for kind in KINDS.values():
        if kind.likeness is not None:
            alike: dict[Hashable, list[int]] = {}
            for place, key in enumerate(map(kind.likeness, kind.subjects(context.access))):
                alike.setdefault(key, []).append(place)
            families[kind.name] = list(alike.values())
    return families
