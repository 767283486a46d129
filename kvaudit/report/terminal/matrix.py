"""The matrix for people: a block for each principal, a line for each group of vaults that are alike."""

from __future__ import annotations

from typing import BinaryIO

from rich.cells import cell_len
from rich.text import Text

from kvaudit.model.matrix import Held, MatrixReport, Row
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.matrix_words import NOTHING, UNKNOWN, cell_words, through_words, verdict_of
from kvaudit.report.terminal.page import VERDICT_STYLES, Page
from kvaudit.report.terminal.unseen import show_unseen
from kvaudit.report.words import plural

_NAMES = 5
_COLUMN = 24  # of the names of vaults; a longer list takes a line of its own


def write_matrix(report: MatrixReport, stream: BinaryIO, look: Look) -> None:
    """Write a matrix."""
    with Page.on(stream, look) as page:
        limit = 0 if page.verbosity else report.limit
        rows = report.rows[:limit] if limit else report.rows
        for number, row in enumerate(rows):
            page.put([*([Text()] if number else []), *_block(page, report, row)])
        if len(report.rows) > len(rows):
            left = plural(len(report.rows) - len(rows), "more principal")
            page.put([Text(), Text(f"and {left} (--limit 0 shows all, --principal asks about one, -f csv)", "bold")])
        if not report.rows:
            seen = "" if report.complete else ", as far as could be seen"
            page.put([Text(f"Nobody has anything of this{seen}.", "bold")])
        _show_anybody(page, report)
        page.put([Text(), *page.wrapped(Text(_legend(page), "dim"))])
        show_unseen(page, report)


def _block(page: Page, report: MatrixReport, row: Row) -> list[Text]:
    name, kind, shown = report.names.get(row.principal), report.types.get(row.principal), escape(row.principal)
    heading = Text(f"{escape(kind)} " if kind else "")
    heading.append(escape(name) if name else shown, "bold")
    heading.append(f" ({shown})" if name else "")
    notes = [f"team {escape(row.team)}"] if row.team else []
    if row.through:
        notes.append(f"through {page.some(through_words(report, row.through), _NAMES)}")
    if row.members_unknown:
        notes.append("not all of its members are known")
    heading.append("".join(f", {note}" for note in notes), "dim")
    lines = page.wrapped(heading, "", "    ")
    for held in row.held:
        lines += _line(page, report, held)
    return lines


def _line(page: Page, report: MatrixReport, held: Held) -> list[Text]:
    names = page.some([report.snapshot.vaults[number].name for number in held.vaults], _NAMES)
    cells = Text()
    for kinds, words in cell_words(held, report.asked, every=bool(page.verbosity)):
        cells.append("  " if cells else "").append(f"{kinds}: ", "dim")
        cells.append(page.signs.dash if words == NOTHING else escape(words))
    style = VERDICT_STYLES[verdict_of(held)]
    if cell_len(names) > _COLUMN:
        return [*page.wrapped(Text(names, style), "  "), *page.wrapped(cells, "    ")]
    lines = page.wrapped(cells, f"  {names}{' ' * (_COLUMN - cell_len(names))}  ")
    lines[0].stylize(style, 2, 2 + len(names))
    return lines


def _show_anybody(page: Page, report: MatrixReport) -> None:
    """The vaults on which anybody may have more than is shown."""
    if report.unseen:
        names = [report.snapshot.vaults[number].name for number in sorted(report.unseen)]
        words = Text.assemble(
            (UNKNOWN, "bold cyan"), " anybody may have more than is shown on ", page.some(names, _NAMES)
        )
        page.put([Text(), *page.wrapped(words, "", "    ")])


def _legend(page: Page) -> str:
    dash = page.signs.dash
    return (
        f"get reads the value of a secret, list shows names alone. {dash}: nothing. {UNKNOWN}: not seen, may be held. "
        "can obtain: by actions of its own. Vaults that are not listed under somebody: nothing, as far as is seen."
    )
