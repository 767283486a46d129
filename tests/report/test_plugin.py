"""A format plug-in installed from a folder, as a user would, and the program run with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import clean_environment
from tests.cli.estate import put

EXAMPLE = Path(__file__).parent / "plugin_example"


def run(site, *words):
    command = [sys.executable, "-m", "kvaudit", "scan", *map(str, words)]
    environment = clean_environment(PYTHONDONTWRITEBYTECODE="1")
    environment["PYTHONPATH"] = f"{site}:{environment['PYTHONPATH']}"
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "acme")
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", target, source], check=True)
    return target


@pytest.fixture
def estate(tmp_path):
    (tmp_path / "estate").mkdir()
    put(tmp_path / "estate", default_action="Allow")
    return tmp_path / "estate"


def test_its_format_is_one_among_others(site, estate, tmp_path):
    done = run(site, estate, "--select", "KV301", "-f", "acme-count", "-f", f"json:{tmp_path / 'out.json'}")
    assert (done.returncode, done.stdout) == (1, "high 1\n")
    assert done.stderr.startswith("acme: only counted\nFAIL")
    assert (tmp_path / "out.json").is_file()


def test_it_is_named_where_there_is_no_such_format(site, estate):
    done = run(site, estate, "-f", "acme-cont")
    assert done.returncode == 2
    assert "did you mean acme-count?" in done.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("write_report = 1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("NOTHING = None", "cannot be loaded: AttributeError"),
        ("write_report = 'text'", "gives str, not a function"),
    ],
)
def test_a_broken_one_stops_the_run_and_is_named(site, estate, tmp_path, code, message):
    shutil.copytree(site, tmp_path / "site")
    (tmp_path / "site" / "acme_formats" / "__init__.py").write_text(code, encoding="utf-8")
    done = run(tmp_path / "site", estate, "-f", "acme-count")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"format plug-in acme-count = acme_formats:write_report: {message}" in done.stderr


def test_a_name_that_is_taken_stops_the_run(site, estate, tmp_path):
    shutil.copytree(site, tmp_path / "site")
    (points,) = (tmp_path / "site").glob("*.dist-info/entry_points.txt")
    points.write_text("[kvaudit.formats]\nJSON = acme_formats:write_report\n", encoding="utf-8")
    done = run(tmp_path / "site", estate)
    assert done.returncode == 2
    assert "there is a format 'json' already" in done.stderr
