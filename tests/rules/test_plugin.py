"""A rule plug-in installed from a folder, as a user would, and the program run with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "plugin_example"


def run(site, *words):
    command = [sys.executable, "-m", "kvaudit", *words]
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "acme")
    target = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", target, source], check=True)
    return target


def test_its_rules_are_listed_beside_those_that_ship(site):
    done = run(site, "rules", "list", "-f", "json")
    assert done.returncode == 0, done.stderr
    assert {"ACME101", "ACME102", "KV301"} <= {rule["id"] for rule in json.loads(done.stdout)}


def test_its_pack_passes_its_check(site):
    done = run(site, "rules", "check", str(site / "acme_rules" / "pack"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_rules_find(site):
    hit = site / "acme_rules" / "pack" / "ACME102" / "hit.yaml"
    done = run(site, "scan", str(hit), "--select", "ACME", "-f", "json")
    found = {finding["rule"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert len(found["ACME102"]["vaults"]) == 2
    assert found["ACME102"]["message"].startswith("2 vaults lie in /subscriptions/")


def test_from_a_folder_of_rules_no_python_is_run(tmp_path):
    pack = shutil.copytree(EXAMPLE / "acme_rules" / "pack", tmp_path / "pack")
    done = run(tmp_path, "rules", "list", "--rules", str(pack))
    assert done.returncode == 2
    assert f"{pack}/ACME102/rule.yaml:5:1: there is no Python function for ACME102" in done.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("PACK = 1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("NOTHING = None", "cannot be loaded: AttributeError"),
        ("PACK = 'rules'", "gives str, not a kvaudit.rules.registry.Pack"),
        (
            "from kvaudit.rules.registry import Pack, SHIPPED\nPACK = Pack(SHIPPED / 'nowhere')",
            "there is no such folder of rules",
        ),
    ],
)
def test_a_broken_plugin_stops_the_run_and_is_named(site, tmp_path, code, message):
    shutil.copytree(site, tmp_path / "site")
    (tmp_path / "site" / "acme_rules" / "__init__.py").write_text(code, encoding="utf-8")
    done = run(tmp_path / "site", "rules", "list")
    assert done.returncode == 2
    assert message in done.stderr


def test_an_id_that_comes_twice_stops_the_run(site, tmp_path):
    shutil.copytree(EXAMPLE / "acme_rules" / "pack" / "ACME101", tmp_path / "ACME101")
    done = run(site, "rules", "list", "--rules", str(tmp_path))
    assert done.returncode == 2
    assert "rule ACME101 exists already" in done.stderr
