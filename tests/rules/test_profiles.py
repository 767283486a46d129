import pytest

from kvaudit.access.membership import Directory
from kvaudit.access.roles import Roles
from kvaudit.model.directory import GroupMembers, Principal
from kvaudit.model.finding import Cause, Confidence, Verdict
from kvaudit.model.grant import DATA_PLANE, MANAGEMENT_PLANE, Grant
from kvaudit.model.permission import KIND, PURGE, WORDS, PermissionSet, pack, parse_question, unpack
from kvaudit.model.profile import Member, Profile, Team
from kvaudit.model.role import PermissionBlock, RoleDefinition
from kvaudit.model.scope import parse_scope
from kvaudit.model.snapshot import Snapshot
from kvaudit.rules.profiles import METADATA, Teams, exact, widened
from kvaudit.rules.teams import default_profile
from tests.access.build import (
    CONTRIBUTOR,
    CUSTOM,
    GROUP,
    OWNER,
    READER,
    SUBSCRIPTION,
    VAULT_ADMINISTRATOR,
    VAULT_CONTRIBUTOR,
)

CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"
CERTIFICATE_USER = "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"


def allow(*words: str) -> PermissionSet:
    held = 0
    for word in words:
        held |= parse_question(word).permissions
    return held


def teams(*those: Team, principals=(), members=(), definitions=()) -> Teams:
    snapshot = Snapshot(principals=principals, group_members=members, role_definitions=definitions)
    return Teams(Profile(those), Directory(snapshot), Roles(snapshot))


