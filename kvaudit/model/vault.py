"""Vaults and what hangs on them. Everywhere None means that the input did not say. Source: semantics 2."""

from __future__ import annotations

from kvaudit.model.origin import Origin
from kvaudit.model.permission import PermissionSet
from kvaudit.model.value import Value


class AccessPolicy(Value):
    """One entry of a vault's access policies."""

    object_id: str
    permissions: PermissionSet
    tenant_id: str | None = None
    application_id: str | None = None  # set: serves object_id through this application only (semantics 2.2)
    unread_words: tuple[str, ...] = ()  # words that are no permission, as written: "secrets/gett"
    origins: tuple[Origin, ...] = ()
    only_if: str = ""  # declared only under this, which is not known before deployment

    @property
    def entry(self) -> str:
        """What tells entries of a vault apart: the object, and the application it goes through."""
        return f"{self.object_id}/{self.application_id}" if self.application_id else self.object_id


class NetworkRules(Value):
    """The firewall, with the service's defaults filled in (semantics 2.7)."""

    default_action: str = "Allow"
    bypass: str = "AzureServices"
    ip_rules: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()


class PrivateEndpoint(Value):
    """A private endpoint's connection; only an approved one counts."""

    id: str
    status: str | None = None  # Approved | Pending | Rejected | Disconnected


class Vault(Value):
    """A key vault. A vault listed without its properties has None in all that depends on them."""

    id: str  # as written; joined by scope_key(id)
    name: str
    location: str | None = None
    tags: dict[str, str] | None = None
    tenant_id: str | None = None
    uses_rbac: bool | None = None  # the permission model; None: not known
    policies: tuple[AccessPolicy, ...] | None = None
    network: NetworkRules | None = None
    public_access: str | None = None  # Enabled | Disabled | SecuredByPerimeter
    private_endpoints: tuple[PrivateEndpoint, ...] | None = None
    soft_delete: bool | None = None
    retention_days: int | None = None
    purge_protection: bool | None = None
    for_deployment: bool | None = None
    for_template_deployment: bool | None = None
    for_disk_encryption: bool | None = None
    sku: str | None = None
    has_properties: bool = True  # False: listed without properties, so the answers above are unknown, not absent
    origins: tuple[Origin, ...] = ()
    declared_version: str | None = None  # the API version of a declaration; None: an export, or its tool chooses one
    model_by_default: bool | None = None  # whether a declaration leaves the permission model to its API version


class LogCategory(Value):
    """One line of a diagnostic setting."""

    category: str | None
    group: str | None
    enabled: bool

    @property
    def is_audit(self) -> bool:
        """Whether it is the audit events', by its own category or in a group with others."""
        return (self.category or "").lower() == "auditevent" or (self.group or "").lower() in {"audit", "alllogs"}


class DiagnosticSetting(Value):
    """Where a vault's logs go. `vault` is the vault's key."""

    id: str
    vault: str
    name: str | None = None
    logs: tuple[LogCategory, ...] | None = None
    destinations: tuple[str, ...] | None = None  # workspace, storage account, event hub rule, partner
    origins: tuple[Origin, ...] = ()

    @property
    def logs_audit_events(self) -> bool | None:
        """Whether audit events go somewhere (semantics 7.4); None where the setting could not be read whole."""
        if self.logs is None or self.destinations is None:
            return None
        return bool(self.destinations) and any(log.enabled and log.is_audit for log in self.logs)


class VaultObject(Value):
    """A secret, key or certificate: its metadata, never its value. `vault` is the vault's key."""

    vault: str
    type: str  # secrets | keys | certificates
    name: str
    attributes: dict[str, object] | None = None
    origins: tuple[Origin, ...] = ()
