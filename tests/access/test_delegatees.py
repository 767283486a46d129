"""Roles that may be assigned to some principals only, to whoever can act as one of them: semantics 1.7.2, 3.2, 3.3."""

import pytest

from kvaudit.model.directory import DirectoryRole, GroupMembers, Owners, Principal
from kvaudit.model.snapshot import Resource
from tests.access.build import SECRETS_USER, SUBSCRIPTION, ask, assign, can, estate, user, vault, words
from tests.access.comparing import compare

USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
MACHINE_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
WEB = f"{SUBSCRIPTION}/resourceGroups/rg-web"
ALICE, IDENTITY, TEAM, APPLICATION, BOB = (f"{at:08x}-0000-4000-8000-000000000000" for at in range(1, 6))
MACHINE = Resource(
    f"{WEB}/providers/Microsoft.Compute/virtualMachines/vm",
    type="Microsoft.Compute/virtualMachines",
    principal=IDENTITY,
)
PEOPLE = (
    user(ALICE),
    user(BOB),
    Principal(IDENTITY, "ServicePrincipal", "vm", service_type="ManagedIdentity"),
    Principal(APPLICATION, "ServicePrincipal", "app", app_id="app-id", service_type="Application"),
    Principal(TEAM, "Group", "Team"),
)
OVER_MACHINE = {"resources": (MACHINE,)}
ON_MACHINE = (assign(ALICE, MACHINE_CONTRIBUTOR, WEB),)


def delegated(what, whom):
    """A condition that lets Secrets User be assigned where this holds of whom it is given."""
    asked = f"@Request[Microsoft.Authorization/roleAssignments:{what}] {whom}"
    role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
    action = "ActionMatches{'Microsoft.Authorization/roleAssignments/write'}"
    return f"((!({action})) OR ({role}{{{SECRETS_USER}}} AND {asked}))"


def holding(condition, *more, **sections):
    """Alice may assign a role under a condition, and nothing else over the vault."""
    rows = (assign(ALICE, USER_ACCESS_ADMINISTRATOR, condition=condition), *more)
    facts = {"principals": PEOPLE, "group_members": (GroupMembers(TEAM, ()),), **sections}
    return estate(vault("kv", rbac=True), role_assignments=rows, **facts)


@pytest.mark.parametrize(
    ("what", "whom"),
    [
        ("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{IDENTITY}}}"),
        ("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{IDENTITY.replace('-', '')}}}"),
        ("PrincipalId", f"ForAnyOfAllValues:GuidNotEquals {{{ALICE}}}"),
        ("PrincipalType", "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}"),
        ("PrincipalType", "StringNotEqualsIgnoreCase 'User'"),
    ],
)
def test_who_controls_an_identity_has_roles_assigned_to_it(what, whom):
    snapshot = holding(delegated(what, whom), *ON_MACHINE, **OVER_MACHINE)
    answer = ask(snapshot, ALICE, "secrets/get")
    assert answer.verdict.value == "escalation"
    assert "which it can act as" in words(snapshot, answer)
    assert "runs code on virtual machine vm" in words(snapshot, answer)
    assert can(holding(delegated(what, whom), **OVER_MACHINE), ALICE, "secrets/get") == "none"  # controls no machine


@pytest.mark.parametrize(
    ("role", "target"),
    [
        ("Groups Administrator", TEAM),
        ("Application Administrator", APPLICATION),
        ("Privileged Authentication Administrator", BOB),
    ],
)
def test_roles_of_the_directory_reach_whom_a_condition_names(role, target):
    condition = delegated("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{target}}}")
    ruled = (DirectoryRole(role, (ALICE,)),)
    assert can(holding(condition, directory_roles=ruled), ALICE, "secrets/get") == "escalation"
    assert can(holding(condition), ALICE, "secrets/get") == "none"


def test_whom_a_condition_names_is_reached_over_several_steps():
    condition = delegated("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{TEAM}}}")
    owned = (Owners(APPLICATION, (ALICE,)), Owners(TEAM, (APPLICATION,)))
    assert can(holding(condition, owners=owned), ALICE, "secrets/get") == "escalation"
    member = (GroupMembers(TEAM, (APPLICATION,)),)
    assert can(holding(condition, owners=owned[:1], group_members=member), ALICE, "secrets/get") == "escalation"


def test_a_comparison_names_the_resource_whose_identity_a_role_may_be_assigned_to():
    condition = delegated("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{IDENTITY}}}")
    seen = {"vaults", "roleAssignments", "resources"}
    old, new = (holding(condition, *ON_MACHINE, given=seen, **facts) for facts in ({}, OVER_MACHINE))
    assert {(change.kind, change.what) for change in compare(old, new)} == {("resource", "new")}


def test_a_comparison_with_a_side_that_was_not_given_the_resources_has_no_gain():
    condition = delegated("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{IDENTITY}}}")
    seen = {"vaults", "roleAssignments"}
    old = holding(condition, *ON_MACHINE, given=seen)
    new = holding(condition, *ON_MACHINE, given={*seen, "resources"}, **OVER_MACHINE)
    assert {effect.kind.value for change in compare(old, new) for effect in change.effects} == {"nowVisible"}
    assert {effect.kind.value for change in compare(new, old) for effect in change.effects} == {"noLongerVisible"}


def test_a_control_that_is_not_sure_leaves_it_open():
    condition = delegated("PrincipalId", f"ForAnyOfAnyValues:GuidEquals {{{IDENTITY}}}")
    undefined = (assign(ALICE, "dddddddd-0000-4000-8000-00000000000d", WEB),)
    assert can(holding(condition, *undefined, **OVER_MACHINE), ALICE, "secrets/get") == "unknown"
