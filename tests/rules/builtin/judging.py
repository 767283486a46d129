"""Puts a small estate before one rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from kvaudit.model.finding import Finding
from kvaudit.model.profile import Profile
from kvaudit.model.snapshot import Snapshot
from kvaudit.rules.base import Context, Rule
from kvaudit.rules.registry import RuleResults, read_pack, run_rules, shipped
from kvaudit.rules.teams import default_profile
from tests.access.build import access

Options = Mapping[str, Mapping[str, Any]]
AS_SHIPPED: Options = MappingProxyType({})
EVERYTHING = frozenset({"vaults", "roleAssignments", "principals", "groupMembers"})


@cache
def rules() -> dict[str, Rule]:
    return {rule.meta.id: rule for rule in read_pack(shipped())}


def results(
    rule: str, snapshot: Snapshot, profile: Profile | None = None, options: Options = AS_SHIPPED
) -> RuleResults:
    return run_rules([rules()[rule]], Context(access(snapshot), profile or default_profile(), options))


def findings(
    rule: str, snapshot: Snapshot, profile: Profile | None = None, options: Options = AS_SHIPPED
) -> tuple[Finding, ...]:
    return results(rule, snapshot, profile, options).findings


def only(rule: str, snapshot: Snapshot, profile: Profile | None = None) -> Finding:
    (found,) = findings(rule, snapshot, profile)
    return found
