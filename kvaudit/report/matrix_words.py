"""Cells of the matrix in words, which the terminal and CSV share."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.matrix import Cell, Held, Hold, MatrixReport
from kvaudit.model.permission import KIND, TYPES, PermissionSet
from kvaudit.report.permission_words import short_words

KINDS = (*TYPES, "management")
NOTHING, UNKNOWN = "-", "?"


def kinds_asked(asked: PermissionSet) -> tuple[str, ...]:
    """The kinds of permission there is something to say of."""
    return tuple(kind for kind in KINDS if asked & KIND[kind])


def kind_words(cell: Cell, unseen: PermissionSet, kind: str, *, every: bool = False) -> str:
    """What a cell holds of a kind: "get, list; can obtain set"; `?` for what may be held unseen, `-` for nothing."""
    words = list(_held(cell, KIND[kind], kind, every=every))
    if unseen & KIND[kind]:
        words.append(UNKNOWN)
    return "; ".join(words) or NOTHING


def cell_words(held: Held, asked: PermissionSet, *, every: bool = False) -> list[tuple[str, str]]:
    """The kinds of a cell and what is said of each; those with nothing, and those not seen, are named together."""
    said = [(kind, kind_words(held.cell, held.unseen, kind, every=every)) for kind in kinds_asked(asked)]
    found = [(kind, words) for kind, words in said if words not in (NOTHING, UNKNOWN)]
    alike = ((", ".join(kind for kind, words in said if words == sign), sign) for sign in (UNKNOWN, NOTHING))
    return [*found, *((kinds, sign) for kinds, sign in alike if kinds)]


def verdict_of(held: Held) -> Verdict:
    """The strongest verdict of a cell, unknown where more may be held than nothing."""
    least = Verdict.UNKNOWN if held.unseen else Verdict.NONE
    verdicts = (least, *(hold.state.verdict for hold in held.cell))
    return max(verdicts, key=lambda verdict: verdict.strength)


def through_words(report: MatrixReport, groups: tuple[str, ...]) -> list[str]:
    """The names of groups, or their ids."""
    return [report.names.get(group) or group for group in groups]


def _held(cell: Cell, of_kind: PermissionSet, kind: str, *, every: bool) -> Iterator[str]:
    for hold in cell:
        if held := hold.permissions & of_kind:
            yield _in_its_way(hold, short_words(kind, held, every=every))


def _in_its_way(hold: Hold, words: str) -> str:
    verdict, where = hold.state.verdict, f" on {hold.object}" if hold.object else ""
    if verdict is Verdict.DIRECT:
        return words + where
    if verdict is Verdict.ESCALATION:
        sure = "" if hold.state.confidence is Confidence.HIGH else f" ({hold.state.confidence.label} confidence)"
        return f"can obtain {words}{where}{sure}"
    if verdict is Verdict.UNKNOWN:
        return f"{UNKNOWN} {words}{where}"
    return f"{words}{where} ({verdict.value})"
