"""Waivers as they are written: what may stand in them, and how long they may hold."""

import datetime as dt

import jsonschema
import pytest

from kvaudit.errors import ConfigError
from kvaudit.gate.config import waivers_schema
from kvaudit.gate.waivers import read_waivers
from kvaudit.rules.registry import load_rules
from tests.gate.made import DAY

METAS = {rule.meta.id: rule.meta for rule in load_rules()}
WHOLE = """\
waivers:
  - rule: kv301
    subject: kv-app*
    principal: Ops*
    reason: "NET-412: closed in spring"
    owner: ada@contoso.example
    expires: 2026-12-31
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "w.yaml"
        path.write_text(text, encoding="utf-8")
        return read_waivers(path)

    return read


def without(key):
    return "".join(f"{line}\n" for line in WHOLE.splitlines() if f" {key}:" not in line)


def test_a_waiver_in_full(read):
    (waiver,) = read(WHOLE).entries
    assert (waiver.rule, waiver.subject, waiver.principal) == ("KV301", "kv-app*", "Ops*")
    assert (waiver.reason, waiver.owner) == ("NET-412: closed in spring", "ada@contoso.example")
    assert waiver.expires == dt.date(2026, 12, 31)
    assert waiver.words == "KV301 on kv-app* for Ops*"


def test_the_principal_may_be_left_out(read):
    assert read(without("principal")).entries[0].principal is None


@pytest.mark.parametrize("key", ["subject", "reason", "owner", "expires"])
def test_all_else_is_required(read, key):
    with pytest.raises(ConfigError, match=rf"w\.yaml:2:5: '{key}' is missing"):
        read(without(key))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2026-12-31", "2026-02-30", "w.yaml:7:14: there is no day 2026-02-30"),
        ("2026-12-31", "31.12.2026", "w.yaml:7:14: expected a day such as 2026-12-31, not '31.12.2026'"),
        ("2026-12-31", "2026-W05-1", "expected a day such as"),
        ("2026-12-31", "20261231", "expected a day such as"),
        ("2026-12-31", "", "w.yaml:7:13: expected a day such as 2026-12-31, not nothing"),
        ("ada@contoso.example", '" "', "w.yaml:6:12: expected text, not ' '"),
        ("owner", "ower", "w.yaml:6:5: unknown key of a waiver 'ower'; did you mean 'owner'?"),
        ("waivers:", "waivrs:", "w.yaml:1:1: unknown key 'waivrs'; did you mean 'waivers'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(read, old, new, message):
    with pytest.raises(ConfigError) as caught:
        read(WHOLE.replace(old, new))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "waivers: 3", "- rule: KV301"])
def test_a_file_of_something_else_is_an_error(read, text):
    with pytest.raises(ConfigError):
        read(text)


def test_the_schema_admits_what_is_read():
    validator = jsonschema.Draft202012Validator(waivers_schema())
    entry = {"rule": "KV301", "subject": "*", "reason": "r", "owner": "o", "expires": "2026-12-31"}
    validator.validate({"waivers": [entry]})
    assert not validator.is_valid({"waivers": [entry | {"expiry": "x"}]})
    assert not validator.is_valid({"waivers": [{key: entry[key] for key in entry if key != "owner"}]})


def test_the_rule_must_be_one_by_its_whole_id(read):
    with pytest.raises(ConfigError, match=r"w\.yaml:2:11: unknown rule 'KV3'"):
        read(WHOLE.replace("kv301", "KV3")).check(METAS, DAY, None)
    with pytest.raises(ConfigError, match="KV902 looks at the gate, and is not waived"):
        read(WHOLE.replace("kv301", "KV902")).check(METAS, DAY, None)


@pytest.mark.parametrize(("longest", "allowed"), [(None, True), (39, True), (38, True), (37, False)])
def test_a_waiver_beyond_the_longest_time_is_an_error(read, longest, allowed):
    waivers = read(WHOLE)  # 38 days ahead
    if allowed:
        waivers.check(METAS, DAY, longest)
    else:
        with pytest.raises(ConfigError, match=r"w\.yaml:7:14: 2026-12-31 is more than 37 days ahead") as caught:
            waivers.check(METAS, DAY, longest)
        assert caught.value.hint == "The last day allowed is 2026-12-30."


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-12-16", None),
        ("2026-12-17", "in 14 days"),
        ("2026-12-30", "tomorrow"),
        ("2026-12-31", "today"),
        ("2027-01-01", None),
    ],
)
def test_one_that_is_about_to_expire_is_noted(read, day, words):
    notes = read(WHOLE).notes(dt.date.fromisoformat(day))
    assert [note.rpartition(", ")[2] for note in notes] == ([words] if words else [])
    assert all("w.yaml:2:5: the waiver of KV301" in note for note in notes)
