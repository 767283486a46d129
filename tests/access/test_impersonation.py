"""Who can come to act as whom: against a second opinion, and the rules of the search."""

from __future__ import annotations

import itertools

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kvaudit.access.cut import without
from kvaudit.access.engine import resolve
from kvaudit.access.impersonation import VIRTUAL
from kvaudit.model.directory import Application, DirectoryRole, GroupMembers, Owners, Principal
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import POLICY_WORDS, Question, parse_question
from kvaudit.model.role import DenyAssignment, PermissionBlock, RoleAssignment
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Coverage, Resource, Snapshot
from kvaudit.model.vault import AccessPolicy, Vault
from tests.access.naive_impersonation import Impostor
from tests.access.strategies import AS_OF

SUBSCRIPTION = "/subscriptions/aaaaaaaa-1111-4000-8000-000000000001"
WEB, DATA = (f"{SUBSCRIPTION}/resourceGroups/{name}" for name in ("rg-web", "rg-data"))
MACHINE = f"{WEB}/providers/Microsoft.Compute/virtualMachines/vm"
SITE = f"{WEB}/providers/Microsoft.Web/sites/site"
IDENTITY = f"{DATA}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
VAULTS = tuple(f"{DATA}/providers/Microsoft.KeyVault/vaults/kv-{at}" for at in range(2))
TENANT_ID = "11111111-0000-4000-8000-00000000000f"

IDS = tuple(f"{at:08x}-0000-4000-8000-000000000000" for at in range(8))
ALICE, BOB, ON_MACHINE, ON_SITE, ATTACHED, APP, TEAM, CREW = IDS
PEOPLE = (
    Principal(ALICE, "User", "Alice"),
    Principal(BOB, "User", "Bob"),
    Principal(ON_MACHINE, "ServicePrincipal", "vm", service_type="ManagedIdentity"),
    Principal(ON_SITE, "ServicePrincipal", "site", service_type="ManagedIdentity"),
    Principal(ATTACHED, "ServicePrincipal", "id", service_type="ManagedIdentity"),
    Principal(APP, "ServicePrincipal", "app", app_id="app-id", service_type="Application"),
    Principal(TEAM, "Group", "Team"),
    Principal(CREW, "Group", "Crew"),
)
REGISTRATION = "99999999-0000-4000-8000-000000000000"
ROLES = {
    "Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Key Vault Contributor": "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
    "Log Analytics Contributor": "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    "Website Contributor": "de139f84-1756-47ae-9be6-808fbbe84772",
    "Managed Identity Contributor": "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
}
SCOPES = (SUBSCRIPTION, WEB, DATA, MACHINE, SITE, IDENTITY, *VAULTS)
DIRECTORY = (
    "Application Administrator",
    "Groups Administrator",
    "Helpdesk Administrator",
    "Privileged Role Administrator",
    "Global Administrator",
)
QUESTIONS = ("secrets/get", "secrets/set", "keys/sign", "keyvault/vaults/write")


def some(values, most):
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


@st.composite
def assignments(draw, number):
    return RoleAssignment(
        id=f"/assignment/{number}",
        scope=draw(st.sampled_from(SCOPES)),
        role=draw(st.sampled_from(tuple(ROLES.values()))),
        principal=draw(st.sampled_from(IDS)),
    )


@st.composite
def denies(draw, number):
    actions = st.sampled_from(["*/write", "*/action", "Microsoft.Compute/*", "Microsoft.Authorization/*", "*"])
    return DenyAssignment(
        id=f"/deny/{number}",
        scope=draw(st.sampled_from((SUBSCRIPTION, WEB, DATA))),
        blocks=(PermissionBlock(actions=(draw(actions),), data_actions=draw(st.sampled_from([(), ("*",)]))),),
        principals=draw(some(IDS, 2)),
        excluded=draw(some(IDS, 1)),
    )


