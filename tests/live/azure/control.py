"""The other origin: a host that has no business with anybody's token, and the way to steer a fake in its own process.

POST /_fault     a Fault as JSON            POST /_heal     no faults any more
POST /_settings  fields of Settings         POST /_reset    an empty log
POST /_warm      a body of Resource Graph: all its pages are made beforehand
GET  /_stats     counts of the log          GET  /_log?match=REGEX   its lines
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from tests.live.azure.connection import Request, Response, answer
from tests.live.azure.faults import Fault

if TYPE_CHECKING:
    from tests.live.azure.server import Azure

NOBODY = "00000000-0000-0000-0000-00000000e111"
STOLEN = f"/subscriptions/{NOBODY}/resourceGroups/rg-evil/providers/Microsoft.KeyVault/vaults/kv-evil"


def evil(url: str) -> Response:
    """Rows that must not be believed, in every shape that a client may wait for."""
    row = {"id": STOLEN, "name": "kv-evil", "type": "Microsoft.KeyVault/vaults", "location": "westeurope",
           "properties": {"tenantId": "00000000-0000-0000-0000-00000000e111", "accessPolicies": [],
                          "sku": {"family": "A", "name": "standard"}, "vaultUri": f"{url}/"}}  # fmt: skip
    return answer({"value": [row], "data": [row], "totalRecords": 1, "count": 1, "resultTruncated": "false"})


def answered(azure: Azure, request: Request) -> Response:
    """Steering; none of it is logged."""
    if request.path == "/_fault":
        azure.add(msgspec.convert(request.json(), Fault))
    elif request.path == "/_heal":
        azure.heal()
    elif request.path == "/_settings":
        for name, value in request.json().items():
            setattr(azure.settings, name, value)
    elif request.path == "/_reset":
        azure.reset()
    elif request.path == "/_warm":
        return answer({"pages": azure.queries.warm(request.json())})
    elif request.path == "/_stats":
        return answer(_stats(azure))
    elif request.path == "/_log":
        found = azure.entries(request.parameters.get("match", ""))
        return answer([[each.origin, each.words, each.status, each.authorized] for each in found])
    else:
        return answer({}, 404)
    return answer({})


def _stats(azure: Azure) -> dict[str, object]:
    return {
        "requests": dict(Counter(each.origin for each in azure.log if not each.batched)),
        "batched": sum(each.batched for each in azure.log),
        "statuses": dict(Counter(str(each.status) for each in azure.log)),
        "peak": dict(azure.peak),
        "connections": dict(azure.connections),
        "writes": [each.words for each in azure.writes()],
    }
