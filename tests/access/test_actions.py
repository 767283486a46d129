from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.access.actions import compile_set, matches
from kvaudit.access.roles import built_in_roles
from kvaudit.model.permission import CATALOGUE, DATA, MANAGEMENT, pack, unpack


@cache
def compiled(pattern):
    """The reference expression of semantics 1.3."""
    expression = re.escape(pattern.strip()).replace(r"/\*/", "(?:/|/.*/)").replace(r"\*", ".*")
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


@cache
def reference(pattern, action):
    return compiled(pattern).fullmatch(action) is not None


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("*", "Microsoft.KeyVault/vaults/read"),
        ("*/read", "Microsoft.KeyVault/vaults/secrets/read"),
        ("microsoft.keyvault/VAULTS/Read", "Microsoft.KeyVault/vaults/read"),
        ("Microsoft.KeyVault/vaults/*", "Microsoft.KeyVault/vaults/secrets/getSecret/action"),
        ("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/read"),
        ("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/keys/versions/read"),
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ),
        ("Microsoft.KeyVault/vaults/keys/read ", "Microsoft.KeyVault/vaults/keys/read"),
        ("\tMicrosoft.KeyVault/*\n", "Microsoft.KeyVault/vaults/keys/read"),
        ("Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write"),
    ],
)
def test_covers(pattern, action):
    assert matches(pattern, action)


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("Microsoft.KeyVault/vaults/*", "Microsoft.KeyVault/vaults"),
        ("Microsoft.KeyVault/vaults/*", "Microsoft.KeyVault/managedHSMs/read"),
        ("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaultsread"),
        ("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/write"),
        ("Microsoft.KeyVault/vaults", "Microsoft.KeyVault/vaults/read"),
        ("Microsoft.KeyVault/vaults/read", "Microsoft.KeyVault/vaults/secrets/read"),
        ("*/read", "read"),
        ("a*a", "a"),
        ("a/*/*/b", "a/b"),
        ("", "Microsoft.KeyVault/vaults/read"),
    ],
)
def test_does_not_cover(pattern, action):
    assert not matches(pattern, action)


@given(pattern=st.text("a/*", max_size=9), action=st.text("aA/", max_size=9))
def test_agrees_with_the_reference_expression(pattern, action):
    assert matches(pattern, action) == reference(pattern, action)


def test_a_hostile_pattern_is_answered():
    assert not matches("*a" * 150 + "b", "Microsoft.KeyVault/" + "a/" * 200)


def test_actions_and_data_actions_never_mix():
    assert compile_set(["*"], [], data=False) & DATA == 0
    assert compile_set(["*"], [], data=True) & pack(["keyvault/vaults/keys/read"]) == 0
    assert unpack(compile_set(["Microsoft.KeyVault/vaults/keys/read"], [], data=False)) == (
        "keyvault/vaults/keys/read",
    )
    assert unpack(compile_set(["Microsoft.KeyVault/vaults/keys/read"], [], data=True)) == ("keys/get", "keys/list")


def test_everything_is_every_entry_of_the_catalogue():
    assert compile_set(["*"], [], data=True) | compile_set(["*"], [], data=False) == DATA | MANAGEMENT


def test_what_is_excluded_is_taken_away():
    held = compile_set(["*"], ["Microsoft.KeyVault/vaults/secrets/getSecret/action", "*/purge/action"], data=True)
    assert held & pack(["secrets/get", "secrets/purge", "keys/purge"]) == 0
    assert held & pack(["secrets/list"])


def test_every_permission_is_granted_by_one_action():
    """What compile_set takes for granted: an exclusion never leaves half of a permission."""
    assert all(len(permission.actions) == 1 for permission in CATALOGUE)


def test_built_in_roles_compile_as_the_reference_says():
    for role in built_in_roles().values():
        for block, compiled in zip(role.definition.blocks, role.blocks, strict=True):
            planes = (
                (True, block.data_actions, block.not_data_actions, compiled.data),
                (False, block.actions, block.not_actions, compiled.management),
            )
            for data, include, exclude, held in planes:
                granted = [
                    permission.name
                    for permission in CATALOGUE
                    if permission.data_action is data
                    and any(reference(pattern, permission.actions[0]) for pattern in include)
                    and not any(reference(pattern, permission.actions[0]) for pattern in exclude)
                ]
                assert held == pack(granted), role.name
