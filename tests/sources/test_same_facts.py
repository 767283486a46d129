"""Formatting, the order and case of keys, wrappers and the cut into files do not change the facts."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value
from kvaudit.sources.load import load
from tests.sources.made import (
    ALICE,
    BOB,
    GROUP,
    SUBSCRIPTION,
    TEAM,
    TENANT_ID,
    VAULT,
    flat,
    policy,
    rest,
    vault,
)

ROLE = f"/providers/Microsoft.Authorization/roleDefinitions/{TEAM}"
ROWS = [
    vault(accessPolicies=[policy(secrets=["get"], keys=["all"]), policy(BOB, certificates=["List"])]),
    vault(
        "kv-b", enableRbacAuthorization=True, networkAcls={"defaultAction": "Deny", "ipRules": [{"value": "1.1.1.1"}]}
    ),
    {
        "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-c",
        "type": "Microsoft.KeyVault/vaults",
        "tags": {"A": "b"},
    },
    flat(),
    rest(GROUP, BOB, name="b21b1c2e-1f61-41bc-acb7-0dd842762334", condition='(x StringEquals "y")'),
    flat("/", TEAM, name="c21b1c2e-1f61-41bc-acb7-0dd842762334", principalType="Group", principalName="Team"),
    {"id": ROLE, "properties": {"roleName": "R", "type": "CustomRole", "permissions": [{"actions": ["*"]}]}},
    {"id": f"{VAULT}/providers/microsoft.insights/diagnosticSettings/a", "logs": [], "workspaceId": "/w"},
    {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/k", "level": "ReadOnly"},
    {"id": SUBSCRIPTION, "type": "/subscriptions", "properties": {"parentNameChain": [TENANT_ID, "mg"]}},
    {"@odata.type": "#microsoft.graph.group", "id": TEAM, "displayName": "Team", "members": [{"id": ALICE}]},
    {"id": f"{GROUP}/providers/Microsoft.Web/sites/w", "identity": {"principalId": ALICE}},
]
DATA = {"tags", "userAssignedIdentities"}  # their keys are data, and mean what they say


def plain(value: Any) -> Any:
    """A value without where it was read."""
    if isinstance(value, Value):
        fields = {name: plain(getattr(value, name)) for name in value.__struct_fields__ if name != "origins"}
        return (type(value).__name__, *sorted(fields.items(), key=lambda field: field[0]))
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def facts(snapshot: Snapshot) -> dict[str, list[str]]:
    """All facts, without their order and origins."""
    bare = msgspec.structs.replace(snapshot, documents=())
    return {
        name: sorted(repr(plain(item)) for item in getattr(bare, name))
        for name in bare.__struct_fields__
        if isinstance(getattr(bare, name), (tuple, frozenset))
    }


def varied(draw: st.DrawFn, value: Any) -> Any:
    """The same value with its keys in another order and case."""
    if isinstance(value, list):
        return [varied(draw, item) for item in value]
    if not isinstance(value, dict):
        return value
    keys = draw(st.permutations(list(value)))
    spelt = {key: draw(st.sampled_from([key, key.lower(), key.upper(), key[:1].upper() + key[1:]])) for key in keys}
    return {spelt[key]: value[key] if key in DATA else varied(draw, value[key]) for key in keys}


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    """The rows cut into files, each written and wrapped in some way."""
    rows = draw(st.permutations(ROWS))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    parts = [rows[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    written = {}
    for number, part in enumerate(parts):
        body: Any = varied(draw, list(part))
        wrapper = draw(st.sampled_from(["", "value", "data", "Data", "one"]))
        if wrapper == "one" and len(body) == 1:
            (body,) = body
        elif wrapper not in ("", "one"):
            body = {wrapper: body, "count": len(body)}
        text = json.dumps(body, indent=draw(st.sampled_from([None, 1, 4])), ensure_ascii=draw(st.booleans()))
        written[f"{number}.{draw(st.sampled_from(['json', 'yaml']))}"] = text
    return written


def loaded(written: dict[str, str]) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in written.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return load([folder])


EXPECTED = facts(loaded({"all.json": json.dumps(ROWS)}))


def test_the_rows_are_facts():
    assert not EXPECTED["gaps"]
    assert len(EXPECTED["vaults"]) == 3
    assert len(EXPECTED["role_assignments"]) == 3
    assert all(EXPECTED[name] for name in ("role_definitions", "diagnostic_settings", "locks", "group_members"))


@given(files())
def test_the_facts_stay_the_same(written):
    assert facts(loaded(written)) == EXPECTED
