"""JSON of a checkup: the public contract `kvaudit/doctor/v1`; the schema beside this module says what fields mean."""

from __future__ import annotations

from typing import BinaryIO

from kvaudit import __version__
from kvaudit.model.checkup import Checkup
from kvaudit.report.formats import Look
from kvaudit.report.json_writing import Wire, encode, write_document

DOCTOR_SCHEMA = "kvaudit/doctor/v1"


class _Subject(Wire):
    name: str | None
    object_id: str | None
    app_id: str | None
    signed_in_with: str
    tenant_id: str | None
    cloud: str
    clock: str


class _Left(Wire):
    source: str
    option: str


def write_checkup(checkup: Checkup, stream: BinaryIO, _look: Look) -> None:
    """Write a checkup as `kvaudit/doctor/v1`."""
    who = checkup.subject
    head = {
        "schema": DOCTOR_SCHEMA,
        "tool": {"name": "kvaudit", "version": __version__},
        "complete": checkup.complete,
        "lookedAs": _Subject(who.name, who.object, who.application, who.how, who.tenant, who.cloud, who.clock),
        "roleDefinition": checkup.role,
    }
    lists = {
        "subscriptions": map(encode, checkup.subscriptions),
        "sources": map(encode, checkup.checks),
        "notTried": (encode(_Left(*each)) for each in checkup.left),
        "cures": map(encode, checkup.cures),
    }
    write_document(stream, head, lists)
