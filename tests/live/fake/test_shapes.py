"""What the fake answers has the fields that recorded answers of Azure have, and none of its own.

Collected only where KVAUDIT_RECORDINGS names the folder they are in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.azure import arm, login
from tests.live.azure.connection import Request
from tests.live.azure.contoso import PRODUCTION
from tests.live.azure.graph import UNASKED
from tests.live.azure.roles import built_in
from tests.live.azure.settings import Settings
from tests.live.azure.small import small

FOLDER = Path(os.environ["KVAUDIT_RECORDINGS"])
ESTATE = small()
NESTED = {"properties", "systemData"}


def entities():
    request = Request("POST", "/providers/Microsoft.Management/getEntities", "api-version=2020-05-01", {})
    return json.loads(arm.answered(ESTATE, Settings(), request, "https://arm").body)["value"]


def people(kind):
    hidden = UNASKED.get(kind, ())
    rows = (row for row in ESTATE.principals.values() if row["@odata.type"] == kind)
    return [{key: value for key, value in row.items() if key not in hidden} for row in rows]


def recorded(pattern):
    for file in sorted(file for part in pattern.split() for file in FOLDER.glob(f"{part}.json")):
        response = json.loads(file.read_text(encoding="utf-8"))["response"]
        if response["status"] == 200:
            yield from response["json"].get("value", [response["json"]])


def fields(row: dict[str, Any]) -> Iterator[str]:
    yield from row
    yield from (f"{key}.{inner}" for key in NESTED & set(row) for inner in row[key] or ())


CASES = {
    "vaults": ("vault-get-* vault-list-*", ESTATE.vaults),
    "managed HSMs": ("mhsm-get-* mhsm-list-*", ESTATE.managed_hsms),
    "deleted vaults": ("vault-deleted-*", ESTATE.deleted_vaults),
    "role assignments": ("role-assignments-0[124567]", ESTATE.role_assignments),
    "role definitions": ("role-definitions-0[12]", [*built_in(), *ESTATE.role_definitions]),
    "locks": ("locks-*", ESTATE.locks),
    "diagnostic settings": ("diag-0[12]", ESTATE.diagnostic_settings),
    "entities": ("mg-01", entities()),
    "role assignments of an HSM": ("role-assignments-0[38]", ESTATE.hsm_assignments),
    "role definitions of an HSM": ("role-definitions-03", ESTATE.hsm_definitions),
}


@pytest.mark.parametrize(("pattern", "rows"), CASES.values(), ids=CASES)
def test_fields_are_those_of_azure(pattern, rows):
    theirs = [set(fields(row)) for row in recorded(pattern)]
    ours = [set(fields(row)) for row in rows]
    assert set.union(*ours) <= set.union(*theirs)
    assert set.intersection(*theirs) <= set.intersection(*ours)


@pytest.mark.parametrize("kind", ["user", "group", "servicePrincipal"])
def test_no_field_of_graph_is_made_up(kind):
    """Of the many that are null with nearly everybody the fake leaves some out."""
    kind = f"#microsoft.graph.{kind}"
    theirs = [set(row) for row in recorded("graph-getbyids-*") if row["@odata.type"] == kind]
    assert set.union(*map(set, people(kind))) <= set.union(*theirs)


def test_what_is_not_there_is_refused_in_the_same_words():
    recording = json.loads((FOLDER / "vault-get-04.json").read_text(encoding="utf-8"))
    path, _, _ = recording["request"]["uri"].removeprefix("https://management.azure.com").partition("?")
    path = path.replace("00000000-0000-0000-0000-000000000000", PRODUCTION.id)
    response = arm.answered(ESTATE, Settings(), Request("GET", path, "api-version=2026-02-01", {}), "https://arm")
    assert response.status == recording["response"]["status"]
    assert json.loads(response.body) == recording["response"]["json"]


def test_an_hsm_says_where_a_token_is_to_be_had_in_the_same_words():
    recording = json.loads((FOLDER / "role-definitions-05.json").read_text(encoding="utf-8"))
    theirs = recording["response"]["headers"]["www-authenticate"]
    made = login.Login(theirs.partition("/login.microsoftonline.com/")[2].partition('"')[0])
    made.url = "https://login.microsoftonline.com"
    assert made.challenge("hsm", "") == theirs
