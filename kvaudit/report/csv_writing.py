"""CSV (RFC 4180) that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from kvaudit.report.escape import escape

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS = 1000  # written at a time


def write_rows(stream: BinaryIO, rows: Iterable[Sequence[str]]) -> None:
    """Write rows of cells, each made safe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, row in enumerate(rows, 1):
        writer.writerow(map(safe, row))
        if number % _ROWS == 0:
            stream.write(text.getvalue().encode())
            text.seek(0)
            text.truncate()
    stream.write(text.getvalue().encode())


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, and in which nothing is invisible."""
    shown = escape(cell)
    return f"'{shown}" if cell.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown
