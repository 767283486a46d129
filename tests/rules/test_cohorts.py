"""Cohorts hold every live cause once, and whoever shares one stands alike to the profile."""

from kvaudit.model.directory import Principal
from kvaudit.model.role import RoleAssignment
from kvaudit.rules.cohorts import LIVE, cohorts_of
from kvaudit.rules.profiles import Teams
from kvaudit.rules.teams import default_profile
from tests.access.build import GROUP, OWNER, SECRETS_OFFICER, SUBSCRIPTION, policy, vault
from tests.rules.making import an_access

PEOPLE = ("ann", "bob", "cid", "dev")


def an_estate():
    rows = [
        (who, role, scope) for who in PEOPLE for role in (OWNER, SECRETS_OFFICER) for scope in (SUBSCRIPTION, GROUP)
    ]
    return an_access(
        vault("rbac", rbac=True),
        vault("policies", rbac=False, policies=tuple(policy(who, "secrets/get") for who in PEOPLE)),
        given=("roleAssignments", "principals"),
        role_assignments=tuple(
            RoleAssignment(id=f"{scope}/{who}-{role}", principal=who, role=role, scope=scope, principal_type="User")
            for who, role, scope in rows
        ),
        principals=(
            *(Principal(who, type="User", name=who, listed=True) for who in PEOPLE[:3]),
            Principal("dev", type="User", name="the developer", listed=True),
        ),
    )


def found():
    access = an_estate()
    teams = Teams(default_profile(), access.directory, access.roles)
    return access, teams, cohorts_of(access, teams)


def test_every_live_grant_is_in_one_cohort_beside_those_of_its_cause():
    access, _, cohorts = found()
    inside = [grant for cohort in cohorts for grants in cohort.causes for grant in grants]
    live = [grant for grant in access.grants if grant.verdict in LIVE]
    assert sorted(map(id, inside)) == sorted(map(id, live))
    for cohort in cohorts:
        for grants in cohort.causes:
            assert len({grant.cause.id for grant in grants}) == 1


def test_whoever_is_in_a_cohort_is_judged_alike():
    _, teams, cohorts = found()
    for cohort in cohorts:
        for grants in cohort.causes:
            assert teams.of(grants[0].principal) == cohort.own
            parties = teams.parties(grants[0].principal)
            assert [party.membership for party in parties] == [party.membership for party in cohort.parties]
            assert [teams.beyond_all(parties, grant) for grant in grants] == [
                teams.beyond_all(cohort.parties, grant) for grant in cohort.grants
            ]


def test_a_developer_and_others_who_hold_the_same_are_told_apart():
    _, _, cohorts = found()
    holders = {cohort.holders for cohort in cohorts}
    assert holders == {frozenset(PEOPLE[:3]), frozenset({"dev"})}
