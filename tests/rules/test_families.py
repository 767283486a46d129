"""A family is passed over only where the whole of it cannot match."""

import pytest

from kvaudit.model.role import RoleAssignment
from kvaudit.rules.base import Context
from kvaudit.rules.declarative import DeclarativeRule
from kvaudit.rules.families import candidates
from kvaudit.rules.kinds import KINDS
from kvaudit.rules.matcher import compile_match
from kvaudit.rules.registry import load_rules
from kvaudit.rules.teams import default_profile
from tests.access.build import GROUP, OWNER, SECRETS_OFFICER, SUBSCRIPTION, policy, vault
from tests.rules.making import an_access

GRANT = KINDS["grant"]


def assignment(number, role, scope):
    return RoleAssignment(id=f"{scope}/{number}", principal=f"p{number}", role=role, scope=scope)


@pytest.fixture(scope="module")
def context():
    places = (("/", OWNER), (SUBSCRIPTION, SECRETS_OFFICER), (GROUP, SECRETS_OFFICER), (SUBSCRIPTION, OWNER))
    access = an_access(
        vault("rbac", rbac=True),
        vault("policies", rbac=False, policies=(policy("alice", "secrets/get"),)),
        given=("roleAssignments",),
        role_assignments=tuple(assignment(number, role, scope) for number, (scope, role) in enumerate(places)),
    )
    return Context(access, default_profile())


@pytest.mark.parametrize(
    "rule",
    [rule for rule in load_rules() if isinstance(rule, DeclarativeRule) and rule.kind is GRANT],
    ids=lambda rule: rule.meta.id,
)
def test_whoever_may_match_is_a_candidate_and_candidates_keep_their_order(rule, context):
    settings = context.settings(rule.meta)
    found = candidates(GRANT, rule.match, context, settings)
    holds = compile_match(rule.match, context.access, settings)
    grants = context.access.grants
    assert list(found) == [grant for grant in grants if grant in found]
    assert [grant for grant in grants if holds(grant) is not False] == [
        each for each in found if holds(each) is not False
    ]


@pytest.mark.parametrize(
    "field", [field for field in GRANT.fields.values() if field.common], ids=lambda each: each.name
)
def test_what_is_said_to_be_common_is_the_same_for_all_that_are_alike(field, context):
    read = field.bind(context.access)
    families = {}
    for grant in context.access.grants:
        families.setdefault(GRANT.likeness(grant), set()).add(read(grant))
    assert all(len(values) == 1 for values in families.values())
    assert len(families) > 3
