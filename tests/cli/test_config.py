"""`kvaudit config show`, `kvaudit init`, and vaults with gates of their own."""

import pytest

from kvaudit.gate.config import load_config
from kvaudit.rules.teams import default_profile
from tests.cli.estate import ALICE, READERS, put, snapshot, vault

YAML = """\
teams: {readers: {members: [{name: Key readers}], secrets: [get]}}
fail-on: medium
ignore: [KV505]
severities: {KV301: low}
waivers: w.yaml
vaults:
  - {tags: {environment: test}, ignore: [KV5], fail-on: critical}
  - {name: kv-*, severities: {KV301: critical}}
"""
GUARDED = ("--ignore", "KV112,KV105,KV9")


@pytest.fixture
def folder(tmp_path, environment):
    environment.chdir(tmp_path)
    return tmp_path


def test_each_value_is_shown_with_where_it_came_from(folder, run, environment):
    (folder / "kvaudit.yaml").write_text(YAML)
    environment.setenv("KVAUDIT_MIN_SEVERITY", "low")
    result = run("config", "show", "--fail-on", "low", "--ignore", "KV1")
    assert result.code == 0
    file = folder / "kvaudit.yaml"
    assert result.out.splitlines() == [
        f"config = {file}  (looked for from here up)",
        f"teams.readers = {{members: [{{name: Key readers}}], secrets: [get]}}  ({file}:1:18)",
        "fail-on = low  (option --fail-on)",
        "min-severity = low  (environment variable KVAUDIT_MIN_SEVERITY)",
        "select = none  (default)",
        "ignore = [KV1]  (option --ignore)",
        f"ignore = [KV505]  ({file}:3:9)",
        f"severities.KV301 = low  ({file}:4:21)",
        "options = none  (default)",
        "rules = none  (default)",
        f"waivers = w.yaml  ({file}:5:10)",
        "waiver-days = none  (default)",
        "baseline = none  (default)",
        f"vaults.1 = {{tags: {{environment: test}}, ignore: [KV5], fail-on: critical}}  ({file}:7:5)",
        f"vaults.2 = {{name: kv-*, severities: {{KV301: critical}}}}  ({file}:8:5)",
        "allow-incomplete = false  (default)",
        "strict = false  (default)",
    ]


@pytest.mark.usefixtures("folder")
def test_without_a_file_all_is_default(run):
    lines = run("config", "show").out.splitlines()
    assert lines[0] == "config = none  (looked for from here up)"
    assert "fail-on = high  (default)" in lines


def test_a_name_in_the_file_cannot_write_on_the_terminal(folder, run):
    (folder / "kvaudit.yaml").write_text('teams: {"a\\e[31m": {members: []}}\n')
    assert "\x1b" not in run("config", "show").out


@pytest.mark.parametrize("command", [("config", "show"), ("scan", "s.json"), ("waivers", "check")])
def test_a_broken_configuration_is_exit_2(folder, run, command):
    put(folder, name="s.json")
    (folder / "kvaudit.yaml").write_text("fail_on: high\n")
    result = run(*command)
    assert (result.code, result.out) == (2, "")
    assert "kvaudit.yaml:1:1: unknown key 'fail_on'; did you mean 'fail-on'?" in result.err


def tagged(folder, tags):
    put(folder, snapshot(default_action="Allow", vaults=[vault("Allow") | ({} if tags is None else {"tags": tags})]))


@pytest.mark.parametrize(
    ("tags", "options", "code"),
    [
        ({"Environment": "test"}, [], 0),
        ({"environment": "production"}, [], 1),
        ({"environment": "test"}, ["--fail-on", "high"], 1),
        ({}, [], 1),
    ],
)
def test_a_vault_has_the_gate_of_its_tag(folder, run, tags, options, code):
    (folder / "kvaudit.yaml").write_text("vaults: [{tags: {environment: test}, fail-on: critical}]\n")
    tagged(folder, tags)
    assert run("scan", "snapshot.json", *GUARDED, *options).code == code


