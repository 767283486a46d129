"""The settings of a vault in words, to compare two looks at it. Source: semantics 2.1, 2.6 to 2.8 and 7.4."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kvaudit.access.engine import Access
from kvaudit.model.change import SettingChange
from kvaudit.model.vault import NetworkRules, PrivateEndpoint


def setting_changes(old: Access, new: Access, keys: Collection[str] | None = None) -> tuple[SettingChange, ...]:
    """The settings that are different, with all vaults of which that is so; of these vaults only, where they are named.

    A vault that one side does not list has no settings to compare.
    """
    alike: dict[tuple[str, str | None, str | None], list[str]] = {}
    common = old.estate.number.keys() & new.estate.number.keys()
    for key in sorted(common if keys is None else common.intersection(keys)):
        number = new.estate.number[key]
        then, now = settings(old, old.estate.number[key]), settings(new, number)
        for name, value in now.items():
            if value != then[name]:
                alike.setdefault((name, then[name], value), []).append(new.vaults[number].id)
    found = (SettingChange(*change, tuple(vaults)) for change, vaults in alike.items())
    return tuple(sorted(found, key=lambda each: (each.name, each.before or "", each.after or "")))


def settings(access: Access, number: int) -> dict[str, str | None]:
    """Each setting by its name; None where it is not known."""
    vault = access.vaults[number]
    network = vault.network or NetworkRules("", "")
    return {
        "permission model": _either(vault.uses_rbac, "Azure RBAC", "access policies"),
        "public network access": vault.public_access,
        "default network action": network.default_action or None,
        "networks let past the firewall": None if vault.network is None else _list(_past(network)),
        "approved private endpoints": _endpoints(vault.private_endpoints),
        "purge protection": _either(vault.purge_protection),
        "soft delete": _either(vault.soft_delete),
        "days deleted vaults are kept": None if vault.retention_days is None else str(vault.retention_days),
        "enabled for template deployment": _either(vault.for_template_deployment),
        "enabled for deployment": _either(vault.for_deployment),
        "enabled for disk encryption": _either(vault.for_disk_encryption),
        "audit events are logged": _either(_logs(access, number)),
        "locks": _locks(access, number),
    }


def _either(value: bool | None, yes: str = "yes", no: str = "no") -> str | None:  # noqa: FBT001
    return None if value is None else yes if value else no


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"


def _past(network: NetworkRules) -> set[str]:
    services = {"Azure services"} if network.bypass.lower() == "azureservices" else set[str]()
    return services | {each.lower() for each in (*network.ip_rules, *network.subnets)}


def _endpoints(endpoints: tuple[PrivateEndpoint, ...] | None) -> str | None:
    if endpoints is None:
        return None
    return str(sum((each.status or "").lower() == "approved" for each in endpoints))


def _logs(access: Access, number: int) -> bool | None:
    logging = [setting.logs_audit_events for setting in access.diagnostics(number)]
    if True in logging:
        return True
    return None if None in logging or not access.known("diagnosticSettings", number) else False


def _locks(access: Access, number: int) -> str | None:
    if "locks" not in access.snapshot.given:
        return None
    return _list({lock.level or "not readable" for lock in access.locks(number)})
