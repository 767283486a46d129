"""What is backed up on one vault and read on another: semantics 2.5 and 3.1 (V19)."""

import pytest

from kvaudit.model.finding import Confidence
from kvaudit.model.permission import parse_question
from kvaudit.model.role import DenyAssignment, PermissionBlock, ScheduledAssignment
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    DATA_ACCESS_ADMINISTRATOR,
    GROUP,
    OWNER,
    RBAC_ADMINISTRATOR,
    SECRETS_OFFICER,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    access,
    ask,
    assign,
    can,
    custom_role,
    estate,
    group,
    policy,
    vault,
    vault_id,
    words,
)

SECRETS = parse_question("secrets/get")
BESIDE = f"{SUBSCRIPTION}/resourceGroups/rg-beside"
OTHER = "/subscriptions/5a5a5a5a-0000-4000-8000-000000000002/resourceGroups/rg-beside"


def kept(*others, location="westeurope", word="secrets/backup", **sections):
    """Alice may back up what is in a vault, and read nothing of it."""
    kv = vault("kv", rbac=False, policies=(policy("alice", word),), location=location)
    return estate(kv, *others, **sections)


def beside(location, group=BESIDE):
    policies = (policy("alice", "secrets/restore", "secrets/get"),)
    return vault("kv-b", rbac=False, policies=policies, group=group, location=location)


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        ("westeurope", "escalation"),
        ("West Europe", "escalation"),
        ("northeurope", "escalation"),
        ("eastus", "none"),
        ("uksouth", "none"),
        (None, "unknown"),
    ],
)
def test_a_backup_is_restored_within_a_geography(location, verdict):
    assert can(kept(beside(location)), "alice", "secrets/get") == verdict


def test_a_vault_whose_place_is_not_known_may_be_beside_any_other_of_its_subscription():
    assert can(kept(beside("eastus"), location=None), "alice", "secrets/get") == "unknown"


def test_a_backup_is_not_restored_to_another_subscription():
    assert can(kept(beside("westeurope", OTHER)), "alice", "secrets/get") == "none"


@pytest.mark.parametrize(
    ("word", "gained"),
    [
        ("secrets/backup", "secrets/get"),
        ("certificates/backup", "secrets/get"),
        ("keys/backup", "keys/decrypt"),
        ("keys/backup", "keys/unwrapkey"),
        ("keys/backup", "keys/sign"),
    ],
)
def test_who_writes_vaults_makes_one_to_restore_to(word, gained):
    snapshot = kept(word=word, role_assignments=(assign("alice", VAULT_CONTRIBUTOR, BESIDE),))
    answer = ask(snapshot, "alice", gained)
    assert (answer.verdict.value, answer.paths[0].confidence) == ("escalation", Confidence.MEDIUM)
    assert "a key vault that it makes" in words(snapshot, answer)


def test_a_vault_to_restore_to_is_made_in_the_same_subscription_and_in_a_resource_group():
    assert can(kept(role_assignments=(assign("alice", CONTRIBUTOR, OTHER),)), "alice", "secrets/get") == "none"
    other = vault("kv-b", rbac=True, group=BESIDE, location="eastus")
    on_a_vault = assign("alice", CONTRIBUTOR, vault_id("kv-b", BESIDE))
    assert can(kept(other, role_assignments=(on_a_vault,)), "alice", "secrets/get") == "none"


@pytest.mark.parametrize(("maker", "other"), [("alice", "bob"), ("bob", "alice")])
def test_who_can_make_a_vault_is_told_apart_from_the_others_of_a_group(maker, other):
    kv = vault("kv", rbac=False, policies=(policy("crew", "secrets/backup"),), location="westeurope")
    right = (assign(maker, CONTRIBUTOR, BESIDE),)
    answers, _ = access(estate(kv, role_assignments=right, **group("crew", "alice", "bob"))).who(SECRETS, [0])
    assert [(answer.principal, answer.verdict.value) for answer in answers] == [(maker, "escalation")]
    assert other not in [answer.principal for answer in answers]


def test_a_vault_to_restore_to_is_made_after_an_activation_and_not_against_a_deny():
    row = ScheduledAssignment("e", BESIDE, CONTRIBUTOR, "alice", "User", status="Provisioned")
    assert can(kept(eligibilities=(row,)), "alice", "secrets/get") == "escalation"
    deny = DenyAssignment(
        "d", BESIDE, blocks=(PermissionBlock(actions=("Microsoft.KeyVault/vaults/write",)),), principals=("alice",)
    )
    right = (assign("alice", CONTRIBUTOR, BESIDE),)
    assert can(kept(role_assignments=right, deny_assignments=(deny,)), "alice", "secrets/get") == "none"


def test_what_is_read_on_the_vault_itself_needs_no_copy():
    right = (assign("alice", SECRETS_OFFICER), assign("alice", CONTRIBUTOR, BESIDE))
    snapshot = estate(vault("kv", rbac=True), role_assignments=right)
    answer = ask(snapshot, "alice", "secrets/get")
    assert (answer.verdict.value, len(answer.paths)) == ("direct", 1)


def test_what_it_takes_where_a_copy_goes_to_may_be_given_twice_over():
    policies = (policy("alice", "secrets/restore"), policy("crew", "secrets/get"))
    other = vault("kv-b", rbac=False, policies=policies, group=BESIDE, location="westeurope")
    assert can(kept(other, **group("crew", "alice")), "alice", "secrets/get") == "escalation"
    assert can(kept(other, **group("crew", "bob")), "alice", "secrets/get") == "none"


@pytest.mark.parametrize("role", [OWNER, RBAC_ADMINISTRATOR, DATA_ACCESS_ADMINISTRATOR])
@pytest.mark.parametrize("where", [vault_id("kv-b", BESIDE), BESIDE])
def test_who_assigns_roles_on_another_vault_restores_to_it(role, where):
    other = vault("kv-b", rbac=True, group=BESIDE, location="westeurope")
    snapshot = kept(other, role_assignments=(assign("alice", role, where),))
    answer = ask(snapshot, "alice", "secrets/get")
    assert (answer.verdict.value, answer.paths[0].confidence) == ("escalation", Confidence.HIGH)
    assert "on key vault kv-b" in words(snapshot, answer)


def test_who_writes_policies_of_another_vault_restores_to_it():
    role = custom_role(actions=("Microsoft.KeyVault/vaults/accessPolicies/write",))
    right = assign("alice", CUSTOM, vault_id("kv-b", BESIDE))
    for rbac, verdict in ((False, "escalation"), (True, "none")):
        other = vault("kv-b", rbac=rbac, policies=(), group=BESIDE, location="westeurope")
        snapshot = kept(other, role_assignments=(right,), role_definitions=(role,))
        assert can(snapshot, "alice", "secrets/get") == verdict


def test_who_assigns_roles_in_a_resource_group_makes_a_vault_there():
    empty = (assign("alice", RBAC_ADMINISTRATOR, BESIDE),)
    assert can(kept(role_assignments=empty), "alice", "secrets/get") == "escalation"
    # What this role may assign lets nobody make a vault.
    bound = (assign("alice", DATA_ACCESS_ADMINISTRATOR, BESIDE),)
    assert can(kept(role_assignments=bound), "alice", "secrets/get") == "none"


def test_denies_do_not_bear_on_a_backup_by_an_access_policy():
    blocks = (PermissionBlock(data_actions=("*",)),)
    deny = DenyAssignment("d", GROUP, blocks=blocks, principals=("alice",))
    assert can(kept(beside("westeurope"), deny_assignments=(deny,)), "alice", "secrets/get") == "escalation"
