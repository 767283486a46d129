"""JSON: what is broken is named with its place, and duplicate keys are found however they are written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import InputError
from kvaudit.sources.json_text import JsonDocument, JsonList, duplicate_keys
from kvaudit.sources.load import load
from kvaudit.sources.positions import locate
from tests.sources.made import flat, read, vault, write


def whole(document):
    """All of a document, its lists read."""
    top = document.top
    value = list(top) if isinstance(top, JsonList) else top
    if isinstance(value, dict):
        value = {key: list(item) if isinstance(item, JsonList) else item for key, item in value.items()}
    document.check()
    return value


def opened(text):
    return whole(JsonDocument(text.encode(), 0, "f"))


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ('[\n  {"id": "x",', "-:2:14", "it breaks off here"),
        ('{"id": "x"', "-:1:11", "it breaks off here"),
        ('{"a": 1,\n "b": nul}', "-:2:", "invalid character"),
        ('[{"a": 1},\n {"a" 1}]', "-:2:", "expected"),
        ("[1 2]", "-:1:4", "expected"),
        ('{"a": 1}\n{"b": ', "-:2:7", "Expecting value"),
        ('{"a": 1}\nDone.', "-:2:1", "Expecting value"),
    ],
)
def test_broken_json(text, where, words):
    with pytest.raises(InputError, match=words) as error:
        read(text)
    assert error.value.where.startswith(where)
    assert "broken JSON" in str(error.value)


@pytest.mark.parametrize("before", ["", '{"a":' * 100_000, '[{"tags": ', '{"x":1}'])
def test_nesting_without_an_end(before):
    with pytest.raises(InputError, match="nested too deep"):
        read(before + "[" * 100_000)


@pytest.mark.parametrize("depth", [50, 200, 400, 800, 900, 940, 960, 980])
@pytest.mark.parametrize("field", ["tags", "properties", "accessPolicies", "networkAcls", "location"])
def test_any_depth_is_read_or_refused(depth, field):
    row = {**vault(), "tags": {"x": "DEEP"}} if field == "tags" else vault(**{field: "DEEP"})
    text = json.dumps([row]).replace('"DEEP"', "[" * depth + "]" * depth)
    try:
        assert len(read(text).vaults) == 1
    except InputError as error:
        assert "nested too deep" in str(error)  # noqa: PT017 - both are right, a crash is not


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"a": 1, "a": 2}', "f:1:10"),
        ('{"a" : 1, "a" : 2}', "f:1:11"),
        ('{"b": {"a": "x",\n "c": [{"k": 1, "k": 1}]}}', "f:2:17"),
        ('[{"a": 1},\n {"a\\"b": 1, "a\\"b": 2}]', "f:2:14"),
        ('{"a": "\\u0022", "a": 2}', "f:1:17"),
        ('{"a": 1, "\\u0061": 2}', "f:1:10"),
        ('{"v": [], "v": []}', "f:1:11"),
        ('[{"a": "\\\\", "b": "\\\\\\"", "a": null}]', "f:1:27"),
        ('[{"a": null, "b": "x", "a": "y"}]', "f:1:24"),
        ('[{"a" : 1, "b": ":\\":", "a" : 1}]', "f:1:25"),
    ],
)
def test_duplicate_keys(text, where):
    with pytest.raises(InputError, match=r"duplicate key .*, first on line") as error:
        opened(text)
    assert error.value.where == where


def test_duplicate_keys_behind_warnings_are_on_their_line():
    with pytest.raises(InputError) as error:
        read('WARNING: "x"\n[\n {"a": 1,\n  "a": 1}]')
    assert error.value.where == "-:4:3"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1, 4]), st.booleans())
def test_what_has_no_duplicates_passes_and_is_read_whole(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only, separators=(" , ", " : "))
    assert opened(text) == value


@given(st.dictionaries(st.text(max_size=5), JSON, min_size=1), st.data())
def test_any_duplicate_is_found(value, data):
    key = data.draw(st.sampled_from(sorted(value)))
    text = json.dumps({"rows": [value]}, ensure_ascii=False)
    again = json.dumps(key, ensure_ascii=False)
    text = text[: text.rindex("}]}")] + f", {again}: null" + text[text.rindex("}]}") :]
    with pytest.raises(InputError, match="duplicate key"):
        opened(text)
    assert [found for found, _, _ in duplicate_keys(text, 0, len(text))] == [key]


def test_objects_one_after_the_other():
    both = json.dumps(vault("kv-a"), indent=2) + "\n" + json.dumps(vault("kv-b"), indent=2) + "\n"
    snapshot = read(both)
    assert [one.name for one in snapshot.vaults] == ["kv-a", "kv-b"]
    assert snapshot.vaults[1].origins[0].pointer == "/1"


def test_lists_one_after_the_other(tmp_path):
    rows = [json.dumps([vault("kv-a")], indent=1), json.dumps([vault("kv-b"), vault("kv-c")], indent=1)]
    write(tmp_path, {"a.json": rows[0] + "\nWARNING: a [preview]\n" + rows[1]})
    snapshot = load([str(tmp_path)])
    assert [one.name for one in snapshot.vaults] == ["kv-a", "kv-b", "kv-c"]
    assert not snapshot.gaps
    (origin,) = snapshot.vaults[2].origins
    assert origin.pointer == "/1/1"
    assert locate([origin])[origin].line == (rows[0] + rows[1]).count("\n", 0, len(rows[0]) + rows[1].index("kv-c")) + 2


def test_files_put_together_keep_their_byte_order_marks():
    one, other = (b"\xef\xbb\xbf" + json.dumps([vault(name)]).encode() + b"\r\n" for name in ("kv-a", "kv-b"))
    assert [each.name for each in read(one + other).vaults] == ["kv-a", "kv-b"]


def test_a_list_with_warnings_behind_it_keeps_its_places(tmp_path):
    write(tmp_path, {"a.json": f'[{json.dumps(vault())},\n{json.dumps(flat())}]\nWARNING: x, [y] "z"\n'})
    (assigned,) = load([str(tmp_path)]).role_assignments
    (origin,) = assigned.origins
    assert (origin.pointer, locate([origin])[origin].line) == ("/1", 2)


@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_what_failed_among_what_was_read_is_a_gap(place):
    parts = [json.dumps(vault("kv-a")), json.dumps(vault("kv-b"))]
    parts.insert(["before", "between", "behind"].index(place), 'ERROR: (VaultNotFound) kv-x, "kv-y"')
    snapshot = read("\n".join(parts) + "\n")
    assert len(snapshot.vaults) == 2
    (gap,) = snapshot.gaps
    assert (gap.need, gap.reason) == ("files", 'az failed at some of it: ERROR: (VaultNotFound) kv-x, "kv-y"')


def test_numbers_of_any_size_are_read():
    assert opened("[123456789012345678901234567890, 1.5e300, -0]") == [123456789012345678901234567890, 1.5e300, 0]


def test_text_is_intact():
    name = "a\x1b[31m\u202e[red]\n\"'\\"
    (one,) = read({**vault(), "name": name}).vaults
    assert one.name == name


def test_a_value_that_is_neither_object_nor_list_is_no_shape():
    with pytest.raises(InputError, match="nothing of Azure was recognised"):
        read('"text"')
