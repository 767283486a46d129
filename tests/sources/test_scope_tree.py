"""Scopes that are not known whole: which of them may be below another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kvaudit.model.scope import is_symbolic
from kvaudit.sources.scope_tree import ScopeTree

_NAMES = st.sampled_from(["a", "b", "{a}", "{b}"])
_GROUPS = st.builds("/subscriptions/{}/resourcegroups/{}".format, _NAMES, _NAMES)
_SCOPES = st.builds("/subscriptions/{}".format, _NAMES) | _GROUPS
_ODD = st.lists(_NAMES, min_size=1, max_size=6).map("/".join)


@given(st.lists(_GROUPS | _ODD, max_size=30, unique=True), _SCOPES)
def test_a_scope_may_be_above_whatever_it_agrees_with_segment_by_segment(groups, scope):
    parts = scope.split("/")
    fitting = {
        group
        for group in groups
        if len(parts) <= len(group.split("/"))
        and all(one == other or is_symbolic(one + other) for one, other in zip(parts, group.split("/"), strict=False))
    }
    found = list(ScopeTree(groups).perhaps_below(scope))
    assert set(found) == fitting
    assert len(found) == len(fitting)
