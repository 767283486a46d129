"""Encodings, warnings before the JSON, and counting lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import InputError
from kvaudit.sources.load import load
from kvaudit.sources.text import as_utf8, json_start, places
from tests.sources.made import read, vault

TEXT = json.dumps(vault(), ensure_ascii=False).replace("westeurope", "wêst 😀")


@pytest.mark.parametrize(
    "encoded",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace(", ", ",\r\n").encode(),
        b'WARNING: a preview [of] {something}\r\nanother line, "quoted"\r\n' + TEXT.encode(),
        b"\n\n  " + TEXT.encode() + b"\n",
        TEXT.encode("utf-32"),
        TEXT.encode() + b'\nWARNING: behind it, [a] {note} of "az"\r\n',
        f"[{TEXT}]\nWARNING: behind a list\n".encode(),
        TEXT.replace('"id"', '\x1b[94m"id"\x1b[39;49;00m').encode(),
        b"\x1b[33mWARNING: in colour\x1b[0m\n" + TEXT.encode(),
    ],
)
def test_encodings_and_warnings(encoded):
    (one,) = read(encoded).vaults
    assert one.location == "wêst 😀"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b'{"id": "x",\n "name": "\xe4"}', "-:2:11"),
        (b'[{"id": "x"},\n {"name": "\xe4"}]', "-:2:12"),
        (b'\xff\xfe{\x00"\x00\n\x00\x00\xd8x\x00', "-:2:1"),
    ],
)
def test_a_wrong_encoding_is_named_with_its_place(data, where):
    with pytest.raises(InputError, match="this is not UTF-") as error:
        read(data)
    assert error.value.where == where


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            "Location    Name    Group\n----------  ------  -----\nwesteurope  kv-a    rg\n",
            "a table for people",
        ),
        ("Name\r\n------\r\nkv-a\r\n", "a table for people"),
        ("WARNING: a preview\nVault Name Location\n---------- --------\nkv-a  westeurope\n", "a table for people"),
        ("None\tkv-a\t2024-01-01T00:00:00\n", "values between tabs"),
        ("ERROR: (AuthorizationFailed) no [right]\nCode: x\n", r"only what az said: ERROR: \(AuthorizationFailed\)"),
        ("Please run 'az login' to setup account.\n", "only what az said"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.txt"])
def test_what_was_written_for_people_is_refused_by_name(data, words, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(data.encode())
    with pytest.raises(InputError, match=words):
        load([str(path)])


def test_yaml_that_looks_a_little_like_a_table_is_none():
    (one,) = read("# vault\n---\nschema: kvaudit/snapshot/v1\nvaults:\n- id: /subscriptions/s\n").vaults
    assert one.id == "/subscriptions/s"


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_an_empty_file(data):
    with pytest.raises(InputError, match="the file is empty"):
        read(data)


def test_where_json_begins():
    assert json_start(b'[{"a": 1}]') == 0
    assert json_start(b"WARNING: x\n  [\n") == 11
    assert json_start(b"no json\n" * 1000 + b"{}") == 0


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_places_agree_with_counting_characters(text):
    data = text.encode()
    offsets = [len(text[:index].encode()) for index in range(len(text))]
    for offset, line, column in places(data, offsets):
        before = data[:offset].decode()
        assert line == before.count("\n") + 1
        assert column == len(before) - (before.rfind("\n") + 1) + 1


@given(st.text(st.characters(codec="utf-8", min_codepoint=9), min_size=2))
def test_utf16_by_its_mark(text):
    assert as_utf8(text.encode("utf-16"), "f") == text.encode()
