"""What changed between two looks, cause by cause; what was not seen is no gain and no loss."""

from __future__ import annotations

import msgspec
import pytest

from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Gap, Verdict
from kvaudit.model.role import DenyAssignment, Lock, PermissionBlock, ScheduledAssignment
from kvaudit.model.snapshot import Coverage, Subscription
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    OWNER,
    SECRETS_USER,
    SUBSCRIPTION,
    assign,
    custom_role,
    estate,
    group,
    policy,
    user,
    vault,
)
from tests.access.comparing import cells, compare, told

GET = ("secrets/get", "secrets/list")
RBAC = vault("kv-app", rbac=True)
POLICIES = vault("kv-app", rbac=False)
SEEN = ("roleEligibilities", "roleActivations", "denyAssignments", "locks")


def known(*vaults, **sections):
    """An estate of which everything was looked for."""
    coverage = tuple(Coverage(section, "tenant", complete=True) for section in SEEN)
    return estate(*vaults, given={"vaults", "roleAssignments", *SEEN}, coverage=coverage, **sections)


def reader(**rest):
    return assign("alice", SECRETS_USER, **rest)


def kinds(old, new):
    """{what happened: to whom}, of reading secrets."""
    found = cells(compare(old, new))
    return {kind: {cell[0] for cell in those if cell[2] == "secrets/get"} for kind, those in found.items()}


def scheduled(kind, **rest):
    return ScheduledAssignment(kind, GROUP, SECRETS_USER, "alice", "User", **rest)


def deny(**rest):
    block = PermissionBlock(data_actions=("Microsoft.KeyVault/vaults/secrets/*",))
    return DenyAssignment("deny-1", GROUP, "Nobody reads", (block,), ("alice",), **rest)


CUSTOM_READER = {"data_actions": ("Microsoft.KeyVault/vaults/secrets/getSecret/action",)}
DEPLOYER = custom_role(
    actions=("Microsoft.KeyVault/vaults/deploy/action", "Microsoft.Resources/deployments/write"),
)
OLD_TEAM, NEW_TEAM = (
    {"principals": group("team")["principals"], "group_members": (GroupMembers("team", members),)}
    for members in (("bob",), ("bob", "alice", "carl"))
)


def nested(*members):
    """A team with these members, and a crew with Alice in it."""
    return {
        "principals": (Principal("team", "Group"), Principal("crew", "Group")),
        "group_members": (GroupMembers("crew", ("alice",)), GroupMembers("team", members)),
    }


TEAM_READS = assign("team", SECRETS_USER, principal_type="Group")
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/mg-low"


def below(*groups):
    return Subscription(SUBSCRIPTION, ancestors=tuple(map(str.lower, groups)))


