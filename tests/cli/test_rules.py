"""`kvaudit rules` and `kvaudit explain`."""

import json

import pytest

from kvaudit.model.finding import Severity


def test_every_rule_is_listed_with_its_severity(run):
    result = run("rules", "list")
    assert result.code == 0
    rows = {line.split()[0]: line.split()[1] for line in result.out.splitlines()}
    assert {"KV101", "KV201", "KV301", "KV501"} <= set(rows)
    assert set(rows.values()) <= {severity.label for severity in Severity}
    assert list(rows) == sorted(rows)


def test_the_list_is_data_too(run):
    found = json.loads(run("rules", "list", "-f", "json").out)
    (firewall,) = [rule for rule in found if rule["id"] == "KV301"]
    assert firewall["severity"] == "high"
    assert firewall["title"]


def test_a_rule_is_shown_as_it_is_written(run):
    result = run("rules", "show", "kv301")
    assert result.code == 0
    assert "id: KV301" in result.out


def test_a_rule_is_explained(run):
    result = run("explain", "KV301")
    assert result.code == 0
    for heading in ("Why it matters", "What to do", "Controls", "References", "Examples"):
        assert f"\n{heading}\n" in result.out
    assert "hit.yaml" in result.out


def test_every_rule_can_be_explained(run):
    for rule in json.loads(run("rules", "list", "-f", "json").out):
        result = run("explain", rule["id"])
        assert result.code == 0
        assert result.out.startswith(f"{rule['id']}: ")


@pytest.mark.parametrize("command", [("rules", "show"), ("explain",)])
def test_an_unknown_rule_is_exit_2_with_near_ids(run, command):
    result = run(*command, "KV3O1")
    assert (result.code, result.out) == (2, "")
    assert "KV301" in result.err