def data(permissions: PermissionSet, role: str | None = None) -> Grant:
    return Grant(
        Cause("roleAssignment" if role else "accessPolicy", "cause"),
        "somebody",
        Verdict.DIRECT,
        DATA_PLANE,
        permissions,
        (0,),
        parse_scope(f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"),
        role=role,
    )


def management(role: str, scope: str, *words: str) -> Grant:
    return Grant(
        Cause("roleAssignment", "cause"),
        "somebody",
        Verdict.DIRECT,
        MANAGEMENT_PLANE,
        allow(*words),
        (0,),
        parse_scope(scope),
        role=role,
    )


def test_the_first_team_that_fits_wins():
    found = teams(
        Team("auditors", (Member(name="*audit*"),)),
        Team("applications", (Member(type="ServicePrincipal"),)),
        principals=(Principal("app", "ServicePrincipal", "audit-export"),),
    )
    assert found.of("app").team.name == "auditors"


def test_names_fit_in_any_case_and_members_of_a_named_group_belong():
    found = teams(
        Team("auditors", (Member(name="contoso AUDITORS*"),)),
        principals=(Principal("g", "Group", "Contoso Auditors"), Principal("bob", "User", "Bob")),
        members=(GroupMembers("g", ("nested",)), GroupMembers("nested", ("bob",))),
    )
    assert [found.of(each).team.name for each in ("g", "nested", "bob")] == ["auditors"] * 3
    assert found.of("bob").confidence is Confidence.HIGH


def test_every_key_of_a_member_must_fit():
    found = teams(
        Team("operators", (Member(id="g", type="User"),)),
        principals=(Principal("bob", "User"), Principal("app", "ServicePrincipal")),
        members=(GroupMembers("g", ("bob", "app")),),
    )
    assert found.of("bob").team.name == "operators"
    assert found.of("app").team is None


def test_a_type_alone_does_not_draw_in_members():
    found = teams(
        Team("groups", (Member(type="Group"),)),
        principals=(Principal("g", "Group"), Principal("bob", "User")),
        members=(GroupMembers("g", ("bob",)),),
    )
    assert found.of("g").team is not None
    assert found.of("bob").team is None


def test_a_principal_of_whom_nothing_is_known_is_in_no_team_for_want_of_principals():
    found = teams(Team("auditors", (Member(name="*audit*"),)))
    assert found.of("who").team is None
    assert found.of("who").need == "principals"


def test_members_named_by_id_need_no_names():
    found = teams(Team("security", (Member(id="g"),)), members=(GroupMembers("g", ()),))
    assert found.of("who").need == ""


def test_somebody_may_belong_to_a_group_whose_members_are_not_known():
    found = teams(Team("security", (Member(id="g"),)), principals=(Principal("g", "Group"), Principal("bob", "User")))
    assert found.of("bob").need == "groupMembers"
    assert found.of("bob").confidence is Confidence.MEDIUM


def test_a_group_in_no_team_holds_for_its_members():
    found = teams(
        Team("auditors", (Member(name="Contoso Auditors"),)),
        principals=(
            Principal("g", "Group", "Project X"),
            Principal("a", "Group", "Contoso Auditors"),
            Principal("bob", "User", "Bob"),
            Principal("eve", "User", "Eve"),
        ),
        members=(GroupMembers("g", ("a", "eve")), GroupMembers("a", ("bob",))),
    )
    auditors, outsiders = found.parties("g")
    assert auditors.team.name == "auditors"
    assert auditors.members == ("a", "bob")
    assert outsiders.team is None


def test_a_group_whose_members_are_all_in_teams_brings_no_outsider():
    found = teams(
        Team("applications", (Member(type="ServicePrincipal"),)),
        principals=(Principal("g", "Group", "Identities"), Principal("app", "ServicePrincipal")),
        members=(GroupMembers("g", ("app",)),),
    )
    (party,) = found.parties("g")
    assert party.team.name == "applications"


@pytest.mark.parametrize("members", [(), (GroupMembers("g", ("app",), complete=False),)])
def test_a_group_whose_members_are_not_all_known_may_hold_for_outsiders(members):
    found = teams(
        Team("applications", (Member(type="ServicePrincipal"),)),
        principals=(Principal("g", "Group", "Identities"), Principal("app", "ServicePrincipal")),
        members=members,
    )
    assert found.parties("g")[-1].team is None


def test_an_access_policy_must_be_exact():
    team = Team("applications", (), allow("secrets/get"))
    assert teams(team).beyond(team, data(allow("secrets/get", "secrets/list"))) == allow("secrets/list")
    assert teams(team).beyond(team, data(allow("secrets/get"))) == 0


def test_setting_secrets_includes_updating_them():
    update = pack(["keyvault/vaults/secrets/update/action"])
    assert exact(allow("secrets/set")) & update
    assert not exact(allow("secrets/get")) & update


@pytest.mark.parametrize(
    ("allowed", "brought"),
    [
        (("secrets/get",), {"secrets/list"}),
        (("keys/wrapkey", "keys/unwrapkey"), {"keys/get", "keys/list"}),
        (
            ("keys/sign",),
            set(unpack(KIND["keys"] & Roles(Snapshot()).get(CRYPTO_USER).permissions)) - {"keys/sign"},
        ),
        ((), set()),
    ],
)
def test_a_role_may_bring_along_what_the_smallest_built_in_role_does(allowed, brought):
    held = allow(*allowed)
    assert set(unpack(widened(held) & ~held)) == brought


def test_reading_names_never_widens_to_values():
    listing = allow("keys/list", "secrets/list", "certificates/list")
    assert not widened(listing) & ~METADATA
    team = Team("auditors", (), listing)
    held = Roles(Snapshot()).get(CERTIFICATE_USER).permissions & WORDS
    assert unpack(teams(team).beyond(team, data(held, CERTIFICATE_USER))) == ("secrets/get",)


def test_who_may_do_everything_may_be_key_vault_administrator():
    everything = sum(KIND[kind] & WORDS & ~PURGE for kind in ("keys", "secrets", "certificates"))
    team = Team("security", (), everything)
    held = Roles(Snapshot()).get(VAULT_ADMINISTRATOR).permissions & sum(
        KIND[kind] for kind in KIND if kind != "management"
    )
    assert held & KIND["storage"]
    assert teams(team).beyond(team, data(held, VAULT_ADMINISTRATOR)) == 0


def test_storage_by_a_custom_role_is_excess():
    definition = RoleDefinition(CUSTOM, "Custom", custom=True, blocks=(PermissionBlock(data_actions=("*",)),))
    team = Team("applications", (), allow("secrets/get"))
    given = data(allow("secrets/get", "storage/regeneratekey"), CUSTOM)
    assert teams(team, definitions=(definition,)).beyond(team, given) == allow("storage/regeneratekey")


def test_a_management_role_is_allowed_by_its_name():
    team = Team("security", (), roles=frozenset({"key vault contributor"}))
    writes = management(VAULT_CONTRIBUTOR, SUBSCRIPTION, "keyvault/vaults/write")
    assert teams(team).beyond(team, writes) == 0
    assert teams(team).beyond(team, management(CONTRIBUTOR, SUBSCRIPTION, "keyvault/vaults/write"))


def test_operations_are_allowed_by_their_names_and_reads_always():
    team = Team("developers", (), management=allow("keyvault/vaults/deploy/action"))
    assert (
        teams(team).beyond(team, management(CUSTOM, GROUP, "keyvault/vaults/deploy/action", "keyvault/vaults/read"))
        == 0
    )
    assert teams(team).beyond(team, management(READER, SUBSCRIPTION, "keyvault/vaults/read")) == 0
    beyond = teams(team).beyond(
        team, management(CONTRIBUTOR, GROUP, "keyvault/vaults/deploy/action", "keyvault/vaults/write")
    )
    assert beyond == allow("keyvault/vaults/write")


def test_operations_that_do_not_touch_vaults_are_no_excess():
    team = Team("applications", ())
    assert teams(team).beyond(team, management(CONTRIBUTOR, GROUP, "compute/virtualmachines/write")) == 0


def test_the_default_security_team_owns_the_resource_group_and_no_more():
    security = next(team for team in default_profile().teams if team.name == "security")
    found = teams(security)
    assert found.beyond(security, management(OWNER, GROUP, "keyvault/vaults/write")) == 0
    assert found.beyond(security, management(OWNER, SUBSCRIPTION, "keyvault/vaults/write"))


def test_who_is_in_no_team_may_hold_nothing():
    held = allow("keys/list")
    assert teams().beyond(None, data(held)) == held


def test_the_default_profile_guesses_and_says_so():
    snapshot = Snapshot(
        principals=(Principal("g", "Group", "Contoso Auditors"), Principal("app", "ServicePrincipal", "web"))
    )
    found = Teams(default_profile(), Directory(snapshot), Roles(snapshot))
    assert (found.of("g").team.name, found.of("g").guess) == ("auditors", "by name")
    assert (found.of("app").team.name, found.of("app").guess) == ("applications", "by type")
    assert found.of("g").confidence is Confidence.MEDIUM
