"""The layers of docs/architecture.md hold, and the contracts in pyproject.toml would notice if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [str(LINT_IMPORTS), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "kvaudit", tmp_path / "kvaudit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("model/value.py", "import kvaudit.access.engine", "Imports point one way"),
        ("sources/yaml_text.py", "import kvaudit.access.engine", "Imports point one way"),
        ("gate/verdict.py", "import kvaudit.report.json_report", "Imports point one way"),
        ("rules/base.py", "import click", "Only the command line knows click"),
        ("report/json_report.py", "import rich.text", "Only the command line and the terminal report know rich"),
        ("sources/yaml_text.py", "import requests", "Only live collection reaches for Azure"),
        ("cli/scan.py", "from azure.core.exceptions import AzureError", "Only live collection reaches for Azure"),
        ("sources/live/login.py", "import httpx", "Only live collection reaches for Azure"),
    ],
)
def test_a_breach_is_noticed(copy, module, statement, contract):
    file = copy / "kvaudit" / module
    file.write_text(file.read_text(encoding="utf-8") + f"\n{statement}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert len(broken) == 1
    assert broken[0].startswith(contract)
