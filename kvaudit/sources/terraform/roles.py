"""Roles by name: Terraform assigns them so, and Resource Manager knows ids alone."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec


class _BuiltIn(msgspec.Struct):
    id: str
    name: str


@cache
def built_in_ids() -> dict[str, str]:
    """The ids of the built-in roles by their names in lower case."""
    text = resources.files("kvaudit.data").joinpath("roles.json").read_bytes()
    return {role.name.lower(): role.id for role in msgspec.json.decode(text, type=list[_BuiltIn])}
