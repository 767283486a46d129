"""Lines and columns, found again for what is reported."""

from __future__ import annotations

import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.model.origin import Document, Origin
from kvaudit.sources.load import load
from kvaudit.sources.positions import locate
from tests.sources.made import flat, policy, snapshot, vault, write


def found(path, *pointers, **options):
    origins = [Origin(Document(str(path)), pointer) for pointer in pointers]
    located = locate(origins, **options)
    return [(located[origin].line, located[origin].column) for origin in origins]


def place_of(text, needle):
    """Line and column of the first occurrence."""
    at = text.index(needle)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


ROWS = [vault("kv-ä", accessPolicies=[policy(secrets=["get", "lïst"])]), flat(), vault("kv-b", tags={"a/b": [1, 2]})]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("before", ["", "WARNING: [x]\nmore {\n", "\n\n"])
def test_in_json_of_any_form(indent, encoding, before, tmp_path):
    text = before + json.dumps(ROWS, indent=indent, ensure_ascii=False)
    path = tmp_path / "a.json"
    path.write_bytes(text.encode(encoding))
    words = {
        "/0/name": '"kv-ä"',
        "/0/properties/accessPolicies/0/permissions/secrets/1": '"lïst"',
        "/1/roleDefinitionName": '"Key Vault Secrets User"',
        "/2/name": '"kv-b"',
        "/2/properties/tags": '{"a/b"' if indent is None else "{",
        "/2/properties/tags/a~1b/1": "2]" if indent is None else None,
    }
    words = {pointer: word for pointer, word in words.items() if word and text.count(word) == 1}
    assert len(words) >= 4
    assert found(path, *words) == [place_of(text, word) for word in words.values()]


def test_in_wrappers_and_sections(tmp_path):
    folder = write(
        tmp_path,
        {
            "value.json": '{"nextLink": null,\n "value": [\n  {"id": 1},\n  {"id": 2}\n ]}',
            "data.json": '{"Data" :\n [ {"x": "}],{"} , {"id": 2}]}',
            "snapshot.json": '{"schema": "s", "vaults": [],\n"locks": [{"id": "a"}]}',
            "snapshot.yaml": "schema: s\nlocks:\n  - id: a\n    level: b\n",
            "single.json": '{"properties": {"accessPolicies": [{}, {}]}}',
        },
    )
    assert found(f"{folder}/value.json", "/value/1", "/value/1/id") == [(4, 3), (4, 10)]
    assert found(f"{folder}/data.json", "/Data/1", "/data/1/ID") == [(2, 20), (2, 27)]
    assert found(f"{folder}/snapshot.json", "/locks/0", "/locks/0/id") == [(2, 11), (2, 18)]
    assert found(f"{folder}/snapshot.yaml", "/locks/0", "/locks/0/level") == [(3, 5), (4, 12)]
    assert found(f"{folder}/single.json", "", "/Properties/accesspolicies/1") == [(1, 1), (1, 40)]


def test_objects_one_after_the_other(tmp_path):
    write(tmp_path, {"a.json": 'WARNING: x\n{"é": 1}\n{"b":\n 2}\n'})
    assert found(tmp_path / "a.json", "/0", "/1", "/1/b") == [(2, 1), (3, 1), (4, 2)]


def test_what_is_not_there_is_where_its_ancestor_is(tmp_path):
    write(tmp_path, {"a.json": '[{"a": {"b": 1}},\n 2]'})
    assert found(tmp_path / "a.json", "/0/a/x/y", "/7", "/1/x", "/x", "/0/a~1b") == [
        (1, 8),
        (1, 1),
        (2, 2),
        (1, 1),
        (1, 2),
    ]


def test_a_file_that_is_gone_or_changed_has_no_lines(tmp_path):
    write(tmp_path, {"a.json": "[[[", "b.yaml": "a: ["})
    assert found(tmp_path / "gone.json", "/0") == [(0, 0)]
    assert found(tmp_path / "a.json", "/0") == [(0, 0)]
    assert found(tmp_path / "b.yaml", "/0") == [(0, 0)]


def test_a_pipe_is_not_opened_again(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    assert found(tmp_path / "a.json", "/0", "") == [(0, 0), (0, 0)]


def test_standard_input_is_read_again_where_that_can_be():
    stdin = io.BytesIO(b'[\n {"id": 1}]')
    assert found("-", "/0", stdin=stdin) == [(2, 2)]
    assert found("-", "/0") == [(0, 0)]


class Once(io.BytesIO):
    def seekable(self):
        return False


def test_standard_input_that_is_gone_has_no_lines():
    assert found("-", "/0", stdin=Once(b"[1]")) == [(0, 0)]


def test_every_fact_is_found_where_it_is_written(tmp_path):
    rows = [flat(name=f"name-{number}") for number in range(50)]
    text = json.dumps({"value": rows}, indent=3)
    loaded = load([write(tmp_path, {"a.json": text, "b.yaml": json.dumps(snapshot(vaults=[vault("kv-x")]))})])
    located = locate(fact.origins[0] for fact in (*loaded.role_assignments, *loaded.vaults))
    lines = text.split("\n")
    for fact in loaded.role_assignments:
        location = located[fact.origins[0]]
        assert f'{fact.id.rpartition("/")[2]}"' in lines[location.line]  # the line after the opening brace has the id
        assert lines[location.line - 1][location.column - 1 :] == "{"
    assert located[loaded.vaults[0].origins[0]].line == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def pointers(value, pointer=""):
    yield pointer, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from pointers(item, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


@given(st.lists(JSON, max_size=4) | st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.sampled_from([None, 1]))
def test_every_value_begins_where_it_is_said_to(value, indent):
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    lines = text.split("\n")
    wanted = dict(pointers(value))
    for (pointer, item), (line, column) in zip(
        wanted.items(), found("-", *wanted, stdin=io.BytesIO(text.encode())), strict=True
    ):
        rest = "\n".join(lines[line - 1 :])[column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == item, pointer
