"""The matrix as CSV (RFC 4180), a line for each principal and vault, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from kvaudit.model.matrix import Held, MatrixReport, Row
from kvaudit.model.permission import TYPES
from kvaudit.report.csv_writing import write_rows
from kvaudit.report.formats import Look
from kvaudit.report.matrix_words import NOTHING, UNKNOWN, kind_words, kinds_asked, through_words, verdict_of
from kvaudit.report.words import vault_name

_COLUMNS = ("principal", "type", "name", "team", "through", "vault", "vault_id", "verdict")
ANYBODY = "(anybody)"


def write_matrix(report: MatrixReport, stream: BinaryIO, _look: Look) -> None:
    """Write a matrix. Where anybody may have something unseen, a line of the principal "(anybody)" says so."""
    kinds = kinds_asked(report.asked)
    write_rows(stream, _rows(report, kinds))


def _rows(report: MatrixReport, kinds: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield (*_COLUMNS, *kinds)
    for row in report.rows:
        for held in row.held:
            yield from _lines(report, row, held, kinds)
    for number, unseen in sorted(report.unseen.items()):
        held = Held((number,), (), unseen)
        yield from _lines(report, Row(ANYBODY, (held,)), held, kinds)


def _lines(report: MatrixReport, row: Row, held: Held, kinds: Sequence[str]) -> Iterator[tuple[str, ...]]:
    who = (
        row.principal,
        report.types.get(row.principal) or UNKNOWN,
        report.names.get(row.principal) or "",
        row.team or "",
        "; ".join(through_words(report, row.through)),
    )
    cells = tuple(kind_words(held.cell, held.unseen, kind, every=kind in TYPES) for kind in kinds)
    for number in held.vaults:
        vault = report.snapshot.vaults[number].id
        yield (
            *who,
            vault_name(vault),
            vault,
            verdict_of(held).value,
            *("none" if cell == NOTHING else cell for cell in cells),
        )
