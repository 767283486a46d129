"""Application permissions: what a principal may do to an application, Microsoft Graph above all. Semantics 3.3."""

from __future__ import annotations

from kvaudit.model.directory import GRAPH_ROLES, AppRole
from kvaudit.model.snapshot import TENANT
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import convert
from kvaudit.sources.shapes.base import Shape, lower
from kvaudit.sources.wire import AppRoleRow, Row


def read_app_role(facts: Facts, row: Row, pointer: str) -> None:
    """An application permission; those of Microsoft Graph that lead to more are known by their names."""
    body, damage = convert(row, AppRoleRow)
    principal, resource, role = lower(body.principal_id), lower(body.resource_id), lower(body.app_role_id)
    subject = principal or facts.document.name
    facts.damaged("appRoleAssignments", subject, pointer, damage, TENANT)
    if not (principal and resource and role):
        if not damage:
            reason = "an app role assignment without principal, resource or role"
            facts.damaged("appRoleAssignments", subject, pointer, {"": reason}, TENANT)
        return
    name = body.resource_display_name
    facts.app_roles.append(AppRole(principal, GRAPH_ROLES.get(role, role), resource, name, facts.origin(pointer)))


SHAPES = (
    Shape(
        "app role assignments",
        "appRoleAssignments",
        read_app_role,
        ("#microsoft.graph.approleassignment",),
        (frozenset({"principalId", "resourceId", "appRoleId"}),),
    ),
)
