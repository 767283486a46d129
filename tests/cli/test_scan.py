"""`kvaudit scan`, from files to exit code."""

import json
import os
import re
import stat
from pathlib import Path

import jsonschema
import pytest

from tests.cli.estate import READERS, VAULT, put, snapshot

PASSES, FAILS, INCOMPLETE = {}, {"default_action": "Allow"}, {"members": False}
GUARDED = ("--ignore", "KV112,KV105")  # a person may read here


def document_of(result):
    return json.loads(result.out)


@pytest.mark.parametrize(
    ("estate", "options", "code"),
    [
        (PASSES, [], 0),
        (FAILS, [], 1),
        (FAILS, ["--fail-on", "critical"], 0),
        (PASSES, ["--fail-on", "low"], 1),
        (INCOMPLETE, [], 3),
        (INCOMPLETE, ["--allow-incomplete"], 0),
        (FAILS | INCOMPLETE, [], 1),
        (PASSES, ["--strict"], 3),
        (PASSES, ["--strict", "--allow-incomplete"], 0),
    ],
)
@pytest.mark.parametrize("output", ["terminal", "json"])
def test_the_exit_code_is_the_verdict_whatever_the_format(run, tmp_path, estate, options, code, output):
    put(tmp_path, **estate)
    assert run("scan", tmp_path, *GUARDED, *options, "-f", output).code == code


def test_the_closing_line_says_pass_or_fail_and_complete_or_not(run, tmp_path):
    put(tmp_path)
    assert re.fullmatch(
        r"PASS: 0 findings at high or above · \d+ below · .*complete", run("scan", tmp_path, *GUARDED).last
    )
    put(tmp_path, **FAILS)
    assert run("scan", tmp_path, *GUARDED).last.startswith("FAIL: 1 finding at high or above · ")
    put(tmp_path, **INCOMPLETE)
    last = run("scan", tmp_path, *GUARDED).last
    assert last.startswith("PASS: 0 findings at high or above")
    assert last.endswith("INCOMPLETE: groupMembers (1) not seen (kvaudit explain gap:groupMembers)")


def test_a_scan_of_no_vault_is_no_complete_pass(run, tmp_path):
    (tmp_path / "roles.json").write_text('{"schema": "kvaudit/snapshot/v1", "roleAssignments": []}', encoding="utf-8")
    result = run("scan", tmp_path)
    assert result.code == 3
    assert "no vault was given" in result.out