@st.composite
def estates(draw, *, denied=False):
    """Two vaults, three things with identities, people, applications, groups and roles; everything is known."""

    def several(make, most):
        return tuple(draw(make(number)) for number in range(draw(st.integers(most // 2, most))))

    vaults = []
    for at, identifier in enumerate(VAULTS):
        holders = (draw(st.sampled_from(IDS[2:])),)  # rather those that can be taken over than people
        entries = tuple(AccessPolicy(each, POLICY_WORDS["secrets", "get"], TENANT_ID) for each in holders)
        flags = {"for_template_deployment": False, "for_deployment": False}
        vaults.append(
            Vault(
                identifier,
                f"kv-{at}",
                "here",
                None,
                TENANT_ID,
                draw(st.sampled_from([False, False, True])),
                entries,
                **flags,
            )
        )
    attached = draw(some((IDENTITY.lower(),), 1))
    ownership = st.tuples(st.sampled_from((REGISTRATION, APP, ON_SITE, TEAM, CREW)), st.sampled_from(IDS[:6]))
    owned = draw(st.lists(ownership, min_size=1, max_size=3, unique=True))
    return Snapshot(
        tenant_id=TENANT_ID,
        vaults=tuple(vaults),
        role_assignments=several(assignments, 6),
        deny_assignments=several(denies, 2) if denied else (),
        resources=(
            Resource(MACHINE.lower(), "Microsoft.Compute/virtualMachines", principal=ON_MACHINE, attached=attached),
            Resource(SITE.lower(), "Microsoft.Web/sites", principal=ON_SITE),
            Resource(IDENTITY.lower(), "Microsoft.ManagedIdentity/userAssignedIdentities", principal=ATTACHED),
        ),
        principals=PEOPLE,
        applications=(Application(REGISTRATION, "app-id", "App"),),
        owners=tuple(Owners(owned, (owner,)) for owned, owner in owned),
        directory_roles=tuple(DirectoryRole(role, draw(some(IDS[:7], 2))) for role in draw(some(DIRECTORY, 2))),
        group_members=(GroupMembers(TEAM, draw(some(IDS[:6], 2))), GroupMembers(CREW, draw(some((*IDS[:6], TEAM), 2)))),
        coverage=(Coverage("roleAssignments", TENANT, complete=True),),
        given=frozenset({"vaults", "roleAssignments", "principals", "groupMembers", "resources", "owners"}),
    )


DEEP = 12
random_estates = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def answers(snapshot, names=QUESTIONS, principals=IDS, depth=DEEP):
    access = resolve(snapshot, AS_OF, depth)
    found = {}
    for principal, name in itertools.product(principals, names):
        for answer in access.can(principal, parse_question(name), range(len(snapshot.vaults)))[0]:
            found.update(((principal, name, number), answer.verdict) for number in answer.vaults)
    return found


@random_estates
@given(estates(), st.sampled_from(QUESTIONS))
def test_every_answer_is_one_that_the_semantics_allow(snapshot, name):
    impostor = Impostor(snapshot, AS_OF)
    for (principal, _, number), verdict in answers(snapshot, [name]).items():
        assert verdict in impostor.verdicts(principal, number, name), f"{principal} {name} on {number}"


@random_estates
@given(estates(denied=True), st.sampled_from(QUESTIONS))
def test_every_answer_under_denies_is_one_that_the_semantics_allow(snapshot, name):
    impostor = Impostor(snapshot, AS_OF)
    for (principal, _, number), verdict in answers(snapshot, [name]).items():
        assert verdict in impostor.verdicts(principal, number, name), f"{principal} {name} on {number}"


@random_estates
@given(estates(denied=True).filter(lambda snapshot: snapshot.deny_assignments))
def test_a_deny_opens_no_way(snapshot):
    allowed = answers(msgspec.structs.replace(snapshot, deny_assignments=snapshot.deny_assignments[:-1]))
    for question, verdict in answers(snapshot).items():
        assert verdict.strength <= allowed[question].strength, question


@random_estates
@given(estates(), st.sampled_from(QUESTIONS[:2]))
def test_a_cut_cuts(snapshot, name):
    access = resolve(snapshot, AS_OF)
    question = parse_question(name)
    for (principal, _, number), verdict in answers(snapshot, [name], depth=4).items():
        if verdict is Verdict.ESCALATION:
            steps = access.cut(principal, question, number)
            assert steps
            removed = [(_KINDS[step.kind], scope_key(step.ref)) for step in steps]
            left = answers(without(snapshot, removed), [name], [principal], depth=4)
            assert left[principal, name, number] is not Verdict.ESCALATION
            for kept in removed:  # and no smaller one does
                fewer = [each for each in removed if each != kept]
                left = answers(without(snapshot, fewer), [name], [principal], depth=4)
                assert left[principal, name, number] is Verdict.ESCALATION


_KINDS = {
    "assignment": "roleAssignment",
    "policy": "accessPolicy",
    "ownership": "ownership",
    "directoryRole": "directoryRole",
}


@random_estates
@given(estates(), st.sampled_from(QUESTIONS), st.integers(1, 3))
def test_a_path_is_no_longer_than_the_depth_and_meets_nobody_twice(snapshot, name, depth):
    access = resolve(snapshot, AS_OF, depth)
    for principal, number in itertools.product(IDS, range(2)):
        for way in access.answers.ways(principal, parse_question(name), number):
            if way.before:
                assert way.length <= depth
                passed = [principal, *(hop.target for hop in way.before)]
                assert len(set(passed)) == len(passed)


@random_estates
@given(estates(), st.randoms(use_true_random=False))
def test_order_does_not_matter(snapshot, chance):
    sections = {
        section: tuple(chance.sample(rows, len(rows)))
        for section in snapshot.__struct_fields__
        if isinstance(rows := getattr(snapshot, section), tuple) and section != "vaults"
    }
    assert answers(msgspec.structs.replace(snapshot, **sections)) == answers(snapshot)


def asked(permissions):
    """A question for any of some permissions."""
    return Question("any of these", permissions)


@random_estates
@given(estates(), st.integers(1, 4))
def test_what_is_found_over_the_whole_estate_is_what_each_holder_is_told(snapshot, depth):
    """A finding names no vault that `can` denies: not one that takes more actions than are followed."""
    access = resolve(snapshot, AS_OF, depth)
    for escalation in access.takeovers:
        for answer in access.can(escalation.grant.principal, asked(escalation.gains), escalation.vaults)[0]:
            assert answer.verdict in {Verdict.DIRECT, Verdict.ESCALATION}, escalation


@random_estates
@given(estates(), st.integers(1, 4))
def test_what_a_holder_is_told_is_found_over_the_whole_estate(snapshot, depth):
    """Where the first step is his own and nobody enters a group, as those stay who they are."""
    access = resolve(snapshot, AS_OF, depth)
    found = {(each.grant.principal, number) for each in access.takeovers for number in each.vaults}
    groups = {TEAM, CREW}
    for principal, number in itertools.product(set(IDS) - groups, range(2)):
        for way in access.answers.ways(principal, parse_question("secrets/get"), number):
            own = way.before and {grant.principal for grant in way.before[0].deed.way.grants} == {principal}
            entered = groups.union(VIRTUAL).intersection(hop.target for hop in way.before)
            if own and not entered and way.verdict is Verdict.ESCALATION:
                assert (principal, number) in found
