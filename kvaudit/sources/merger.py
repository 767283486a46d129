"""How facts of one key from any documents become one, in whatever order they came, and what contradicts is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kvaudit.model.finding import Gap
from kvaudit.model.remedy import remedy
from kvaudit.model.value import Value
from kvaudit.sources.facts import Facts

Combined = tuple[Any, ...]
"""What two statements of one fact come to: one value, or both where they exclude each other."""


class Merger:
    """Merges section after section, and notes what contradicts."""

    def __init__(self, documents: Sequence[Facts]) -> None:
        self.documents = documents
        self.gaps: list[Gap] = [gap for facts in documents for gap in facts.gaps]

    def merged(
        self,
        field: str,
        section: str,
        key: Callable[[Any], Any],
        combine: Callable[[Any, Any], tuple[Combined, list[str]]],
    ) -> tuple[Any, ...]:
        """All facts of a field, those of one key combined.

        They stand in the order of their keys, and are combined in the order of what they say: whatever later takes the
        first of several takes the same one in any order of rows and files.
        """
        found: dict[Any, Any] = {}
        again: dict[Any, list[Any]] = {}  # further facts of the same key
        for facts in self.documents:
            for fact in getattr(facts, field):
                name = key(fact)
                if found.setdefault(name, fact) is not fact:
                    again.setdefault(name, []).append(fact)
        merged: list[Any] = []
        for name in sorted(found, key=str):
            if name in again:
                merged += self._combined(section, str(name), sorted((found[name], *again[name]), key=_said), combine)
            else:
                merged.append(found[name])
        return tuple(merged)

    def _combined(
        self,
        section: str,
        subject: str,
        facts: Sequence[Any],
        combine: Callable[[Any, Any], tuple[Combined, list[str]]],
    ) -> list[Any]:
        """Facts of one key as one, followed by what contradicts it."""
        kept, *rest = facts
        others: list[Any] = []
        for fact in rest:
            first = kept
            (kept, *more), differing = combine(first, fact)
            if more and any(not combine(other, fact)[1] for other in others):
                continue
            if differing:
                self._contradiction(section, subject, differing, first, fact)
            others += more
        return [kept, *others]

    def _contradiction(self, section: str, subject: str, differing: list[str], first: Any, second: Any) -> None:
        files = " and ".join(sorted({fact.origins[0].document.name for fact in (first, second) if fact.origins}))
        reason = f"{files} contradict each other in {', '.join(differing)}"
        shown = getattr(first, "id", "") or subject
        origins = first.origins[:1] + second.origins[:1]
        self.gaps.append(Gap(section, shown, reason, remedy(section, shown), origins=origins))


def fields_of(fact: Value) -> Iterator[Any]:
    """What a fact says, without where it was read."""
    return (getattr(fact, name) for name in fact.__struct_fields__ if name != "origins")


def _said(fact: Value) -> str:
    return repr(list(fields_of(fact)))
