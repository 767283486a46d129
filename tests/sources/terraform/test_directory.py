"""Applications, groups and roles of the directory that a plan declares, and what they lead to."""

from __future__ import annotations

import pytest

from tests.sources.terraform.made import (
    ALICE,
    BOB,
    GROUP,
    LOGGED_IN,
    SUB,
    TENANT,
    UNKNOWN,
    access,
    plan,
    refs,
    resource,
    role,
    state,
    vault,
    verdict,
)

KEY_VAULT = refs("azurerm_key_vault.main.id")
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
ROLE_MANAGEMENT = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
ROLE, GRAPH = "5f7ce0a1-92a9-4e7d-8a36-f6a5a1f5d0ab", "3c58d1b6-33b5-49a8-a3ee-7c8b2c1f9e10"
VAULT_ID = f"/subscriptions/{SUB}/resourceGroups/rg-app/providers/Microsoft.KeyVault/vaults/kv-main"


def reader(principal: str):
    return role("azurerm_role_assignment.r", "Key Vault Secrets User", scope=KEY_VAULT, principal=refs(principal))


@pytest.mark.parametrize("client_id", ["client_id", "application_id"])
@pytest.mark.parametrize("kind", ["azuread_application", "azuread_application_registration"])
def test_an_application_and_its_service_principal_are_one_before_they_have_ids(kind, client_id):
    made = {"display_name": "orders", client_id: UNKNOWN, "object_id": UNKNOWN, "id": UNKNOWN}
    principal = {client_id: UNKNOWN, "object_id": UNKNOWN, "id": UNKNOWN, "owners": None}
    document = plan(
        GROUP,
        vault(),
        resource(f"{kind}.orders", made),
        resource(
            "azuread_application_owner.bob",
            {"application_id": UNKNOWN, "owner_object_id": BOB, "id": UNKNOWN},
            application_id=refs(f"{kind}.orders.id"),
        ),
        resource("azuread_service_principal.orders", principal, **{client_id: refs(f"{kind}.orders.{client_id}")}),
        reader("azuread_service_principal.orders.object_id"),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, BOB, "secrets/get", "kv-main") == "escalation"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "none"


@pytest.mark.parametrize(("identifier", "outsider"), [(UNKNOWN, "none"), (ROLE, "unknown")])
def test_a_group_without_members_has_those_that_are_declared_apart(identifier, outsider):
    kind = "azuread_group_without_members"
    document = plan(
        GROUP,
        vault(),
        resource(f"{kind}.team", {"display_name": "team", "owners": [ALICE], "object_id": UNKNOWN, "id": identifier}),
        resource(
            "azuread_group_member.bob",
            {"group_object_id": UNKNOWN, "member_object_id": BOB, "id": UNKNOWN},
            group_object_id=refs(f"{kind}.team.object_id"),
        ),
        reader(f"{kind}.team.object_id"),
        prior=(LOGGED_IN,),
    )
    held = access(document)
    assert verdict(held, BOB, "secrets/get", "kv-main") == "direct"
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "escalation"
    assert verdict(held, TENANT, "secrets/get", "kv-main") == outsider


def administrator(kind: str, argument: str, value: str):
    holder = "principal_object_id" if kind.endswith("assignment") else "member_object_id"
    return resource(kind + ".bob", {argument: value, holder: BOB, "id": "of-bob"})


ACTIVATED = resource(
    "azuread_directory_role.admins",
    {"display_name": "Global Administrator", "template_id": GLOBAL_ADMINISTRATOR, "object_id": ROLE, "id": ROLE},
)


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [
        ("azuread_directory_role_member", "role_object_id", ROLE),
        ("azuread_directory_role_assignment", "role_id", ROLE),
        ("azuread_directory_role_assignment", "role_id", GLOBAL_ADMINISTRATOR),
    ],
)
def test_a_role_of_the_directory_is_known_by_its_own_id_and_by_that_of_its_template(kind, argument, value):
    made = vault(id=VAULT_ID, access_policy=[])
    document = state(made, administrator(kind, argument, value), ACTIVATED)
    assert verdict(document, BOB, "secrets/get", "kv-main") == "escalation"