CAUSES = {
    "an assignment": (
        known(RBAC),
        known(RBAC, role_assignments=(reader(),)),
        {("new", "roleAssignment", "gained", ("alice",))},
    ),
    "an entry of an access policy": (
        known(POLICIES),
        known(vault("kv-app", rbac=False, policies=(policy("alice", *GET),))),
        {("new", "accessPolicy", "gained", ("alice",))},
    ),
    "words of an access policy": (
        known(vault("kv-app", rbac=False, policies=(policy("alice", "secrets/list"),))),
        known(vault("kv-app", rbac=False, policies=(policy("alice", *GET),))),
        {("changed", "accessPolicy", "gained", ("alice",))},
    ),
    "those who joined a group": (
        known(RBAC, role_assignments=(TEAM_READS,), **OLD_TEAM),
        known(RBAC, role_assignments=(TEAM_READS,), **NEW_TEAM),
        {("new", "membership", "gained", ("alice", "carl"))},
    ),
    "a group that joined a group": (
        known(RBAC, role_assignments=(TEAM_READS,), **nested()),
        known(RBAC, role_assignments=(TEAM_READS,), **nested("crew")),
        {("new", "membership", "gained", ("alice", "crew"))},
    ),
    "a role definition": (
        known(RBAC, role_assignments=(assign("alice", CUSTOM),), role_definitions=(custom_role(),)),
        known(RBAC, role_assignments=(assign("alice", CUSTOM),), role_definitions=(custom_role(**CUSTOM_READER),)),
        {("changed", "roleDefinition", "gained", ("alice",))},
    ),
    "the permission model": (
        known(POLICIES, role_assignments=(reader(),)),
        known(RBAC, role_assignments=(reader(),)),
        {("changed", "permissionModel", "gained", ("alice",))},
    ),
    "a vault": (
        known(vault("kv-old", rbac=True), role_assignments=(reader(),)),
        known(vault("kv-old", rbac=True), RBAC, role_assignments=(reader(),)),
        {("new", "vault", "gained", ("alice",))},
    ),
    "an assignment above a vault that is new as well": (
        known(vault("kv-old", rbac=True)),
        known(vault("kv-old", rbac=True), RBAC, role_assignments=(reader(),)),
        {("new", "roleAssignment", "gained", ("alice",))},
    ),
    "a condition": (
        known(RBAC, role_assignments=(reader(condition="@Resource[HasObotoken] boolequals true"),)),
        known(RBAC, role_assignments=(reader(),)),
        {("changed", "roleAssignment", "changed", ("alice",))},
    ),
    "an activation of what was eligible": (
        known(RBAC, eligibilities=(scheduled("eligible"),)),
        known(RBAC, eligibilities=(scheduled("eligible"),), activations=(scheduled("active"),)),
        {("new", "activation", "changed", ("alice",))},
    ),
    "a deny that is gone": (
        known(RBAC, role_assignments=(reader(),), deny_assignments=(deny(),)),
        known(RBAC, role_assignments=(reader(),)),
        {("gone", "denyAssignment", "gained", ("alice",))},
    ),
    "a deny that changed": (
        known(RBAC, role_assignments=(reader(),), deny_assignments=(deny(),)),
        known(RBAC, role_assignments=(reader(),), deny_assignments=(deny(effect="audit"),)),
        {("gone", "denyAssignment", "gained", ("alice",))},
    ),
    "a switch of the vault": (
        known(RBAC, role_assignments=(assign("alice", CUSTOM),), role_definitions=(DEPLOYER,)),
        known(
            vault("kv-app", rbac=True, for_template_deployment=True),
            role_assignments=(assign("alice", CUSTOM),),
            role_definitions=(DEPLOYER,),
        ),
        {("changed", "vaultSetting", "gained", ("alice",))},
    ),
    "a subscription that moved": (
        known(RBAC, role_assignments=(reader(scope=MANAGEMENT_GROUP),), subscriptions=(below(),)),
        known(RBAC, role_assignments=(reader(scope=MANAGEMENT_GROUP),), subscriptions=(below(MANAGEMENT_GROUP),)),
        {("changed", "subscription", "gained", ("alice",))},
    ),
}  # fmt: skip
BACKWARDS = {"new": "gone", "gone": "new", "gained": "lost"}


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_found(name):
    old, new, expected = CAUSES[name]
    assert told(compare(old, new)) == expected


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_found_the_other_way_round(name):
    old, new, expected = CAUSES[name]
    turned = {tuple(BACKWARDS.get(word, word) if isinstance(word, str) else word for word in each) for each in expected}
    assert told(compare(new, old)) == turned


def test_one_cause_is_one_entry_for_all_it_changed():
    vaults = tuple(vault(f"kv-{number}", rbac=True) for number in range(5))
    team = {"principals": (Principal("team", "Group"),), "group_members": (GroupMembers("team", ("alice", "bob")),)}
    (change,) = compare(known(*vaults, **team), known(*vaults, role_assignments=(TEAM_READS,), **team))
    (effect,) = change.effects
    assert effect.principals == ("alice", "bob", "team")
    assert len(effect.vaults) == 5


def test_a_membership_names_those_who_joined_and_where_it_is_written():
    (change,) = compare(*CAUSES["those who joined a group"][:2])
    assert change.text == "alice, carl joined Team (team)"


