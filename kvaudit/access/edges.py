"""The catalogue of escalation edges: kept as data, so that a new edge is a few lines of YAML."""

from __future__ import annotations

from functools import cache, reduce
from importlib import resources
from operator import or_
from typing import Any

import yaml

from kvaudit.model.finding import Confidence
from kvaudit.model.permission import BY_NAME, CATALOGUE, POLICY_WORDS, PermissionSet, pack
from kvaudit.model.value import Value


class Edge(Value):
    """One way from holding some operations on a vault to holding its data. Fields: see data/escalation.yaml."""

    id: str
    title: str
    needs: PermissionSet
    actions: tuple[str, ...]  # the Azure actions of the needs, in their order
    confidence: Confidence
    does: str
    source: str
    gains: PermissionSet = 0
    anywhere: PermissionSet = 0
    unless: PermissionSet = 0
    rbac: bool | None = None  # the permission model it works on; None: both
    flag: str = ""
    flag_off: str = ""
    beside: PermissionSet = 0  # held together on one other vault of the same subscription and geography
    assigns: bool = False
    redefines: bool = False
    puts: bool = False
    effect: str = ""  # what it does beside giving access: tracks | protection | network | destruction


@cache
def edges() -> tuple[Edge, ...]:
    """The catalogue, in its order."""
    return tuple(map(_edge, read_catalogue("escalation.yaml")))


def read_catalogue(name: str) -> list[dict[str, Any]]:
    """The rows of a catalogue of `kvaudit/data`, read by the parser in C where there is one: each command waits."""
    text = resources.files("kvaudit.data").joinpath(name).read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return rows


@cache
def needed() -> PermissionSet:
    """Every operation on a vault that leads to its data by some edge."""
    return reduce(or_, (edge.needs for edge in edges() if _climbs(edge)), 0)


@cache
def worth_gaining() -> PermissionSet:
    """Of these, the ones that are worth a role of their own: what they lead to is more than a guess."""
    return reduce(or_, (edge.needs for edge in edges() if _climbs(edge) and edge.confidence > Confidence.LOW), 0)


@cache
def doubted() -> frozenset[str]:
    """The edges of which it is not sure that they work."""
    return frozenset(edge.id for edge in edges() if edge.confidence is Confidence.LOW)


def _climbs(edge: Edge) -> bool:
    return bool(edge.gains or edge.assigns) and not edge.beside


@cache
def anywhere() -> PermissionSet:
    """Every operation that some edge needs at any scope at all."""
    return reduce(or_, (edge.anywhere for edge in edges()), 0)


@cache
def completed_elsewhere() -> PermissionSet:
    """What must be held on the vault itself of the edges that need something more anywhere."""
    held = 0
    for edge in edges():
        if edge.anywhere:
            held |= edge.needs & ~edge.anywhere
    return held


def _edge(row: dict[str, Any]) -> Edge:
    return Edge(
        id=row["id"],
        title=row["title"],
        needs=pack(row["needs"]),
        actions=tuple(CATALOGUE[BY_NAME[name].index].actions[0] for name in row["needs"]),
        confidence=Confidence[row["confidence"].upper()],
        does=row["does"].strip(),
        source=row["source"],
        gains=_gains(row.get("gains", ())),
        anywhere=pack(row.get("anywhere", ())),
        unless=pack(row.get("unless", ())),
        rbac={"rbac": True, "policies": False, None: None}[row.get("model")],
        flag=row.get("flag", ""),
        flag_off=row.get("flag-off", ""),
        beside=pack(row.get("beside", ())),
        assigns=row.get("assigns", False),
        redefines=row.get("redefines", False),
        puts=row.get("puts", False),
        effect=row.get("effect", ""),
    )


def _gains(names: list[str]) -> PermissionSet:
    if names == ["data"]:
        return reduce(or_, POLICY_WORDS.values())
    return pack(names)
