"""The scenario list hides nothing it does not name, and nothing that passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "run_scenarios.py"

# Stands in for the scenarios' own runner: a scenario passes when its file says so.
RUNNER = """
import pathlib, sys
files = [pathlib.Path(word) for word in sys.argv[5:]]
failed = [file for file in files if file.read_text() != "pass"]
for file in failed:
    print(file.stem, "failed")
print(f"{len(files) - len(failed)} passed, {len(failed)} failed")
sys.exit(bool(failed))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.py").write_text(RUNNER)
    (tmp_path / "S001-good.yaml").write_text("pass")
    (tmp_path / "S002-bad.yaml").write_text("fail")
    return tmp_path


def run(folder: Path, not_yet: str) -> tuple[int, str]:
    listing = folder / "not_yet.txt"
    listing.write_text(not_yet)
    words = [sys.executable, str(SCRIPT), str(folder), "--kvaudit", "kvaudit", "--not-yet", str(listing)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_unlisted_failure_fails(folder):
    code, said = run(folder, "")
    assert code == 1
    assert "S002-bad failed" in said
    assert "1 passed, 1 failed" in said


def test_a_listed_failure_is_let_through_and_named(folder):
    code, said = run(folder, "# a remark\n\nS002  # needs another input shape\n")
    assert code == 0
    assert "1 passed, 0 failed" in said
    assert "not yet: S002, needs another input shape" in said


def test_a_listed_scenario_that_passes_fails(folder):
    code, said = run(folder, "S001  # old\nS002  # bad\n")
    assert code == 1
    assert "S001 passes now" in said


def test_a_listed_scenario_that_does_not_exist_fails(folder):
    code, said = run(folder, "S002  # bad\nS999  # gone\n")
    assert code == 1
    assert "S999 is listed, but there is no such scenario" in said


def test_a_listed_scenario_needs_a_reason(folder):
    code, said = run(folder, "S002\n")
    assert code == 1
    assert "'S002' is no scenario id with a reason" in said
