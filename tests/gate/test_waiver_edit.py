"""Waivers come and go without touching the rest of the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import ConfigError
from kvaudit.gate.waiver_edit import with_waiver, without_waivers
from kvaudit.sources.yaml_text import parse_yaml

FIELDS = {"rule": "KV301", "subject": "kv-*", "reason": "r", "owner": "o", "expires": "2026-12-31"}
FILE = """\
# ours
fail-on: high   # strict
waivers:   # kept short
  # network
  - rule: KV301
    subject: kv-a
    reason: >-
      two

      lines
  # the other

  - {rule: KV302, subject: kv-b}

  # logging
  # again
  - rule: KV401
    subject: kv-c   # that one

# the rest
ignore: [KV505]
"""


def waivers(text):
    return parse_yaml(text, "f").value["waivers"]


def test_one_in_the_middle_goes_and_comments_of_others_stay():
    assert without_waivers("f", FILE, [1]) == FILE.replace("  - {rule: KV302, subject: kv-b}\n", "")


def test_a_comment_right_above_goes_with_its_waiver():
    text = without_waivers("f", FILE, [2])
    assert text == FILE.replace(
        "  # logging\n  # again\n  - rule: KV401\n    subject: kv-c   # that one\n", ""
    )  # fmt: skip
    assert "  # network\n" not in without_waivers("f", FILE, [0])


def test_when_all_go_an_empty_list_stays():
    text = without_waivers("f", FILE, [0, 1, 2])
    assert "waivers: []   # kept short\n" in text
    assert text.endswith("# the rest\nignore: [KV505]\n")


def test_a_new_one_comes_last():
    text = with_waiver("f", FILE, FIELDS)
    assert waivers(text)[3] == FIELDS
    assert "    subject: kv-c   # that one\n  - rule: KV301\n    subject: kv-*\n" in text


@pytest.mark.parametrize(
    "text",
    ["", "# head\n", "waivers:\n", "waivers: []  # none\nfail-on: high\n", "waivers: ~\n", "fail-on: high\n",
     "waivers:\n- rule: KV1\n  subject: x\nfail-on: low", "waivers:\n  -\n    rule: KV1\n    subject: x\n"],
)  # fmt: skip
def test_it_comes_into_any_list_and_leaves_the_rest(text):
    before = parse_yaml(text, "f").value or {}
    after = parse_yaml(with_waiver("f", text, FIELDS), "f").value
    assert after == before | {"waivers": [*(before.get("waivers") or []), FIELDS]}


@pytest.mark.parametrize("text", ["waivers: [{rule: KV1}]\n", "- a\n", "waivers: {a: 1}\n", '{"waivers": []}\n'])
def test_what_cannot_be_edited_by_lines_is_refused(text):
    with pytest.raises(ConfigError, match="cannot be edited by lines"):
        with_waiver("f", text, FIELDS)


WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@given(WORDS, WORDS)
def test_any_text_is_written_so_that_it_reads_the_same(reason, owner):
    fields = FIELDS | {"reason": reason, "owner": owner}
    assert waivers(with_waiver("f", FILE, fields))[3] == fields


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_any_of_them_goes_and_the_others_stay(reasons, data):
    text = ""
    for reason in reasons:
        text = with_waiver("f", text, FIELDS | {"reason": reason})
    gone = data.draw(st.sets(st.sampled_from(range(len(reasons)))))
    left = [reason for number, reason in enumerate(reasons) if number not in gone]
    assert [each["reason"] for each in waivers(without_waivers("f", text, gone))] == left
