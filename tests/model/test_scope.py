"""Scopes read from any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.model.scope import Level, parse_scope, scope_key

_WORDS = st.sampled_from(["", "x", "subscriptions", "resourceGroups", "providers", "Microsoft.KeyVault", "vaults", " "])


@given(st.text(max_size=40) | st.lists(_WORDS, max_size=9).map("/".join))
def test_any_text_is_a_scope_that_covers_itself(text):
    scope = parse_scope(text)
    assert scope.key == scope_key(text)
    assert scope.covers(scope)
    assert scope.name


@pytest.mark.parametrize("text", ["x", "subscriptions", "/subscriptions", "x/", "azurerm_key_vault.main.id"])
def test_text_that_is_no_id_is_a_resource_of_its_own(text):
    scope = parse_scope(text)
    assert (scope.level, scope.subscription, scope.vault) == (Level.RESOURCE, "", "")
    assert scope.name == text.strip("/").rpartition("/")[2]


@pytest.mark.parametrize("text", ["", "/", "//", " / "])
def test_nothing_is_the_root(text):
    assert parse_scope(text).level is Level.ROOT
