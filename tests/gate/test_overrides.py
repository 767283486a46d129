"""Vaults judged unlike the rest: the strictest vault that a finding touches decides."""

import msgspec
import pytest

from kvaudit.gate.overrides import Override, Strictness
from kvaudit.model.finding import Severity
from kvaudit.model.vault import Vault
from tests.gate.made import finding, vault_id

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity
TEST = {"Environment": "Test"}


def vault(name, tags=None):
    return Vault(vault_id(name), name, tags=tags)


VAULTS = (vault("kv-prod", {"environment": "production"}), vault("kv-test", TEST), vault("kv-bare"), vault("kv-x", {}))


def strictness(*overrides):
    return Strictness(overrides, VAULTS, HIGH)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override(name="kv-t*", severities={"KV301": LOW}), LOW),
        (Override(name="KV-TEST", severities={"KV301": LOW}), LOW),
        (Override(name="*/resourcegroups/rg-app/*", severities={"KV301": LOW}), LOW),
        (Override(name="kv-p*", severities={"KV301": LOW}), HIGH),
        (Override(tags={"environment": "test"}, severities={"KV301": LOW}), LOW),
        (Override(tags={"environment": "t*"}, severities={"KV301": CRITICAL}), CRITICAL),
        (Override(tags={"environment": "test"}, name="kv-prod", severities={"KV301": LOW}), HIGH),
        (Override(tags={"owner": "*"}, severities={"KV301": LOW}), HIGH),
        (Override(name="kv-t*", severities={"KV302": LOW}), HIGH),
    ],
)
def test_an_entry_is_for_the_vaults_of_its_name_and_tags(override, expected):
    (found,) = strictness(override).applied((finding("KV301", "kv-test"),))
    assert found.severity is expected


def test_the_first_entry_that_fits_is_the_vaults_own():
    strict = strictness(Override(name="kv-test", severities={"KV301": LOW}), Override(name="*", fail_on=INFO))
    low, other = strict.applied((finding("KV301", "kv-test"), finding("KV301", "kv-prod")))
    assert (low.severity, strict.fail_on(low)) == (LOW, HIGH)
    assert (other.severity, strict.fail_on(other)) == (HIGH, INFO)


def test_a_finding_is_judged_by_the_strictest_vault_it_touches():
    strict = strictness(
        Override(name="kv-test", severities={"KV301": LOW}, fail_on=CRITICAL, ignore=("KV302",)),
        Override(name="kv-prod", fail_on=MEDIUM),
    )
    both = finding("KV301", "kv-test", "kv-prod")
    (found,) = strict.applied((both,))
    assert (found.severity, strict.fail_on(found)) == (HIGH, MEDIUM)
    assert strict.applied((finding("KV302", "kv-test", "kv-prod"),)) != ()
    assert strict.applied((finding("KV302", "kv-test"),)) == ()
    assert strict.fail_on(finding("KV301", "kv-test")) is CRITICAL


def test_where_tags_were_not_given_the_strictest_possibility_counts():
    loose = strictness(Override(tags={"environment": "test"}, severities={"KV301": LOW}, fail_on=CRITICAL))
    (found,) = loose.applied((finding("KV301", "kv-bare"),))
    assert (found.severity, loose.fail_on(found)) == (HIGH, HIGH)
    hard = strictness(Override(tags={"environment": "prod*"}, severities={"KV301": CRITICAL}, fail_on=LOW))
    (found,) = hard.applied((finding("KV301", "kv-bare"),))
    assert (found.severity, hard.fail_on(found)) == (CRITICAL, LOW)
    (found,) = hard.applied((finding("KV301", "kv-x"),))  # it has no tags, and that is known
    assert found.severity is HIGH


def test_a_finding_about_no_vault_has_the_gate_of_the_run():
    strict = strictness(Override(name="*", severities={"KV301": LOW}, fail_on=INFO))
    bare = msgspec.structs.replace(finding(), vaults=())
    assert strict.applied((bare,)) == (bare,)
    assert strict.fail_on(bare) is HIGH


def test_without_entries_nothing_changes():
    strict = strictness()
    found = (finding(),)
    assert strict.applied(found) is found
    assert strict.fail_on(found[0]) is HIGH
