"""Over the whole estate: what is found of acting as others keeps to the depth, and leaves out only what is held."""

from __future__ import annotations

from kvaudit.access.engine import resolve
from kvaudit.model.directory import Principal
from kvaudit.model.role import RoleAssignment
from kvaudit.model.snapshot import TENANT, Coverage, Resource, Snapshot
from kvaudit.model.vault import Vault
from tests.access.strategies import AS_OF

TENANT_ID = "11111111-0000-4000-8000-00000000000f"
SUBSCRIPTION = "/subscriptions/aaaaaaaa-1111-4000-8000-000000000001"
FIRST, SECOND = (f"{SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.KeyVault/vaults/kv-{at}" for at in (0, 1))
MACHINE = f"{SUBSCRIPTION}/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/vm"
ALICE, ON_MACHINE = (f"{each:08x}-0000-4000-8000-000000000000" for each in (1, 2))

ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
MACHINE_CONTRIBUTOR = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"


def given(scope, role, who, condition=None):
    return RoleAssignment(f"{scope}/{role}/{who}", scope, role, who, condition=condition)


def vaults_by_alice(depth, *rows, second_uses_rbac=True):
    """The vaults that Alice is found to reach as the machine that she controls."""
    vaults = (
        Vault(FIRST, "kv-0", tenant_id=TENANT_ID, uses_rbac=True, policies=()),
        Vault(
            SECOND,
            "kv-1",
            tenant_id=TENANT_ID,
            uses_rbac=second_uses_rbac,
            policies=(),
            for_deployment=False,
            for_template_deployment=False,
        ),
    )
    snapshot = Snapshot(
        tenant_id=TENANT_ID,
        vaults=vaults,
        role_assignments=(given(MACHINE, MACHINE_CONTRIBUTOR, ALICE), *rows),
        principals=(Principal(ALICE, "User", "Alice"), Principal(ON_MACHINE, "ServicePrincipal", "vm")),
        resources=(Resource(MACHINE.lower(), "Microsoft.Compute/virtualMachines", principal=ON_MACHINE),),
        coverage=(Coverage("roleAssignments", TENANT, complete=True),),
        given=frozenset({"vaults", "roleAssignments", "principals", "resources"}),
    )
    found = resolve(snapshot, AS_OF, depth).takeovers
    return sorted({number for each in found if each.grant.principal == ALICE for number in each.vaults})


def test_what_takes_too_many_actions_is_not_found_because_the_same_is_held_elsewhere():
    rows = given(FIRST, ADMINISTRATOR, ON_MACHINE), given(SECOND, USER_ACCESS_ADMINISTRATOR, ON_MACHINE)
    assert vaults_by_alice(1, *rows) == [0]
    assert vaults_by_alice(2, *rows) == [0, 1]


def test_a_grant_that_takes_more_actions_on_one_vault_than_on_another_is_followed_where_these_are_left():
    rows = (given(SUBSCRIPTION, USER_ACCESS_ADMINISTRATOR, ON_MACHINE),)
    assert vaults_by_alice(2, *rows, second_uses_rbac=False) == [0]
    assert vaults_by_alice(3, *rows, second_uses_rbac=False) == [0, 1]


def test_what_is_held_under_a_condition_only_can_still_be_obtained_for_certain():
    undecided = "@Resource[HasObotoken] boolequals true"
    own = given(FIRST, SECRETS_USER, ALICE), given(SECOND, SECRETS_USER, ALICE, undecided)
    others = given(FIRST, SECRETS_USER, ON_MACHINE), given(SECOND, SECRETS_USER, ON_MACHINE)
    assert vaults_by_alice(4, *own, *others) == [1]
