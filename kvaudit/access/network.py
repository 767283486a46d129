"""Who reaches a vault over the network. It is noted beside an access and never cancels one. Source: semantics 2.7."""

from __future__ import annotations

from kvaudit.model.vault import Vault


def reachability(vault: Vault) -> str:
    """`open` to every network, `restricted` to listed ones, `private` endpoints only, or `unknown`."""
    if not vault.has_properties or vault.public_access is None:
        return "unknown"
    if vault.public_access.lower() != "enabled":  # Disabled, or secured by a network perimeter
        return "private"
    if vault.network is None:
        return "unknown"
    return "open" if vault.network.default_action.lower() == "allow" else "restricted"
