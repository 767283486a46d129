"""Several formats in one run: where each goes, and that none of them changes how the run ends."""

import json
import subprocess
import sys

import pytest

from kvaudit.report.formats import SCAN
from tests.cli.conftest import clean_environment
from tests.cli.estate import put

FORMATS = tuple(SCAN.modules)
PASSES, FAILS, INCOMPLETE = {}, {"default_action": "Allow"}, {"members": False}
GUARDED = ("--ignore", "KV112,KV105")  # a person may read here


@pytest.mark.parametrize(
    ("estate", "options", "code"),
    [
        (PASSES, [], 0),
        (FAILS, [], 1),
        (INCOMPLETE, [], 3),
        (INCOMPLETE, ["--allow-incomplete"], 0),
        (FAILS | INCOMPLETE, [], 1),
    ],
)
def test_the_exit_code_is_the_same_for_every_format(run, tmp_path, estate, options, code):
    put(tmp_path, **estate)
    for name in FORMATS:
        result = run("scan", tmp_path, *GUARDED, *options, "-f", name)
        assert (name, result.code) == (name, code)
    several = [word for name in FORMATS for word in ("-f", f"{name}:{tmp_path / 'out'}.{name}")]
    assert run("scan", tmp_path / "snapshot.json", *GUARDED, *options, *several).code == code
    assert all((tmp_path / f"out.{name}").is_file() for name in FORMATS)


def test_each_format_has_its_own_place(run, tmp_path):
    source = put(tmp_path, **FAILS)
    result = run("scan", source, "-f", "compact", "-f", f"json:{tmp_path / 'a.json'}", "-f", f"sarif:{tmp_path / 'b'}")
    assert result.code == 1
    assert " high KV301 " in result.out
    assert json.loads((tmp_path / "a.json").read_text())["verdict"] == "fail"
    assert json.loads((tmp_path / "b").read_text())["version"] == "2.1.0"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "b", "snapshot.json"]


def test_a_file_is_as_standard_output_would_be(run, tmp_path):
    source = put(tmp_path, **FAILS)
    for name in ("json", "junit", "sarif"):
        shown = run("scan", source, "-f", name, "--as-of", "2026-11-23").out
        run("scan", source, "-f", f"{name}:{tmp_path / 'out'}", "--as-of", "2026-11-23")
        assert (tmp_path / "out").read_text(encoding="utf-8") == shown
        run("scan", source, "-f", name, "-o", tmp_path / "out", "--as-of", "2026-11-23")
        assert (tmp_path / "out").read_text(encoding="utf-8") == shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-f", "json", "-f", "csv"], "two formats cannot share standard output"),
        (["-f", "json", "-f", "csv:-"], "two formats cannot share standard output"),
        (["-f", "json:out", "-f", "csv:./out"], "two formats cannot share the file"),
        (["-f", "json:a", "-o", "b"], "-o names the file of a single format"),
        (["-f", "json", "-f", "csv:b", "-o", "c"], "-o names the file of a single format"),
        (["-f", "json:"], "no file after the colon"),
        (["-f", "jsn"], "no format 'jsn' here; did you mean json?"),
        (["-f", "json:no/such/out"], "there is no folder no/such"),
        (["-f", "json:folder"], "this is a folder"),
        (["-f", "auto:out"], "-f auto has no file"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(run, tmp_path, environment, options, words):
    environment.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    result = run("scan", "no-such-source", *options)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert "no-such-source" not in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_takes_no_files_is_said_before_anything_is_read(run):
    result = run("scan", "no-such-source", "-f", "json:/proc/out.json")
    assert result.code == 2
    assert "cannot write /proc/out.json" in result.err


def test_a_name_too_long_is_said_before_anything_is_read(run, tmp_path):
    result = run("scan", "no-such-source", "-f", f"json:{tmp_path / ('x' * 300)}")
    assert result.code == 2
    assert "cannot write" in result.err


def test_a_pipe_is_just_written(tmp_path):
    source = put(tmp_path, **FAILS)
    script = f"{sys.executable} -m kvaudit scan {source} -f compact:>(cat) -f json:/dev/null -f csv:/dev/null; wait $!"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=clean_environment(), check=False)
    assert b" high KV301 " in done.stdout


def test_the_environment_holds_several_with_spaces(run, tmp_path, environment):
    source = put(tmp_path, **FAILS)
    environment.setenv("KVAUDIT_FORMAT", f"compact json:{tmp_path / 'a.json'}")
    assert " high KV301 " in run("scan", source).out
    assert (tmp_path / "a.json").is_file()


@pytest.mark.parametrize(
    ("variable", "command"), [("GITHUB_ACTIONS", "::error "), ("TF_BUILD", "##vso[task.logissue ")]
)
def test_in_a_ci_its_annotations_come_with_the_report(run, tmp_path, environment, variable, command):
    source = put(tmp_path, **FAILS)
    assert command not in run("scan", source).out
    environment.setenv(variable, "True")
    shown = run("scan", source).out
    assert shown.startswith("high KV301")
    assert f"\n{command}" in shown
    assert f"\n{command}" in run("scan", source, "-f", "auto", "-f", f"json:{tmp_path / 'out'}").out
    assert command not in run("scan", source, "-f", "terminal").out  # what was asked for, and no more
    assert run("scan", source, "-q").out == ""
    assert run("who", "secrets/get", source).code == 0


def test_the_summary_of_a_job_is_appended(run, tmp_path, environment):
    source = put(tmp_path, **FAILS)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    environment.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run("scan", source, "-f", "terminal")
    assert summary.read_text(encoding="utf-8") == "before\n"
    run("scan", source, "-f", "github")
    written = summary.read_text(encoding="utf-8")
    assert written.startswith("before\n## kvaudit\n\n**FAIL**")
    assert "KV301" in written


def test_a_summary_that_cannot_be_written_is_said_first(run, tmp_path, environment):
    environment.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "summary"))
    result = run("scan", "no-such-source", "-f", "github")
    assert result.code == 2
    assert "summary: No such file" in result.err


def test_questions_have_the_formats_they_have(run, tmp_path):
    source = put(tmp_path)
    result = run("who", "secrets/get", source, "-f", "terminal", "-f", f"json:{tmp_path / 'a.json'}")
    assert "Key readers" in result.out
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "kvaudit/access/v1"
    assert run("access", source, "-f", f"csv:{tmp_path / 'a.csv'}", "-f", "json").out.startswith("{")
    assert run("diff", source, source, "-f", f"markdown:{tmp_path / 'a.md'}").code == 0
    assert "no format 'sarif' here" in run("who", "secrets/get", source, "-f", "sarif").err


def test_the_moment_of_an_event_is_the_one_asked_for(run, tmp_path):
    source = put(tmp_path, **FAILS, takenAt="2026-11-20T06:00:00Z")

    def moments(*options):
        lines = run("scan", source, "-f", "ocsf", *options).out.splitlines()
        return {json.loads(line)["time"] for line in lines}

    assert moments("--as-of", "2026-11-23") == {1_795_392_000_000}
    assert moments() == {1_795_154_400_000}  # of the snapshot
