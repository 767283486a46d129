"""JSON of the matrix: the public contract `kvaudit/matrix/v1`; the schema beside this module says what fields mean."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit import __version__
from kvaudit.model.finding import Verdict
from kvaudit.model.matrix import Held, MatrixReport, Row
from kvaudit.model.permission import unpack
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import (
    PrincipalWire,
    Wire,
    Writer,
    encode,
    not_evaluated,
    sources,
    write_document,
)

MATRIX_SCHEMA = "kvaudit/matrix/v1"


class _Hold(Wire):
    verdict: str
    confidence: str | None
    permissions: tuple[str, ...]
    object: str


class _Cell(Wire):
    vaults: list[str]
    holds: list[_Hold]
    unknown: tuple[str, ...]


class _Row(Wire):
    principal: PrincipalWire
    team: str | None
    through: list[PrincipalWire]
    members_unknown: bool
    cells: list[_Cell]


class _Vault(Wire):
    id: str
    unknown: tuple[str, ...]


def write_matrix(report: MatrixReport, stream: BinaryIO, _look: Look) -> None:
    """Write a matrix as `kvaudit/matrix/v1`."""
    writer = _Rows(report)
    head = {
        "schema": MATRIX_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "complete": report.complete,
        "takenAt": report.snapshot.taken_at,
        "sources": sources(report.snapshot),
        "permissions": unpack(report.asked),
    }
    lists = {
        "vaults": (encode(_Vault(writer.ids[each], unpack(report.unseen.get(each, 0)))) for each in report.vaults),
        "rows": map(writer.row, report.rows),
        "gaps": map(writer.gap, report.gaps),
        "notEvaluated": map(not_evaluated, report.not_evaluated),
    }
    write_document(stream, head, lists)


class _Rows(Writer):
    """The rows of a matrix."""

    def __init__(self, report: MatrixReport) -> None:
        super().__init__(report)
        self.ids = [vault.id for vault in report.snapshot.vaults]

    def row(self, row: Row) -> bytes:
        """A principal with its cells."""
        return encode(
            _Row(
                principal=self.principal(row.principal),
                team=row.team,
                through=[self.principal(group) for group in row.through],
                members_unknown=row.members_unknown,
                cells=[self._cell(held) for held in row.held],
            )
        )

    def _cell(self, held: Held) -> _Cell:
        holds = [
            _Hold(
                hold.state.verdict.value,
                hold.state.confidence.label if hold.state.verdict is Verdict.ESCALATION else None,
                unpack(hold.permissions),
                hold.object,
            )
            for hold in held.cell
        ]
        return _Cell([self.ids[number] for number in held.vaults], holds, unpack(held.unseen))
