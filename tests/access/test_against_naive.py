"""The engine on estates nobody thought of: against a second opinion, and against itself under changes."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kvaudit.access.engine import resolve
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import parse_question
from tests.access.naive import Oracle
from tests.access.strategies import AS_OF, ASKED, PRINCIPALS, snapshots

# The same estates in every run: what fails was changed, not drawn.
estates = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
questions = st.lists(st.sampled_from(ASKED), min_size=2, max_size=2, unique=True)


def answers(snapshot, names, principals=PRINCIPALS):
    """The verdict for each principal, question and vault, by the vault's id."""
    access = resolve(snapshot, AS_OF)
    found = {}
    for principal, name in itertools.product(principals, names):
        for answer in access.can(principal, parse_question(name), range(len(snapshot.vaults)))[0]:
            found.update(((principal, name, snapshot.vaults[number].id), answer.verdict) for number in answer.vaults)
    return found


@estates
@given(snapshots(), questions)
def test_every_answer_is_one_that_the_semantics_allow(snapshot, names):
    for (principal, name, vault), verdict in answers(snapshot, names).items():
        number = [each.id for each in snapshot.vaults].index(vault)
        right = Oracle(snapshot, AS_OF, number).verdicts(principal, name)
        assert verdict in right, f"{principal} {name} on {vault}"


@estates
@given(snapshots().filter(lambda snapshot: snapshot.deny_assignments), questions)
def test_a_deny_makes_no_answer_stronger(snapshot, names):
    allowed = answers(msgspec.structs.replace(snapshot, deny_assignments=snapshot.deny_assignments[:-1]), names)
    for question, verdict in answers(snapshot, names).items():
        assert verdict.strength <= allowed[question].strength, question


@estates
@given(snapshots().filter(lambda snapshot: snapshot.role_assignments), questions)
def test_an_assignment_makes_no_answer_weaker_but_one_that_was_unknown(snapshot, names):
    without = answers(msgspec.structs.replace(snapshot, role_assignments=snapshot.role_assignments[:-1]), names)
    for question, verdict in answers(snapshot, names).items():
        assert verdict.strength >= without[question].strength or without[question] is Verdict.UNKNOWN, question


@estates
@given(snapshots(), questions, st.randoms(use_true_random=False))
def test_order_does_not_matter(snapshot, names, chance):
    sections = {
        section: tuple(chance.sample(rows, len(rows)))
        for section in snapshot.__struct_fields__
        if isinstance(rows := getattr(snapshot, section), tuple)
    }
    assert answers(msgspec.structs.replace(snapshot, **sections), names) == answers(snapshot, names)


@estates
@given(snapshots(), st.sampled_from(ASKED))
def test_who_names_everybody_who_can(snapshot, name):
    listed, _ = resolve(snapshot, AS_OF).who(parse_question(name), range(len(snapshot.vaults)))
    who = {
        (answer.principal, name, snapshot.vaults[number].id): answer.verdict
        for answer in listed
        for number in answer.vaults
    }
    for question, verdict in answers(snapshot, [name]).items():
        if verdict.strength > Verdict.UNKNOWN.strength:
            assert who[question] is verdict, question
        else:
            assert who.get(question, Verdict.NONE).strength <= verdict.strength, question


NEW_NAMES = {
    "rg-": "group-of-",
    "kv-": "z",
    "mg-": "area-",
    "-0000-4000-8000-000000000000": "-7777-4000-8000-0123456789ab",
}


def renamed(value):
    """The same with other names of resource groups, vaults, management groups and principals."""
    if isinstance(value, str):
        for old, new in NEW_NAMES.items():
            value = value.replace(old, new)
    elif isinstance(value, tuple):
        return tuple(map(renamed, value))
    elif isinstance(value, msgspec.Struct):
        return type(value)(**{field: renamed(getattr(value, field)) for field in value.__struct_fields__})
    return value


@estates
@given(snapshots(), questions)
def test_names_do_not_matter(snapshot, names):
    expected = {tuple(map(renamed, question)): verdict for question, verdict in answers(snapshot, names).items()}
    assert answers(renamed(snapshot), names, renamed(PRINCIPALS)) == expected
