"""`kvaudit baseline`, and a scan that knows one."""

import json
from pathlib import Path

import pytest

from tests.cli.estate import ASSIGNMENT, TENANT, VAULT, put

SAMPLES = Path(__file__).parents[2] / "sample-configs"
OPEN = {"default_action": "Allow"}
LOOSE = ("--allow-incomplete",)


@pytest.fixture
def files(tmp_path, environment):
    """A folder to work in, with the exports in a folder of their own."""
    (tmp_path / "exports").mkdir()
    environment.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def written(files, run):
    put(files / "exports", **OPEN)
    assert run("baseline", "write", "exports", "--baseline", "b.json").code == 0
    return files / "b.json"


def scan(run, *options):
    result = run("scan", "exports", "--baseline", "b.json", *options, "-f", "json")
    return result, json.loads(result.out) if result.out else None


def test_the_same_scan_passes_with_everything_known(written, run):
    assert run("scan", "exports").code == 1
    result, document = scan(run)
    assert (result.code, document["verdict"]) == (0, "pass")
    assert document["summary"]["known"] == len(json.loads(written.read_text())["findings"]) > 1
    assert {finding["rule"] for finding in document["findings"]} == {"KV904"}
    assert f"· {document['summary']['known']} known ·" in result.last


@pytest.mark.usefixtures("written")
def test_known_findings_are_shown_on_demand_and_never_counted_as_new(run):
    document = scan(run, "--show-waived")[1]
    shown = [each for each in document["findings"] if each["disposition"] == "known"]
    assert len(shown) == document["summary"]["known"]
    assert {each["note"] for each in shown} == {"in the baseline"}
    assert sum(document["summary"]["findings"].values()) == len(document["findings"]) - len(shown)


@pytest.mark.parametrize("output", ["terminal", "json"])
def test_the_exit_code_is_the_same_in_every_format(written, run, output):
    assert run("scan", "exports", "--baseline", "b.json", "-f", output).code == 0
    put(written.parent / "exports", **OPEN, members=False)
    assert run("scan", "exports", "--baseline", "b.json", "-f", output).code == 3


@pytest.mark.usefixtures("written")
def test_the_terminal_says_how_many_are_not_shown(run):
    shown = run("scan", "exports", "--baseline", "b.json").out
    assert "findings known, not shown (--show-waived shows them)." in shown
    assert "(known)" in run("scan", "exports", "--baseline", "b.json", "--show-waived").out


def test_a_new_finding_fails(written, run):
    put(written.parent / "exports", **OPEN, diagnosticSettings=[])
    result, document = scan(run)
    assert result.code == 1
    assert "KV401" in {each["rule"] for each in document["findings"]}


def test_what_is_not_seen_is_not_gone(written, run):
    cut = [{"fact": "roleAssignments", "scope": "tenant", "complete": False, "reason": "throttled"}]
    put(written.parent / "exports", **OPEN, roleAssignments=[], coverage=cut)
    document = scan(run)[1]
    assert "KV105" in {entry["rule"] for entry in json.loads(written.read_text())["findings"]}
    assert "KV903" not in {finding["rule"] for finding in document["findings"]}
    (gap,) = document["gaps"]
    assert gap["need"] == "roleAssignments"
    assert {"KV105", "KV121", "KV201"} <= set(gap["rules"])
    assert "KV301" not in gap["rules"]


def test_what_is_gone_is_told_pruned_and_counts_when_it_comes_back(written, run):
    put(written.parent / "exports")
    result, document = scan(run)
    (gone,) = [each for each in document["findings"] if each["rule"] == "KV903"]
    assert result.code == 0
    assert "KV301 on vault" in gone["message"]
    assert gone["locations"][0]["file"] == "b.json"
    line = gone["locations"][0]["line"]
    assert '"KV301"' in written.read_text().splitlines()[line - 1]
    pruned = run("baseline", "prune", "exports", "--baseline", "b.json")
    assert (pruned.code, "- high      KV301 on vault" in pruned.out) == (0, True)
    assert "KV301" not in written.read_text()
    put(written.parent / "exports", **OPEN)
    assert scan(run)[0].code == 1


def test_writing_again_gives_the_same_bytes_and_updating_changes_nothing(written, run):
    before = written.read_bytes()
    run("baseline", "write", "exports", "--baseline", "again.json")
    assert (written.parent / "again.json").read_bytes() == before
    result = run("baseline", "update", "exports", "--baseline", "b.json")
    assert (result.out, result.last.endswith("; 0 added, 0 gone")) == ("", True)
    assert written.read_bytes() == before


def test_update_shows_what_comes_and_goes(written, run):
    put(written.parent / "exports", diagnosticSettings=[])
    result = run("baseline", "update", "exports", "--baseline", "b.json")
    assert result.code == 0
    assert "+ high      KV401 on vault" in result.out
    assert "- high      KV301 on vault" in result.out
    after = written.read_bytes()
    run("baseline", "update", "exports", "--baseline", "b.json")
    assert written.read_bytes() == after
    assert scan(run)[0].code == 0


@pytest.mark.usefixtures("written")
def test_show_lists_the_entries(run):
    result = run("baseline", "show", "--baseline", "b.json")
    assert result.code == 0
    assert f"high      KV301 on vault {VAULT}  " in result.out


def test_an_existing_file_is_not_overwritten(written, run):
    before = written.read_bytes()
    result = run("baseline", "write", "exports", "--baseline", "b.json")
    assert (result.code, written.read_bytes()) == (2, before)
    assert "kvaudit baseline update" in result.err


