"""Access policies: semantics 2.1 and 2.2."""

import pytest

from kvaudit.model.directory import Application, Principal
from kvaudit.model.permission import POLICY_WORDS, unpack
from kvaudit.model.snapshot import Coverage
from tests.access.build import SECRETS_USER, ask, assign, can, estate, policy, unlisted, user, vault, words


def test_a_policy_gives_what_it_names_and_no_more():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "secrets/get"),)))
    assert can(snapshot, "alice", "secrets/get") == "direct"
    assert can(snapshot, "alice", "secrets/list") == "none"
    assert can(snapshot, "bob", "secrets/get") == "none"


def test_all_is_everything_but_purge():
    for kind in ("secrets", "keys", "certificates", "storage"):
        names = unpack(POLICY_WORDS[kind, "all"])
        assert f"{kind}/purge" not in names
        assert {f"{kind}/get", f"{kind}/delete"} <= set(names)


def test_a_policy_is_latent_while_the_vault_uses_rbac():
    snapshot = estate(vault("kv", rbac=True, policies=(policy("alice", "secrets/get"),)))
    assert can(snapshot, "alice", "secrets/get") == "latent"


def test_an_entry_of_another_tenant_gives_nothing():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "secrets/get", tenant_id="other"),)))
    assert can(snapshot, "alice", "secrets/get") == "none"


def test_tenants_are_compared_in_any_case():
    snapshot = estate(
        vault(
            "kv",
            rbac=False,
            policies=(policy("alice", "secrets/get", tenant_id="C0C0C0C0-0000-4000-8000-000000000001"),),
        )
    )
    assert can(snapshot, "alice", "secrets/get") == "direct"


def test_compound_identity_is_conditional_and_names_the_application():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "secrets/get", application_id="app-1"),)))
    answer = ask(snapshot, "alice", "secrets/get")
    assert answer.verdict.value == "conditional"
    assert "app-1" in words(snapshot, answer)


def test_a_second_entry_without_application_makes_it_direct():
    entries = (policy("alice", "secrets/get", application_id="app-1"), policy("alice", "secrets/get"))
    assert can(estate(vault("kv", rbac=False, policies=entries)), "alice", "secrets/get") == "direct"


def test_the_application_alone_holds_nothing_by_compound_identity():
    entries = (policy("alice", "secrets/get", application_id="app-1"),)
    service = Principal("sp-1", "ServicePrincipal", "App", app_id="app-1")
    assert (
        can(estate(vault("kv", rbac=False, policies=entries), principals=(service,)), "sp-1", "secrets/get") == "none"
    )


def test_the_object_id_of_an_application_registration_serves_nobody():
    snapshot = estate(
        vault("kv", rbac=False, policies=(policy("registration", "secrets/get"),)),
        applications=(Application("registration", "app-1", "Payroll"),),
        principals=(Principal("service", "ServicePrincipal", "Payroll", app_id="app-1"),),
    )
    assert can(snapshot, "service", "secrets/get") == "none"
    assert can(snapshot, "registration", "secrets/get") == "none"


def test_without_properties_the_model_is_neither():
    snapshot = estate(unlisted("kv"), role_assignments=(assign("alice", SECRETS_USER),), principals=(user("alice"),))
    assert can(snapshot, "alice", "secrets/get") == "unknown"
    assert can(snapshot, "carol", "secrets/get") == "unknown"
    assert can(snapshot, "carol", "keyvault/vaults/read") == "none"


@pytest.mark.parametrize("name", ["secrets", "secrets/*", "*/get"])
def test_of_several_permissions_any_answers_and_the_held_ones_are_named(name):
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "secrets/get"),)))
    answer = ask(snapshot, "alice", name)
    assert answer.verdict.value == "direct"
    assert answer.matched == ("secrets/get",)


def test_reading_names_by_the_data_action_means_either_policy_word():
    snapshot = estate(vault("kv", rbac=False, policies=(policy("alice", "certificates/list"),)))
    assert can(snapshot, "alice", "Microsoft.KeyVault/vaults/certificates/read") == "direct"


def test_policies_of_which_some_could_not_be_read_leave_everyone_elses_answer_open():
    kv = vault("kv", rbac=False, policies=(policy("alice", "secrets/get"),))
    damaged = Coverage("vaults", kv.id.lower(), complete=False, reason="an entry could not be read")
    snapshot = estate(kv, coverage=(damaged,))
    assert can(snapshot, "alice", "secrets/get") == "direct"
    assert can(snapshot, "bob", "secrets/get") == "unknown"


def test_a_cut_page_of_vaults_says_nothing_against_the_ones_that_are_there():
    cut = Coverage("vaults", "tenant", complete=False, reason="there is a next page")
    assert can(estate(vault("kv", rbac=False), coverage=(cut,)), "bob", "secrets/get") == "none"
