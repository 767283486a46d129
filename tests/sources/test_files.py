"""Which files are read, in which order, and what keeps one from being read."""

from __future__ import annotations

import io
import json
import os
import socket

import pytest

from kvaudit.errors import InputError
from kvaudit.sources import files
from kvaudit.sources.load import load
from tests.sources.made import read, snapshot, vault, write


def names(folder):
    return [found.name.removeprefix(f"{folder}/") for found in files.find([str(folder)])]


def test_a_folder_is_read_to_any_depth_and_sorted(tmp_path):
    write(tmp_path, {"b.json": {}, "a/z.yaml": "", "a/deep/er/x.YML": "", "README.md": "", "c.txt": "", "A.JSON": {}})
    assert names(tmp_path) == ["A.JSON", "b.json", "a/z.yaml", "a/deep/er/x.YML"]


def test_lines_of_json_in_a_folder_are_read(tmp_path):
    lines = "\n".join(json.dumps(vault(name)) for name in ("kv-a", "kv-b"))
    folder = write(tmp_path, {"vaults.jsonl": lines, "more.ndjson": lines.replace("kv-", "kv-x")})
    assert len(load([folder]).vaults) == 4


def test_the_configuration_is_no_input(tmp_path):
    write(tmp_path, {"kvaudit.yaml": "", "sub/kvaudit.yml": "", "a.json": {}})
    assert names(tmp_path) == ["a.json"]


def test_hidden_folders_are_passed_over_and_named(tmp_path):
    write(tmp_path, {".git/config.json": "broken", "._x.json": "broken", "a.json": vault()})
    shapes = {document.name.rpartition("/")[2]: document.shape for document in load([str(tmp_path)]).documents}
    assert shapes == {"._x.json": "skipped: a hidden file", ".git": "skipped: a hidden folder", "a.json": "vaults"}


def test_links_are_followed_once_to_each_place(tmp_path):
    write(tmp_path, {"data/a.json": vault()})
    (tmp_path / "again").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "loop").symlink_to(tmp_path)
    (tmp_path / "b.json").symlink_to(tmp_path / "data" / "a.json")
    assert len(files.find([str(tmp_path)])) == 1


def test_the_same_file_named_twice_is_read_once(tmp_path):
    write(tmp_path, {"a.json": vault()})
    assert len(files.find([str(tmp_path / "a.json"), str(tmp_path), str(tmp_path / "." / "a.json")])) == 1


@pytest.mark.parametrize("target", ["self.json", "missing.json"])
def test_a_link_to_nothing_is_an_error_or_a_gap(target, tmp_path):
    write(tmp_path, {"a.json": vault()})
    (tmp_path / "self.json").symlink_to(tmp_path / target)
    with pytest.raises(InputError, match="cannot be read"):
        load([str(tmp_path)])
    (gap,) = load([str(tmp_path)], keep_going=True).gaps
    assert (gap.need, gap.subject) == ("files", str(tmp_path / "self.json"))


def test_a_pipe_is_not_waited_for(tmp_path):
    write(tmp_path, {"a.json": vault()})
    os.mkfifo(tmp_path / "pipe.json")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="named pipe"):
        load([str(tmp_path)])
    snapshot = load([str(tmp_path)], keep_going=True)
    assert [gap.subject for gap in snapshot.gaps] == [str(tmp_path / "pipe.json")]
    assert len(snapshot.vaults) == 1


def test_sockets_and_devices_are_no_files(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.json"))
        with pytest.raises(InputError, match="a socket"):
            load([str(tmp_path)])
    with pytest.raises(InputError, match="a device"):
        load(["/dev/null"])


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    with pytest.raises(InputError, match="larger than 1,024 MiB"):
        load([str(path)])


def test_standard_input_is_bounded_too(monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        read(vault())


def test_a_name_that_is_no_text(tmp_path):
    write(tmp_path, {"a.json": vault()})
    with open(os.fsencode(tmp_path) + b"/\xff.json", "wb"):  # noqa: PTH123 - no Path has such a name
        pass
    with pytest.raises(InputError, match="its name is not valid text"):
        load([str(tmp_path)])


@pytest.mark.parametrize(
    ("paths", "words"),
    [([], "no input"), (["/no/such/folder"], "no such file"), (["\0"], "cannot be read")],
)
def test_paths_that_name_nothing(paths, words):
    with pytest.raises(InputError, match=words):
        load(paths)


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match="no JSON or YAML file here") as error:
        load([str(tmp_path)])
    assert error.value.where == str(tmp_path)
    assert "snapshot" in error.value.hint


def test_standard_input_without_any():
    with pytest.raises(InputError, match="no standard input"):
        load(["-"])


def test_standard_input_may_be_read_from_the_start_again():
    stream = io.BytesIO(b"xx")
    stream.read()
    assert files.read(files.Found("-"), stream) == b"xx"


def test_named_files_are_read_whatever_their_ending(tmp_path):
    folder = write(tmp_path, {"vault.txt": vault(), "snapshot.conf": "schema: kvaudit/snapshot/v1\nvaults: []\n"})
    loaded = load([f"{folder}/vault.txt", f"{folder}/snapshot.conf"])
    assert len(loaded.vaults) == 1
    assert "vaults" in loaded.given


def test_snapshot_of_yaml_from_standard_input():
    assert read("schema: kvaudit/snapshot/v1\ntenantId: ABC\n").tenant_id == "abc"
    assert read(snapshot(tenantId="ABC")).tenant_id == "abc"
