import pytest

from kvaudit.model.finding import Confidence, Severity
from kvaudit.model.permission import parse_question
from kvaudit.model.profile import Member, Profile, Team
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    OWNER,
    SUBSCRIPTION,
    VAULT_CONTRIBUTOR,
    assign,
    custom_role,
    estate,
    unlisted,
    user,
    vault,
)
from tests.rules.builtin.judging import EVERYTHING, findings, only

DEPLOY = "Microsoft.KeyVault/vaults/deploy/action"
DEPLOYMENTS = "Microsoft.Resources/deployments/write"
MACHINES = "Microsoft.Compute/virtualMachines/write"


def team(*words: str, roles: tuple[str, ...] = (), operations: str = "") -> Profile:
    data = sum(parse_question(word).permissions for word in words)
    management = parse_question(operations).permissions if operations else 0
    return Profile((Team("developers", (Member(name="Eve"),), data, management, frozenset(roles)),))


def given(role: str, *actions: str, rbac: bool | None = True, **flags):
    return estate(
        vault("kv", rbac=rbac, **flags),
        role_assignments=(assign("eve", role),),
        role_definitions=(custom_role(actions=actions),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )


@pytest.mark.parametrize(
    ("actions", "flags", "hit"),
    [
        ((DEPLOY, DEPLOYMENTS), {"for_template_deployment": True}, True),
        ((DEPLOY, DEPLOYMENTS), {"for_deployment": True}, False),
        ((DEPLOY, MACHINES), {"for_deployment": True}, True),
        ((DEPLOY,), {"for_template_deployment": True, "for_deployment": True}, False),
        ((DEPLOY, DEPLOYMENTS, "Microsoft.KeyVault/vaults/write"), {}, True),
        ((DEPLOY, DEPLOYMENTS), {"for_template_deployment": None}, False),
    ],
)
def test_ways_of_a_deployment(actions, flags, hit):
    assert bool(findings("KV204", given(CUSTOM, *actions, **flags))) is hit


def test_several_ways_of_one_cause_are_one_finding_over_all_its_vaults():
    snapshot = estate(
        vault("kv-a", rbac=True, for_template_deployment=True),
        vault("kv-b", rbac=True),
        role_assignments=(assign("eve", CONTRIBUTOR),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )
    found = only("KV204", snapshot)
    assert len(found.vaults) == 2
    assert "through a template deployment or opens the vault" in found.message
    assert (found.severity, found.confidence) == (Severity.MEDIUM, Confidence.MEDIUM)


def test_who_may_deploy_and_not_read_reaches_beyond_the_profile_when_it_can_read():
    opened = given(CUSTOM, DEPLOY, DEPLOYMENTS, for_template_deployment=True)
    found = only("KV204", opened, team(operations="keyvault/vaults/deploy/action"))
    assert "which its profile does not allow" in found.message
    assert not findings("KV204", opened, team("secrets/get", operations="keyvault/vaults/deploy/action"))
    assert only("KV204", opened, team("secrets/get"))  # it may read secrets, and was never given this way to them


def test_a_role_that_the_profile_names_is_trusted_with_all_it_leads_to():
    for rule, role in (("KV204", VAULT_CONTRIBUTOR), ("KV205", VAULT_CONTRIBUTOR), ("KV215", OWNER)):
        assert findings(rule, given(role))
        assert not findings(rule, given(role), team(roles=("key vault contributor", "owner")))


def test_writing_says_what_can_be_written():
    found = only("KV205", given(CUSTOM, "Microsoft.KeyVault/vaults/secrets/write"))
    assert "can overwrite secrets on kv" in found.message
    assert found.confidence is Confidence.HIGH
    assert "create keys on kv" in only("KV205", given(CUSTOM, "Microsoft.KeyVault/vaults/keys/write")).message
    both = only("KV205", given(VAULT_CONTRIBUTOR, rbac=False))
    assert "overwrite secrets and create keys" in both.message


def test_an_operation_that_the_profile_allows_is_none():
    writes = given(CUSTOM, "Microsoft.KeyVault/vaults/secrets/write")
    assert not findings("KV205", writes, team(operations="keyvault/vaults/secrets/write"))
    assert findings("KV205", writes, team(operations="keyvault/vaults/keys/write"))


def test_switching_is_certain_with_the_right_to_assign_roles_only():
    assert only("KV215", given(OWNER)).confidence is Confidence.HIGH
    assert not findings("KV215", given(CONTRIBUTOR))
    (doubted,) = findings("KV215", given(CONTRIBUTOR), options={"KV215": {"unconfirmed": True}})
    assert doubted.confidence is Confidence.LOW
    assert "if the service lets it" in doubted.message
    assert not findings("KV215", given(OWNER, rbac=False))


def test_a_vault_of_unknown_model_is_not_said_to_be_switched():
    snapshot = estate(
        vault("kv-a", rbac=True),
        unlisted("kv-b"),
        role_assignments=(assign("eve", OWNER, SUBSCRIPTION),),
        principals=(user("eve"),),
        given=EVERYTHING,
    )
    assert [each.rsplit("/", 1)[-1] for each in only("KV215", snapshot).vaults] == ["kv-a"]
    assert only("KV215", snapshot).cause.id.startswith(f"{SUBSCRIPTION}/")
    assert GROUP in only("KV215", snapshot).vaults[0]
