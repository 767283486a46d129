"""The walk of the matrix: read the sources, work out who holds what, lay it out by principal and vault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import BinaryIO

from kvaudit.access.lookup import find_principal, find_vaults
from kvaudit.access.matrix import Matrix
from kvaudit.audit import deeper
from kvaudit.audit.walk import Located, Progress, names_of, read, rewindable, types_of, united
from kvaudit.errors import UsageError
from kvaudit.gate.config import load_config
from kvaudit.model.finding import Verdict
from kvaudit.model.grant import DEPTH
from kvaudit.model.matrix import MatrixReport
from kvaudit.model.permission import OF_VAULTS, parse_question
from kvaudit.model.profile import Profile
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.rules.profiles import Teams


class MatrixRequest(Value):
    """What a matrix is to show."""

    paths: tuple[str, ...]
    as_of: dt.datetime
    config: Path | None = None
    team: str | None = None
    principal: str | None = None
    vault: str | None = None
    permission: str | None = None  # None: all that concern vaults and the rights over them
    verdicts: tuple[Verdict, ...] = ()  # none: all
    groups: bool = False
    limit: int = 0
    keep_going: bool = False
    depth: int = DEPTH


def matrix(request: MatrixRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None) -> MatrixReport:
    """Lay out who has what on which vault. Raises KvauditError as scan and ask do."""
    asked = OF_VAULTS if request.permission is None else parse_question(request.permission).permissions
    profile = load_config(request.config).profile
    _check_team(request.team, profile)
    stdin = rewindable(stdin, request.paths)
    access = read(request, request.paths, stdin, progress)
    numbers = find_vaults(access.estate, request.vault)
    found = Matrix(access, asked, numbers, request.verdicts)
    if request.principal is None:
        rows = found.rows(groups=request.groups)
    else:
        row = found.row(find_principal(access.directory, request.principal), everywhere=True)
        rows = (row,) if row else ()
    teams = Teams(profile, access.directory, access.roles)
    rows = tuple(row for each in rows if (row := teams.placed(each)).team == request.team or request.team is None)
    principals = {row.principal for row in rows}.union(*(row.through for row in rows))
    told = {(gap.need, scope_key(gap.subject)) for gap in access.gaps}
    further = (gap for about, gap in found.undecided.items() if about not in told)
    seen = united((*access.gaps, *access.takeover_gaps, *further))
    gaps = tuple(gap for gap in seen if gap.need != "diagnosticSettings")  # no access hangs on them
    return MatrixReport(
        rows=rows,
        asked=asked,
        vaults=numbers,
        unseen=found.unseen if request.principal is None else {},
        gaps=gaps,
        not_evaluated=deeper(access),
        snapshot=access.snapshot,
        locations=Located(lambda: (origin for gap in gaps for origin in gap.origins), stdin),
        names=names_of(access, principals),
        types=types_of(access, principals),
        complete=not gaps,
        limit=request.limit,
    )


def _check_team(name: str | None, profile: Profile) -> None:
    known = [team.name for team in profile.teams]
    if name is not None and name not in known:
        raise UsageError(f"--team {name}: there is no such team", hint=f"There are {', '.join(known)}.")
