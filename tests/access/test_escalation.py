"""Self-grant escalation: semantics 1.7.2, 2.1 and 3.1."""

import msgspec
import pytest

from kvaudit.model.directory import Owners, Principal
from kvaudit.model.finding import Confidence
from kvaudit.model.role import Lock, ScheduledAssignment
from kvaudit.model.snapshot import Subscription
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    DATA_ACCESS_ADMINISTRATOR,
    GROUP,
    OWNER,
    RBAC_ADMINISTRATOR,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    access,
    ask,
    assign,
    can,
    custom_role,
    estate,
    group,
    needs,
    unlisted,
    vault,
    vault_id,
    words,
)

WRITE_POLICIES = "Microsoft.KeyVault/vaults/accessPolicies/write"
APP = "eeeeeeee-0000-4000-8000-00000000000e"
USER_ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"


def holder(role, *, rbac, scope=GROUP, **sections):
    return estate(vault("kv", rbac=rbac), role_assignments=(assign("alice", role, scope),), **sections)


def best(answer):
    return max(path.confidence for path in answer.paths if path.verdict is answer.verdict)


def test_v1_who_writes_a_policy_vault_enters_himself():
    snapshot = holder(CONTRIBUTOR, rbac=False)
    answer = ask(snapshot, "alice", "keys/purge")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.HIGH)
    assert "Microsoft.KeyVault/vaults/write" in words(snapshot, answer)


def test_v2_writing_policies_alone_is_enough_on_a_policy_vault_and_nothing_on_an_rbac_vault():
    roles = (custom_role(actions=(WRITE_POLICIES,)),)
    assert can(holder(CUSTOM, rbac=False, role_definitions=roles), "alice", "secrets/get") == "escalation"
    assert can(holder(CUSTOM, rbac=True, role_definitions=roles), "alice", "secrets/get") == "none"


def test_v4_switching_the_model_with_vaults_write_alone_is_of_low_confidence():
    answer = ask(holder(VAULT_CONTRIBUTOR, rbac=True), "alice", "keys/decrypt")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.LOW)


def test_v5_who_assigns_roles_gives_himself_data_on_an_rbac_vault():
    snapshot = holder(RBAC_ADMINISTRATOR, rbac=True)
    answer = ask(snapshot, "alice", "secrets/get")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.HIGH)
    assert "Microsoft.Authorization/roleAssignments/write" in words(snapshot, answer)


def test_v5_then_v1_on_a_policy_vault():
    snapshot = holder(RBAC_ADMINISTRATOR, rbac=False)
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "escalation"
    assert words(snapshot, answer).index("roleAssignments/write") < words(snapshot, answer).index("vaults/write")


def test_v5_reaches_management_operations_too():
    assert can(holder(RBAC_ADMINISTRATOR, rbac=True), "alice", "keyvault/vaults/delete") == "escalation"


def test_v5_reaches_no_further_than_its_scope():
    purge = "keyvault/locations/deletedvaults/purge/action"
    assert can(holder(RBAC_ADMINISTRATOR, rbac=True), "alice", purge) == "none"
    above = holder(RBAC_ADMINISTRATOR, rbac=True, scope=GROUP.rsplit("/resourceGroups", 1)[0])
    assert can(above, "alice", purge) == "escalation"


def test_a_constrained_delegation_gives_what_its_condition_lists():
    snapshot = holder(DATA_ACCESS_ADMINISTRATOR, rbac=True)
    assert can(snapshot, "alice", "keys/purge") == "escalation"
    assert can(snapshot, "alice", "keyvault/vaults/write") == "none"
    assert can(snapshot, "alice", "authorization/roleassignments/write") == "conditional"
    assert can(holder(DATA_ACCESS_ADMINISTRATOR, rbac=False), "alice", "secrets/get") == "none"


DELEGATION = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
    "{4633458b-17de-408a-b874-0445c86b69e6} AND "
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalId] ForAnyOfAnyValues:GuidEquals "
    "{77777777-0000-4000-8000-000000000007}))"
)


def test_a_delegation_to_one_group_serves_its_members_only():
    team = "77777777-0000-4000-8000-000000000007"
    assignments = tuple(assign(who, USER_ACCESS_ADMINISTRATOR, condition=DELEGATION) for who in ("alice", "bob"))
    snapshot = estate(vault("kv", rbac=True), role_assignments=assignments, **group(team, "alice"))
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "escalation"
    assert team in words(snapshot, answer)
    assert can(snapshot, "alice", "keys/sign") == "none"
    assert can(snapshot, "bob", "secrets/get") == "none"


