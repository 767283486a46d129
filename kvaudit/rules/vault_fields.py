"""The fields of a vault. Source: semantics 2.1, 2.6 to 2.8 and 7.4."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from kvaudit.model.permission import pack
from kvaudit.model.vault import PrivateEndpoint, Vault
from kvaudit.rules.fields import ABSENT, Field, Getter, Kind, Teller, Type, reader, table

if TYPE_CHECKING:
    from kvaudit.access.engine import Access

_PUBLIC_ACCESS = ("Enabled", "Disabled", "SecuredByPerimeter")
_ACTIONS = ("Allow", "Deny")
_BYPASSES = ("AzureServices", "None")
_NETWORKS = ("open", "restricted", "private")
_MODELS = ("rbac", "policies")
_public_access, _action, _bypass = reader(_PUBLIC_ACCESS), reader(_ACTIONS), reader(_BYPASSES)
_DEFAULT_RETENTION = 90  # days, of a vault that never set it (semantics 2.8)
_FIRST_TO_STAY = "2026-02-01"  # all versions of the management plane before it retire on 2027-02-27
_DEPLOY = pack(["keyvault/vaults/deploy/action"])


def _of_vault(read: Callable[[Vault], Any]) -> Callable[[Access], Getter]:
    """A getter of a vault's own attribute."""

    def bind(access: Access) -> Getter:
        vaults = access.vaults
        return lambda number: read(vaults[number])

    return bind


def _name(access: Access) -> Teller:
    vaults = access.vaults
    return lambda number: vaults[number].name


def _id(access: Access) -> Teller:
    vaults = access.vaults
    return lambda number: vaults[number].id


def _or_default(attribute: str, default: Any) -> Callable[[Access], Getter]:
    """A setting that exports leave out where it was never set, when the service's default counts (semantics 2.8)."""

    def read(vault: Vault) -> Any:
        value = getattr(vault, attribute)
        return default if value is None and vault.has_properties else value

    return _of_vault(read)


def _network(access: Access) -> Getter:
    reachable = access.reachable
    return lambda number: None if (answer := reachable(number)) == "unknown" else answer


def _widest(vault: Vault) -> Any:
    """The shortest prefix among the address rules: 0 is the whole internet, 32 one address."""
    if vault.network is None:
        return None
    if not vault.network.ip_rules:
        return ABSENT
    lengths = [_prefix(rule) for rule in vault.network.ip_rules]
    known = [length for length in lengths if length is not None]
    return min(known) if len(known) == len(lengths) else None


@cache
def _prefix(rule: str) -> int | None:
    try:
        return ipaddress.ip_network(rule.strip(), strict=False).prefixlen
    except ValueError:  # no address: what it admits is not known
        return None


def _ip_rules(vault: Vault) -> Any:
    return None if vault.network is None else vault.network.ip_rules


def _subnets(vault: Vault) -> Any:
    return None if vault.network is None else vault.network.subnets


def _endpoints(vault: Vault, counts: Callable[[PrivateEndpoint], bool | None]) -> tuple[str, ...] | None:
    """The names of the private endpoints that count; unknown where one is that has no status."""
    if vault.private_endpoints is None:
        return None
    chosen = []
    for endpoint in vault.private_endpoints:
        fits = counts(endpoint)
        if fits is None:
            return None
        if fits:
            chosen.append(endpoint.id.rstrip("/").rsplit("/", 1)[-1])
    return tuple(chosen)


def _approved(endpoint: PrivateEndpoint) -> bool | None:
    return None if endpoint.status is None else endpoint.status.lower() == "approved"


def _unapproved(endpoint: PrivateEndpoint) -> bool | None:
    approved = _approved(endpoint)
    return None if approved is None else not approved


def _approved_endpoints(vault: Vault) -> tuple[str, ...] | None:
    return _endpoints(vault, _approved)


def _unapproved_endpoints(vault: Vault) -> tuple[str, ...] | None:
    return _endpoints(vault, _unapproved)


def _fetchers(vault: Vault) -> tuple[str, ...] | None:
    flags = {
        "virtual machines": vault.for_deployment,
        "templates": vault.for_template_deployment,
        "disk encryption": vault.for_disk_encryption,
    }
    found = tuple(name for name, flag in flags.items() if flag)
    return None if not found and None in flags.values() else found


def _logged(access: Access) -> Getter:
    def read(number: int) -> bool | None:
        answers = {setting.logs_audit_events for setting in access.diagnostics(number)}
        if True in answers:
            return True
        return False if None not in answers and access.known("diagnosticSettings", number) else None

    return read


def _declared_version(vault: Vault) -> Any:
    return ABSENT if vault.model_by_default is None else vault.declared_version


def _retires(vault: Vault) -> Any:
    """Whether the API version of its declaration is one of those that retire (semantics 2.1)."""
    version = _declared_version(vault)
    return version < _FIRST_TO_STAY if isinstance(version, str) else version


def _by_default(vault: Vault) -> Any:
    return ABSENT if vault.model_by_default is None else vault.model_by_default


def _locked(access: Access) -> Getter:
    def read(number: int) -> bool | None:
        return True if access.locks(number) else False if access.known("locks", number) else None

    return read


def _foreign(access: Access) -> Getter:
    tenant = access.snapshot.tenant_id

    def read(number: int) -> bool | None:
        own = access.vaults[number].tenant_id
        return own.lower() != tenant.lower() if own and tenant else None

    return read


def _foreign_need(access: Access, number: int) -> str:
    return "tenantId" if access.vaults[number].tenant_id else "vaults"


