"""Names made safe for a terminal."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.report.escape import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Alice Berg", "Alice Berg"),
        ("Zoë 王小明 Ωmega 🔑", "Zoë 王小明 Ωmega 🔑"),
        ("[bold]team[/bold] :key:", "[bold]team[/bold] :key:"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\r\tc\x00\x7f\x9b", r"a\x0ab\x0d\x09c\x00\x7f\x9b"),
        ("\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c", r"\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c"),
        ("ad\u200bmin\u200d\ufeff\u2060", r"ad\u200bmin\u200d\ufeff\u2060"),
        ("half \ud800 pair", r"half \ud800 pair"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("wide\u3000no-break\u00a0", r"wide\u3000no-break\xa0"),
        ("filler\u3164\u2800", r"filler\u3164\u2800"),
        ("a ##vso[task.x]y ###[error]z", r"a \x23#vso[task.x]y #\x23#[error]z"),
        ("::error::x a::warning file=b::c", r"\x3a:error\x3a:x a\x3a:warning file=b::c"),
        ("issue #1 ## heading [x] fe80::a, fe80::b, ::1", "issue #1 ## heading [x] fe80::a, fe80::b, ::1"),
    ],
)
def test_what_draws_nothing_or_moves_is_spelled_out(text, shown):
    assert escape(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_unsafe_comes_through(text):
    shown = escape(text)
    assert all(unicodedata.category(character)[0] != "C" for character in shown)
    assert shown.isprintable()
    assert escape(shown) == shown


@given(st.text("#:[]vsx- \x00\u202e"))
def test_nothing_is_a_command_to_the_agent_of_a_ci(text):
    shown = escape(text)
    assert not re.search(r"##\w*\[|^\s*::[a-z]|::[a-z]+::", shown)
    assert escape(shown) == shown
