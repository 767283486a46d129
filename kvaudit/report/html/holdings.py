"""Who has what, as data of the page: cells in words, and the routes behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kvaudit.model.finding import Step, Verdict
from kvaudit.model.matrix import Cell, Held
from kvaudit.model.overview import Holder, Overview, Reach, Route
from kvaudit.model.permission import KIND, OF_VAULTS, PermissionSet
from kvaudit.report.escape import escape
from kvaudit.report.html.table import Table
from kvaudit.report.matrix_words import KINDS, NOTHING, UNKNOWN, cell_words, kinds_asked
from kvaudit.report.permission_words import permission_words

VAULTS, PRINCIPALS = 1000, 500
"""What a page lays out; of more, it says how many they are."""


class Holdings:
    """Turns an overview into data, sharing the numbers of vaults, principals and paths with the rest of the page."""

    def __init__(
        self,
        overview: Overview,
        vault_lists: Table[tuple[int, ...]],
        principals: Table[str],
        path: Callable[[tuple[Step, ...]], int],
    ) -> None:
        self._overview = overview
        self._vault_lists = vault_lists
        self._principals = principals
        self._path = path
        self._cells: Table[tuple[Cell, PermissionSet]] = Table(_cell)
        self._words: Table[PermissionSet] = Table(lambda held: escape(permission_words(held)))

    def data(self) -> dict[str, Any]:
        """The data; the matrix's numbers of vaults are those of the snapshot."""
        overview = self._overview
        holders = [self._holder(holder) for holder in overview.holders]
        return {
            "kinds": KINDS,
            "vaults": self._vault_lists.number(overview.vaults),
            "holders": holders,
            "leftOut": overview.left_out,
            "leftOutOn": {str(number): count for number, count in sorted(overview.left_out_on.items())},
            "unseen": {
                str(number): ", ".join(kinds_asked(unseen)) for number, unseen in sorted(overview.unseen.items())
            },
            "networks": {str(number): words for number, words in sorted(overview.networks.items())},
            "cells": self._cells.rows,
            "words": self._words.rows,
        }

    def _holder(self, holder: Holder) -> dict[str, Any]:
        row = holder.row
        return {
            "principal": self._principals.number(row.principal),
            "team": escape(row.team or ""),
            "through": self._principals.numbers(row.through),
            "membersUnknown": row.members_unknown,
            "held": [
                [self._vault_lists.number(held.vaults), self._cells.number((held.cell, held.unseen))]
                for held in row.held
                if held.cell or held.unseen
            ],
            "reaches": [self._reach(reach) for reach in holder.reaches],
        }

    def _reach(self, reach: Reach) -> dict[str, Any]:
        return {
            "vaults": self._vault_lists.number(reach.vaults),
            "routes": [self._route(route) for route in reach.routes],
            "leftOut": reach.left_out,
        }

    def _route(self, route: Route) -> dict[str, Any]:
        return {
            "verdict": route.verdict.value,
            "confidence": int(route.confidence),
            "words": self._words.number(route.permissions),
            "object": escape(route.object),
            "path": self._path(route.steps),
        }


def _cell(key: tuple[Cell, PermissionSet]) -> dict[str, Any]:
    """A cell: what is said of each kind of permission, and the strongest verdict of each kind."""
    cell, unseen = key
    words = cell_words(Held((), cell, unseen), OF_VAULTS)
    return {
        "empty": not cell,
        "words": [[kinds, _spelled(escape(said))] for kinds, said in words if said != NOTHING],
        "verdicts": [_verdict(cell, unseen, KIND[kind]).value for kind in KINDS],
    }


def _spelled(said: str) -> str:
    """The words of a cell with its sign for what was not seen spelled out: "get; perhaps more, not seen"."""
    if said == UNKNOWN:
        return "perhaps, not seen"
    parts = ("perhaps more, not seen" if part == UNKNOWN else part for part in said.split("; "))
    return "; ".join(f"{part[2:]} (unknown)" if part.startswith(f"{UNKNOWN} ") else part for part in parts)


def _verdict(cell: Cell, unseen: PermissionSet, kind: PermissionSet) -> Verdict:
    """The strongest verdict of a kind, unknown where more may be held than nothing."""
    least = Verdict.UNKNOWN if unseen & kind else Verdict.NONE
    verdicts = (least, *(hold.state.verdict for hold in cell if hold.permissions & kind))
    return max(verdicts, key=lambda verdict: verdict.strength)