def _deployers(access: Access) -> Getter:
    """How many principals hold the deploy action over a vault; of a group, its known members."""
    return lambda number: len(set[str]().union(*_holders(access).get(number, ())))


@lru_cache(maxsize=1)
def _holders(access: Access) -> dict[int, list[set[str]]]:
    """For each vault, sets of those that hold the deploy action over it.

    Grants over the same vaults share the tuple of them, so that holders are gathered once for each such tuple.
    """
    directory = access.directory
    by_extent: dict[int, tuple[tuple[int, ...], set[str]]] = {}
    for grant in access.grants:
        if grant.permissions & _DEPLOY:
            _, people = by_extent.setdefault(id(grant.vaults), (grant.vaults, set()))
            known = directory.members_of(grant.principal).ids if directory.is_group(grant.principal) else ()
            people.update(known or (grant.principal,))
    by_vault: dict[int, list[set[str]]] = {}
    for vaults, people in by_extent.values():
        for number in vaults:
            by_vault.setdefault(number, []).append(people)
    return by_vault


_field = partial(Field, need="vaults")

VAULT = Kind(
    "vault",
    lambda access: range(len(access.vaults)),
    lambda access, number, _need: access.vaults[number].id,
    table(
        _field("vault", Type.TEXT, "Its name.", _name, tell=_name),
        _field("vault.id", Type.TEXT, "Its resource id.", _id, tell=_id),
        _field("vault.location", Type.TEXT, "Its region.", _of_vault(lambda vault: vault.location)),
        _field("vault.sku", Type.TEXT, "standard or premium.", _of_vault(lambda vault: vault.sku)),
        _field("vault.tenant", Type.TEXT, "The tenant whose principals it serves.", _of_vault(lambda v: v.tenant_id)),
        _field(
            "vault.foreign-tenant",
            Type.FLAG,
            "Whether that is another tenant than the one its subscription belongs to.",
            _foreign,
            need=_foreign_need,
        ),
        _field(
            "vault.permission-model",
            Type.WORD,
            "What decides on its data: Azure RBAC or access policies.",
            _of_vault(lambda vault: None if vault.uses_rbac is None else _MODELS[not vault.uses_rbac]),
            words=_MODELS,
        ),
        _field(
            "vault.policies",
            Type.NUMBER,
            "How many access policies are stored, in force or not.",
            _of_vault(lambda vault: None if vault.policies is None else len(vault.policies)),
        ),
        _field(
            "vault.network",
            Type.WORD,
            "Who reaches it: every network, listed ones, or private endpoints only.",
            _network,
            words=_NETWORKS,
        ),
        _field(
            "vault.public-access",
            Type.WORD,
            "Public network access.",
            _of_vault(lambda vault: _public_access(vault.public_access)),
            words=_PUBLIC_ACCESS,
        ),
        _field(
            "vault.default-action",
            Type.WORD,
            "What the firewall does with networks that no rule names.",
            _of_vault(lambda vault: None if vault.network is None else _action(vault.network.default_action)),
            words=_ACTIONS,
        ),
        _field(
            "vault.bypass",
            Type.WORD,
            "Whether trusted Microsoft services pass the firewall.",
            _of_vault(lambda vault: None if vault.network is None else _bypass(vault.network.bypass)),
            words=_BYPASSES,
        ),
        _field("vault.ip-rules", Type.LIST, "The address ranges the firewall admits.", _of_vault(_ip_rules)),
        _field("vault.subnets", Type.LIST, "The subnets the firewall admits.", _of_vault(_subnets)),
        _field(
            "vault.widest-ip-prefix",
            Type.NUMBER,
            "The prefix length of the widest address range: 0 is every address, 32 a single one.",
            _of_vault(_widest),
        ),
        _field(
            "vault.approved-endpoints", Type.LIST, "Its approved private endpoints.", _of_vault(_approved_endpoints)
        ),
        _field(
            "vault.unapproved-endpoints",
            Type.LIST,
            "Its private endpoints that wait, were rejected or are disconnected.",
            _of_vault(_unapproved_endpoints),
        ),
        _field("vault.soft-delete", Type.FLAG, "Whether what is deleted is kept.", _or_default("soft_delete", True)),
        _field(
            "vault.retention-days",
            Type.NUMBER,
            "For how many days it is kept.",
            _or_default("retention_days", _DEFAULT_RETENTION),
        ),
        _field(
            "vault.purge-protection",
            Type.FLAG,
            "Whether what is kept is safe from being purged.",
            _of_vault(lambda vault: vault.purge_protection),
        ),
        _field(
            "vault.fetchers",
            Type.LIST,
            "Which services may fetch from it: virtual machines, templates, disk encryption.",
            _of_vault(_fetchers),
        ),
        _field(
            "vault.deployers",
            Type.NUMBER,
            "How many principals hold keyvault/vaults/deploy/action over it.",
            _deployers,
            need="roleAssignments",
        ),
        _field(
            "vault.logs-audit-events",
            Type.FLAG,
            "Whether a diagnostic setting sends its audit events anywhere.",
            _logged,
            need="diagnosticSettings",
        ),
        _field(
            "vault.api-version",
            Type.TEXT,
            "The API version that a template declares it with; none for a vault that was exported.",
            _of_vault(_declared_version),
        ),
        _field(
            "vault.retiring-version",
            Type.FLAG,
            "Whether that API version retires on 2027-02-27.",
            _of_vault(_retires),
        ),
        _field(
            "vault.model-by-default",
            Type.FLAG,
            "Whether its template leaves the permission model to the API version.",
            _of_vault(_by_default),
        ),
        _field("vault.locked", Type.FLAG, "Whether a lock sits on it or above it.", _locked, need="locks"),
    ),
)
