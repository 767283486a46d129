"""`kvaudit rules` and `kvaudit explain`."""

import json
import re
import shutil
from pathlib import Path

import pytest

from kvaudit.model.finding import Severity
from kvaudit.model.remedy import FACTS
from kvaudit.rules.registry import SHIPPED
from kvaudit.sources.registry import SECTIONS

SAMPLES = Path(__file__).parents[2] / "sample-configs"


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


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_gap_can_be_explained(run, kind):
    result = run("explain", f"gap:{kind}")
    assert result.code == 0
    assert FACTS[kind][:20] in result.out
    assert "Without it" in result.out


def test_every_section_of_the_snapshot_is_explained():
    assert set(SECTIONS) <= set(FACTS)


def test_a_gap_that_is_no_kind_of_fact_is_an_error(run):
    result = run("explain", "gap:groupmember")
    assert (result.code, "groupMembers" in result.err) == (2, True)


def test_a_finding_is_explained_by_the_beginning_of_its_fingerprint(run):
    sample = SAMPLES / "contoso-drift"
    options = (sample, "--config", sample / "kvaudit.yaml", "--as-of", "2026-11-23")
    report = json.loads(run("scan", *options, "-f", "json").out)
    finding = next(each for each in report["findings"] if each["rule"] == "KV203")
    result = run("explain", finding["fingerprint"][:10], *options)
    assert result.code == 0
    assert finding["fingerprint"] in result.out
    assert "KV203: Can grant itself data access by assigning roles" in result.out
    assert finding["title"] in result.out


def test_a_fingerprint_of_nothing_and_one_without_a_source_are_errors(run):
    assert run("explain", "0123456789").code == 2
    result = run("explain", "0123456789", SAMPLES / "contoso")
    assert (result.code, "no finding here" in result.err) == (2, True)


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


def copy_rule(folder, rule_id, **replaced):
    """A rule of ours in a folder of its own, with some words of its files replaced."""
    target = folder / rule_id
    shutil.copytree(SHIPPED / rule_id, target)
    for name, (old, new) in replaced.items():
        file = target / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    return target


def test_a_sound_pack_is_sound(run, tmp_path):
    copy_rule(tmp_path, "KV301")
    copy_rule(tmp_path, "KV302")
    result = run("rules", "check", tmp_path)
    assert (result.code, result.out, result.err) == (0, "", "2 rules · 0 problems\n")


def test_a_fixture_that_is_not_met_is_named_and_exit_1(run, tmp_path):
    target = copy_rule(tmp_path, "KV301")
    shutil.copy(target / "clear.yaml", target / "hit.yaml")
    result = run("rules", "check", tmp_path)
    assert result.code == 1
    assert "hit.yaml" in result.out
    assert result.err == "1 rule · 1 problem\n"


def test_a_broken_rule_stops_the_check(run, tmp_path):
    copy_rule(tmp_path, "KV301", rule=("severity: high", "severity: hihg"))
    result = run("rules", "check", tmp_path)
    assert result.code == 2
    assert re.search(r"rule\.yaml:\d+:\d+: ", result.err)


def test_rules_of_a_folder_join_the_others(run, tmp_path, environment):
    target = copy_rule(tmp_path, "KV301", rule=("id: KV301", "id: ACME1"))
    target.rename(tmp_path / "ACME1")
    environment.setenv("KVAUDIT_RULES", str(tmp_path))
    assert "\nKV301 " in "\n" + run("rules", "list").out
    assert "ACME1" in run("rules", "list").out
    assert run("explain", "ACME1").code == 0
    again = run("rules", "list", "--rules", tmp_path, "--rules", tmp_path)
    assert again.code == 2
    assert "ACME1" in again.err
