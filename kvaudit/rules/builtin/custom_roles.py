"""KV209: a custom role that gives more than its name says."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.access.actions import compile_set
from kvaudit.access.roles import Role
from kvaudit.model.finding import Cause
from kvaudit.model.permission import DATA, PermissionSet
from kvaudit.model.scope import Level, parse_scope
from kvaudit.rules.base import Context, Meta, Result, finding, vault_ids
from kvaudit.rules.cohorts import LIVE
from kvaudit.rules.grant_words import kinds_of, permission_words
from kvaudit.rules.profiles import CONTROL, METADATA

_MATTERS = CONTROL | DATA & ~METADATA


def judge_custom_role(meta: Meta, context: Context) -> Iterator[Result]:
    """Custom roles that reach vaults by a wildcard, or can be assigned in every subscription."""
    roles = [role for role in context.access.roles.given() if role.custom and role.permissions & _MATTERS]
    vaults: dict[str, set[int]] = {role.key: set() for role in roles}
    for grant in context.access.grants if roles else ():
        if grant.role in vaults and grant.verdict in LIVE:
            vaults[grant.role].update(grant.vaults)
    for role in roles:
        yield from _judge(meta, context, role, vaults[role.key])


def _judge(meta: Meta, context: Context, role: Role, numbers: set[int]) -> Iterator[Result]:
    wild, reached = _wildcards(role)
    everywhere = [
        scope for scope in role.definition.assignable_scopes or () if parse_scope(scope).level <= Level.MANAGEMENT_GROUP
    ]
    reasons = []
    if wild:
        reasons.append(f"reaches {permission_words(reached)} by the wildcard {', '.join(wild)}")
    if everywhere:
        reasons.append(f"can be assigned in every subscription below {', '.join(everywhere)}")
    if not reasons:
        return
    yield finding(
        meta,
        subject=role.key,
        vaults=vault_ids(context.access, tuple(sorted(numbers))),
        values={"role": role.name, "role.id": role.key, "reasons": " and ".join(reasons)},
        cause=Cause("roleDefinition", role.key),
        permission_class=kinds_of(reached or role.permissions & _MATTERS),
        origins=role.definition.origins,
    )


def _wildcards(role: Role) -> tuple[list[str], PermissionSet]:
    """The patterns of a role with a wildcard that gives data or control of vaults, and what they give."""
    wild: list[str] = []
    reached = 0
    for block in role.definition.blocks or ():
        for patterns, excluded, data in (
            (block.actions, block.not_actions, False),
            (block.data_actions, block.not_data_actions, True),
        ):
            for pattern in patterns:
                given = compile_set((pattern,), excluded, data=data) & _MATTERS if "*" in pattern else 0
                if given and pattern not in wild:
                    wild.append(pattern)
                reached |= given
    return wild, reached


RULES = {"KV209": judge_custom_role}