def test_the_words_of_a_role_say_what_was_added():
    (change,) = compare(*CAUSES["a role definition"][:2])
    assert change.text == "role Custom: added Microsoft.KeyVault/vaults/secrets/getSecret/action"


def test_who_could_obtain_it_and_holds_it_now_has_gained():
    before = known(POLICIES, role_assignments=(assign("alice", CONTRIBUTOR),))
    after = known(
        vault("kv-app", rbac=False, policies=(policy("alice", *GET),)),
        role_assignments=(assign("alice", CONTRIBUTOR),),
    )
    (change,) = compare(before, after)
    (effect,) = change.effects
    assert (effect.kind, effect.before.verdict, effect.after.verdict) == (
        "gained",
        Verdict.ESCALATION,
        Verdict.DIRECT,
    )


def test_what_can_be_obtained_is_an_access_too():
    found = compare(known(POLICIES), known(POLICIES, role_assignments=(assign("alice", CONTRIBUTOR),)))
    verdicts = {effect.after.verdict for change in found for effect in change.effects}
    assert verdicts == {Verdict.DIRECT, Verdict.ESCALATION}
    assert ("alice", "kv-app", "secrets/get") in cells(found)["gained"]


def test_how_sure_an_escalation_is_is_a_change():
    contributor = {"role_assignments": (assign("alice", CONTRIBUTOR),)}
    locked = known(POLICIES, locks=(Lock("lock", GROUP, "ReadOnly"),), **contributor)
    found = cells(compare(locked, known(POLICIES, **contributor)))
    assert ("alice", "kv-app", "secrets/get") in found["changed"]
    assert "gained" not in found


def test_from_one_secret_to_all_is_a_gain_and_back_a_loss():
    one = known(RBAC, role_assignments=(reader(scope=f"{RBAC.id}/secrets/s1"),))
    every = known(RBAC, role_assignments=(reader(scope=RBAC.id),))
    assert kinds(one, every)["gained"] == {"alice"}
    assert "lost" not in kinds(one, every)
    assert kinds(every, one)["lost"] == {"alice"}
    assert "gained" not in kinds(every, one)


def test_from_one_secret_to_another_is_both():
    one, other = (known(RBAC, role_assignments=(reader(scope=f"{RBAC.id}/secrets/{name}"),)) for name in ("s1", "s2"))
    found = {
        (effect.kind.value, effect.object) for change in compare(one, other) for effect in change.effects
    }  # fmt: skip
    assert found == {("gained", "secrets/s2"), ("lost", "secrets/s1")}


def test_what_is_made_again_or_written_otherwise_is_the_same():
    again = msgspec.structs.replace(reader(), id="another", scope=GROUP.upper())
    upper = msgspec.structs.replace(RBAC, id=RBAC.id.upper())
    assert compare(known(RBAC, role_assignments=(reader(),)), known(upper, role_assignments=(again,))) == ()


# --- what was not seen ----------------------------------------------------------------------------------------------


