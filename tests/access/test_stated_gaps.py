"""What a collector says came back in part is a gap, wherever it was looked for."""

import pytest

from kvaudit.model.finding import Gap
from kvaudit.model.origin import Document
from kvaudit.model.snapshot import Coverage
from tests.access.build import access, estate, vault

ELSEWHERE = "/subscriptions/0f0f0f0f-0000-4000-8000-00000000000f"
SECTIONS = ("vaults", "denyAssignments", "roleEligibilities", "roleActivations", "rolePolicies", "locks", "principals")


def gaps(*coverage, **sections):
    """All gaps but that of the diagnostic settings, which are not given here."""
    found = access(estate(vault("kv", rbac=True), coverage=coverage, **sections)).gaps
    return [gap for gap in found if gap.need != "diagnosticSettings"]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("scope", [ELSEWHERE, "tenant"])
def test_a_look_that_came_back_in_part_is_a_gap(section, scope):
    told = Coverage(section, scope, complete=False, reason="refused")
    assert [(gap.need, gap.subject, gap.reason) for gap in gaps(told)] == [(section, scope, "refused")]


def test_an_estate_of_which_no_vault_was_given_is_not_complete():
    (gap,) = access(estate(given=())).gaps
    assert (gap.need, gap.subject, gap.reason) == ("vaults", "tenant", "no vault was given")
    assert "Microsoft.KeyVault/vaults" in gap.remedy
    assert access(estate(given={"vaults"})).gaps == ()
    assert access(estate(given=(), documents=(Document("plan.json", declares=True),))).gaps == ()


def test_a_whole_look_is_none():
    assert gaps(Coverage("locks", "tenant", complete=True)) == []


def test_what_damaged_rows_told_is_not_told_twice():
    row = Gap("locks", "of a row", "level: expected text, found a number")
    told = Coverage("locks", "tenant", complete=False, reason=row.reason)
    assert gaps(told, gaps=(row,)) == [row]