def test_a_stricter_gate_of_a_vault_fails_the_run_and_shows_why(folder, run):
    (folder / "kvaudit.yaml").write_text(
        "min-severity: high\nseverities: {KV301: low}\nvaults: [{name: kv-app, fail-on: low}]\n"
    )
    tagged(folder, {})
    result = run("scan", "snapshot.json", "--select", "KV301")
    assert (result.code, "low KV301" in result.out) == (1, True)


def test_init_proposes_teams_that_can_be_read(folder, run):
    put(folder, readers="Contoso Auditors")
    result = run("init", "snapshot.json")
    assert result.code == 0
    assert result.last == "kvaudit.yaml: 1 principal in a team by name or type, 0 by a guess, 0 in none"
    text = (folder / "kvaudit.yaml").read_text()
    assert (
        f'- id: {READERS}  # "Contoso Auditors", Group, holds secrets/get, secrets/list on 1 vault; likely, by name'
        in text
    )
    (auditors, *_) = load_config(folder / "kvaudit.yaml").profile.teams
    assert (auditors.name, [member.id for member in auditors.members]) == ("auditors", [READERS])
    assert run("scan", "snapshot.json").code in (0, 1)


def test_what_init_lets_teams_hold_is_the_default_profile(folder, run):
    run("init")
    written = load_config(folder / "kvaudit.yaml").profile.teams
    defaults = default_profile().teams
    assert [team.name for team in written] == [team.name for team in defaults]
    for ours, default in zip(written, defaults, strict=True):
        assert (ours.data, ours.management, ours.roles) == (default.data, default.management, default.roles)


def test_init_lists_who_fits_no_team_without_putting_him_in_one(folder, run):
    put(folder)
    run("init", "snapshot.json")
    text = (folder / "kvaudit.yaml").read_text()
    assert f'#   {READERS}: "Key readers", Group, holds' in text
    assert not [
        team
        for team in load_config(folder / "kvaudit.yaml").profile.teams
        if team.members and team.name != "applications"
    ]


def test_a_guess_is_a_comment(folder, run):
    reader = (
        "/providers/Microsoft.Authorization/roleDefinitions/21090545-7ca7-4776-b22c-e363652d74d2"  # Key Vault Reader
    )
    document = snapshot(principals=[{"id": ALICE, "type": "User", "displayName": "Alice Berg"}])
    document["roleAssignments"][0]["properties"] |= {
        "principalId": ALICE,
        "principalType": "User",
        "roleDefinitionId": reader,
    }
    put(folder, document)
    run("init", "snapshot.json")
    assert f'# - id: {ALICE}  # "Alice Berg", User, holds' in (folder / "kvaudit.yaml").read_text()
    assert not load_config(folder / "kvaudit.yaml").profile.teams[0].members


@pytest.mark.parametrize("name", ["x\nfail-on: info", "\x1b[31m", "a\u2028b: c", 'q"\\', "# * &"])
def test_no_name_writes_into_the_file(folder, run, name):
    put(folder, readers=f"audit {name}")
    assert run("init", "snapshot.json").code == 0
    found = load_config(folder / "kvaudit.yaml")
    assert (found.fail_on.label, len(found.profile.teams[0].members)) == ("high", 1)
    assert "\x1b" not in (folder / "kvaudit.yaml").read_text()


def test_init_overwrites_only_when_told_to(folder, run):
    (folder / "kvaudit.yaml").write_text("# mine\n")
    result = run("init")
    assert (result.code, (folder / "kvaudit.yaml").read_text()) == (2, "# mine\n")
    assert "--force" in result.err
    assert run("init", "--force").code == 0
    assert run("init", "-o", "other.yaml").code == 0


def test_init_writes_nothing_when_there_is_nothing_to_read(folder, run):
    assert run("init", "none.json").code == 2
    assert not (folder / "kvaudit.yaml").exists()
