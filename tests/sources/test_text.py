"""Encodings, warnings before the JSON, and counting lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import InputError
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
