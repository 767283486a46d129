"""The way of a whole load: what it leaves as it was, and what it costs."""

from __future__ import annotations

import gc
import json
import tracemalloc

import pytest

from kvaudit.errors import InputError
from kvaudit.sources.load import load, load_counted
from tests.sources.made import flat, read, stream, vault, write


@pytest.mark.parametrize("on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(on):
    was_on = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        read(vault())
        assert gc.isenabled() is on
        with pytest.raises(InputError):
            read("{")
        assert gc.isenabled() is on
    finally:
        (gc.enable if was_on else gc.disable)()


def test_standard_input_and_files_together(tmp_path):
    folder = write(tmp_path, {"a.json": vault("kv-a")})
    loaded = load_counted([folder, "-"], stdin=stream(vault("kv-b")))
    assert [one.name for one in loaded.snapshot.vaults] == ["kv-a", "kv-b"]
    assert loaded.rows == {f"{folder}/a.json": {"vaults": 1}, "-": {"vaults": 1}}


def test_documents_say_what_they_were_recognised_as(tmp_path):
    folder = write(tmp_path, {"a.json": [vault(), flat()], "b.json": {}})
    loaded = load([folder])
    assert [document.shape for document in loaded.documents] == ["vaults, role assignments", ""]
    assert loaded.vaults[0].origins[0].document in loaded.documents


def test_the_order_of_files_is_that_of_their_names(tmp_path):
    write(tmp_path, {f"{name}.json": vault(f"kv-{name}") for name in "cab"})
    assert [one.name for one in load([str(tmp_path)]).vaults] == ["kv-a", "kv-b", "kv-c"]


def test_memory_stays_within_a_few_times_the_file(tmp_path):
    rows = [flat(name=f"{number:08}-0000-0000-0000-000000000000") for number in range(20_000)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    del rows
    tracemalloc.start()
    try:
        loaded = load([str(path)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(loaded.role_assignments) == 20_000
    assert peak < 3 * path.stat().st_size


def test_the_bytes_of_a_file_are_gone_before_the_next_is_read(tmp_path):
    filler = ["x" * 100_000] * 10
    for number in range(20):
        write(tmp_path, {f"{number}.json": [{**vault(f"kv-{number}"), "filler": filler}]})
    tracemalloc.start()
    try:
        loaded = load([str(tmp_path)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(loaded.vaults) == 20
    assert peak < 5_000_000


FOREIGN = {
    "manifests.yaml": "kind: Service\n---\nkind: Deployment\n",
    "compose.yml": "x: &common {restart: always}\nservices:\n  web:\n    <<: *common\n",
    "template.yaml": "Value: !Ref Vault\n",
    "keys.yaml": "? [a, b]\n: 1\n",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_yaml_of_other_programs_is_passed_by_in_a_folder_and_refused_by_name(name, tmp_path):
    write(tmp_path, {"a.json": vault(), name: FOREIGN[name]})
    loaded = load([str(tmp_path)])
    assert {document.name: document.shape for document in loaded.documents}[str(tmp_path / name)] == ""
    assert len(loaded.vaults) == 1
    assert not loaded.gaps
    with pytest.raises(InputError):
        load([str(tmp_path / name)])
    with pytest.raises(InputError, match="nothing of Azure was recognised"):
        load([write(tmp_path / "alone", {name: FOREIGN[name]})])


@pytest.mark.parametrize(
    "text",
    [
        "kind: a\n---\nkind: [b\n",
        "a: !Ref b\nc: 'd\n",
        "schema: kvaudit/snapshot/v1\nvaults: []\n---\nkind: a\n",
        "x: !Ref b\nschema: 'kvaudit/snapshot/v1'\n",
        "{vaults: !Ref b, schema: kvaudit/snapshot/v1}\n",
    ],
)
def test_broken_yaml_and_snapshots_are_never_passed_by(text, tmp_path):
    write(tmp_path, {"a.json": vault(), "b.yaml": text})
    with pytest.raises(InputError, match=r"b\.yaml:[1-9]"):
        load([str(tmp_path)])
    (gap,) = load([str(tmp_path)], keep_going=True).gaps
    assert gap.need == "files"
