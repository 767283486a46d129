"""The file of the baseline: stable to the byte, read back as written, and refused where it is not what it should be."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.errors import BaselineError
from kvaudit.gate.baseline import (
    Estate,
    baseline_schema,
    check_estate,
    estate_of,
    known_finding,
    read_baseline,
    write_baseline,
)
from kvaudit.model.finding import Severity
from kvaudit.model.gate import Baseline, KnownFinding
from kvaudit.model.snapshot import Snapshot, Subscription
from kvaudit.model.vault import Vault
from tests.gate.made import ALICE, finding, vault_id

ESTATE = Estate(frozenset(("t1",)), frozenset(("/subscriptions/s2", "/subscriptions/s1")))
ENTRIES = (
    KnownFinding("f" * 32, "KV302", Severity.LOW, "vault kv-b", ""),
    KnownFinding("e" * 32, "KV301", Severity.HIGH, "kv-b", 'O "x"\u202e\n1'),
    KnownFinding("a" * 32, "KV301", Severity.HIGH, "kv-a", "Zoë"),
)
TEXT = r"""{
  "schema": "kvaudit/baseline/v1",
  "tool": "1.0",
  "scope": {"tenants": ["t1"], "subscriptions": ["/subscriptions/s1", "/subscriptions/s2"]},
  "findings": [
    {"rule": "KV301", "severity": "high", "subject": "kv-a", "principal": "Zoë", "fingerprint": "AAAA"},
    {"rule": "KV301", "severity": "high", "subject": "kv-b", "principal": "O \"x\"\u202e\n1", "fingerprint": "EEEE"},
    {"rule": "KV302", "severity": "low", "subject": "vault kv-b", "principal": "", "fingerprint": "FFFF"}
  ]
}
""".replace("AAAA", "a" * 32).replace("EEEE", "e" * 32).replace("FFFF", "f" * 32)  # fmt: skip


@pytest.mark.parametrize("entries", [ENTRIES, ENTRIES[::-1]])
def test_the_text_is_sorted_and_an_entry_a_line(entries):
    assert write_baseline(entries, ESTATE, "1.0").decode() == TEXT


def test_it_keeps_its_published_schema():
    validator = jsonschema.Draft202012Validator(baseline_schema())
    validator.validate(json.loads(TEXT))
    validator.validate(json.loads(write_baseline((), Estate(frozenset(), frozenset()), "1")))


@pytest.fixture
def read(tmp_path):
    def read(data):
        path = tmp_path / "b.json"
        path.write_bytes(data)
        return read_baseline(path)

    return read


def test_what_is_written_is_read(read):
    found = read(TEXT.encode())
    assert [entry.fingerprint[0] for entry in found.entries] == ["a", "e", "f"]
    assert found.entries[1].principal == ENTRIES[1].principal
    assert (found.tenants, found.subscriptions) == (ESTATE.tenants, ESTATE.subscriptions)
    assert found.entries[2].origin.pointer == "/findings/2"


WORDS = st.text(st.characters(exclude_categories=("Cs",)))


@given(st.lists(st.builds(KnownFinding, WORDS, WORDS, st.sampled_from(Severity), WORDS, WORDS)))
def test_any_entries_come_back_and_are_written_the_same(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("baseline") / "b.json"
    path.write_bytes(write_baseline(entries, ESTATE, "1"))
    found = read_baseline(path)
    assert len(found.entries) == len(entries)
    assert write_baseline(found.entries, ESTATE, "1") == path.read_bytes()


def test_a_name_that_is_no_text_can_be_written_and_read(read):
    entry = KnownFinding("a" * 32, "KV301", Severity.LOW, "s", "bad \ud800 name")
    assert read(write_baseline([entry], ESTATE, "1")).entries[0].principal == "bad ? name"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "b.json:1:1: the baseline is damaged"),
        (TEXT.encode()[:300], "the baseline is damaged"),
        (b"[]", "b.json: the baseline is damaged"),
        (b"{}", "the baseline is damaged"),
        (b"\xff\xfe", "the baseline is damaged"),
        (b"[" * 100_000, "the baseline is damaged"),
        (TEXT.replace("baseline/v1", "baseline/v2").encode(), "is no baseline that can be read, but"),
        (TEXT.replace('"high"', '"hihg"').encode(), "unknown severity 'hihg' in entry 1"),
        (TEXT.replace('"rule"', '"ruel"').encode(), "the baseline is damaged"),
    ],
)
def test_what_is_no_baseline_is_an_error_and_never_an_empty_one(read, data, words):
    with pytest.raises(BaselineError) as caught:
        read(data)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_baseline_is_an_error(tmp_path):
    with pytest.raises(BaselineError, match="cannot be read: No such file") as caught:
        read_baseline(tmp_path / "none.json")
    assert "kvaudit baseline write" in caught.value.hint


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ((["t1"], ["s1"]), (["t1"], ["s2"]), True),
        ((["t1"], ["s1"]), (["t2"], ["s1"]), False),
        ((["t1"], ["s1"]), ([], ["s1", "s2"]), True),
        ((["t1"], ["s1"]), ([], ["s2"]), False),
        (([], ["s1"]), (["t1"], ["s1"]), True),
        ((["t1"], ["s1"]), ([], []), True),
        (([], []), ([], []), True),
    ],
)
def test_the_baseline_of_another_estate_is_refused(then, now, same):
    old = Baseline("b.json", (), *map(frozenset, then))
    estate = Estate(*map(frozenset, now))
    if same:
        check_estate(old, estate)
    else:
        with pytest.raises(BaselineError, match="of another estate"):
            check_estate(old, estate)


def test_an_estate_is_its_tenant_and_subscriptions():
    snapshot = Snapshot(
        tenant_id="T1",
        vaults=(Vault(vault_id("kv"), "kv", tenant_id="T2"),),
        subscriptions=(Subscription("/subscriptions/S9"),),
    )
    estate = estate_of(snapshot)
    assert estate.tenants == {"t1"}
    assert estate.subscriptions == {"/subscriptions/s9", "/subscriptions/11111111-2222-3333-4444-555555555555"}
    assert estate_of(Snapshot(vaults=snapshot.vaults)).tenants == {"t2"}


def test_an_entry_names_cause_and_principal():
    entry = known_finding(finding(principal=ALICE), "Alice Berg")
    assert entry.subject == f"vault {vault_id('kv-app')}"
    assert entry.principal == f"Alice Berg ({ALICE})"
    assert known_finding(finding(principal=ALICE), None).principal == ALICE
