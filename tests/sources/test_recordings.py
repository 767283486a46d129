"""Answers that Azure really gave are read without an error or a dropped row: counts in equal counts out.

Collected only where KVAUDIT_RECORDINGS names the folder they are in.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml

from kvaudit.sources.load import Loaded, load_counted
from kvaudit.sources.reading import UNKNOWN
from tests.sources.made import snapshot, write

FOLDER = Path(os.environ["KVAUDIT_RECORDINGS"])
SCENARIOS = FOLDER.parent / "scenarios"
RECORDINGS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
ANSWERS = {name: one["response"]["json"] for name, one in RECORDINGS.items() if one["response"]["status"] == 200}
ERRORS = {
    name: one["response"]["json"]
    for name, one in RECORDINGS.items()
    if one["response"]["status"] != 200 and one["response"]["json"]
}
FACTS = {
    "vaults": "vaults",
    "private endpoint connections": "vaults",
    "role assignments": "role_assignments",
    "role definitions": "role_definitions",
    "locks": "locks",
    "subscriptions": "subscriptions",
    "diagnostic settings": "diagnostic_settings",
    "users, groups and service principals": "principals",
}
UNUSED = {
    "managed HSMs",
    "managed HSM role assignments",
    "managed HSM role definitions",
    "private endpoint connections of managed HSMs",
    "private link resources",
    "deleted vaults",
    "classic administrators (retired in 2024)",
    "management groups",
    "diagnostic settings of other resources",
}


def beside_a_snapshot(folder: Path, name: str, body: object) -> Loaded:
    """An answer without rows says nothing by itself, so each is read beside an empty snapshot."""
    return load_counted([write(folder, {name: body, "zz-snapshot.json": snapshot()})])


def test_recordings_are_there():
    assert len(ANSWERS) > 50
    assert len(ERRORS) >= 3


@pytest.mark.parametrize("name", ANSWERS)
def test_counts_in_equal_counts_out(name, tmp_path):
    body = ANSWERS[name]
    loaded = beside_a_snapshot(tmp_path, name, body)
    rows = loaded.rows[str(tmp_path / name)]
    assert sum(rows.values()) == (len(body["value"]) if "value" in body else 1)
    assert UNKNOWN not in rows
    for kind, count in rows.items():
        if kind not in UNUSED:
            assert len(getattr(loaded.snapshot, FACTS[kind])) == count, kind
    assert {gap.reason for gap in loaded.snapshot.gaps} <= {"there is a next page that is not in this file"}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_answer_is_a_gap(name, tmp_path):
    loaded = beside_a_snapshot(tmp_path, name, ERRORS[name])
    (gap,) = loaded.snapshot.gaps
    assert gap.reason.startswith("an error answer of Azure: ")


def test_all_of_them_in_one_folder(tmp_path):
    loaded = load_counted([write(tmp_path, ANSWERS)])
    assert sum(sum(rows.values()) for rows in loaded.rows.values()) == sum(
        len(body["value"]) if "value" in body else 1 for body in ANSWERS.values()
    )


def snapshots():
    for path in sorted(SCENARIOS.glob("*.yaml")):
        for content in yaml.safe_load(path.read_text(encoding="utf-8"))["files"].values():
            if isinstance(content, dict) and str(content.get("schema", "")).startswith("kvaudit/snapshot/"):
                yield pytest.param(content, id=path.stem)


@pytest.mark.parametrize("content", list(snapshots()))
def test_snapshots_of_the_scenarios_follow_the_schema(content):
    schema = json.loads(Path("kvaudit/sources/snapshot.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(content)
