"""Comparisons of estates nobody thought of: against a second opinion, and against themselves."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kvaudit.model.change import State
from kvaudit.model.permission import pack
from kvaudit.model.snapshot import TENANT, Coverage
from tests.access.comparing import cells, compare
from tests.access.naive import Oracle
from tests.access.strategies import AS_OF, ASKED, ONE, PRINCIPALS, TWO, snapshots

estates = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
questions = st.lists(st.sampled_from(ASKED), min_size=2, max_size=2, unique=True)
WANTED = pack(ASKED)
SEEN = ("vaults", "roleEligibilities", "roleActivations", "denyAssignments", "locks")


def is_whole(snapshot):
    """Whether everything is known that the estates of the tests may leave out."""
    return (
        snapshot.coverage == (Coverage("roleAssignments", TENANT, complete=True),)
        and len(snapshot.group_members) == 3
        and all(row.complete for row in snapshot.group_members)
        and {each.id for each in snapshot.subscriptions if each.ancestors is not None} == {ONE, TWO}
        and len(snapshot.principals) == len(PRINCIPALS)
        and all(
            None not in (vault.uses_rbac, vault.policies, vault.for_deployment, vault.for_template_deployment)
            for vault in snapshot.vaults
        )
    )


def seen_whole(snapshot):
    """The same, with every section looked for everywhere, and without rights on single objects."""
    coverage = [Coverage(section, TENANT, complete=True) for section in SEEN]
    rows = {
        section: tuple(row for row in getattr(snapshot, section) if not row.scope.endswith("/db"))
        for section in ("role_assignments", "eligibilities", "activations")
    }
    return msgspec.structs.replace(
        snapshot, coverage=(*snapshot.coverage, *coverage), given=snapshot.given | frozenset(SEEN), **rows
    )


whole = snapshots().filter(is_whole).map(seen_whole)


def levels(snapshot, principal, name, vault):
    """How much a principal may have, by every verdict that the semantics allow."""
    numbers = {each.name: number for number, each in enumerate(snapshot.vaults)}
    if vault not in numbers:
        return {0}
    verdicts = Oracle(snapshot, AS_OF, numbers[vault]).verdicts(principal, name)
    return {State(verdict).level for verdict in verdicts}


def naive(old, new, names):
    """The cells that certainly rose, and those that may have."""
    risen, possible = set(), set()
    vaults = {vault.name for vault in (*old.vaults, *new.vaults)}
    for principal, vault, name in itertools.product(PRINCIPALS, vaults, names):
        then, now = levels(old, principal, name, vault), levels(new, principal, name, vault)
        if max(then) < min(now):
            risen.add((principal, vault, name))
        if min(then) < max(now):
            possible.add((principal, vault, name))
    return risen, possible


@estates
@given(whole, whole, questions)
def test_what_is_gained_is_the_difference_of_two_second_opinions(old, new, names):
    found = cells(compare(old, new, pack(names), AS_OF))
    risen, possible = naive(old, new, names)
    assert risen <= found.get("gained", set())
    assert {cell for cell in found.get("gained", set()) if cell[0] in PRINCIPALS} <= possible


@estates
@given(snapshots(), snapshots(), questions)
def test_no_gain_is_passed_over_where_something_was_not_seen(old, new, names):
    found = cells(compare(old, new, pack(names), AS_OF))
    risen, _ = naive(old, new, names)
    assert risen <= set().union(*(found.get(kind, set()) for kind in ("gained", "nowVisible", "noLongerVisible")))


@estates
@given(snapshots())
def test_nothing_has_changed_between_an_estate_and_itself(snapshot):
    assert compare(snapshot, snapshot, WANTED, AS_OF) == ()


@estates
@given(snapshots(), snapshots())
def test_gains_and_losses_change_places_with_the_sides(old, new):
    there, back = (cells(compare(*sides, WANTED, AS_OF)) for sides in ((old, new), (new, old)))
    for kind, other in {"gained": "lost", "nowVisible": "noLongerVisible", "changed": "changed"}.items():
        assert there.get(kind) == back.get(other)
        assert back.get(kind) == there.get(other)


@estates
@given(snapshots(), snapshots(), st.randoms(use_true_random=False))
def test_order_never_shows(old, new, chance):
    sections = {
        section: tuple(chance.sample(rows, len(rows)))
        for section in new.__struct_fields__
        if isinstance(rows := getattr(new, section), tuple)
    }
    shuffled = msgspec.structs.replace(new, **sections)
    assert cells(compare(new, shuffled, WANTED, AS_OF)) == {}
    assert compare(old, shuffled, WANTED, AS_OF) == compare(old, new, WANTED, AS_OF)


@estates
@given(snapshots(), snapshots())
def test_a_kind_and_its_verdicts_agree(old, new):
    for change in compare(old, new, WANTED, AS_OF):
        assert change.effects, change
        for effect in change.effects:
            before, after = effect.before, effect.after
            assert before != after
            if effect.kind.value == "gained":
                assert before.level < after.level
            elif effect.kind.value == "lost":
                assert before.level > after.level
            elif effect.kind.value == "changed":
                assert before.level == after.level


def without_last(section):
    return lambda snapshot: msgspec.structs.replace(snapshot, **{section: getattr(snapshot, section)[:-1]})


def without_members(snapshot):
    first, *rest = snapshot.group_members
    return msgspec.structs.replace(snapshot, group_members=(msgspec.structs.replace(first, members=()), *rest))


def with_another_role(snapshot):
    first, *rest = snapshot.role_definitions
    return msgspec.structs.replace(snapshot, role_definitions=(msgspec.structs.replace(first, blocks=()), *rest))


def with_the_other_model(snapshot):
    first, *rest = snapshot.vaults
    return msgspec.structs.replace(
        snapshot, vaults=(msgspec.structs.replace(first, uses_rbac=not first.uses_rbac), *rest)
    )


ONE_DIFFERENCE = {
    "role_assignments": (without_last("role_assignments"), {"roleAssignment"}),
    "eligibilities": (without_last("eligibilities"), {"eligibility"}),
    "activations": (without_last("activations"), {"activation", "roleAssignment"}),  # it may also be listed as that
    "deny_assignments": (without_last("deny_assignments"), {"denyAssignment"}),
    "group_members": (without_members, {"membership"}),
    "role_definitions": (with_another_role, {"roleDefinition"}),
    "vaults": (with_the_other_model, {"permissionModel"}),
}


@pytest.mark.parametrize("section", ONE_DIFFERENCE)
@settings(estates, max_examples=25)
@given(snapshot=whole)
def test_a_single_difference_is_the_cause_of_all_that_follows(section, snapshot):
    if not getattr(snapshot, section):
        return
    change, kinds = ONE_DIFFERENCE[section]
    for pair in ((snapshot, change(snapshot)), (change(snapshot), snapshot)):
        assert {each.kind for each in compare(*pair, WANTED, AS_OF)} <= kinds
