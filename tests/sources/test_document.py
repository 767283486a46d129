"""What wraps rows, what is no input, and what is not read yet."""

from __future__ import annotations

import json

import pytest

from kvaudit.errors import InputError
from kvaudit.model.snapshot import REQUIRED
from kvaudit.sources.load import load
from kvaudit.sources.registry import SECTIONS
from tests.sources.made import SUBSCRIPTION, VAULT, flat, read, rest, rows_of, snapshot, vault, write


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"count": 1, "data": [vault()], "total_records": 2}, "1 of 2 rows"),
        ({"totalRecords": 9, "count": 1, "data": [vault()]}, "1 of 9 rows"),
        ({"data": [vault()], "skip_token": "x", "total_records": 1}, "a next page"),
        ({"data": [vault()], "$skipToken": "x"}, "a next page"),
        ({"value": [vault()], "nextLink": "https://next"}, "a next page"),
        ({"Data": [vault(str(n)) for n in range(1000)]}, "exactly 1000 rows"),
        ({"data": [vault(str(n)) for n in range(1000)], "total_records": None}, "exactly 1000 rows"),
    ],
)
def test_a_page_is_not_all_there_is(body, reason):
    loaded = read(body)
    (gap,) = loaded.gaps
    assert gap.need == "vaults"
    assert reason in gap.reason
    assert [(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage] == [("vaults", "tenant", False)]


def test_a_page_of_assignments_makes_no_subscription_complete():
    loaded = read({"value": [rest()], "nextLink": "https://next"})
    assert [(entry.scope, entry.complete) for entry in loaded.coverage] == [("tenant", False)]


@pytest.mark.parametrize(
    "body",
    [
        {"count": 1, "data": [vault()], "skip_token": None, "total_records": 1},
        {"value": [vault()], "nextLink": None},
        {"data": [vault(str(n)) for n in range(1000)], "total_records": 1000},
        {"value": [vault(str(n)) for n in range(1000)]},
    ],
)
def test_a_whole_answer_is_no_page(body):
    loaded = read(body)
    assert not loaded.gaps
    assert not loaded.coverage


PAGES = [
    [{"value": [vault("kv-a")], "nextLink": "https://next"}, {"value": [vault("kv-b")]}],
    [
        {"count": 1, "data": [vault("kv-a")], "skip_token": "x", "total_records": 2},
        {"count": 1, "data": [vault("kv-b")], "skip_token": None, "total_records": 2},
    ],
]


@pytest.mark.parametrize("pages", PAGES)
@pytest.mark.parametrize("write_down", [json.dumps, lambda pages: "\n".join(map(json.dumps, pages))])
def test_pages_in_one_file_are_all_there_is(pages, write_down):
    loaded = read(write_down(pages))
    assert [one.name for one in loaded.vaults] == ["kv-a", "kv-b"]
    assert not loaded.gaps
    assert not loaded.coverage


@pytest.mark.parametrize("pages", PAGES)
@pytest.mark.parametrize("write_down", [json.dumps, lambda pages: "\n".join(map(json.dumps, pages))])
def test_pages_in_one_file_of_which_the_last_has_a_next_are_not(pages, write_down):
    loaded = read(write_down([pages[1], pages[0]]))
    assert len(loaded.vaults) == 2
    assert [gap.reason for gap in loaded.gaps] == ["there is a next page that is not in this file"]
    assert [(entry.fact, entry.complete) for entry in loaded.coverage] == [("vaults", False)]


def test_a_command_never_takes_the_name_of_a_file_for_that_of_a_resource(tmp_path):
    write(tmp_path, {"page.json": {"value": [vault()], "nextLink": "https://next"}})
    (gap,) = load([str(tmp_path)]).gaps
    assert "page.json" not in gap.remedy
    assert "/providers/Microsoft.KeyVault/vaults" in gap.remedy


def test_rows_of_several_kinds_in_one_file():
    assert rows_of([vault(), flat(), {"type": "Group", "id": "x"}]) == {
        "vaults": 1,
        "role assignments": 1,
        "users, groups and service principals": 1,
    }


def test_rows_of_no_known_shape_among_others_are_a_gap():
    loaded = read([vault(), {"foo": 1}, 7, None, vault("kv-b")])
    assert len(loaded.vaults) == 2
    (gap,) = loaded.gaps
    assert gap.need == "files"
    assert gap.reason == "3 of its rows have no known shape, the first is /1"
    assert gap.origins[0].pointer == "/1"


def test_a_file_of_no_known_shape_beside_others_is_remembered(tmp_path):
    loaded = load([write(tmp_path, {"package.json": {"name": "x"}, "vault.json": vault(), "list.json": []})])
    assert [document.shape for document in loaded.documents] == ["", "", "vaults"]
    assert not loaded.gaps


@pytest.mark.parametrize("content", [{"name": "x"}, [], {}, [1], {"value": []}, "just: yaml\n"])
def test_nothing_recognised(content, tmp_path):
    write(tmp_path, {"a.yaml" if isinstance(content, str) else "a.json": content})
    with pytest.raises(InputError, match="nothing of Azure was recognised in") as error:
        load([str(tmp_path)])
    assert "a." in str(error.value)
    assert "snapshot" in error.value.hint


def test_many_files_of_no_known_shape_are_not_all_named(tmp_path):
    with pytest.raises(InputError, match="and 3 more"):
        load([write(tmp_path, {f"{n}.json": {} for n in range(8)})])


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"data": [{"kind": "AZUser"}], "meta": {"type": "azusers", "version": 4}}, "a collection of AzureHound.ps1"),
    ],
)
def test_what_is_not_read_yet_says_so(body, what):
    (gap,) = read(body).gaps
    assert gap.reason == f"{what}: recognised, but not read by this version"


