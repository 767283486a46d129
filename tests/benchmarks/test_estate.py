"""The made-up estate is the same every time, of the size it says, and read without a row lost."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kvaudit.sources.load import load

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "estate.py"


def make(folder: Path) -> Path:
    subprocess.run([sys.executable, str(SCRIPT), str(folder), "--vaults", "50"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    return make(tmp_path_factory.mktemp("estate"))


def rows(folder: Path, kind: str) -> list[dict]:
    found = []
    for file in sorted((folder / kind).glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        found += content["value"] if isinstance(content, dict) else content
    return found


def digest(folder: Path) -> str:
    files = sorted(folder.rglob("*.json"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def test_the_same_seed_gives_the_same_bytes(estate, tmp_path):
    assert digest(make(tmp_path)) == digest(estate)


def test_every_row_is_read(estate):
    snapshot = load([str(estate)], stdin=None)
    assert snapshot.gaps == ()
    assert len(snapshot.vaults) == len(rows(estate, "vaults")) == 50
    assignments = {row["id"].lower() for row in rows(estate, "role-assignments")}
    assert len(assignments) == 1000
    assert {each.id.lower() for each in snapshot.role_assignments} == assignments
    assert len(snapshot.diagnostic_settings) == len(rows(estate, "diagnostic-settings"))
    assert len(snapshot.group_members) == len(json.loads((estate / "group-members.json").read_text()))
    people = ("users.json", "service-principals.json", "groups.json")
    assert len(snapshot.principals) >= sum(len(json.loads((estate / name).read_text())) for name in people)