@pytest.mark.parametrize("change", ["write", "update", "prune"])
@pytest.mark.parametrize("option", [("--select", "KV3"), ("--ignore", "KV5"), ("--min-severity", "high")])
def test_a_filtered_scan_makes_no_baseline(written, run, change, option):
    file = "new.json" if change == "write" else "b.json"
    before = written.read_bytes()
    result = run("baseline", change, "exports", "--baseline", file, *option)
    assert (result.code, written.read_bytes(), (written.parent / "new.json").exists()) == (2, before, False)
    assert "would leave findings out" in result.err


def test_a_filter_in_the_environment_is_one_too(files, run, environment):
    put(files / "exports")
    environment.setenv("KVAUDIT_SELECT", "KV3")
    assert run("baseline", "write", "exports", "--baseline", "b.json").code == 2


def test_an_incomplete_scan_makes_none_unless_told_to(files, run):
    put(files / "exports", **OPEN, members=False)
    result = run("baseline", "write", "exports", "--baseline", "b.json")
    assert (result.code, (files / "b.json").exists()) == (2, False)
    assert "the scan is incomplete" in result.err
    assert "groupMembers" in result.err
    assert run("baseline", "write", "exports", "--baseline", "b.json", *LOOSE).code == 0


def test_what_could_not_be_judged_stays_in_the_baseline(written, run):
    bare = {"id": VAULT, "name": "kv-app", "location": "westeurope"}
    put(written.parent / "exports", vaults=[bare])
    before = json.loads(written.read_text())["findings"]
    document = scan(run)[1]
    assert "KV301 on vault" not in str([each for each in document["findings"] if each["rule"] == "KV903"])
    assert run("baseline", "prune", "exports", "--baseline", "b.json").code == 2
    assert run("baseline", "prune", "exports", "--baseline", "b.json", *LOOSE).code == 0
    left = json.loads(written.read_text())["findings"]
    assert [each for each in before if each["rule"] == "KV301"] == [each for each in left if each["rule"] == "KV301"]


def test_what_got_worse_is_new(written, run):
    text = written.read_text().replace('"severity": "high"', '"severity": "low"')
    written.write_text(text)
    result, document = scan(run)
    assert result.code == 1
    assert "worse than when the baseline was written, as low" in {each["note"] for each in document["findings"]}


@pytest.mark.parametrize("command", [("scan",), ("baseline", "update"), ("baseline", "prune"), ("baseline", "show")])
@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": "kvaudit/baseline/v9"}'])
def test_a_missing_or_damaged_baseline_is_exit_2(written, run, command, content):
    written.unlink()
    if content is not None:
        written.write_text(content)
    sources = [] if command[-1] == "show" else ["exports"]
    result = run(*command, *sources, "--baseline", "b.json")
    assert (result.code, result.out) == (2, "")
    assert "b.json" in result.err


@pytest.mark.parametrize("command", [("scan",), ("baseline", "update"), ("baseline", "prune")])
def test_the_baseline_of_another_estate_is_exit_2(written, run, command):
    written.write_text(written.read_text().replace(TENANT, ASSIGNMENT[-36:]))
    result = run(*command, "exports", "--baseline", "b.json")
    assert (result.code, "the baseline is of another estate" in result.err) == (2, True)


def test_the_configuration_names_it(written, run):
    (written.parent / "kvaudit.yaml").write_text("baseline: b.json\n")
    assert run("scan", "exports").code == 0
    assert run("baseline", "show").code == 0
    (written.parent / "kvaudit.yaml").unlink()
    result = run("baseline", "update", "exports")
    assert (result.code, "no baseline is named" in result.err) == (2, True)


def test_baselines_and_waivers_in_the_scanned_folder_are_no_input(written, run):
    written.rename(written.parent / "exports" / "b.json")
    (written.parent / "exports" / "w.yaml").write_text("waivers: []\n")
    result = run("scan", "exports", "--baseline", "exports/b.json")
    assert (result.code, result.last.endswith("complete")) == (0, True)


def test_waived_findings_stay_out(files, run):
    put(files / "exports", **OPEN)
    waiver = ("--rule", "KV301", "--subject", "kv-app", "--reason", "r", "--owner", "o", "--expires", "2026-12-31")
    as_of = ("--as-of", "2026-11-23")
    assert run("waivers", "add", *waiver, "--waivers", "w.yaml", *as_of).code == 0
    assert run("baseline", "write", "exports", "--baseline", "b.json", "--waivers", "w.yaml", *as_of).code == 0
    assert "KV301" not in (files / "b.json").read_text()


@pytest.mark.parametrize("sample", ["contoso", "contoso-drift", "fabrikam-rbac", "northwind-escalation"])
def test_every_sample_passes_by_a_baseline_of_its_own(files, run, sample):
    folder = SAMPLES / sample
    options = (folder, "--config", folder / "kvaudit.yaml", "--as-of", "2026-11-23", "--baseline", "b.json")
    assert run("baseline", "write", *options, *LOOSE).code == 0
    before = (files / "b.json").read_bytes()
    document = json.loads(run("scan", *options, "-f", "json", "--fail-on", "low").out)
    assert (document["verdict"], document["summary"]["known"] > 0) == ("pass", True)
    assert {each["rule"] for each in document["findings"]} <= {"KV904"}
    assert run("baseline", "update", *options, *LOOSE).out == ""
    assert (files / "b.json").read_bytes() == before
