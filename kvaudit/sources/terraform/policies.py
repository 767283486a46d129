"""Entries of access policies, in their vaults or by themselves. Semantics 2.2, 7.9; the azurerm documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kvaudit.model.scope import scope_key
from kvaudit.sources.declared import Body
from kvaudit.sources.terraform.context import NOT_YET, Context, row_of
from kvaudit.sources.terraform.references import Known
from kvaudit.sources.terraform.resource import Resource
from kvaudit.sources.terraform.types import VAULT_TYPE
from kvaudit.sources.wire import Arm, PolicyEntry, Row, VaultProperties

FIELDS = {field.name: field.encode_name for field in msgspec.structs.fields(VaultProperties)}
_PERMISSIONS = {
    "secrets": "secret_permissions",
    "keys": "key_permissions",
    "certificates": "certificate_permissions",
    "storage": "storage_permissions",
}
_POLICY = "azurerm_key_vault_access_policy"
POLICIES = "accessPolicies"
_OF_AZAPI = f"{VAULT_TYPE}/{POLICIES}".lower()


class Policies:
    """Entries of vaults' policies that are resources of their own.

    A vault's own attribute lists them as well, as they were when it was last looked at: there, they do not count.
    """

    def __init__(self, context: Context, replaced: Iterable[tuple[str, Row]]) -> None:
        self._elsewhere = {
            _identity(context.ids.scope(each, "key_vault_id").text, each.values)
            for each in context.resources
            if each.type == _POLICY
        }
        self._elsewhere |= {
            _identity(str(before.get("key_vault_id")), before) for kind, before in replaced if kind == _POLICY
        }
        self._vaults = {scope_key(vault) for each in context.resources for vault in _named(context, each)}

    def has(self, vault: str, entry: Any) -> bool:
        """Whether an entry of a vault's attribute is a resource of its own, or was one."""
        return isinstance(entry, dict) and _identity(vault, entry) in self._elsewhere

    def names(self, vault: str) -> bool:
        """Whether any entry of a vault is a resource of its own."""
        return scope_key(vault) in self._vaults


def _named(context: Context, resource: Resource) -> Iterator[str]:
    """The vault that an entry by itself is for."""
    if resource.is_data:
        return
    if resource.type == _POLICY:
        yield context.ids.scope(resource, "key_vault_id").text
    elif resource.type == "azapi_resource" and (context.ids.kind(resource) or "").lower() == _OF_AZAPI:
        yield context.ids.scope(resource, "parent_id").text


def _identity(vault: str, values: Row) -> tuple[str, str, str]:
    return scope_key(vault), str(values.get("object_id")).lower(), str(values.get("application_id") or "").lower()


def entry_of(context: Context, resource: Resource, identifier: str, holder: Any, *at: str | int) -> Row:
    """An entry of a vault's policies, of a holder. One whose tenant is not known yet is taken to be of the vault's."""
    permissions = {}
    for kind, name in _PERMISSIONS.items():
        found = context.argument(resource, *at, name)
        if isinstance(found, Known):
            permissions[kind] = found.value
        else:
            reason = f"{resource.address}: {name} is {NOT_YET}"
            context.facts.incomplete("vaults", scope_key(identifier), reason, resource.pointer)
    return row_of(
        PolicyEntry(
            tenant_id=context.known(resource, *at, "tenant_id"),
            object_id=holder,
            application_id=context.words(resource, *at, "application_id"),
            permissions=permissions,
        )
    )


def policy(context: Context, resource: Resource) -> Iterator[Body]:
    """An entry declared by itself: it is added to its vault."""
    identifier = context.scope(resource, "vaults", "key_vault_id")
    if not identifier:
        context.gap(resource, "vaults", "an access policy of no vault")
        return
    for holder, only_if in context.holders(resource, "object_id"):
        entries = {POLICIES: [entry_of(context, resource, identifier, holder)]}
        yield change(context, resource, f"{identifier}/{POLICIES}/add", entries)._replace(only_if=only_if)


def change(context: Context, resource: Resource, identifier: str, properties: Row) -> Body:
    """Policies that are declared apart from their vault, as Resource Manager has them."""
    row = row_of(Arm(id=identifier, type=f"{VAULT_TYPE}/{POLICIES}", properties=properties))
    return context.body(resource, row, closed=False)