@pytest.mark.parametrize("attribute", ["template_id", "object_id"])
def test_a_role_of_the_directory_is_known_by_its_name_before_it_has_an_id(attribute):
    document = plan(
        GROUP,
        vault(),
        resource("azuread_directory_role.admins", {"display_name": "Global Administrator", "template_id": UNKNOWN}),
        resource(
            "azuread_directory_role_assignment.bob",
            {"role_id": UNKNOWN, "principal_object_id": BOB, "id": UNKNOWN},
            role_id=refs(f"azuread_directory_role.admins.{attribute}"),
        ),
        prior=(LOGGED_IN,),
    )
    assert verdict(document, BOB, "secrets/get", "kv-main") == "escalation"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("azuread_directory_role_assignment", {"role_id": ROLE, "directory_scope_id": "/administrativeUnits/1"}),
        ("azuread_directory_role_assignment", {"role_id": ROLE, "app_scope_id": "/1"}),
        ("azuread_administrative_unit_role_member", {"role_object_id": ROLE, "administrative_unit_object_id": "1"}),
    ],
)
def test_a_role_over_a_part_of_the_directory_is_not_taken_for_the_whole(kind, values):
    holder = {"principal_object_id": BOB, "member_object_id": BOB}
    document = state(vault(id=VAULT_ID, access_policy=[]), resource(kind + ".bob", {**values, **holder}), ACTIVATED)
    held = access(document)
    assert held.snapshot.directory_roles == ()
    assert [gap.need for gap in held.snapshot.gaps] == ["directoryRoles"]


def test_a_role_over_the_whole_directory_may_say_so():
    values = {"role_id": ROLE, "directory_scope_id": "/", "app_scope_id": "", "principal_object_id": BOB}
    given = resource("azuread_directory_role_assignment.bob", values)
    document = state(vault(id=VAULT_ID, access_policy=[]), given, ACTIVATED)
    assert verdict(document, BOB, "secrets/get", "kv-main") == "escalation"


def permission(role_id, **expressions):
    values = {"app_role_id": role_id, "principal_object_id": ALICE, "resource_object_id": GRAPH, "id": "of-alice"}
    return resource("azuread_app_role_assignment.manages", values, **expressions)


@pytest.mark.parametrize(
    "given",
    [
        permission(ROLE_MANAGEMENT),
        permission(
            UNKNOWN,
            app_role_id=refs('azuread_service_principal.graph.app_role_ids["RoleManagement.ReadWrite.Directory"]'),
        ),
    ],
)
def test_an_application_permission_leads_to_what_it_leads_to(given):
    graph = resource("azuread_service_principal.graph", {"object_id": GRAPH, "app_role_ids": UNKNOWN, "id": UNKNOWN})
    document = plan(GROUP, vault(), graph, given, prior=(LOGGED_IN,))
    assert verdict(document, ALICE, "secrets/get", "kv-main") == "escalation"


def test_an_application_permission_that_is_known_by_no_name_leads_nowhere():
    document = state(vault(id=VAULT_ID, access_policy=[]), permission("e1fe6dd8-ba31-4d61-89e7-88639da4683d"))
    held = access(document)
    assert verdict(held, ALICE, "secrets/get", "kv-main") == "none"
    assert [each.resource for each in held.snapshot.app_roles] == [GRAPH]


@pytest.mark.parametrize(("reference", "expected"), [("var.admin", "unknown"), ("local.admin", "unknown")])
def test_whoever_exists_may_be_the_principal_that_a_plan_leaves_open(reference, expected):
    holder = role("azurerm_role_assignment.a", "Key Vault Secrets User", scope=KEY_VAULT, principal=refs(reference))
    assert verdict(plan(vault(), holder), ALICE, "secrets/get", "kv-main") == expected