def test_the_portals_all_but_privileged_roles_still_gives_key_vault_administrator():
    condition = (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals "
        "{8e3af657-a8ff-443c-a75c-2fe8c4bcb635, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9, "
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168}))"
    )
    assignment = assign("alice", RBAC_ADMINISTRATOR, condition=condition)
    answer = ask(estate(vault("kv", rbac=True), role_assignments=(assignment,)), "alice", "keys/purge")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.HIGH)


def test_v9_needs_the_vaults_switch_and_v10_sets_it():
    deployer = custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action", "Microsoft.Resources/deployments/write"))
    for switch, verdict in ((True, "escalation"), (False, "none")):
        snapshot = estate(
            vault("kv", rbac=True, for_template_deployment=switch),
            role_assignments=(assign("alice", CUSTOM),),
            role_definitions=(deployer,),
        )
        assert can(snapshot, "alice", "secrets/get") == verdict
    answer = ask(holder(CONTRIBUTOR, rbac=True), "alice", "secrets/get")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.MEDIUM)


def test_two_assignments_together_open_what_neither_opens_alone():
    other = "dddddddd-0000-4000-8000-00000000000d"
    roles = (
        custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action",)),
        custom_role(other, actions=("Microsoft.Resources/deployments/write",)),
    )
    kv = vault("kv", rbac=True, for_template_deployment=True)
    both = estate(kv, role_assignments=(assign("alice", CUSTOM), assign("alice", other)), role_definitions=roles)
    one = estate(kv, role_assignments=(assign("alice", CUSTOM),), role_definitions=roles)
    assert can(both, "alice", "secrets/get") == "escalation"
    assert can(one, "alice", "secrets/get") == "none"


def test_v12_overwrites_secrets_and_reads_none():
    roles = (custom_role(actions=("Microsoft.KeyVault/vaults/secrets/write",)),)
    snapshot = holder(CUSTOM, rbac=True, role_definitions=roles)
    assert can(snapshot, "alice", "secrets/set") == "escalation"
    assert can(snapshot, "alice", "secrets/get") == "none"


@pytest.mark.parametrize("locked", [SUBSCRIPTION, GROUP, vault_id("kv")])
@pytest.mark.parametrize("scope", [SUBSCRIPTION, GROUP, vault_id("kv")])
def test_a_read_only_lock_is_deleted_where_it_is(locked, scope):
    """S081: whoever may delete locks on the vault alone does not delete one of its group."""
    locks = (Lock("of the vault", vault_id("kv"), "ReadOnly"), Lock("above", locked, "ReadOnly"))
    roles = (custom_role(actions=("Microsoft.KeyVault/vaults/write", "Microsoft.Authorization/locks/delete")),)
    snapshot = holder(CUSTOM, rbac=False, scope=scope, locks=locks, role_definitions=roles)
    answer = ask(snapshot, "alice", "keys/sign")
    deleted = len(scope) <= len(locked)
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.HIGH if deleted else Confidence.LOW)
    assert ("deletes the ReadOnly lock" in words(snapshot, answer)) is deleted


def test_a_read_only_lock_holds_back_who_cannot_delete_it():
    lock = Lock(vault_id("kv") + "/providers/Microsoft.Authorization/locks/keep", vault_id("kv"), "ReadOnly")
    contributor = ask(holder(CONTRIBUTOR, rbac=False, locks=(lock,)), "alice", "keys/sign")
    assert best(contributor) is Confidence.LOW
    snapshot = holder(OWNER, rbac=False, locks=(lock,))
    owner = ask(snapshot, "alice", "keys/sign")
    assert "locks/delete" in words(snapshot, owner)
    assert best(owner) is Confidence.HIGH


def test_an_escalation_that_begins_with_an_activation_is_of_medium_confidence():
    eligible = ScheduledAssignment("e", GROUP, CONTRIBUTOR, "alice", "User", status="Provisioned")
    answer = ask(estate(vault("kv", rbac=False), eligibilities=(eligible,)), "alice", "keys/sign")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.MEDIUM)
    assert answer.paths[0].tail[0].kind == "eligibility"


