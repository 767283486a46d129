"""Each way of the catalogue to act as somebody else: open, and closed by what closes it (semantics 3.1 to 3.3)."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from kvaudit.access.engine import resolve
from kvaudit.access.takeovers import takeovers
from kvaudit.model.directory import (
    Application,
    AppRole,
    DirectoryRole,
    GroupEligibility,
    GroupMembers,
    Owners,
    Principal,
)
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.permission import CATALOGUE, parse_question, unpack
from kvaudit.model.role import DenyAssignment, Lock, PermissionBlock, RoleAssignment, RoleDefinition
from kvaudit.model.snapshot import TENANT, Coverage, Resource, Snapshot, Subscription
from kvaudit.model.vault import Vault
from tests.access.strategies import AS_OF

TENANT_ID = "11111111-0000-4000-8000-00000000000f"
SUBSCRIPTION = "/subscriptions/aaaaaaaa-1111-4000-8000-000000000001"
WEB, DATA = (f"{SUBSCRIPTION}/resourceGroups/{name}" for name in ("rg-web", "rg-data"))
VAULT = f"{DATA}/providers/Microsoft.KeyVault/vaults/kv"
ALICE, HOLDER, TEAM, REGISTRATION = (f"{each:08x}-0000-4000-8000-000000000000" for each in range(1, 5))
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
CONTROL, WRITER = "cccccccc-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000002"
UNDECIDED = "@Resource[HasObotoken] boolequals true"
SECRETS = parse_question("secrets/get")

RESOURCES = [each for each in takeovers() if each.type]
OTHERS = [each for each in takeovers() if not each.type]


def role(key, operations):
    by_name = {each.name: each for each in CATALOGUE}
    found = [by_name[name] for name in operations]
    block = PermissionBlock(
        actions=tuple(each.actions[0] for each in found if not each.data_action),
        data_actions=tuple(each.actions[0] for each in found if each.data_action),
    )
    return RoleDefinition(key, f"role {key[-1]}", custom=True, blocks=(block,))


def assigned(scope, key, who, number=0, condition=None):
    return RoleAssignment(f"{scope}/assignments/{number}", scope, key, who, condition=condition)


def estate(**sections):
    """A vault whose secrets one principal reads, a Secrets User; everything that is asked about is known."""
    base = {
        "tenant_id": TENANT_ID,
        "vaults": (Vault(VAULT, "kv", tenant_id=TENANT_ID, uses_rbac=True, policies=()),),
        "role_assignments": (),
        "principals": (Principal(ALICE, "User", "Alice"), Principal(HOLDER, "ServicePrincipal", "Holder")),
        "coverage": (Coverage("roleAssignments", TENANT, complete=True),),
        "given": frozenset({"vaults", "roleAssignments", "principals", "resources", "owners", "directoryRoles"}),
    }
    base |= sections
    base["role_assignments"] = (assigned(VAULT, SECRETS_USER, HOLDER, 99), *base["role_assignments"])
    return Snapshot(**base)


def can(snapshot, principal=ALICE, question=SECRETS, depth=4):
    answers, _ = resolve(snapshot, AS_OF, depth).can(principal, question, (0,))
    return answers[0]


def carrier(takeover):
    resource = f"{WEB}/providers/{takeover.type}/thing".lower()
    return Resource(resource, takeover.type, principal=HOLDER)


def controlling(takeover, operations, **sections):
    """Alice holds operations on the thing, and writes resources elsewhere where that is needed as well."""
    anywhere = unpack(takeover.anywhere)[:1]
    rows = [assigned(carrier(takeover).id, CONTROL, ALICE, 1)]
    rows += [assigned(f"{SUBSCRIPTION}/resourceGroups/rg-own", WRITER, ALICE, 2)] if anywhere else []
    return estate(
        role_assignments=tuple(rows),
        role_definitions=(role(CONTROL, operations), role(WRITER, anywhere)),
        resources=(carrier(takeover),),
        **sections,
    )


def sets_of_operations(takeover):
    """Each choice of operations that opens a way."""
    needs = unpack(takeover.needs)
    return [(*needs, each) for each in unpack(takeover.any)] or [needs]


def needed(snapshot):
    access = resolve(snapshot, AS_OF)
    answers, gaps = access.can(ALICE, SECRETS, (0,))
    return answers[0].verdict, [(gap.need, gap.subject) for gap in gaps], access


def undefined(gaps):
    return [gap.subject for gap in gaps if gap.need == "roleDefinitions"]


def test_a_role_without_a_definition_over_a_resource_may_control_it_and_is_missing():
    takeover = RESOURCES[0]
    snapshot = estate(role_assignments=(assigned(WEB, CONTROL, ALICE),), resources=(carrier(takeover),))
    verdict, gaps, access = needed(snapshot)
    assert (verdict, gaps) == (Verdict.UNKNOWN, [("roleDefinitions", CONTROL)])
    assert undefined(access.gaps) == []
    assert undefined(access.carrier_gaps) == [CONTROL]


def test_role_assignments_that_are_not_known_where_a_resource_is_leave_open_who_controls_it():
    other = "/subscriptions/bbbbbbbb-2222-4000-8000-000000000002"
    machine = f"{other}/resourceGroups/rg/providers/{RESOURCES[0].type}/vm"
    facts = {
        "resources": (Resource(machine, RESOURCES[0].type, principal=HOLDER),),
        "coverage": (Coverage("roleAssignments", SUBSCRIPTION, complete=True),),
    }
    verdict, gaps, access = needed(estate(**facts))
    gap = ("roleAssignments", other)
    assert (verdict, gaps) == (Verdict.UNKNOWN, [gap])
    assert [(each.need, each.subject) for each in access.carrier_gaps] == [gap]
    assert gap in [(each.need, each.subject) for each in access.who(SECRETS, (0,))[1]]
    signing = parse_question("keys/sign")  # the identity reads secrets, and no key
    assert access.can(ALICE, signing, (0,))[0][0].verdict is Verdict.NONE


def test_so_do_those_of_another_resource_group_of_the_vaults_own_subscription():
    known = Coverage("roleAssignments", VAULT.lower(), complete=True)
    cut = Coverage("roleAssignments", WEB.lower(), complete=False, reason="refused")
    verdict, gaps, _ = needed(estate(resources=(carrier(RESOURCES[0]),), coverage=(known, cut)))
    assert (verdict, gaps) == (Verdict.UNKNOWN, [("roleAssignments", SUBSCRIPTION)])


@pytest.mark.parametrize("completed", [each for each in RESOURCES if each.anywhere], ids=lambda each: each.id)
def test_a_role_without_a_definition_elsewhere_may_complete_a_step(completed):
    snapshot = controlling(completed, sets_of_operations(completed)[0])
    unknown = msgspec.structs.replace(snapshot, role_definitions=snapshot.role_definitions[:1])
    assert can(snapshot).verdict is Verdict.ESCALATION
    verdict, gaps, _ = needed(unknown)
    assert (verdict, gaps) == (Verdict.UNKNOWN, [("roleDefinitions", WRITER)])


def test_a_role_without_a_definition_elsewhere_may_complete_what_begins_on_the_vault():
    deploy = RoleDefinition(CONTROL, blocks=(PermissionBlock(actions=("Microsoft.KeyVault/vaults/deploy/action",)),))
    kv = Vault(VAULT, "kv", tenant_id=TENANT_ID, uses_rbac=True, policies=(), for_template_deployment=True)
    rows = assigned(VAULT, CONTROL, ALICE, 1), assigned(f"{SUBSCRIPTION}/resourceGroups/rg-own", WRITER, TEAM, 2)
    facts = {"vaults": (kv,), "role_definitions": (deploy,), "role_assignments": rows}
    alone = estate(**facts)
    member = estate(**facts, group_members=(GroupMembers(TEAM, (ALICE,), complete=True),))
    assert needed(alone)[:2] == (Verdict.NONE, [])
    assert undefined(resolve(alone, AS_OF).gaps) == []
    verdict, gaps, access = needed(member)
    assert (verdict, gaps) == (Verdict.UNKNOWN, [("roleDefinitions", WRITER)])
    assert undefined(access.gaps) == [WRITER]


@pytest.mark.parametrize("takeover", RESOURCES, ids=lambda each: each.id)
def test_each_choice_of_operations_on_a_resource_opens_the_way(takeover):
    for operations in sets_of_operations(takeover):
        answer = can(controlling(takeover, operations))
        assert answer.verdict is Verdict.ESCALATION, operations
        assert answer.paths[0].confidence is takeover.confidence
        text = " ".join(step.text for step in answer.paths[0].tail)
        assert HOLDER in text
        assert all(next(each for each in CATALOGUE if each.name == name).actions[0] in text for name in operations)


@pytest.mark.parametrize("takeover", RESOURCES, ids=lambda each: each.id)
def test_no_operation_too_few_opens_it(takeover):
    for operations in sets_of_operations(takeover):
        if len(operations) > 1:
            for kept in range(len(operations)):
                assert can(controlling(takeover, operations[kept : kept + 1])).verdict is Verdict.NONE, operations
    assert can(controlling(takeover, ["keyvault/vaults/read"])).verdict is Verdict.NONE


@pytest.mark.parametrize("takeover", RESOURCES, ids=lambda each: each.id)
def test_a_deny_of_the_operations_closes_it(takeover):
    snapshot = controlling(takeover, sets_of_operations(takeover)[0])
    block = PermissionBlock(actions=("*",), data_actions=("Microsoft.Compute/*", "Microsoft.App/*"))
    deny = DenyAssignment("/deny/1", WEB, blocks=(block,), principals=(ALICE,))
    assert can(msgspec.structs.replace(snapshot, deny_assignments=(deny,))).verdict is Verdict.NONE
    elsewhere = msgspec.structs.replace(deny, scope=DATA)
    assert can(msgspec.structs.replace(snapshot, deny_assignments=(elsewhere,))).verdict is Verdict.ESCALATION


@pytest.mark.parametrize("takeover", RESOURCES, ids=lambda each: each.id)
def test_a_condition_that_nobody_can_decide_leaves_it_unlikely(takeover):
    snapshot = controlling(takeover, sets_of_operations(takeover)[0])
    rows = [
        msgspec.structs.replace(row, condition="@Resource[HasObotoken] boolequals true")
        if row.principal == ALICE
        else row
        for row in snapshot.role_assignments
    ]
    answer = can(msgspec.structs.replace(snapshot, role_assignments=tuple(rows)))
    assert (answer.verdict, answer.paths[0].confidence) == (Verdict.ESCALATION, Confidence.LOW)


@pytest.mark.parametrize("takeover", [each for each in RESOURCES if each.puts], ids=lambda each: each.id)
def test_a_lock_stands_in_the_way_of_writing_a_resource(takeover):
    locked = controlling(takeover, sets_of_operations(takeover)[0], locks=(Lock("/lock", WEB, "ReadOnly"),))
    assert can(locked).paths[0].confidence is Confidence.LOW


@pytest.mark.parametrize("takeover", [each for each in RESOURCES if each.puts], ids=lambda each: each.id)
def test_a_lock_above_a_resource_is_not_deleted_by_a_right_on_the_resource(takeover):
    resource = carrier(takeover)
    unlocking = role(CONTROL, (*sets_of_operations(takeover)[0], "authorization/locks/delete"))
    for scope, locked, sure in ((resource.id, WEB, False), (resource.id, resource.id, True), (WEB, WEB, True)):
        answer = can(
            estate(
                resources=(resource,),
                role_definitions=(unlocking,),
                role_assignments=(assigned(scope, CONTROL, ALICE),),
                locks=(Lock("/lock", locked, "ReadOnly"),),
            )
        )
        told = [step.text for path in answer.paths for step in path.tail]
        assert any("deletes the ReadOnly lock" in text for text in told) is sure
        assert any("should stand in the way" in text for text in told) is not sure


def test_an_identity_attached_to_a_machine_is_reached_by_its_own_row_or_by_the_machines():
    machine = next(each for each in RESOURCES if each.id == "I1")
    snapshot = controlling(machine, unpack(machine.any)[:1])
    identity = f"{DATA}/providers/microsoft.managedidentity/userassignedidentities/id"
    attached = (
        Resource(carrier(machine).id, machine.type, attached=(identity,)),
        Resource(identity, "Microsoft.ManagedIdentity/userAssignedIdentities", principal=HOLDER),
    )
    assert can(msgspec.structs.replace(snapshot, resources=attached)).verdict is Verdict.ESCALATION
    unknown = msgspec.structs.replace(snapshot, resources=attached[:1])
    answer = can(unknown)
    assert answer.verdict is Verdict.UNKNOWN
    assert identity in answer.paths[0].tail[0].text


def test_whoever_assigns_roles_on_a_machine_comes_to_run_code_on_it():
    machine = next(each for each in RESOURCES if each.id == "I1")
    snapshot = controlling(machine, ["authorization/roleassignments/write"])
    text = " ".join(step.text for step in can(snapshot).paths[0].tail)
    assert "assigns itself the role" in text
    assert "runs code on virtual machine" in text


def test_a_role_that_nobody_defined_may_control_a_machine():
    machine = next(each for each in RESOURCES if each.id == "I1")
    snapshot = controlling(machine, unpack(machine.any)[:1])
    assert can(msgspec.structs.replace(snapshot, role_definitions=())).verdict is Verdict.UNKNOWN


def test_a_management_group_that_may_be_above_a_machine_leaves_it_open():
    machine = next(each for each in RESOURCES if each.id == "I1")
    group = "/providers/Microsoft.Management/managementGroups/mg-a"
    snapshot = controlling(machine, unpack(machine.any)[:1])
    rows = (*(row for row in snapshot.role_assignments if row.principal != ALICE), assigned(group, CONTROL, ALICE, 1))
    assert can(msgspec.structs.replace(snapshot, role_assignments=rows)).verdict is Verdict.UNKNOWN
    known = (Subscription(SUBSCRIPTION, ancestors=(group.lower(),)),)
    placed = msgspec.structs.replace(snapshot, role_assignments=rows, subscriptions=known)
    assert can(placed).verdict is Verdict.ESCALATION


# --- the directory -------------------------------------------------------------------------------------------------


def with_power(takeover, holder=ALICE):
    """An estate in which somebody has a power of the catalogue over who reads secrets, or all that it gains."""
    kind = "managedidentity" if takeover.owner_of == "group" else "Application"
    people = [Principal(ALICE, "User", "Alice"), Principal(HOLDER, "ServicePrincipal", "Holder", app_id="app")]
    people[1] = msgspec.structs.replace(people[1], service_type=kind)
    sections = {"applications": (Application(REGISTRATION, "app", "Holder"),)}
    target = HOLDER
    if takeover.owner_of == "group" or takeover.gains == "groups":
        people.append(Principal(TEAM, "Group", "Team"))
        sections |= {"role_assignments": (assigned(VAULT, SECRETS_USER, TEAM, 3),)}
        sections |= {"group_members": (GroupMembers(TEAM, ()),)}
        target = TEAM
    if takeover.gains in {"users", "unprivileged-users"}:
        people.append(Principal(TEAM, "User", "Bob"))
        sections |= {"role_assignments": (assigned(VAULT, SECRETS_USER, TEAM, 3),)}
    if takeover.owner_of:
        owned = REGISTRATION if takeover.owner_of == "application" else target
        sections |= {"owners": (Owners(owned, (holder,)),)}
    if takeover.eligible_for == "group":
        people.append(Principal(TEAM, "Group", "Team"))
        sections |= {"role_assignments": (assigned(VAULT, SECRETS_USER, TEAM, 3),)}
        sections |= {
            "group_members": (GroupMembers(TEAM, ()),),
            "group_eligibilities": (GroupEligibility(TEAM, holder),),
        }
    for name in sorted(takeover.directory_roles)[:1]:
        sections |= {"directory_roles": (DirectoryRole(name.upper(), (holder,)),)}
    for name in sorted(takeover.app_roles)[:1]:
        sections |= {"app_roles": (AppRole(holder, name, "graph"),)}
    return estate(principals=tuple(people), **sections)


@pytest.mark.parametrize("takeover", OTHERS, ids=lambda each: each.id)
def test_each_power_of_the_directory_opens_the_way(takeover):
    answer = can(with_power(takeover))
    assert answer.verdict is Verdict.ESCALATION
    assert answer.paths[0].confidence is takeover.confidence
    assert can(with_power(takeover, holder="somebody else")).verdict is Verdict.NONE


@pytest.mark.parametrize("takeover", OTHERS, ids=lambda each: each.id)
def test_every_name_of_a_power_is_known(takeover):
    for name in takeover.directory_roles:
        snapshot = msgspec.structs.replace(with_power(takeover), directory_roles=(DirectoryRole(name, (ALICE,)),))
        assert can(snapshot).verdict is Verdict.ESCALATION, name
    for name in takeover.app_roles:
        snapshot = msgspec.structs.replace(with_power(takeover), app_roles=(AppRole(ALICE, name, "graph"),))
        assert can(snapshot).verdict is Verdict.ESCALATION, name


def test_who_is_eligible_for_a_role_of_the_directory_must_activate_it_first():
    elevates = next(each for each in OTHERS if each.id == "V7")
    snapshot = with_power(elevates)
    roles = tuple(msgspec.structs.replace(each, eligible=True) for each in snapshot.directory_roles)
    answer = can(msgspec.structs.replace(snapshot, directory_roles=roles))
    assert (answer.verdict, answer.paths[0].confidence) == (Verdict.ESCALATION, Confidence.MEDIUM)
    assert "must activate it first" in answer.paths[0].tail[0].text


def test_an_eligibility_for_a_group_counts_while_it_lasts():
    for end, verdict in ((None, Verdict.ESCALATION), ("2026-11-22T00:00:00Z", Verdict.NONE)):
        snapshot = with_power(next(each for each in OTHERS if each.eligible_for))
        rows = tuple(msgspec.structs.replace(each, end=end) for each in snapshot.group_eligibilities)
        assert can(msgspec.structs.replace(snapshot, group_eligibilities=rows)).verdict is verdict


def test_no_credential_is_added_to_a_managed_identity():
    owner = next(each for each in OTHERS if each.owner_of == "service-principal")
    snapshot = with_power(owner)
    people = [msgspec.structs.replace(each, service_type="ManagedIdentity") for each in snapshot.principals]
    assert can(msgspec.structs.replace(snapshot, principals=tuple(people))).verdict is Verdict.NONE


def test_nobody_is_added_to_a_group_whose_members_a_rule_makes():
    owner = next(each for each in OTHERS if each.owner_of == "group")
    snapshot = with_power(owner)
    people = [msgspec.structs.replace(each, group_types=("DynamicMembership",)) for each in snapshot.principals]
    assert can(msgspec.structs.replace(snapshot, principals=tuple(people))).verdict is Verdict.NONE


def test_a_helpdesk_does_not_reset_who_holds_a_role_of_the_directory():
    helpdesk = next(each for each in OTHERS if each.gains == "unprivileged-users")
    snapshot = with_power(helpdesk)
    held = (*snapshot.directory_roles, DirectoryRole("Reports Reader", (TEAM,)))
    assert can(msgspec.structs.replace(snapshot, directory_roles=held)).verdict is Verdict.NONE


# --- resources that are part of others -----------------------------------------------------------------------------

APP = f"{WEB}/providers/Microsoft.Web/sites/shop"
WEBSITE_CONTRIBUTOR = "de139f84-1756-47ae-9be6-808fbbe84772"


def slot_of_app(*rows, **sections):
    """The staging slot of an app, whose own identity reads the secrets."""
    slot = Resource(f"{APP}/slots/staging".lower(), "Microsoft.Web/sites/slots", principal=HOLDER)
    return estate(role_assignments=rows, resources=(slot,), **sections)


@pytest.mark.parametrize("scope", [f"{APP}/slots/staging", APP, WEB, SUBSCRIPTION])
def test_a_deployment_slot_is_controlled_from_its_app_and_all_above(scope):
    answer = can(slot_of_app(assigned(scope, WEBSITE_CONTRIBUTOR, ALICE)))
    assert answer.verdict is Verdict.ESCALATION
    steps = [step.text for path in answer.paths for step in path.tail]
    assert any("deployment slot shop/staging" in step for step in steps), steps


@pytest.mark.parametrize("scope", [f"{WEB}/providers/Microsoft.Web/sites/sho", f"{APP}/slots/stag", f"{APP}s", DATA])
def test_a_deployment_slot_is_not_controlled_from_beside(scope):
    assert can(slot_of_app(assigned(scope, WEBSITE_CONTRIBUTOR, ALICE))).verdict is Verdict.NONE


def test_a_deny_on_the_app_holds_for_its_slots():
    block = PermissionBlock(actions=("Microsoft.Web/*",))
    deny = DenyAssignment(f"{APP}/deny", APP, blocks=(block,), principals=(ALICE,))
    snapshot = slot_of_app(assigned(WEB, WEBSITE_CONTRIBUTOR, ALICE), deny_assignments=(deny,))
    assert can(snapshot).verdict is Verdict.NONE
    of_the_app_alone = msgspec.structs.replace(deny, this_scope_only=True)
    assert can(msgspec.structs.replace(snapshot, deny_assignments=(of_the_app_alone,))).verdict is Verdict.ESCALATION


# --- the search ----------------------------------------------------------------------------------------------------


def chain_of(length):
    """Alice runs code on a first machine, its identity on the next, and the last of them reads secrets."""
    machine = "microsoft.compute/virtualmachines"
    people = [ALICE, *(f"{each:08x}-0000-4000-8000-0000000000aa" for each in range(length))]
    rows, resources = [], []
    for number, (actor, target) in enumerate(itertools.pairwise(people)):
        resource = f"{WEB}/providers/{machine}/vm-{number}"
        resources.append(Resource(resource, machine, principal=target))
        rows.append(assigned(resource, CONTROL, actor, number))
    rows.append(assigned(VAULT, SECRETS_USER, people[-1], 98))
    operations = ["compute/virtualmachines/runcommand/action"]
    return estate(
        role_assignments=tuple(rows), role_definitions=(role(CONTROL, operations),), resources=tuple(resources)
    )


def test_the_depth_is_how_many_actions_are_followed():
    for depth in (1, 2, 3, 4, 6):
        assert can(chain_of(depth), depth=depth).verdict is Verdict.ESCALATION
        assert can(chain_of(depth + 1), depth=depth).verdict is Verdict.NONE


def test_two_that_can_act_as_each_other_and_a_group_that_owns_itself_are_no_trouble():
    machine = "microsoft.compute/virtualmachines"
    other = "0000abcd-0000-4000-8000-000000000000"
    resources = (Resource(f"{WEB}/a", machine, principal=HOLDER), Resource(f"{WEB}/b", machine, principal=other))
    rows = (assigned(WEB, CONTROL, HOLDER, 1), assigned(WEB, CONTROL, other, 2))
    snapshot = estate(
        role_assignments=rows,
        role_definitions=(role(CONTROL, ["compute/virtualmachines/write"]),),
        resources=resources,
        owners=(Owners(TEAM, (TEAM, other)),),
        group_members=(GroupMembers(TEAM, (TEAM, other)),),
    )
    answer = can(snapshot, other)
    assert answer.verdict is Verdict.ESCALATION
    assert len(answer.paths) == 1


def test_an_identity_on_thousands_of_machines_is_one_way():
    machine = "microsoft.compute/virtualmachines"
    resources = tuple(Resource(f"{WEB}/vm-{number}", machine, principal=HOLDER) for number in range(3000))
    snapshot = estate(
        role_assignments=(assigned(WEB, CONTROL, ALICE, 1),),
        role_definitions=(role(CONTROL, ["compute/virtualmachines/write"]),),
        resources=resources,
    )
    assert len(can(snapshot).paths) == 1


def test_many_identities_that_lead_to_the_same_are_told_as_one_way():
    machine = "microsoft.compute/virtualmachines"
    several = [f"{number:08x}-0000-4000-8000-0000000000bb" for number in range(40)]
    resources = tuple(Resource(f"{WEB}/vm-{each}", machine, principal=each) for each in several)
    rows = tuple(assigned(VAULT, SECRETS_USER, each, number) for number, each in enumerate(several))
    snapshot = estate(
        role_assignments=(assigned(WEB, CONTROL, ALICE, 100), *rows),
        role_definitions=(role(CONTROL, ["compute/virtualmachines/write"]),),
        resources=resources,
    )
    (path,) = can(snapshot).paths
    assert any("and 36 more" in step.text for step in path.tail)


def test_a_surer_way_is_told_beside_a_shorter_one():
    machine = "microsoft.compute/virtualmachines"
    middle = "0000abcd-0000-4000-8000-000000000000"
    operations = ["compute/virtualmachines/login/action"]
    snapshot = estate(
        role_assignments=(
            assigned(f"{WEB}/a", CONTROL, ALICE, 1),
            assigned(f"{WEB}/b", WRITER, ALICE, 2),
            assigned(f"{WEB}/c", WRITER, middle, 3),
        ),
        role_definitions=(role(CONTROL, operations), role(WRITER, ["compute/virtualmachines/write"])),
        resources=(
            Resource(f"{WEB}/a", machine, principal=HOLDER),
            Resource(f"{WEB}/b", machine, principal=middle),
            Resource(f"{WEB}/c", machine, principal=HOLDER),
        ),
    )
    assert {path.confidence for path in can(snapshot).paths} == {Confidence.LOW, Confidence.HIGH}


def test_who_holds_it_is_not_told_how_he_might_come_to():
    machine = next(each for each in RESOURCES if each.id == "I1")
    snapshot = controlling(machine, unpack(machine.any)[:1])
    rows = (*snapshot.role_assignments, assigned(VAULT, SECRETS_USER, ALICE, 7))
    answer = can(msgspec.structs.replace(snapshot, role_assignments=rows))
    assert answer.verdict is Verdict.DIRECT
    assert len(answer.paths) == 1


def test_an_identity_is_attached_where_a_role_over_machines_may_be_assigned():
    operator, administrator = "f1a07417-d97a-45cb-824c-7a7467783830", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
    identity = f"{DATA}/providers/microsoft.managedidentity/userassignedidentities/id"
    resource = Resource(identity, "Microsoft.ManagedIdentity/userAssignedIdentities", principal=HOLDER)
    attaching = assigned(identity, operator, ALICE)
    alone = estate(resources=(resource,), role_assignments=(attaching,))
    assert can(alone).verdict is Verdict.NONE
    both = estate(resources=(resource,), role_assignments=(attaching, assigned(WEB, administrator, ALICE, 1)))
    assert can(both).verdict is Verdict.ESCALATION
    assert max(path.confidence for path in can(both).paths) is Confidence.HIGH


def test_credentials_are_not_added_to_the_identity_of_a_resource():
    machine = Resource(f"{WEB}/providers/microsoft.compute/virtualmachines/vm", "vm", principal=HOLDER)
    owned = (Owners(HOLDER, (ALICE,)),)
    assert can(estate(owners=owned)).verdict is Verdict.ESCALATION
    assert can(estate(owners=owned, resources=(machine,))).verdict is Verdict.NONE
