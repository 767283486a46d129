"""Which resource stands for what in Azure, by its type. A new type is one more line in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kvaudit.sources.declared import Body
from kvaudit.sources.terraform import authorization, azapi, directory, identities, policies, vaults
from kvaudit.sources.terraform.context import Context
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.terraform.types import IDENTITY, OBJECTS, VAULT


class Joined(NamedTuple):
    """What belongs to resources declared elsewhere in the document."""

    policies: policies.Policies
    memberships: directory.Memberships


Translation = Callable[[Context, Resource, Joined], Iterable[Body]]


def _one(translate: Callable[[Context, Resource], Body]) -> Translation:
    return lambda context, resource, _: (translate(context, resource),)


def _some(translate: Callable[[Context, Resource], Iterable[Body]]) -> Translation:
    return lambda context, resource, _: translate(context, resource)


def _member(translate: Callable[[Context, Resource, directory.Memberships], Iterable[Body] | None]) -> Translation:
    return lambda context, resource, joined: translate(context, resource, joined.memberships) or ()


def _vault(context: Context, resource: Resource, joined: Joined) -> Iterable[Body]:
    yield vaults.vault(context, resource, joined.policies)


def _policy(context: Context, resource: Resource, _joined: Joined) -> Iterable[Body]:
    if resource.is_data:
        return ()  # a lookup of that name lists words, and is of no vault
    return policies.policy(context, resource)


TRANSLATIONS: dict[str, Translation] = {
    VAULT: _vault,
    "azurerm_key_vault_access_policy": _policy,
    **dict.fromkeys(OBJECTS, _one(vaults.vault_object)),
    "azurerm_monitor_diagnostic_setting": _some(vaults.diagnostic_setting),
    "azurerm_private_endpoint": _some(vaults.private_endpoint),
    "azurerm_role_assignment": _some(authorization.role_assignment),
    "azurerm_role_definition": _some(authorization.role_definition),
    "azurerm_pim_eligible_role_assignment": _some(authorization.eligibility),
    "azurerm_pim_active_role_assignment": _some(authorization.activation),
    "azurerm_management_lock": _one(authorization.lock),
    IDENTITY: _some(identities.user_assigned),
    "azurerm_client_config": _some(identities.logged_in),
    "azuread_client_config": _some(identities.logged_in),
    "azuread_group": _member(directory.group),
    "azuread_group_without_members": _member(directory.group),
    "azuread_group_member": _member(directory.member),
    "azuread_service_principal": _member(directory.service_principal),
    "azuread_user": _some(directory.user),
    "azuread_application": _member(directory.application),
    "azuread_application_registration": _member(directory.application),
    "azuread_application_owner": _member(directory.application_owner),
    "azuread_directory_role": _member(directory.directory_role),
    "azuread_directory_role_assignment": _member(directory.directory_role_holder),
    "azuread_directory_role_member": _member(directory.directory_role_holder),
    "azuread_administrative_unit_role_member": _member(directory.directory_role_holder),
    "azuread_app_role_assignment": _some(directory.app_role),
    "azapi_resource": _some(azapi.azapi_resource),
}