def test_where_the_model_is_not_known_a_way_that_needs_one_is_unknown_and_one_that_needs_none_is_not():
    roles = (custom_role(actions=(WRITE_POLICIES,)),)
    writer = estate(unlisted("kv"), role_assignments=(assign("alice", CUSTOM),), role_definitions=roles)
    contributor = estate(unlisted("kv"), role_assignments=(assign("alice", CONTRIBUTOR),))
    assert can(writer, "alice", "secrets/get") == "unknown"
    assert can(contributor, "alice", "secrets/get") == "escalation"


@pytest.mark.parametrize("model", [True, False])
def test_the_estate_wide_outlook_agrees_with_the_single_answers(model):
    snapshot = estate(
        vault("kv", rbac=model),
        vault("other", rbac=model),
        role_assignments=(assign("alice", OWNER), assign("bob", CONTRIBUTOR)),
    )
    for each in access(snapshot).escalations:
        assert each.vaults == (0, 1)
        assert can(snapshot, each.grant.principal, "secrets/set") == "escalation"


def test_one_cause_is_one_escalation_for_each_first_edge():
    snapshot = holder(RBAC_ADMINISTRATOR, rbac=False)
    assert [each.edge for each in access(snapshot).escalations] == ["V5"]


def only(role):
    return (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        f"(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{role}}}))"
    )


def test_a_self_assigned_right_to_assign_is_bound_by_that_roles_own_condition():
    bound = assign("alice", RBAC_ADMINISTRATOR, condition=only(DATA_ACCESS_ADMINISTRATOR))
    on_rbac = estate(vault("kv", rbac=True), role_assignments=(bound,))
    on_policies = estate(vault("kv", rbac=False), role_assignments=(bound,))
    assert can(on_rbac, "alice", "secrets/get") == "escalation"
    assert can(on_rbac, "alice", "keyvault/vaults/write") == "none"
    assert can(on_policies, "alice", "secrets/get") == "none"


def test_a_self_assigned_free_right_to_assign_leads_everywhere():
    bound = assign("alice", RBAC_ADMINISTRATOR, condition=only(USER_ACCESS_ADMINISTRATOR))
    snapshot = estate(vault("kv", rbac=False), role_assignments=(bound,))
    assert can(snapshot, "alice", "secrets/get") == "escalation"


def test_an_eligible_bound_right_to_assign_is_bound():
    condition = only(DATA_ACCESS_ADMINISTRATOR)
    eligible = ScheduledAssignment("e", GROUP, RBAC_ADMINISTRATOR, "bob", "User", condition, status="Provisioned")
    snapshot = estate(vault("kv", rbac=True), eligibilities=(eligible,))
    assert can(snapshot, "bob", "secrets/get") == "escalation"
    assert can(snapshot, "bob", "keyvault/vaults/write") == "none"


def test_a_grant_that_may_be_above_the_vault_makes_what_it_leads_to_unknown():
    above = "/providers/Microsoft.Management/managementGroups/mg-top"
    for model in (True, False):
        snapshot = estate(vault("kv", rbac=model), role_assignments=(assign("alice", OWNER, above),))
        assert can(snapshot, "alice", "keys/sign") == "unknown"
        assert not access(snapshot).escalations


def test_a_template_may_be_deployed_in_any_resource_group():
    deployer = custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action",))
    kv = vault("kv", rbac=True, for_template_deployment=True)
    here = assign("alice", CUSTOM)
    elsewhere = assign("alice", CONTRIBUTOR, "/subscriptions/other/resourceGroups/rg-of-alice")
    alone = estate(kv, role_assignments=(here,), role_definitions=(deployer,))
    both = estate(kv, role_assignments=(here, elsewhere), role_definitions=(deployer,))
    assert can(alone, "alice", "secrets/get") == "none"
    answer = ask(both, "alice", "secrets/get")
    assert answer.verdict.value == "escalation"
    assert "rg-of-alice" in words(both, answer)
    assert [each.edge for each in access(both).escalations] == ["V9"]


def test_what_is_reached_under_either_model_is_reached_though_the_model_is_not_known():
    snapshot = estate(unlisted("kv"), role_assignments=(assign("alice", OWNER),))
    assert can(snapshot, "alice", "keys/sign") == "escalation"


