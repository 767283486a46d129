"""What runs kvaudit in a CI: the action, the templates of Azure Pipelines and GitLab, the problem matcher."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import clean_environment

ROOT = Path(__file__).resolve().parents[2]
FAILING = "sample-configs/contoso-drift"
PASSING = "sample-configs/contoso"
PINNED = re.compile(r"[\w-]+/[\w/-]+@[0-9a-f]{40}")
NO_INPUTS = {"SOURCES": "", "CONFIG": "", "FAIL_ON": "", "ALLOW_INCOMPLETE": "false", "ARGUMENTS": ""}


def load_action():
    spec = importlib.util.spec_from_file_location("github_action", ROOT / "ci/github_action.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def agent(tmp_path):
    """A folder with an installed kvaudit, as the first steps of the templates leave it."""
    for name in ("kvaudit", "kvaudit-venv"):
        programs = tmp_path / name / "bin"
        programs.mkdir(parents=True)
        (programs / "kvaudit").symlink_to(Path(sys.executable).parent / "kvaudit")
    return tmp_path


def run_bash(script, folder, **variables):
    environment = clean_environment() | variables
    return subprocess.run(
        [shutil.which("bash"), "-e", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# --- the action of GitHub -------------------------------------------------------------------------------------------


def test_every_action_that_is_used_is_pinned():
    used = [step["uses"] for step in read("action.yml")["runs"]["steps"] if "uses" in step]
    assert len(used) == 2
    assert all(map(PINNED.fullmatch, used))


def test_no_input_stands_in_a_script():
    scripts = [step["run"] for step in read("action.yml")["runs"]["steps"] if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_every_input_is_used():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    unused = [name for name in read("action.yml")["inputs"] if text.count(f"inputs.{name} ") == 0]
    assert unused == []


def test_zizmor_finds_nothing():
    program = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [program, "--offline", "--no-progress", "action.yml"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("sample", "code"), [(FAILING, 1), (PASSING, 0)])
def test_inputs_become_arguments_and_the_exit_code_is_that_of_the_scan(run, tmp_path, sample, code):
    sarif = tmp_path / "out.sarif"
    inputs = NO_INPUTS | {"SOURCES": f"\n{ROOT / sample}\n", "ARGUMENTS": "--as-of\n2026-11-23", "FAIL_ON": "high"}
    result = run(*load_action().arguments(inputs, str(sarif)))
    assert result.code == code
    assert json.loads(sarif.read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_a_source_that_looks_like_an_option_is_a_source(run):
    result = run(*load_action().arguments(NO_INPUTS | {"SOURCES": "--debug\n"}, ""))
    assert (result.code, "--debug" in result.err) == (2, True)


# --- Azure Pipelines and GitLab -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sample", "code"), [(FAILING, 1), (PASSING, 0)])
def test_the_template_of_azure_writes_its_reports_and_ends_as_the_scan(agent, sample, code):
    _, scan, publish, _ = read("ci/azure-pipelines.yml")["steps"]
    done = run_bash(
        scan["bash"],
        ROOT,
        AGENT_TEMPDIRECTORY=str(agent),
        TF_BUILD="True",
        SOURCES=sample,
        ARGUMENTS="--as-of;2026-11-23",
        FAIL_ON="high",
        ALLOW_INCOMPLETE="False",
    )
    assert done.returncode == code
    assert (agent / "kvaudit.md").is_file()
    assert publish["inputs"]["testResultsFiles"] == "$(Agent.TempDirectory)/kvaudit.xml"
    assert (agent / "kvaudit.xml").is_file()
    assert ("##vso[task.logissue type=error" in done.stdout) == (code == 1)


@pytest.mark.parametrize(("sample", "code"), [(FAILING, 1), (PASSING, 0)])
def test_the_template_of_gitlab_writes_its_reports_and_ends_as_the_scan(agent, tmp_path, sample, code):
    job = read("ci/gitlab.yml")["kvaudit"]
    done = run_bash(
        job["script"][-1],
        tmp_path,
        CI_BUILDS_DIR=str(agent),
        KVAUDIT_ARGUMENTS="--as-of 2026-11-23",
        KVAUDIT_SOURCES=str(ROOT / sample),
    )
    assert done.returncode == code, done.stderr
    written = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    assert [name for name in written if not (tmp_path / name).is_file()] == []


# --- the problem matcher --------------------------------------------------------------------------------------------


def test_every_compact_line_is_matched_once(run):
    matchers = json.loads((ROOT / "ci/problem-matcher.json").read_text(encoding="utf-8"))["problemMatcher"]
    patterns = [re.compile(pattern["regexp"]) for matcher in matchers for pattern in matcher["pattern"]]
    lines = run("scan", ROOT / FAILING, "-f", "compact", "--as-of", "2026-11-23").out.splitlines()
    assert len(lines) > 20
    assert [line for line in lines if sum(bool(each.match(line)) for each in patterns) != 1] == []


def test_a_match_has_file_line_and_rule(run):
    (pattern,) = json.loads((ROOT / "ci/problem-matcher.json").read_text(encoding="utf-8"))["problemMatcher"][0][
        "pattern"
    ]
    first = run("scan", ROOT / FAILING, "-f", "compact", "--as-of", "2026-11-23").out.splitlines()[0]
    match = re.match(pattern["regexp"], first)
    assert Path(match[pattern["file"]]).is_file()
    assert match[pattern["line"]].isdigit()
    assert re.fullmatch(r"KV\d{3}", match[pattern["code"]])