def test_an_error_answer_is_a_gap():
    (gap,) = read({"error": {"code": "AuthorizationFailed", "message": "no"}}).gaps
    assert gap.reason == "an error answer of Azure: AuthorizationFailed: no"


@pytest.mark.parametrize(
    "broken",
    [
        {"bad.json": '[{"id": 1'},
        {"bad.json": b'{"a": "\xff"}'},
        {"bad.json": '{"a": 1, "a": 2}'},
        {"bad.yaml": "a: [1"},
        {"bad.json": ""},
    ],
)
def test_a_damaged_file_is_an_error_or_with_keep_going_a_gap(broken, tmp_path):
    folder = write(tmp_path, {"vault.json": vault(), **broken})
    (name,) = broken
    with pytest.raises(InputError) as error:
        load([folder])
    assert error.value.where.startswith(f"{folder}/{name}")
    loaded = load([folder], keep_going=True)
    assert len(loaded.vaults) == 1
    (gap,) = loaded.gaps
    assert (gap.need, gap.subject) == ("files", f"{folder}/{name}")
    assert str(error.value) == gap.reason
    with pytest.raises(InputError, match="nothing could be read"):
        load([f"{folder}/{name}"], keep_going=True)


def test_rows_before_the_damage_are_not_used(tmp_path):
    damaged = json.dumps([vault(), vault("kv-c")]).replace("kv-c", "\\x")
    folder = write(tmp_path, {"a.json": damaged, "b.json": vault("kv-b")})
    assert [one.name for one in load([folder], keep_going=True).vaults] == ["kv-b"]


def test_progress_counts_bytes(tmp_path):
    folder = write(tmp_path, {"a.json": vault(), "b.json": vault("kv-b")})
    told = []
    load([folder], progress=lambda *step: told.append(step))
    assert [phase for phase, _, _ in told] == ["reading", "reading"]
    assert told[-1][1] == told[-1][2] == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_sections_of_a_snapshot():
    assert set(REQUIRED) < set(SECTIONS)
    loaded = read(
        snapshot(takenAt="2026-11-23T00:00:00Z", tenantId="T", cloud="AzureCloud", **{name: [] for name in SECTIONS})
    )
    assert loaded.given == set(SECTIONS)
    assert (loaded.taken_at, loaded.tenant_id, loaded.cloud) == ("2026-11-23T00:00:00Z", "t", "AzureCloud")
    assert {(entry.fact, entry.scope, entry.complete) for entry in loaded.coverage} == {
        (name, "tenant", True) for name in SECTIONS
    }
    assert not loaded.gaps


def test_a_section_that_is_null_was_not_looked_for():
    loaded = read("schema: kvaudit/snapshot/v1\nvaults:\nlocks: []\n")
    assert loaded.given == {"locks"}


def test_coverage_as_the_collector_tells_it():
    rows = [
        {"fact": "locks", "scope": SUBSCRIPTION.upper() + "/", "complete": True},
        {"fact": "owners", "scope": "Tenant", "complete": False, "reason": "denied"},
        {"fact": "nothing", "scope": "tenant", "complete": True},
        {"fact": "locks", "scope": "tenant"},
        {"fact": "locks", "scope": "tenant", "complete": "yes"},
    ]
    loaded = read(snapshot(coverage=rows))
    assert [(entry.fact, entry.scope, entry.complete, entry.reason) for entry in loaded.coverage] == [
        ("locks", SUBSCRIPTION, True, ""),
        ("owners", "tenant", False, "denied"),
    ]
    assert [gap.origins[0].pointer for gap in loaded.gaps] == ["/coverage/2", "/coverage/3", "/coverage/4"]


def test_an_incomplete_look_wins():
    rows = [{"fact": "roleAssignments", "scope": SUBSCRIPTION, "complete": False, "reason": "denied"}]
    loaded = read(snapshot(roleAssignments=[rest()], coverage=rows))
    assert [(entry.complete, entry.reason) for entry in loaded.coverage] == [(False, "denied")]


@pytest.mark.parametrize(
    ("sections", "need", "pointer"),
    [
        ({"vaults": "none"}, "vaults", "/vaults"),
        ({"vaults": {}}, "vaults", "/vaults"),
        ({"locks": ["x"]}, "locks", "/locks/0"),
        ({"roleAssigments": []}, "files", "/roleAssigments"),
        ({"takenAt": 7}, "files", "/takenAt"),
        ({"coverage": 1}, "files", "/coverage"),
        ({"coverage": [1]}, "files", "/coverage/0"),
    ],
)
def test_damage_in_a_snapshot_is_a_gap(sections, need, pointer):
    loaded = read(snapshot(**sections))
    (gap,) = loaded.gaps
    assert (gap.need, gap.origins[0].pointer) == (need, pointer)
    assert not any(entry.complete for entry in loaded.coverage)


def test_a_misspelt_section_gets_a_suggestion():
    assert "did you mean roleAssignments?" in read(snapshot(roleAssigments=[])).gaps[0].reason


def test_a_managed_hsm_among_the_vaults_of_a_snapshot_is_no_vault():
    hsm = {"id": VAULT.replace("vaults", "managedHSMs"), "type": "Microsoft.KeyVault/managedHSMs"}
    assert len(read(snapshot(vaults=[hsm, vault()])).vaults) == 1


def test_a_snapshot_of_another_version_is_refused():
    with pytest.raises(InputError, match="kvaudit/snapshot/v2"):
        read({"schema": "kvaudit/snapshot/v2", "vaults": []})