def test_what_is_reached_under_either_model_is_reached_though_nobody_can_decide_the_condition_it_begins_with():
    named = "@Resource[Microsoft.KeyVault/vaults:name] StringEquals 'kv'"
    for role in (OWNER, CONTRIBUTOR):
        snapshot = estate(unlisted("kv"), role_assignments=(assign("alice", role, condition=named),))
        answer = ask(snapshot, "alice", "secrets/get")
        assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.LOW)


def test_what_is_perhaps_held_hides_no_certain_way():
    above = "/providers/Microsoft.Management/managementGroups/mg-top"
    snapshot = estate(
        vault("kv", rbac=False),
        role_assignments=(assign("alice", CONTRIBUTOR, above), assign("alice", RBAC_ADMINISTRATOR)),
    )
    assert can(snapshot, "alice", "secrets/get") == "escalation"


def test_a_bound_right_to_assign_stays_bound_where_its_scope_is_not_certain():
    above = "/providers/Microsoft.Management/managementGroups/mg-top"
    snapshot = estate(vault("kv", rbac=False), role_assignments=(assign("alice", DATA_ACCESS_ADMINISTRATOR, above),))
    assert can(snapshot, "alice", "secrets/get") in {"none", "latent"}


ASSIGNING = "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR ({}))"
TO = "@Request[Microsoft.Authorization/roleAssignments:Principal"


def test_a_delegation_to_groups_serves_who_is_in_one():
    condition = ASSIGNING.format(f"{TO}Type] StringEqualsIgnoreCase 'Group'")
    assignments = tuple(assign(who, RBAC_ADMINISTRATOR, condition=condition) for who in ("alice", "bob"))
    snapshot = estate(vault("kv", rbac=True), role_assignments=assignments, **group("team", "alice"))
    assert can(snapshot, "alice", "secrets/get") == "escalation"
    assert can(snapshot, "bob", "secrets/get") == "none"


@pytest.mark.parametrize("limit", [f"{TO}Type] StringEqualsIgnoreCase 'ServicePrincipal'", f"{TO}Id] GuidEquals app"])
def test_a_delegation_to_applications_serves_who_owns_one(limit):
    assignments = tuple(
        assign(who, RBAC_ADMINISTRATOR, condition=ASSIGNING.format(limit.replace("app", f"'{APP}'")))
        for who in ("alice", "bob")
    )
    snapshot = estate(
        vault("kv", rbac=True),
        role_assignments=assignments,
        principals=(Principal(APP, "ServicePrincipal", "Shop"),),
        owners=(Owners(APP, ("alice",)),),
    )
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "escalation"
    assert "assigns Shop" in words(snapshot, answer)
    assert can(snapshot, "bob", "secrets/get") == "none"


def deploying(**elsewhere):
    """Alice may take secrets of a vault into deployments; what she may deploy, and where, is said beside."""
    deployer = custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action",))
    own = elsewhere.pop("role_assignments", ())
    return estate(
        vault("kv", rbac=True, for_template_deployment=True),
        role_assignments=(assign("alice", CUSTOM), *own),
        role_definitions=(deployer,),
        **elsewhere,
    )


AWAY = "/subscriptions/other/resourceGroups/rg-of-alice"


def test_what_is_done_anywhere_may_be_an_activation_or_an_eligibility():
    row = ScheduledAssignment("e", AWAY, CONTRIBUTOR, "alice", "User", status="Provisioned")
    activated, eligible = deploying(activations=(row,)), deploying(eligibilities=(row,))
    assert best(ask(activated, "alice", "secrets/get")) is Confidence.MEDIUM
    answer = ask(eligible, "alice", "secrets/get")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.MEDIUM)
    over = msgspec.structs.replace(row, end="2026-11-01T00:00:00Z")
    assert can(deploying(activations=(over,), eligibilities=(over,)), "alice", "secrets/get") == "none"


def test_what_is_done_anywhere_may_be_in_a_role_that_is_not_known():
    snapshot = deploying(role_assignments=(assign("alice", "99999999-0000-4000-8000-000000000009", AWAY),))
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert needs(snapshot, "alice", "secrets/get") == ["roleDefinitions"]


def test_what_is_certain_anywhere_counts_before_what_is_perhaps_held_on_the_vault():
    above = "/providers/Microsoft.Management/managementGroups/mg-top"
    snapshot = deploying(role_assignments=(assign("alice", CONTRIBUTOR, above),))
    assert can(snapshot, "alice", "secrets/get") == "escalation"


