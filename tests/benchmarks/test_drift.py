"""The copy of the made-up estate has changed a little, and a comparison tells what."""

import subprocess
import sys
from pathlib import Path

import pytest

from kvaudit.access.changes import changes
from kvaudit.access.engine import resolve
from kvaudit.model.permission import OF_VAULTS
from kvaudit.sources.load import load
from tests.access.build import NOW

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drift")
    old, new = folder / "old", folder / "new"
    for script, arguments in (("estate.py", (old, "--vaults", "50")), ("drift.py", (old, new))):
        command = [sys.executable, str(BENCHMARKS / script), *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)
    return [resolve(load([str(side)]), NOW) for side in (old, new)]


def test_some_of_each_kind_has_changed(sides):
    kinds = {(change.kind, change.what) for change in changes(*sides, OF_VAULTS)}
    assert {("roleAssignment", "new"), ("roleAssignment", "gone"), ("accessPolicy", "gone")} <= kinds
    assert ("membership", "new") in kinds or ("membership", "gone") in kinds


def test_the_estate_itself_has_not(sides):
    assert changes(sides[0], sides[0], OF_VAULTS) == ()
