from __future__ import annotations

import jsonschema
import pytest

from kvaudit.errors import ConfigError
from kvaudit.model.permission import POLICY_WORDS, PURGE, pack
from kvaudit.model.profile import Member
from kvaudit.rules.document import YamlFile
from kvaudit.rules.teams import TeamsShape, default_profile

GUID = "45AC16B9-C20D-4C21-8F8A-7ABFF2E91AC7"


def profile(text):
    file = YamlFile("kvaudit.yaml", text, ConfigError)
    return TeamsShape().read(file, "", file.value)


def test_a_team_in_full():
    (team,) = profile(f"""
security:
  members: [{{id: {GUID}}}, {{name: Contoso Security*}}, {{type: Group, name: x}}]
  management: [Key Vault Contributor, Microsoft.KeyVault/vaults/write, keyvault/vaults/deploy/action]
  keys: [Sign, WrapKey]
  secrets: [all]
""").teams
    assert team.members == (
        Member(id=GUID.lower()),
        Member(name="Contoso Security*"),
        Member(type="Group", name="x"),
    )
    assert team.roles == {"key vault contributor"}
    assert team.management == pack(["keyvault/vaults/write", "keyvault/vaults/deploy/action"])
    assert team.data == pack(["keys/sign", "keys/wrapkey"]) | POLICY_WORDS["secrets", "all"]
    assert not team.data & PURGE
    assert not team.by_name


def test_teams_keep_their_order():
    names = [team.name for team in profile("b: {members: []}\na: {members: []}").teams]
    assert names == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {}", "kvaudit.yaml:1:4: 'members' is missing"),
        ("a: {members: [{}]}", "kvaudit.yaml:1:15: a member needs an id, a name or a type"),
        ("a: {members: [{id: alice}]}", "kvaudit.yaml:1:20: expected an object id, not 'alice'"),
        ("a: {members: [{type: Person}]}", "unknown principal type 'Person'; there are Group, ServicePrincipal, User"),
        ("a: {member: []}", "kvaudit.yaml:1:5: unknown key of a team 'member'; did you mean 'members'?"),
        (
            "a: {members: [], keys: [sing]}",
            "kvaudit.yaml:1:25: unknown permission for keys 'sing'; did you mean 'sign'?",
        ),
        ("a: {members: [], secrets: [sign]}", "kvaudit.yaml:1:28: unknown permission for secrets 'sign'"),
        ("a: {members: [], secrets: all}", "kvaudit.yaml:1:27: expected a list, not 'all'"),
        ("a: {members: [], management: [keyvault/vaults/wirte]}", "there is no permission 'keyvault/vaults/wirte'"),
        ("a: {members: [], management: [secrets/get]}", "'secrets/get' is no operation of the management plane"),
        ("{}", "kvaudit.yaml:1:1: no teams"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(ConfigError) as caught:
        profile(text)
    assert message in str(caught.value)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(TeamsShape().schema())


def test_the_default_profile_guesses_people_by_name_and_applications_by_type():
    default = default_profile()
    assert not default.configured
    assert all(team.by_name for team in default.teams)
    teams = {team.name: team for team in default.teams}
    assert {member.type for member in teams["auditors"].members} == {"Group", "User"}
    assert teams["auditors"].data == pack(["keys/list", "secrets/list", "certificates/list"])
    assert teams["developers"].data == 0
    assert teams["developers"].management == pack(["keyvault/vaults/deploy/action"])
    assert teams["applications"].members == (Member(type="ServicePrincipal"),)
    assert teams["applications"].data & POLICY_WORDS["keys", "decrypt"] == 0
    assert teams["security"].roles == {"key vault contributor", "user access administrator"}
