"""Role definitions as permission sets: the built-in roles as data, the custom ones from the snapshot."""

from __future__ import annotations

from functools import cache, cached_property
from importlib import resources

import msgspec

from kvaudit.access.actions import compile_set
from kvaudit.model.permission import DATA, MANAGEMENT, PermissionSet
from kvaudit.model.role import PermissionBlock, RoleDefinition
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value


class Block(Value):
    """One block of a role, compiled. Its condition gates some of its permissions, never those of another block."""

    data: PermissionSet  # by dataActions less notDataActions
    management: PermissionSet  # by actions less notActions
    condition: str | None = None

    @property
    def permissions(self) -> PermissionSet:
        """Both planes together; they share no bit."""
        return self.data | self.management


def compile_block(block: PermissionBlock) -> Block:
    """Compile a block of a role definition or of a deny assignment."""
    return Block(
        compile_set(block.data_actions, block.not_data_actions, data=True),
        compile_set(block.actions, block.not_actions, data=False),
        block.condition or None,
    )


class Role:
    """A role that can be looked at: compiled when first asked."""

    def __init__(self, definition: RoleDefinition, *, custom: bool) -> None:
        self.definition = definition
        self.key = definition.id
        self.name = definition.name or definition.id
        self.custom = custom

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The compiled blocks."""
        return tuple(map(compile_block, self.definition.blocks or ()))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of its blocks."""
        return tuple(dict.fromkeys(block.condition for block in self.blocks if block.condition))

    @cached_property
    def permissions(self) -> PermissionSet:
        """All it gives, conditions aside."""
        held = 0
        for block in self.blocks:
            held |= block.permissions
        return held

    @property
    def data(self) -> PermissionSet:
        """What it gives of the vaults' data, conditions aside."""
        return self.permissions & DATA

    @property
    def management(self) -> PermissionSet:
        """What it gives of everything else, conditions aside."""
        return self.permissions & MANAGEMENT


class _BuiltInBlock(msgspec.Struct, rename="camel"):
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None


class _BuiltInRole(msgspec.Struct):
    id: str
    name: str
    permissions: list[_BuiltInBlock]


@cache
def built_in_roles() -> dict[str, Role]:
    """The built-in roles by key; their ids are the same in every cloud (semantics 1.8)."""
    text = resources.files("kvaudit.data").joinpath("roles.json").read_bytes()
    return {
        each.id: Role(_definition(each), custom=False) for each in msgspec.json.decode(text, type=list[_BuiltInRole])
    }


def _definition(role: _BuiltInRole) -> RoleDefinition:
    blocks = tuple(
        PermissionBlock(each.actions, each.not_actions, each.data_actions, each.not_data_actions, each.condition)
        for each in role.permissions
    )
    return RoleDefinition(id=role.id, name=role.name, custom=False, blocks=blocks, assignable_scopes=("/",))


class Roles:
    """Every role a snapshot may name."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._built_in = built_in_roles()
        self._given = {
            each.id: Role(each, custom=each.custom if each.custom is not None else each.id not in self._built_in)
            for each in snapshot.role_definitions
            if each.blocks is not None
        }

    def get(self, key: str) -> Role | None:
        """The role of this key, as the tenant defines it before what is known of the built-in one; None: unknown."""
        return self._given.get(key) or self._built_in.get(key)

    def gives(self, key: str, wanted: PermissionSet) -> bool | None:
        """Whether a role gives any of these operations somewhere; None where its definition is not known."""
        role = self.get(key)
        return bool(role.permissions & wanted) if role else None

    def given(self) -> tuple[Role, ...]:
        """The definitions of the snapshot."""
        return tuple(self._given.values())

    def every(self) -> tuple[Role, ...]:
        """All that could be assigned."""
        return tuple({**self._built_in, **self._given}.values())
