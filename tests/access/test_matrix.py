"""The matrix says of every principal, vault and permission what a question says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from kvaudit.access.engine import resolve
from kvaudit.access.matrix import Matrix
from kvaudit.model.directory import EVERYONE, GroupMembers, Principal
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import OF_VAULTS, pack, parse_question
from kvaudit.model.role import DenyAssignment, PermissionBlock
from tests.access.build import CONTRIBUTOR, GROUP, OWNER, SECRETS_USER, access, assign, estate, policy, vault
from tests.access.strategies import AS_OF, ASKED, PRINCIPALS, snapshots

estates = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip


@estates
@given(snapshots())
def test_every_cell_is_what_the_question_answers(snapshot):
    resolved = resolve(snapshot, AS_OF)
    numbers = range(len(snapshot.vaults))
    matrix = Matrix(resolved, pack(ASKED), numbers)
    for principal in PRINCIPALS:
        row = matrix.row(principal, everywhere=True)
        for name in ASKED:
            question = parse_question(name)
            answers, _ = resolved.can(principal, question, numbers)
            expected = {number: answer.verdict for answer in answers for number in answer.vaults}
            assert told(row, question.permissions) == expected, (principal, name)


def told(row, permission):
    """The strongest verdict on each vault."""
    found = {}
    for held in row.held:
        verdicts = [hold.state.verdict for hold in held.cell if hold.permissions & permission]
        verdicts.append(Verdict.UNKNOWN if held.unseen & permission else Verdict.NONE)
        found.update((number, max(verdicts, key=lambda verdict: verdict.strength)) for number in held.vaults)
    return found


def test_what_may_be_denied_is_told_apart_from_what_else_a_grant_gives():
    """S127, of a group with an excluded principal: it is asked of each member."""
    writing = (PermissionBlock(actions=("Microsoft.Authorization/roleAssignments/write",)),)
    unsure = "@Resource[HasObotoken] boolequals true"
    deny = DenyAssignment("d", GROUP, None, writing, (EVERYONE,), ("zed",), condition=unsure)
    owned = (assign("team", OWNER, principal_type="Group"),)
    row = rows(estate(vault("kv-app", rbac=True), role_assignments=owned, deny_assignments=(deny,), **TEAM))["alice"]
    verdicts = {name: told(row, parse_question(name).permissions)[0] for name in DELEGATING}
    assert list(verdicts.values()) == [Verdict.CONDITIONAL, Verdict.DIRECT]


def rows(snapshot, *, groups=False, verdicts=()):
    resolved = access(snapshot)
    matrix = Matrix(resolved, OF_VAULTS, range(len(snapshot.vaults)), verdicts)
    return {row.principal: row for row in matrix.rows(groups=groups)}


DELEGATING = ("authorization/roleassignments/write", "authorization/roleassignments/delete")
TEAM = {"principals": (Principal("team", "Group"),), "group_members": (GroupMembers("team", ("alice", "bob")),)}
READS = assign("team", SECRETS_USER, principal_type="Group")


def test_members_are_shown_and_the_group_is_the_way():
    found = rows(estate(vault("kv-app", rbac=True), role_assignments=(READS,), **TEAM))
    assert set(found) == {"alice", "bob"}
    assert found["alice"].through == ("team",)


def test_groups_are_shown_themselves_when_asked():
    snapshot = estate(vault("kv-app", rbac=True), role_assignments=(READS, assign("bob", SECRETS_USER)), **TEAM)
    assert set(rows(snapshot, groups=True)) == {"team", "bob"}


def test_a_group_without_known_members_is_a_row_of_its_own():
    snapshot = estate(vault("kv-app", rbac=True), role_assignments=(READS,), principals=TEAM["principals"])
    assert rows(snapshot)["team"].members_unknown
    empty = estate(
        vault("kv-app", rbac=True),
        role_assignments=(READS,),
        principals=TEAM["principals"],
        group_members=(GroupMembers("team", ()),),
    )
    assert not rows(empty)["team"].members_unknown


def test_vaults_that_are_alike_are_one_cell():
    vaults = tuple(vault(f"kv-{number}", rbac=True) for number in range(20))
    (held,) = rows(estate(*vaults, role_assignments=(READS,), **TEAM))["bob"].held
    assert held.vaults == tuple(range(20))


def test_who_holds_most_comes_first():
    holder = vault("kv-app", rbac=False, policies=(policy("carl", "secrets/get", "secrets/list"),))
    found = rows(estate(holder, role_assignments=(assign("alice", CONTRIBUTOR),)))
    assert list(found) == ["carl", "alice"]  # what is held before what can be obtained


def test_only_what_has_a_verdict_that_is_asked_for_is_told():
    found = rows(
        estate(vault("kv-app", rbac=False), role_assignments=(assign("alice", CONTRIBUTOR),)),
        verdicts=(Verdict.ESCALATION,),
    )
    assert {hold.state.verdict for held in found["alice"].held for hold in held.cell} == {Verdict.ESCALATION}