def test_a_file_of_which_nothing_was_recognised_is_told_so(run, tmp_path):
    put(tmp_path)
    (tmp_path / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    assert "package.json: nothing of Azure was recognised" in " ".join(run("scan", tmp_path, "-v").out.split())


def test_json_keeps_the_published_schema(run, tmp_path):
    put(tmp_path, **FAILS, **INCOMPLETE)
    document = document_of(run("scan", tmp_path, "-f", "json"))
    jsonschema.validate(document, json.loads(run("schema", "report").out), jsonschema.Draft202012Validator)
    (finding,) = [each for each in document["findings"] if each["rule"] == "KV301"]
    assert finding["vaults"] == [VAULT]
    assert finding["locations"][0]["file"].endswith("snapshot.json")
    assert finding["locations"][0]["line"] > 1
    (gap,) = [each for each in document["gaps"] if each["need"] == "groupMembers"]
    assert READERS in gap["remedy"]


def test_identical_input_gives_identical_bytes(start, tmp_path):
    put(tmp_path, **FAILS, **INCOMPLETE)
    first = start("scan", tmp_path, "-f", "json", env={"PYTHONHASHSEED": "1"})
    second = start("scan", tmp_path, "-f", "json", env={"PYTHONHASHSEED": "2"})
    assert first.out == second.out


def test_findings_below_the_minimum_stay_out_of_the_report(run, tmp_path):
    put(tmp_path, **FAILS)
    result = run("scan", tmp_path, "--min-severity", "high", "-f", "json")
    assert {finding["severity"] for finding in document_of(result)["findings"]} == {"high"}
    assert result.code == 1


def test_a_minimum_above_the_gate_is_refused(run, tmp_path):
    put(tmp_path)
    result = run("scan", tmp_path, "--min-severity", "critical")
    assert (result.code, result.out) == (2, "")
    assert "--min-severity critical would hide" in result.err


def test_rules_are_selected_and_ignored(run, tmp_path):
    put(tmp_path, **FAILS)
    both = document_of(run("scan", tmp_path, "--select", "KV301,KV302", "-f", "json"))
    assert {finding["rule"] for finding in both["findings"]} == {"KV301", "KV302"}
    one = document_of(
        run("scan", tmp_path, "--select", "KV301", "--select", "KV302", "--ignore", "KV302", "-f", "json")
    )
    assert {finding["rule"] for finding in one["findings"]} == {"KV301"}


def test_options_come_from_the_environment_too(run, tmp_path, environment):
    put(tmp_path, **FAILS)
    environment.setenv("KVAUDIT_FAIL_ON", "critical")
    environment.setenv("KVAUDIT_SELECT", "KV301 KV302")
    environment.setenv("KVAUDIT_FORMAT", "json")
    result = run("scan", tmp_path)
    assert result.code == 0
    assert {finding["rule"] for finding in document_of(result)["findings"]} == {"KV301", "KV302"}
    assert run("scan", tmp_path, "--fail-on", "high").code == 1


def test_standard_input_is_a_source(run):
    result = run("scan", "-", *GUARDED, stdin=json.dumps(snapshot(**FAILS)).encode())
    assert result.code == 1
    assert "KV301" in result.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no SOURCE"),
        (["no-such-folder"], "no-such-folder"),
        (["."], ""),
        (["--as-of", "yesterday", "."], "'yesterday' is no date"),
        (["--fail-on", "terrible", "."], "terrible"),
        (["--config", "none.yaml", "."], "none.yaml"),
        (["--rules", "none", "."], "none"),
        (["-f", "pdf", "."], "pdf"),
        (["-o", "no/such/folder/report.json", "."], "no/such/folder"),
    ],
)
def test_what_cannot_start_is_exit_2_with_words(run, tmp_path, environment, arguments, words):
    environment.chdir(tmp_path)
    result = run("scan", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert words in result.err


def broken(folder, name, data):
    (folder / name).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("cut.json", b'[\n {"id": "x",\n  "na', "cut.json:3:"),
        ("cut.yaml", b"schema: kvaudit/snapshot/v1\nvaults: [\n", "cut.yaml:"),
        ("twice.yaml", b"schema: kvaudit/snapshot/v1\nvaults: []\nvaults: []\n", "twice.yaml:3:1"),
        ("latin.json", b'[\n {"id": "caf\xe9"}]', "latin.json"),
        ("deep.json", b"[" * 100_000, "deep.json"),
    ],
)
def test_a_broken_file_is_named_or_becomes_a_gap(run, tmp_path, name, data, where):
    put(tmp_path)
    broken(tmp_path, name, data)
    result = run("scan", tmp_path, *GUARDED, "-f", "json")
    assert (result.code, result.out) == (2, "")
    assert where in result.err
    going = run("scan", tmp_path, *GUARDED, "-f", "json", "--keep-going")
    assert going.code == 3
    (gap,) = [gap for gap in document_of(going)["gaps"] if gap["need"] == "files"]
    assert name in gap["subject"]


def test_a_part_of_a_wrong_type_is_a_gap_and_the_rest_is_used(run, tmp_path):
    document = snapshot()
    document["vaults"][0]["properties"]["networkAcls"] = "open"
    put(tmp_path, document)
    result = run("scan", tmp_path, *GUARDED, "-f", "json")
    assert result.code == 3
    gaps = [gap for gap in document_of(result)["gaps"] if gap["locations"]]
    assert any("networkAcls" in location["pointer"] for gap in gaps for location in gap["locations"])
    assert document_of(result)["summary"]["grants"] == 1


