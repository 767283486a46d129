"""Azure scopes: what is above what. Source: semantics 1.4 (Azure RBAC scope overview)."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from kvaudit.model.value import Value

_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_VAULT_PROVIDER = "/providers/microsoft.keyvault/vaults/"
OBJECT_TYPES = ("secrets", "keys", "certificates")


class Level(IntEnum):
    """How high a scope sits; a higher number is further down."""

    ROOT = 0
    MANAGEMENT_GROUP = 1
    SUBSCRIPTION = 2
    RESOURCE_GROUP = 3
    RESOURCE = 4
    OBJECT = 5  # a secret, key or certificate inside a vault

    @property
    def label(self) -> str:
        """The level in words: "resource group"."""
        return self.name.lower().replace("_", " ")


class Scope(Value):
    """A scope, joined by its key: lower case, no slash at the end, "/" for the root of the tenant."""

    key: str
    level: Level
    name: str  # the last segment as it was written: the group's, the vault's, the secret's name
    subscription: str = ""  # key of the subscription, "" above one
    resource_group: str = ""  # key of the resource group
    vault: str = ""  # key of the vault this scope is, or lies in
    object: str = ""  # "secrets/s1" for a scope inside a vault

    def covers(self, other: Scope) -> bool:
        """Whether this scope is the other or above it, by the text alone.

        Management groups are not in the text of a subscription's id: their tree is a fact of the snapshot.
        """
        return self.level is Level.ROOT or other.key == self.key or other.key.startswith(self.key + "/")


def scope_key(text: str) -> str:
    """The form in which scopes and resource ids are compared: any case, any slash at the end."""
    return text.strip().rstrip("/").lower() or "/"


def containers(key: str) -> tuple[str, ...]:
    """The keys of the resources that one is part of, the nearest first: the app that a deployment slot is of."""
    before, provider, path = key.rpartition("/providers/")
    parts = path.split("/")  # namespace, type, name, and again type and name
    return tuple(before + provider + "/".join(parts[:end]) for end in range(len(parts) - 2, 2, -2)) if provider else ()


def symbolic(text: str) -> str:
    """A segment of an id that is not known before deployment: what it is called meanwhile, in braces."""
    return "{" + text.replace("/", "|") + "}"


def is_symbolic(text: str) -> bool:
    """Whether an id, or a part of one, is not known before deployment."""
    return "{" in text


@lru_cache(maxsize=65536)
def parse_scope(text: str) -> Scope:
    """Read a scope or resource id of Azure. Text that is no such id is taken for a resource of its own."""
    key = scope_key(text)
    name = text.strip().rstrip("/").rsplit("/", 1)[-1]
    if key == "/":
        return Scope(key, Level.ROOT, "/")
    if key.startswith(_MANAGEMENT_GROUP) and "/" not in key[len(_MANAGEMENT_GROUP) :]:
        return Scope(key, Level.MANAGEMENT_GROUP, name)
    parts = key.split("/")  # "", subscriptions, <id>, resourcegroups, <name>, providers, …
    if len(parts) < 3 or parts[1] != "subscriptions":
        return Scope(key, Level.RESOURCE, name)
    subscription = "/".join(parts[:3])
    if len(parts) == 3:
        return Scope(key, Level.SUBSCRIPTION, name, subscription)
    group = "/".join(parts[:5]) if len(parts) > 4 and parts[3] == "resourcegroups" else ""
    if group and len(parts) == 5:
        return Scope(key, Level.RESOURCE_GROUP, name, subscription, group)
    provider = key.find(_VAULT_PROVIDER)
    if provider < 0:
        return Scope(key, Level.RESOURCE, name, subscription, group)
    vault, _, inside = key[provider + len(_VAULT_PROVIDER) :].partition("/")
    vault_key = key[: provider + len(_VAULT_PROVIDER)] + vault
    kind, _, object_name = inside.partition("/")
    if kind in OBJECT_TYPES and object_name and "/" not in object_name:
        return Scope(key, Level.OBJECT, name, subscription, group, vault_key, f"{kind}/{name}")
    return Scope(key, Level.RESOURCE, name, subscription, group, vault_key)
