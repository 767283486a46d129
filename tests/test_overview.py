"""Who has what, as reports of a scan ask for it: rows of the matrix, with the ways behind them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kvaudit.audit import ScanRequest, scan
from kvaudit.audit import overview as overview_module
from kvaudit.model.finding import Verdict
from kvaudit.model.permission import OF_VAULTS, pack, unpack

SAMPLES = Path(__file__).parent.parent / "sample-configs"
BOB, CLOUD = "de3d194b-91b9-442b-8f5c-b6dc68533625", "dd263e89-f577-4079-93d3-691927f29d7a"


def scanned(name):
    folder = SAMPLES / name
    as_of = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    return scan(ScanRequest(paths=(str(folder),), as_of=as_of, config=folder / "kvaudit.yaml"))[0]


@pytest.fixture(scope="module")
def drift():
    return scanned("contoso-drift")


def numbers(report):
    return {vault.name: number for number, vault in enumerate(report.snapshot.vaults)}


def holder(overview, principal):
    return next(each for each in overview.holders if each.row.principal == principal)


def test_a_principal_comes_with_its_team_its_groups_and_its_paths(drift):
    overview = drift.overview(range(3), 100)
    bob = holder(overview, BOB)
    assert bob.row.team == "auditors"
    assert overview.names[bob.row.through[0]] == "Contoso Auditors"
    (reach,) = bob.reaches
    assert reach.vaults == (numbers(drift)["kv-contoso-payroll"],)
    (route,) = reach.routes
    assert route.verdict is Verdict.DIRECT
    assert "secrets/get" in unpack(route.permissions)
    assert [step.kind for step in route.steps][-2:] == ["membership", "policy"]
    places = {overview.locations[step.origin].file.rsplit("/", 1)[-1] for step in route.steps if step.origin}
    assert "rg-payroll.json" in places


def test_who_may_be_in_a_group_of_unknown_members_has_nothing_for_certain(drift):
    bob = holder(drift.overview(range(3), 100), BOB)
    beside = [held for held in bob.row.held if not held.cell]
    assert {number for held in beside for number in held.vaults} == {0, 1, 2} - set(bob.reaches[0].vaults)
    assert all(held.unseen for held in beside)
    assert holder(drift.overview(range(3), 100), CLOUD).row.members_unknown


def test_who_is_left_out_is_counted_vault_by_vault(drift):
    everybody = drift.overview(range(3), 100)
    few = drift.overview(range(3), 4)
    assert [each.row.principal for each in few.holders] == [each.row.principal for each in everybody.holders[:4]]
    assert few.left_out == len(everybody.holders) - 4
    for number in range(3):
        rest = sum(any(number in reach.vaults for reach in each.reaches) for each in everybody.holders[4:])
        assert few.left_out_on[number] == rest


def test_only_the_vaults_asked_about_are_laid_out(drift):
    payroll = numbers(drift)["kv-contoso-payroll"]
    overview = drift.overview([payroll], 100)
    assert overview.vaults == (payroll,)
    assert {number for each in overview.holders for held in each.row.held for number in held.vaults} == {payroll}
    assert {number for each in overview.holders for reach in each.reaches for number in reach.vaults} == {payroll}


def test_the_routes_give_all_that_the_row_says(drift):
    for each in drift.overview(range(3), 100).holders:
        for held in each.row.held:
            given = 0
            for reach in each.reaches:
                if set(reach.vaults) & set(held.vaults) and not reach.left_out:
                    given = reach.routes[0].permissions
                    for route in reach.routes:
                        given |= route.permissions
                    assert all(hold.permissions & ~given == 0 for hold in held.cell)
            assert given & ~OF_VAULTS == 0


def test_the_strongest_routes_come_first_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(overview_module, "_ROUTES", 1)
    report = scanned("contoso-drift")
    reaches = [reach for each in report.overview(range(3), 100).holders for reach in each.reaches]
    assert all(len(reach.routes) == 1 for reach in reaches)
    assert any(reach.left_out for reach in reaches)


def test_an_escalation_is_told_step_by_step():
    overview = scanned("northwind-escalation").overview(range(2), 100)
    release = next(each for each in overview.holders if overview.names.get(each.row.principal) == "id-shop-release")
    route = release.reaches[0].routes[0]
    assert route.verdict is Verdict.ESCALATION
    assert route.permissions & pack(["secrets/get"])
    assert sum(step.kind == "action" for step in route.steps) == 2
