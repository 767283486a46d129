"""Who has what, for reports of a scan that show it: the matrix, with the ways behind every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from kvaudit.access.engine import Access
from kvaudit.access.matrix import Matrix
from kvaudit.access.reaching import Ways
from kvaudit.audit.walk import Located, names_of, types_of
from kvaudit.model.finding import Step
from kvaudit.model.matrix import Row
from kvaudit.model.origin import Origin
from kvaudit.model.overview import Holder, Overview, Reach, Route
from kvaudit.model.permission import OF_VAULTS
from kvaudit.model.profile import Profile
from kvaudit.rules.profiles import Teams

_ROUTES = 6
"""Ways of one principal to one vault that are told; the strongest come first."""


def lay_out(
    access: Access, profile: Profile, stdin: BinaryIO | None, numbers: Sequence[int], principals: int
) -> Overview:
    """Who has what on these vaults: everybody behind the groups, those first who have most, so many at most."""
    matrix = Matrix(access, OF_VAULTS, numbers)
    rows = matrix.rows(groups=False)
    shown, rest = rows[:principals], rows[principals:]
    teams = Teams(profile, access.directory, access.roles)
    asked = frozenset(numbers)
    holders = tuple(
        Holder(teams.placed(_everywhere(matrix, row)), tuple(_reaches(access, row, asked))) for row in shown
    )
    named = {row.principal for row in shown}.union(*(row.through for row in shown))
    return Overview(
        vaults=tuple(numbers),
        holders=holders,
        left_out=len(rest),
        left_out_on=Counter(number for row in rest for held in row.held for number in held.vaults),
        unseen=matrix.unseen,
        names=names_of(access, named),
        types=types_of(access, named),
        networks={number: access.networks[number] for number in numbers},
        locations=Located(lambda: _origins(holders), stdin),
    )


def _everywhere(matrix: Matrix, row: Row) -> Row:
    """A row with every vault on it: what it may have unseen where it has nothing is no nothing."""
    return matrix.row(row.principal, everywhere=True) or row


def _reaches(access: Access, row: Row, asked: frozenset[int]) -> Iterator[Reach]:
    """The routes behind the cells of a row."""
    for vaults, ways in access.answers.reached(row.principal, OF_VAULTS).on(asked):
        routes = tuple(_routes(access, row.principal, ways))
        if vaults and routes:
            yield Reach(vaults, routes, len(ways.found) - len(routes))


def _routes(access: Access, principal: str, ways: Ways) -> Iterator[Route]:
    for way, path in zip(ways.found[:_ROUTES], ways.paths, strict=False):
        steps = access.paths.heads(principal, path.holders) + path.tail
        yield Route(path.verdict, path.confidence, way.permissions, path.object, steps)


def _origins(holders: Sequence[Holder]) -> Iterator[Origin]:
    steps: dict[int, Step] = {}
    for holder in holders:
        for reach in holder.reaches:
            for route in reach.routes:
                steps.update((id(step), step) for step in route.steps)
    return (step.origin for step in steps.values() if step.origin)
