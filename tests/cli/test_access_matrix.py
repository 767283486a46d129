"""`kvaudit access`, from exports to the matrix."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.cli.estate import ALICE, READERS, VAULT, put, vault

SAMPLES = Path(__file__).resolve().parents[2] / "sample-configs"
AS_OF = ("--as-of", "2026-11-20T06:00:00Z")
HOSTILE = '=HYPERLINK("https://evil.example")\x1b[31m\u202e[bold]'
KINDS = ("secrets", "keys", "certificates", "storage", "management")


def lines(result):
    return list(csv.DictReader(io.StringIO(result.out, newline="")))


def words(result):
    return " ".join(result.out.split())


def matrix(run, *arguments):
    return json.loads(run("access", *arguments, *AS_OF, "-f", "json").out)


def named(document):
    return {row["principal"]["name"] for row in document["rows"]}


def test_everybody_behind_a_group_is_shown_with_the_group_as_the_way(run, tmp_path):
    put(tmp_path)
    result = run("access", tmp_path)
    assert result.code == 0
    assert f"User Alice Berg ({ALICE}), through Key readers" in words(result)
    assert "secrets: get, list" in words(result)
    assert "Group Key readers" not in words(result)
    assert result.last == "1 principal with access to 1 vault · complete"


def test_groups_are_shown_as_they_are_given_access_when_asked(run, tmp_path):
    put(tmp_path)
    text = words(run("access", tmp_path, "--groups"))
    assert f"Group Key readers ({READERS})" in text
    assert "Alice" not in text


def test_a_group_whose_members_are_not_known_stands_for_them(run, tmp_path):
    put(tmp_path, members=False)
    result = run("access", tmp_path)
    assert f"Group Key readers ({READERS}), not all of its members are known" in words(result)
    assert result.last.endswith("INCOMPLETE")


@pytest.mark.parametrize(
    ("principal", "vault_name", "expected"),
    [
        ("Bob Lind", "kv-contoso-payroll", {"secrets": "list", "keys": "list", "storage": "none"}),
        ("payroll-web", "kv-contoso-payroll", {"secrets": "get", "keys": "sign", "management": "none"}),
        (
            "Alice Berg",
            "kv-contoso-payroll",
            {"secrets": "all but purge; can obtain purge", "storage": "can obtain all"},
        ),
    ],
)
def test_reading_and_listing_and_obtaining_are_told_apart(run, principal, vault_name, expected):
    result = run("access", SAMPLES / "contoso", "--principal", principal, "--vault", vault_name, "-f", "csv", *AS_OF)
    (line,) = lines(result)
    assert expected.items() <= line.items()


def test_each_verdict_has_its_words(run):
    def secrets(principal):
        result = run("access", SAMPLES / "fabrikam-rbac", "--principal", principal, "-f", "csv", *AS_OF)
        return {line["vault"]: line["secrets"] for line in lines(result)}

    assert secrets("Luis Vega")["kv-fab-web"].endswith("; get (eligible)")
    assert secrets("fabrikam-web")["kv-fab-web"].endswith("; get (conditional)")
    assert secrets("fabrikam-mail")["kv-fab-web"] == "get on secrets/smtp-password"
    assert secrets("Maya Iyer")["kv-fab-web"] == "all"
    assert "(latent)" in secrets_of_drift(run, "reporting-api")["kv-contoso-payroll"]


def secrets_of_drift(run, principal):
    result = run("access", SAMPLES / "contoso-drift", "--principal", principal, "-f", "csv", *AS_OF)
    return {line["vault"]: line["secrets"] for line in lines(result)}


def test_a_principal_asked_about_is_told_of_every_vault(run):
    result = run("access", SAMPLES / "contoso", "--principal", "Bob Lind", "--permission", "keys/sign", *AS_OF)
    assert "keys: \N{EN DASH}" in words(result)
    (line,) = lines(
        run("access", SAMPLES / "contoso", "--principal", "Bob Lind", "--permission", "keys/sign", "-f", "csv", *AS_OF)
    )
    assert (line["keys"], line["verdict"]) == ("none", "none")


def test_what_was_not_seen_is_never_blank_and_never_nothing(run, tmp_path):
    bare = vault() | {"id": VAULT.replace("kv-app", "kv-bare"), "name": "kv-bare"}
    del bare["properties"]
    put(tmp_path, vaults=[vault(), bare])
    for line in lines(run("access", tmp_path, "--principal", ALICE, "-f", "csv")):
        assert all(line[kind] for kind in KINDS), line
        if line["vault"] == "kv-bare":
            assert (line["secrets"], line["verdict"]) == ("?", "unknown")
    everybody = lines(run("access", tmp_path, "-f", "csv"))
    assert [(line["principal"], line["keys"]) for line in everybody if line["vault"] == "kv-bare"] == [
        ("(anybody)", "?")
    ]
    assert "? anybody may have more than is shown on kv-bare" in words(run("access", tmp_path))


def test_a_member_of_a_group_that_was_not_seen_may_hold_more(run):
    cells = secrets_of_drift(run, "Dana Reyes")
    assert cells == {"kv-contoso-payroll": "get, list; ?", "kv-contoso-hr": "?", "kv-contoso-orders": "?"}


def test_a_role_held_elsewhere_that_is_not_known_leaves_the_matrix_incomplete(run, tmp_path):
    row = vault()
    row["properties"]["enabledForTemplateDeployment"] = True
    deployer, unknown = "5d5d5d5d-0000-4000-8000-000000000001", "5d5d5d5d-0000-4000-8000-000000000002"
    scopes = {deployer: VAULT, unknown: f"{VAULT.split('/resourceGroups')[0]}/resourceGroups/rg-of-alice"}
    assignments = [
        {
            "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}",
            "properties": {"scope": scope, "roleDefinitionId": role, "principalId": ALICE, "principalType": "User"},
        }
        for role, scope in scopes.items()
    ]
    actions = [{"actions": ["Microsoft.KeyVault/vaults/deploy/action"]}]
    definition = {"id": deployer, "name": deployer, "properties": {"type": "CustomRole", "permissions": actions}}
    put(tmp_path, vaults=[row], roleAssignments=assignments, roleDefinitions=[definition])
    document = matrix(run, tmp_path)
    assert [(gap["need"], gap["subject"]) for gap in document["gaps"]] == [("roleDefinitions", unknown)]
    assert document["complete"] is False


def test_the_matrix_says_what_can_says(run):
    """No cell says nothing where a question would find something."""
    for row in matrix(run, SAMPLES / "contoso-drift")["rows"]:
        (answer, *rest) = json.loads(
            run("can", row["principal"]["id"], "secrets/get", SAMPLES / "contoso-drift", *AS_OF, "-f", "json").out
        )["answers"]
        verdicts = {each["vault"]: each["verdict"] for each in (answer, *rest)}
        told = dict.fromkeys(verdicts, "none")
        for cell in row["cells"]:
            for vault_id in cell["vaults"]:
                held = [hold["verdict"] for hold in cell["holds"] if "secrets/get" in hold["permissions"]]
                told[vault_id] = held[0] if held else "unknown" if "secrets/get" in cell["unknown"] else "none"
        for vault_id, verdict in told.items():
            assert verdict == verdicts[vault_id] or (verdict, verdicts[vault_id]) in {
                ("none", "unknown"),  # not among the cells; --principal tells
                ("latent", "unknown"),
            }


def test_filters_leave_what_they_name(run):
    folder = SAMPLES / "contoso-drift"
    assert named(matrix(run, folder, "--team", "auditors", "--config", folder / "kvaudit.yaml")) == {
        "Bob Lind",
        "Ines Kaya",
    }
    assert named(matrix(run, folder, "--verdict", "eligible", "--permission", "secrets/get")) == {"Carol Meyer"}
    one = matrix(run, folder, "--vault", "kv-contoso-hr", "--permission", "secrets/get", "--verdict", "direct")
    assert named(one) == {"Tom Okafor", "hr-portal"}
    assert [each["id"].rsplit("/", 1)[-1] for each in one["vaults"]] == ["kv-contoso-hr"]
    assert one["permissions"] == ["secrets/get"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no SOURCE"),
        ([".", "--team", "nobody"], "no such team"),
        ([".", "--principal", "Alice Bergh"], "Alice Berg"),
        ([".", "--vault", "kv-ap"], "kv-app"),
        ([".", "--permission", "secrets/gett"], "secrets/get"),
        ([".", "--verdict", "perhaps"], "eligible"),
        ([".", "--limit", "-1"], "-1"),
    ],
)
def test_what_cannot_be_shown_is_exit_2_and_says_why(run, tmp_path, environment, arguments, said):
    put(tmp_path)
    environment.chdir(tmp_path)
    result = run("access", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_large_matrix_ends_with_a_word_about_the_rest(run):
    folder = SAMPLES / "contoso-drift"
    few = run("access", folder, "--limit", "2", *AS_OF).out
    every = run("access", folder, "--limit", "0", *AS_OF).out
    assert re.search(r"and 15 more principals \(--limit 0 shows all", few)
    assert "more principal" not in every
    assert len(lines(run("access", folder, "--limit", "2", "-f", "csv", *AS_OF))) > 2


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_no_id_is_cut_whatever_the_width(run, environment, columns):
    environment.setenv("COLUMNS", columns)
    out = run("access", SAMPLES / "contoso-drift", *AS_OF).out
    for row in matrix(run, SAMPLES / "contoso-drift")["rows"]:
        assert row["principal"]["id"] in out


def test_colours_follow_the_options(run):
    folder = SAMPLES / "contoso"
    assert "\x1b" not in run("access", folder, *AS_OF).out
    assert "\x1b" in run("access", folder, *AS_OF, "--color", "always").out


def test_json_keeps_the_published_schema_and_its_bytes(run):
    command = ("access", SAMPLES / "contoso-drift", *AS_OF, "-f", "json")
    first = run(*command)
    assert first.out == run(*command).out
    schema = json.loads(run("schema", "matrix").out)
    jsonschema.validate(json.loads(first.out), schema, jsonschema.Draft202012Validator)


def test_hostile_names_are_names_in_every_format(run, tmp_path):
    put(tmp_path, members=False, readers=HOSTILE)
    assert "\x1b" not in run("access", tmp_path).out
    assert "[bold]" in run("access", tmp_path).out
    result = run("access", tmp_path, "-f", "csv")
    (line,) = [each for each in lines(result) if each["principal"] == READERS]
    assert line["name"].startswith("'=HYPERLINK")
    assert "\x1b" not in result.out
    assert result.out.count("\r\n") == len(result.out.split("\r\n")) - 1 == len(lines(result)) + 1
    assert HOSTILE in {
        row["principal"]["name"] for row in json.loads(run("access", tmp_path, "-f", "json").out)["rows"]
    }
