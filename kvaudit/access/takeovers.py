"""The catalogue of ways to act as somebody else: kept as data, so that a new one is a few lines of YAML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from operator import or_
from typing import Any

from kvaudit.access.edges import read_catalogue
from kvaudit.model.finding import Confidence
from kvaudit.model.permission import PermissionSet, pack
from kvaudit.model.value import Value

_NAMED = 3  # actions in a sentence


class Takeover(Value):
    """One way from acting as one principal to acting as another. Fields: see data/takeover.yaml."""

    id: str
    title: str
    does: str
    confidence: Confidence
    source: str
    mitigation: str
    unsure: str = ""
    type: str = ""  # of the resource, lower case; "" for a way through the directory
    needs: PermissionSet = 0
    any: PermissionSet = 0
    anywhere: PermissionSet = 0
    puts: bool = False
    owner_of: str = ""
    eligible_for: str = ""
    directory_roles: frozenset[str] = frozenset()  # lower case
    app_roles: frozenset[str] = frozenset()
    gains: str = ""

    @property
    def section(self) -> str:
        """The section of a snapshot that says where it is open."""
        for asked, section in (
            (self.type, "resources"),
            (self.owner_of, "owners"),
            (self.eligible_for, "groupEligibilities"),
            (self.app_roles, "appRoleAssignments"),
        ):
            if asked:
                return section
        return "directoryRoles"


@cache
def takeovers() -> tuple[Takeover, ...]:
    """The catalogue, in its order."""
    return tuple(map(_takeover, read_catalogue("takeover.yaml")))


@cache
def by_ids(ids: frozenset[str]) -> tuple[Takeover, ...]:
    """Those of these ids: of a way, the steps to others among its actions."""
    return tuple(each for each in takeovers() if each.id in ids)


@cache
def of_type(kind: str) -> tuple[Takeover, ...]:
    """The ways through a resource of a type, lower case."""
    return tuple(each for each in takeovers() if each.type == kind)


@cache
def control() -> PermissionSet:
    """Every operation on a resource that some way needs."""
    return reduce(or_, (each.needs | each.any for each in takeovers()), 0)


@cache
def needed_anywhere() -> PermissionSet:
    """Every operation that some way needs at any scope at all."""
    return reduce(or_, (each.anywhere for each in takeovers()), 0)


def sentence(takeover: Takeover, target: str, resource: str, actions: Sequence[str] = (), note: str = "") -> str:
    """A way in words, after "the holder": whom it leads to, through what, by which Azure actions."""
    text = takeover.does.replace("{resource}", resource).replace("{target}", target)
    if actions:
        shown = [*actions[:_NAMED], "another"] if len(actions) > _NAMED else list(actions)
        text += f", with {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}"
    notes = "; ".join(filter(None, (takeover.unsure, note)))
    return f"{text} ({notes})" if notes else text


def _takeover(row: dict[str, Any]) -> Takeover:
    return Takeover(
        id=row["id"],
        title=row["title"],
        does=row["does"],
        confidence=Confidence[row["confidence"].upper()],
        source=row["source"],
        mitigation=row["mitigation"],
        unsure=row.get("unsure", ""),
        type=row.get("type", ""),
        needs=pack(row.get("needs", ())),
        any=pack(row.get("any", ())),
        anywhere=pack(row.get("anywhere", ())),
        puts=row.get("puts", False),
        owner_of=row.get("owner-of", ""),
        eligible_for=row.get("eligible-for", ""),
        directory_roles=frozenset(name.lower() for name in row.get("directory-roles", ())),
        app_roles=frozenset(row.get("app-roles", ())),
        gains=row.get("gains", ""),
    )
