"""Private endpoints to vaults: the connections that they make, as the vaults have them."""

from __future__ import annotations

from kvaudit.sources.rows import escape
from kvaudit.sources.template.bodies import Draft, properties_of
from kvaudit.sources.template.declared import Declared
from kvaudit.sources.template.functions import look_up
from kvaudit.sources.template.ids import Text
from kvaudit.sources.template.symbols import Unknown, render


def connections_of(resource: Declared) -> list[tuple[Draft, str]]:
    """The connections that a private endpoint makes to vaults, with their pointers."""
    found = []
    properties = properties_of(resource)
    for field, status in (
        ("privateLinkServiceConnections", "Approved"),
        ("manualPrivateLinkServiceConnections", "Pending"),
    ):
        at = f"{resource.at}/properties/{escape(field)}"
        is_written_out = isinstance(look_up(resource.raw.get("properties"), field)[1], list)
        listed = look_up(properties, field)[1] if isinstance(properties, dict) else None
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            inner = look_up(each, "properties")[1] if isinstance(each, dict) else None
            target = look_up(inner, "privateLinkServiceId")[1] if isinstance(inner, dict) else None
            if isinstance(target, (str, *Unknown)) and "/microsoft.keyvault/vaults/" in render(target).lower():
                found.append((_connection(resource, target, status), f"{at}/{number}" if is_written_out else at))
    return found


def _connection(resource: Declared, vault: Text, status: str) -> Draft:
    state = {} if resource.only_if else {"privateLinkServiceConnectionState": {"status": status}}
    name = render(resource.name)
    return {
        "id": f"{render(vault)}/privateEndpointConnections/{name}",
        "name": name,
        "type": "Microsoft.KeyVault/vaults/privateEndpointConnections",
        "properties": state,
    }
