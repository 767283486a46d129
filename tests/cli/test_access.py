"""`kvaudit who` and `kvaudit can`, from files to answers."""

import json

import jsonschema
import pytest

from tests.cli.estate import ALICE, ASSIGNMENT, READERS, VAULT, put


def answers_of(result):
    return json.loads(result.out)["answers"]


def test_who_names_groups_and_their_members(run, tmp_path):
    put(tmp_path)
    result = run("who", "secrets/get", tmp_path, "-f", "json")
    assert result.code == 0
    assert {(answer["principal"]["id"], answer["verdict"]) for answer in answers_of(result)} == {
        (ALICE, "direct"),
        (READERS, "direct"),
    }
    jsonschema.validate(
        json.loads(result.out), json.loads(run("schema", "access").out), jsonschema.Draft202012Validator
    )


@pytest.mark.parametrize("name", [ALICE, ALICE.upper(), "alice@contoso.example", "Alice Berg"])
def test_can_takes_a_principal_by_any_of_its_names(run, tmp_path, name):
    put(tmp_path)
    (answer,) = answers_of(run("can", name, "secrets/get", tmp_path, "-f", "json"))
    assert (answer["vault"], answer["verdict"], answer["principal"]["name"]) == (VAULT, "direct", "Alice Berg")
    steps = [step for path in answer["paths"] for step in path["steps"]]
    assert {READERS, ASSIGNMENT} <= {step["ref"] for step in steps}
    assert all(step["line"] for step in steps if step["file"])


def test_can_answers_none_too(run, tmp_path):
    put(tmp_path)
    result = run("can", ALICE, "keys/sign", tmp_path, "-f", "json")
    (answer,) = answers_of(result)
    assert (result.code, answer["verdict"]) == (0, "none")
    assert "none on kv-app" in run("can", ALICE, "keys/sign", tmp_path).out


def test_the_tree_reads_aloud(run, tmp_path):
    put(tmp_path)
    text = " ".join(run("can", "Alice Berg", "secrets/get", tmp_path).out.split())
    assert text.startswith("kv-app: secrets/get")
    assert f"User Alice Berg ({ALICE}): direct" in text
    assert "Key Vault Secrets User" in text
    assert "snapshot.json:" in text


def test_a_vault_is_asked_about_by_name_or_id(run, tmp_path):
    put(tmp_path)
    for vault in ("kv-app", VAULT, VAULT.upper()):
        assert len(answers_of(run("can", ALICE, "secrets/get", tmp_path, "--vault", vault, "-f", "json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["who", "secrets/gett", "."], "secrets/get"),
        (["can", "Alice Bergh", "secrets/get", "."], "Alice Berg"),
        (["who", "secrets/get", ".", "--vault", "kv-ap"], "kv-app"),
        (["who", "secrets/get"], "no SOURCE"),
        (["who"], "PERMISSION"),
        (["can", ALICE], "PERMISSION"),
    ],
)
def test_a_question_that_cannot_be_put_is_exit_2_with_near_names(run, tmp_path, environment, arguments, words):
    put(tmp_path)
    environment.chdir(tmp_path)
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_the_closing_line_says_what_was_answered(run, tmp_path):
    put(tmp_path)
    assert run("who", "secrets/get", tmp_path).last == "2 of 2 answers find access · complete"
    put(tmp_path, members=False)
    assert run("who", "secrets/get", tmp_path).last.endswith("INCOMPLETE")


def test_the_vault_comes_from_the_environment_too(run, tmp_path, environment):
    put(tmp_path)
    environment.setenv("KVAUDIT_VAULT", "kv-none")
    assert run("who", "secrets/get", tmp_path).code == 2