READS = known(RBAC, role_assignments=(TEAM_READS,), **NEW_TEAM)
DARK = {
    "members that were not given": known(
        RBAC, role_assignments=(TEAM_READS,), principals=(Principal("team", "Group"),)
    ),
    "members of which only some were given": known(
        RBAC,
        role_assignments=(TEAM_READS,),
        principals=(Principal("team", "Group"),),
        group_members=(GroupMembers("team", ("bob",), complete=False),),
    ),
    "a group of which not even its type was given": known(
        RBAC, role_assignments=(assign("team", SECRETS_USER, principal_type=None),)
    ),
    "role assignments that were not given": estate(
        RBAC, complete=False, given={"vaults", *SEEN}, **NEW_TEAM
    ),
    "vaults of the subscription that were not listed": known(
        vault("kv-other", rbac=True, group="/subscriptions/5a5a5a5a-0000-4000-8000-000000000002/resourceGroups/rg")
    ),
    "a page of vaults that was cut off": msgspec.structs.replace(
        known(vault("kv-other", rbac=True), **NEW_TEAM),
        coverage=(Coverage("roleAssignments", "tenant", complete=True), Coverage("vaults", "tenant", complete=False)),
    ),
    "a file that could not be read": msgspec.structs.replace(
        known(RBAC), gaps=(Gap("files", "members.json", "damaged"),)
    ),
    "a vault without its properties": known(
        vault("kv-app", rbac=None, policies=None, has_properties=False), role_assignments=(TEAM_READS,), **NEW_TEAM
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DARK)
def test_what_is_not_seen_any_more_is_no_loss(name):
    found = kinds(READS, DARK[name])
    assert "alice" in found["noLongerVisible"]
    assert "alice" not in found.get("lost", set()) | found.get("gained", set())


@pytest.mark.parametrize("name", DARK)
def test_what_is_seen_for_the_first_time_is_no_gain(name):
    found = kinds(DARK[name], READS)
    assert "alice" in found["nowVisible"]
    assert "alice" not in found.get("lost", set()) | found.get("gained", set())


def test_a_group_nobody_saw_that_can_only_obtain_it_hides_no_holding():
    """Whoever is entered in a policy holds it from now on, though he may have been able to obtain it before."""
    unseen = {
        "role_assignments": (assign("crew", CONTRIBUTOR, principal_type="Group"),),
        "principals": (Principal("crew", "Group"),),
    }
    entered = vault("kv-app", rbac=False, policies=(policy("alice", *GET),))
    assert kinds(known(POLICIES, **unseen), known(entered, **unseen))["gained"] == {"alice"}


def test_eligibilities_that_were_not_asked_for_may_have_been_there():
    before = estate(RBAC, given={"vaults", "roleAssignments"})
    after = known(RBAC, eligibilities=(scheduled("eligible"),))
    assert kinds(before, after) == {"nowVisible": {"alice"}}
    assert kinds(after, before) == {"noLongerVisible": {"alice"}}


def test_denies_that_were_not_asked_for_may_have_been_there():
    before = estate(RBAC, role_assignments=(reader(),), given={"vaults", "roleAssignments"})
    after = known(RBAC, role_assignments=(reader(),), deny_assignments=(deny(),))
    assert kinds(before, after) == {"nowVisible": {"alice"}}
    assert kinds(after, before) == {"noLongerVisible": {"alice"}}


def test_what_an_unknown_role_gives_is_told_without_calling_it_a_gain():
    found = compare(known(RBAC), known(RBAC, role_assignments=(assign("alice", CUSTOM),)))
    assert {(change.what, change.kind) for change in found} == {("new", "roleAssignment")}
    assert set(cells(found)) == {"noLongerVisible"}


def test_a_new_owner_of_the_subscription_is_one_entry_over_all_vaults():
    vaults = (POLICIES, vault("kv-pay", rbac=True))
    found = compare(known(*vaults), known(*vaults, role_assignments=(assign("alice", OWNER, SUBSCRIPTION),)))
    assert len(found) == 1
    assert {cell[1] for cell in cells(found)["gained"]} == {"kv-app", "kv-pay"}


def test_everybody_who_left_is_named_in_the_entry_of_the_group():
    many = tuple(f"user-{number}" for number in range(9))
    people = tuple(user(each) for each in many)
    sides = (
        known(
            RBAC,
            role_assignments=(TEAM_READS,),
            principals=(Principal("team", "Group"), *people),
            group_members=(GroupMembers("team", members),),
        )
        for members in (many, ())
    )
    (change,) = compare(*sides)
    assert change.text == "User-0 (user-0), User-1 (user-1), User-2 (user-2) and 6 more left team"
    assert change.effects[0].principals == many


def test_members_that_cannot_be_seen_any_more_have_not_left_what_has_no_effect_either():
    row = (assign("team", SECRETS_USER, principal_type="Group"),)
    unseen = {"principals": group("team")["principals"], "group_members": ()}
    seen = known(POLICIES, role_assignments=row, **NEW_TEAM)
    found = told(compare(seen, known(POLICIES, role_assignments=row, **unseen)))
    assert found == {("unseen", "gap", "noLongerVisible", ("alice", "bob", "carl"))}