def test_a_fifo_and_a_loop_of_links_end(start, tmp_path):
    put(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert start("scan", tmp_path, *GUARDED, timeout=60).code == 2
    going = start("scan", tmp_path, *GUARDED, "--keep-going", "-f", "json", timeout=60)
    assert going.code == 3
    assert [gap["subject"] for gap in document_of(going)["gaps"]] == [str(tmp_path / "pipe.json")]


HOSTILE = "Readers [bold]x[/] :key:\x1b[31m\u202e\nPASS: all is well"


def test_a_hostile_name_stays_a_name(run, tmp_path):
    put(tmp_path, members=False, readers=HOSTILE)
    plain = run("scan", tmp_path, "--color", "never", "-v")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", plain.out + plain.err)
    assert "\nPASS: all is well" not in plain.out
    assert r"Readers [bold]x[/] :key:\x1b[31m\u202e\x0aPASS: all is well" in " ".join(plain.out.split())
    document = document_of(run("scan", tmp_path, "-f", "json"))
    names = {finding["principal"]["name"] for finding in document["findings"] if finding["principal"]}
    assert HOSTILE in names


def test_a_report_goes_to_a_file_whole(run, tmp_path):
    put(tmp_path)
    file = tmp_path / "report.json"
    file.write_text("old")
    result = run("scan", tmp_path / "snapshot.json", "-f", "json", "-o", file)
    assert result.out == ""
    assert json.loads(file.read_text())["schema"] == "kvaudit/report/v1"
    assert [each.name for each in tmp_path.iterdir() if "report" in each.name] == ["report.json"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask


def test_a_failed_run_leaves_the_old_file(run, tmp_path):
    file = tmp_path / "report.json"
    file.write_text("old")
    (tmp_path / "empty").mkdir()
    assert run("scan", tmp_path / "empty", "-f", "json", "-o", file).code == 2
    assert file.read_text() == "old"


def test_a_device_is_written_not_replaced(run, tmp_path):
    put(tmp_path)
    assert run("scan", tmp_path, *GUARDED, "-o", os.devnull).code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_quiet_leaves_the_closing_line(run, tmp_path):
    put(tmp_path, **FAILS)
    result = run("scan", tmp_path, *GUARDED, "-q")
    assert result.out == ""
    assert result.err.splitlines() == [result.last]
    assert json.loads(run("scan", tmp_path, "-q", "-f", "json").out)


def test_a_pipe_is_plain_and_a_hundred_and_twenty_wide(start, tmp_path):
    put(tmp_path, **FAILS)
    result = start("scan", tmp_path)
    assert "\x1b" not in result.out + result.err
    assert max(map(len, result.out.splitlines())) > 80
    assert "\x1b[" in start("scan", tmp_path, "--color", "always").out
    assert "\x1b[" in start("scan", tmp_path, env={"FORCE_COLOR": "1"}).out
    assert "\x1b[" not in start("scan", tmp_path, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert "\x1b[" not in start("scan", tmp_path, "--color", "never", env={"FORCE_COLOR": "1"}).out


def test_an_encoding_without_our_signs_is_no_obstacle(start, tmp_path):
    put(tmp_path, **FAILS, readers="Läser 王")
    result = start("scan", tmp_path, "-v", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert result.code == 1
    assert r"L\xe4ser \u738b" in result.out


def test_the_date_decides_and_defaults_to_the_epoch_given(run, tmp_path, environment):
    put(tmp_path)
    environment.setenv("SOURCE_DATE_EPOCH", "never")
    assert run("scan", tmp_path).code == 2
    environment.setenv("SOURCE_DATE_EPOCH", "1795392000")
    assert run("scan", tmp_path, *GUARDED).code == 0
    for moment in ("2026-11-23", "2026-11-23T09:30:00Z", "2026-11-23T09:30:00+01:00"):
        assert run("scan", tmp_path, *GUARDED, "--as-of", moment).code == 0