WRITER = "dddddddd-0000-4000-8000-00000000000d"
REWRITING = ("Microsoft.Authorization/roleDefinitions/write",)


ABOVE = "/providers/microsoft.management/managementgroups/mg-above"


def rewriting(held, *rights, **sections):
    """Alice holds a custom role that gives these actions at a resource group; who may write it is said beside."""
    elsewhere = msgspec.structs.replace(custom_role(WRITER, actions=REWRITING), assignable_scopes=("/subscriptions/x",))
    return estate(
        vault("kv", rbac=True),
        role_assignments=(assign("alice", CUSTOM), *rights),
        role_definitions=(custom_role(actions=held), elsewhere),
        **sections,
    )


@pytest.mark.parametrize("held", ["Microsoft.KeyVault/vaults/read", "Microsoft.Storage/storageAccounts/read"])
def test_v6_a_role_is_rewritten_whatever_it_gives_now(held):
    scope = GROUP.split("/resourceGroups")[0]
    snapshot = rewriting((held,), assign("alice", WRITER, scope))
    assert can(snapshot, "alice", "secrets/get") == "escalation"
    assert [each.edge for each in access(snapshot).escalations] == ["V6"]
    assert can(rewriting((held,), assign("alice", WRITER)), "alice", "secrets/get") == "none"


@pytest.mark.parametrize("held", ["Microsoft.KeyVault/vaults/read", "Microsoft.Storage/storageAccounts/read"])
@pytest.mark.parametrize(("ancestors", "verdict"), [(None, "unknown"), ((ABOVE,), "escalation"), ((), "none")])
def test_v6_a_management_group_may_be_above_the_scopes_of_the_role(held, ancestors, verdict):
    placed = (Subscription(SUBSCRIPTION, ancestors=ancestors), Subscription("/subscriptions/x", ancestors=()))
    subscriptions = () if ancestors is None else placed
    snapshot = rewriting((held,), assign("alice", WRITER, ABOVE), subscriptions=subscriptions)
    assert can(snapshot, "alice", "secrets/get") == verdict
    assert ("subscriptions" in needs(snapshot, "alice", "secrets/get")) is (ancestors is None)
    # The same where the role that is rewritten is held there.
    rows = (assign("alice", CUSTOM, ABOVE), assign("alice", WRITER, SUBSCRIPTION))
    snapshot = msgspec.structs.replace(snapshot, role_assignments=rows)
    assert can(snapshot, "alice", "secrets/get") == verdict


def test_v6_the_right_to_rewrite_may_be_activated_first():
    row = ScheduledAssignment("e", GROUP.split("/resourceGroups")[0], WRITER, "alice", "User", status="Provisioned")
    answer = ask(rewriting(("Microsoft.Storage/storageAccounts/read",), eligibilities=(row,)), "alice", "secrets/get")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.MEDIUM)


@pytest.mark.parametrize("role", [RBAC_ADMINISTRATOR, OWNER])
def test_v9_the_right_to_deploy_may_be_assigned_in_any_resource_group(role):
    deploy = custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action",))
    open_vault = vault("kv", rbac=True, for_template_deployment=True)
    own = assign("alice", CUSTOM)
    beside = f"{SUBSCRIPTION}/resourceGroups/rg-beside"
    snapshot = estate(open_vault, role_assignments=(own, assign("alice", role, beside)), role_definitions=(deploy,))
    answer = ask(snapshot, "alice", "secrets/get")
    assert (answer.verdict.value, best(answer)) == ("escalation", Confidence.MEDIUM)
    on_resource = assign("alice", RBAC_ADMINISTRATOR, f"{beside}/providers/Microsoft.Storage/storageAccounts/st")
    snapshot = estate(open_vault, role_assignments=(own, on_resource), role_definitions=(deploy,))
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_v11_what_may_be_assigned_elsewhere_is_bound_by_conditions():
    deploy = custom_role(actions=("Microsoft.KeyVault/vaults/deploy/action",))
    open_vault = vault("kv", rbac=True, for_deployment=True)
    beside = assign("alice", DATA_ACCESS_ADMINISTRATOR, f"{SUBSCRIPTION}/resourceGroups/rg-beside")
    snapshot = estate(open_vault, role_assignments=(assign("alice", CUSTOM), beside), role_definitions=(deploy,))
    assert can(snapshot, "alice", "secrets/get") == "none"
