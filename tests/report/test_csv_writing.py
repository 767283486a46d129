"""Cells of CSV that no spreadsheet takes for more than text."""

import pytest

from kvaudit.report.csv_writing import safe


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\t="])
def test_what_begins_like_a_formula_is_text(sign):
    assert safe(f"{sign}1+1").startswith("'")


@pytest.mark.parametrize("name", ["Alice Berg", "a=b", "x-y", "Ünïcode", ""])
def test_what_does_not_stays_as_it_is(name):
    assert safe(name) == name


def test_what_cannot_be_seen_is_spelled_out():
    assert safe("a\x1b[31m\u202e\x00") == "a\\x1b[31m\\u202e\\x00"
