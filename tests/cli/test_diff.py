"""`kvaudit diff`, from two exports to an exit code."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tempfile
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from kvaudit.audit.diff import DiffRequest
from kvaudit.audit.diff import diff as compare
from tests.cli.estate import ALICE, READERS, VAULT, put, vault
from tests.sources.test_same_facts import ROWS, files

SAMPLES = Path(__file__).resolve().parents[2] / "sample-configs"
BOB = "4a0c5f0e-3d57-4a35-9d0c-2b8c5b9c7f11"
AS_OF = ("--as-of", "2026-11-23")
HOSTILE = (
    "=cmd|'/c calc'!A1 <script>alert(1)</script> @octocat #1 [x](https://evil.example) [bold]\x1b[31m\u202e\n::error::"
)


@pytest.fixture
def sides(tmp_path):
    """Two folders, each with an estate."""

    def sides(old=None, new=None):
        found = []
        for name, settings_ in (("old", old or {}), ("new", new or {})):
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            put(folder, **settings_)
            found.append(folder)
        return found

    return sides


def joined(*, name="Bob"):
    """Bob is one of the readers."""
    return {
        "groupMembers": [{"group": READERS, "members": [ALICE, BOB]}],
        "principals": [
            {"id": READERS, "type": "Group", "displayName": "Key readers"},
            {"id": ALICE, "type": "User", "displayName": "Alice Berg"},
            {"id": BOB, "type": "User", "displayName": name, "accountEnabled": True, "userType": "Member"},
        ],
    }


ASKED = {"roleEligibilities": [], "denyAssignments": [], "roleActivations": [], "locks": []}


def test_an_estate_has_not_changed_against_itself(run, sides):
    old, _ = sides()
    result = run("diff", old, old)
    assert (result.code, result.out) == (0, "Nothing has changed.\n")
    assert result.last == "0 gained · 0 lost · 0 new findings, 0 gone · complete"


def test_who_joined_a_group_gained_what_it_holds(run, sides):
    result = run("diff", *sides(new=joined()), *AS_OF)
    text = " ".join(result.out.split())
    assert f"new Bob ({BOB}) joined Key readers ({READERS})" in text
    assert "Bob gained secrets/get, secrets/list on kv-app" in text
    assert result.code == 0


@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        ({}, joined(), [], 0),
        ({}, joined(), ["--fail-on-gain", "secrets/get"], 1),
        ({}, joined(), ["--fail-on-gain", "secrets/*,keys/sign"], 1),
        ({}, joined(), ["--fail-on-gain", "keys/sign", "--fail-on-gain", "secrets"], 1),
        ({}, joined(), ["--fail-on-gain", "keys/sign"], 0),
        ({}, joined(), ["--fail-on-gain", "secrets/get", "--permission", "keys/*"], 1),
        (joined(), {}, ["--fail-on-gain", "secrets/get"], 0),
        ({}, {"default_action": "Allow"}, ["--fail-on-new", "high"], 1),
        ({}, {"default_action": "Allow"}, ["--fail-on-new", "critical"], 0),
        ({"default_action": "Allow"}, {}, ["--fail-on-new", "low"], 0),
        ({}, {"default_action": "Allow"}, ["--fail-on-new", "high", "--ignore", "KV301"], 0),
        ({"members": False}, {}, ["--fail-on-gain", "secrets/get"], 3),
        ({}, {"members": False}, ["--fail-on-gain", "secrets/get"], 3),
        ({}, {"members": False}, ["--allow-incomplete"], 0),
        ({"members": False}, {"members": False}, [], 3),
    ],
)
@pytest.mark.parametrize("output", ["terminal", "json", "markdown"])
def test_the_exit_code_is_the_verdict_whatever_the_format(run, sides, old, new, options, code, output):
    assert run("diff", *sides(old, new), *options, "-f", output).code == code


def test_the_closing_line_names_the_gates(run, sides):
    last = run("diff", *sides(new=joined()), "--fail-on-gain", "secrets/get").last
    assert last.startswith("FAIL: 1 principal with a gain, 0 new findings at the gates · 1 gained · 0 lost")
    assert last.endswith("complete")


def test_members_that_are_not_given_any_more_are_no_loss(run, sides):
    result = run("diff", *sides(new={"members": False}), "-f", "json")
    document = json.loads(result.out)
    (change,) = document["changes"]
    assert change["what"] == "unseen"
    assert {effect["kind"] for effect in change["effects"]} == {"noLongerVisible"}
    assert document["summary"]["access"]["lost"] == 0
    assert [(gap["kind"], gap["need"]) for gap in document["gaps"]] == [("noLongerVisible", "groupMembers")]


def test_a_finding_that_cannot_be_judged_any_more_has_not_gone_away(run, sides):
    bare = [{"id": VAULT, "name": "kv-app", "location": "westeurope"}]
    document = json.loads(run("diff", *sides({"default_action": "Allow"}, {"vaults": bare}), "-f", "json").out)
    (finding,) = [each for each in document["findings"] if each["rule"] == "KV301"]
    assert finding["kind"] == "noLongerVisible"


def test_a_finding_on_a_role_that_is_not_seen_any_more_has_not_gone_away(run, sides):
    cut = [{"fact": "roleAssignments", "scope": "tenant", "complete": False, "reason": "throttled"}]
    unseen = {"roleAssignments": [], "coverage": cut}
    document = json.loads(run("diff", *sides(new=unseen), "-f", "json").out)
    assert document["summary"]["findings"]["noLongerVisible"] >= 1
    assert document["summary"]["findings"]["lost"] == 0


def test_findings_on_an_assignment_that_is_made_again_are_the_same(run, sides):
    def owner(name):
        scope, kind = VAULT.rsplit("/providers/", 1)[0], "providers/Microsoft.Authorization/roleAssignments"
        role = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
        whose = {"scope": scope, "roleDefinitionId": role, "principalId": ALICE, "principalType": "User"}
        return {"roleAssignments": [{"id": f"{scope}/{kind}/{name}", "name": name, "properties": whose}]}

    first, again = (owner(f"{at}00f7b11-205f-42f7-88c1-d781b972e776") for at in "de")
    result = run("diff", *sides(first, again), "--fail-on-new", "low", "-f", "json")
    assert (result.code, json.loads(result.out)["findings"]) == (0, [])
    assert json.loads(run("diff", *sides(again, first | {"roleAssignments": []}), "-f", "json").out)["findings"]


def test_settings_of_vaults_are_told(run, sides):
    changed = vault()
    changed["properties"] |= {"enablePurgeProtection": False, "enableRbacAuthorization": False}
    document = json.loads(run("diff", *sides(new={"vaults": [changed]}), "-f", "json").out)
    told = {(each["setting"], each["before"], each["after"]) for each in document["settings"]}
    assert told == {("purge protection", "yes", "no"), ("permission model", "Azure RBAC", "access policies")}
    assert [change["cause"]["kind"] for change in document["changes"]] == ["permissionModel"]


def test_one_vault_is_compared_by_name_even_where_one_side_does_not_list_it(run, sides):
    other = vault()
    other |= {"id": VAULT.replace("kv-app", "kv-new"), "name": "kv-new"}
    folders = sides(new={"vaults": [vault(), other], **joined()})
    document = json.loads(run("diff", *folders, "--vault", "kv-new", "-f", "json").out)
    vaults = {each for change in document["changes"] for effect in change["effects"] for each in effect["vaults"]}
    assert vaults <= {other["id"]}
    assert run("diff", *folders, "--vault", "kv-none").code == 2
    assert "kv-new" in run("diff", *folders, "--vault", "kv-nev").err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["old"], "NEW"),
        (["old", "nowhere"], "nowhere"),
        (["-", "-"], "both sides"),
        (["old", "new", "--permission", "secrets/gett"], "secrets/get"),
        (["old", "new", "--fail-on-gain", "secrets/gett"], "secrets/get"),
        (["old", "new", "--fail-on-gain", ""], "no permission is named"),
        (["old", "new", "--fail-on-gain", " , "], "no permission is named"),
        (["old", "new", "--select", "KV9999"], "no such rule"),
        (["old", "new", "-f", "sarif"], "markdown"),
    ],
)
def test_what_cannot_be_compared_is_exit_2_and_says_why(run, sides, tmp_path, environment, arguments, words):
    sides()
    environment.chdir(tmp_path)
    result = run("diff", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_a_broken_file_stops_it_or_is_a_gap_that_hides_losses(run, sides):
    old, new = sides(joined(), {})
    (new / "broken.json").write_text('{"value": [', encoding="utf-8")
    assert run("diff", old, new).code == 2
    document = json.loads(run("diff", old, new, "--keep-going", "-f", "json").out)
    assert document["summary"]["access"]["lost"] == 0
    assert document["summary"]["access"]["noLongerVisible"] == 1


def test_either_side_may_be_standard_input(run, sides):
    old, new = sides(new=joined())
    text = (new / "snapshot.json").read_bytes()
    assert "joined" in run("diff", old, "-", stdin=text).out
    assert "left" in run("diff", "-", old, stdin=text).out


def test_json_keeps_the_published_schema_and_its_bytes(run):
    command = ("diff", SAMPLES / "contoso", SAMPLES / "contoso-drift", *AS_OF, "-f", "json")
    first, second = run(*command), run(*command)
    assert first.out == second.out
    schema = json.loads(run("schema", "diff").out)
    jsonschema.validate(json.loads(first.out), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("side", ["old", "new"])
def test_every_place_is_in_the_file_it_names(run, sides, side):
    old, new = sides(joined(), {}) if side == "old" else sides({}, joined())
    (change,) = json.loads(run("diff", old, new, "-f", "json").out)["changes"]
    (location,) = change["locations"]
    assert location["file"] == str(new if side == "new" else old) + "/snapshot.json"
    assert location["line"] > 1


def test_hostile_names_write_nothing_but_themselves(run, sides):
    folders = sides(new=joined(name=HOSTILE))
    terminal = run("diff", *folders, "--color", "never").out
    assert "\x1b" not in terminal
    assert "\u202e" not in terminal
    assert "[bold]" in terminal
    markdown = run("diff", *folders, "-f", "markdown").out
    assert "<script>" not in markdown
    assert not re.search(r"(?<!&)[@#]\w|\]\(|https://evil|\x1b|^::", markdown, re.MULTILINE)
    document = json.loads(run("diff", *folders, "-f", "json").out)
    assert HOSTILE in {principal["name"] for principal in document["changes"][0]["effects"][0]["principals"]}


def test_a_comment_is_never_longer_than_one_may_be_and_says_what_it_leaves_out(run, sides):
    people = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(1500)]
    roles = json.loads((sides()[0] / "snapshot.json").read_text(encoding="utf-8"))["roleAssignments"]
    rows = [
        {
            "id": f"{VAULT}/providers/Microsoft.Authorization/roleAssignments/{each}",
            "properties": roles[0]["properties"] | {"principalId": each, "principalType": "User"},
        }
        for each in people
    ]
    text = run("diff", *sides(new={"roleAssignments": [*roles, *rows]}), "-f", "markdown").out
    assert len(text) <= 65_000
    assert re.search(r"Left out, as there is no room for more: [\d,]+ causes", text)
    assert text.count("<details>") == text.count("</details>") > 0


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_formatting_order_keys_and_the_cut_into_files_never_show(written):
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "old.json"), Path(folder, "new")
        old.write_text(json.dumps(ROWS), encoding="utf-8")
        new.mkdir()
        for name, text in written.items():
            (new / name).write_text(text, encoding="utf-8")
        request = DiffRequest((str(old),), (str(new),), dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
        report, _ = compare(request)
    assert (report.changes, report.settings, report.findings, report.gaps) == ((), (), (), ())


def _rest(row, *kept):
    """A flat row of az as REST writes it."""
    return {key: row[key] for key in kept if key in row} | {
        "properties": {key: value for key, value in row.items() if key not in kept}
    }


def as_snapshot(folder):
    """The export of az in a folder of the samples, as one snapshot."""

    def rows(name):
        return json.loads((folder / name).read_text(encoding="utf-8"))

    members = {
        file.stem.removeprefix("members-"): json.loads(file.read_text(encoding="utf-8"))
        for file in folder.glob("directory/members-*.json")
    }
    of_type = {"groups": "Group", "users": "User", "service-principals": "ServicePrincipal"}
    people = {name: rows(f"directory/{name}.json") for name in of_type}
    return {
        "schema": "kvaudit/snapshot/v1",
        "vaults": rows("vaults.json")[::-1],
        "roleAssignments": [_rest(row, "id", "name", "type") for row in rows("role-assignments.json")[::-1]],
        "roleDefinitions": [
            _rest(row, "id", "name") | {"properties": {**_rest(row, "id", "name")["properties"], "type": "CustomRole"}}
            for row in rows("role-definitions.json")
        ],
        "diagnosticSettings": [
            _rest(row, "id", "name")
            for file in folder.glob("diagnostic-settings/*.json")
            for row in json.loads(file.read_text(encoding="utf-8"))
        ],
        "locks": [_rest(row, "id", "name") for row in rows("locks.json")],
        "principals": [
            each | {"type": kind}
            for name, kind in of_type.items()
            for each in (people[name].get("value", []) if isinstance(people[name], dict) else people[name])
        ],
        "groupMembers": [
            {"group": group, "members": [each["id"] for each in those]} for group, those in members.items()
        ],
    }  # fmt: skip


@pytest.mark.parametrize("written", ["json", "yaml"])
def test_the_shape_of_an_export_never_shows(run, tmp_path, written):
    document = as_snapshot(SAMPLES / "contoso")
    file = tmp_path / f"contoso.{written}"
    file.write_text(json.dumps(document) if written == "json" else yaml.safe_dump(document), encoding="utf-8")
    for pair in ((SAMPLES / "contoso", file), (file, SAMPLES / "contoso")):
        result = run("diff", *pair, *AS_OF)
        assert (result.out, result.code) == ("Nothing has changed.\n", 0)


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_no_id_is_cut_and_the_story_is_the_same_whatever_the_width(run, environment, columns):
    command = ("diff", SAMPLES / "contoso", SAMPLES / "contoso-drift", *AS_OF)
    environment.setenv("COLUMNS", columns)
    out = run(*command).out
    for change in json.loads(run(*command, "-f", "json").out)["changes"]:
        for word in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", change["text"]):
            assert word in out
    environment.setenv("COLUMNS", "250")
    assert re.sub(r"[\s│├└─]+", " ", out) == re.sub(r"[\s│├└─]+", " ", run(*command).out)


def test_contoso_to_its_drift_reads_like_a_story(run):
    text = " ".join(run("diff", SAMPLES / "contoso", SAMPLES / "contoso-drift", *AS_OF).out.split())
    for sentence in (
        "new key vault kv-contoso-hr",
        "Contoso Auditors, Bob Lind, Ines Kaya gained secrets/get on kv-contoso-payroll",
        "is assigned Contributor at subscription 82f8a557-b860-45fa-b6ed-2968766568cc",
        "role Contoso Vault Deployer: added Microsoft.KeyVault/vaults/*",
        "Contoso Security Team, Alice Berg, Erik Sund gained secrets/purge on kv-contoso-payroll (could",
    ):
        assert sentence in text


def test_output_goes_to_a_file_and_quiet_says_the_closing_line_only(run, sides, tmp_path):
    folders = sides(new=joined())
    result = run("diff", *folders, "-o", tmp_path / "diff.md", "-f", "markdown")
    assert result.out == ""
    assert (tmp_path / "diff.md").read_text(encoding="utf-8").startswith("## kvaudit diff\n")
    assert run("diff", *folders, "-q").out == ""
    assert io.StringIO(run("diff", *folders, "-q").err).readlines()[-1].startswith("1 gained")
