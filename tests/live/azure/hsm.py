"""The data plane of a managed HSM: its local roles and who holds them.

Source: https://learn.microsoft.com/rest/api/keyvault/role-assignments, 7.4.
"""

from __future__ import annotations

import re

from tests.live.azure.connection import Request, Response, answer
from tests.live.azure.estate import Estate

VERSIONS = {"7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"}
_LIST = re.compile("/providers/Microsoft.Authorization/(roleAssignments|roleDefinitions)", re.IGNORECASE)


def answered(estate: Estate, request: Request) -> Response:
    """Refuses everything but the two lists."""
    found = _LIST.fullmatch(request.path)
    if not found or request.method != "GET":
        return answer({"error": {"code": "NotFound", "message": "Not found"}}, 404)
    if request.parameters.get("api-version") not in VERSIONS:
        return answer({"error": {"code": "BadParameter", "message": "The api-version is missing or not known"}}, 400)
    rows = estate.hsm_assignments if found[1].lower() == "roleassignments" else estate.hsm_definitions
    return answer({"value": rows})
