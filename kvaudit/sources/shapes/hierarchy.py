"""Subscriptions and the management groups above them. Semantics 1.4, 7.6.

Chains of groups come in three orders: Resource Graph and the snapshot name the nearest first, the list of entities
the root first, and a tree of groups has them by nesting.
"""

from __future__ import annotations

from typing import Any

from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Subscription
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, canonical, convert, texts
from kvaudit.sources.shapes.base import Shape, nothing, opened
from kvaudit.sources.wire import GroupDetails, GroupNode, Named, Row, SubscriptionRow

SECTION = "subscriptions"
_GROUP = "/providers/microsoft.management/managementgroups/"


def _group_key(text: str) -> str:
    """A management group's scope, from its name or its id."""
    key = scope_key(text)
    return key if key.startswith("/") else _GROUP + key


def read_subscription(facts: Facts, row: Row, pointer: str) -> None:
    """A subscription, with the groups above it where the row says so."""
    arm, _, at, damage = opened(row, pointer)
    outer, wrong = convert(row, SubscriptionRow)
    inner, in_body = convert(arm.properties or {}, SubscriptionRow)
    identifier = outer.id or inner.id
    subject = identifier or outer.name or facts.document.name
    facts.damaged(SECTION, subject, pointer, {**damage, **wrong})
    facts.damaged(SECTION, subject, at, in_body)
    if not identifier:
        if not wrong:
            facts.damaged(SECTION, subject, pointer, {"": "a subscription without an id"}, TENANT)
        return
    key = scope_key(identifier)
    if not key.startswith("/"):
        key = f"/subscriptions/{key}"
    ancestors, unfit = _ancestors(outer, inner)
    facts.damaged(SECTION, subject, pointer, unfit)
    name = outer.display_name or inner.display_name or outer.name
    facts.subscriptions.append(Subscription(key, name, ancestors, facts.origin(pointer)))


def _ancestors(outer: SubscriptionRow, inner: SubscriptionRow) -> tuple[tuple[str, ...] | None, Damage]:
    for nearest_first in (
        outer.management_group_ancestors,
        inner.management_group_ancestors_chain,
        outer.management_group_ancestors_chain,
    ):
        if nearest_first is not None:
            return _chain(nearest_first)
    root_first = outer.parent_name_chain if inner.parent_name_chain is None else inner.parent_name_chain
    return (None, {}) if root_first is None else _chain(root_first[::-1])


def _chain(items: list[Any]) -> tuple[tuple[str, ...] | None, Damage]:
    """Names, ids or objects that have them, as keys of scopes; one that cannot be read spoils the chain."""
    found = []
    for number, item in enumerate(items):
        named, damage = convert({"id": item} if type(item) is str else item, Named)
        text = named.id or named.name
        if damage or not text:
            return None, {"": f"management group {number} of the chain cannot be read"}
        found.append(_group_key(text))
    return tuple(found), {}


def read_group(facts: Facts, row: Row, pointer: str) -> None:
    """A management group with the tree below it: the subscriptions in it, as far as the way to the root is known.

    The tree begins at the group that was asked for. Above that it is known where it or its parent is the root (whose
    name is the tenant's id) or where its details have the path; otherwise the chain ends in the dark, and is not given
    at all.
    """
    arm, body, at, _ = opened(row, pointer)
    node, damage = convert(body, GroupNode)
    if not arm.id or not node.children:
        return
    above = _above(facts, arm.id, body, node, arm.name)
    facts.damaged(SECTION, arm.id, at, damage)
    open_nodes = [(arm.id, node.children, above, f"{at}/children")]
    while open_nodes:
        group, children, chain, children_at = open_nodes.pop()
        here = None if chain is None else (_group_key(group), *chain)
        for number, item in enumerate(children):
            child, wrong = convert(item, GroupNode)
            facts.damaged(SECTION, arm.id, f"{children_at}/{number}", wrong, TENANT)
            if not child.id:
                continue
            if scope_key(child.id).startswith("/subscriptions/"):
                origins = facts.origin(f"{children_at}/{number}")
                facts.subscriptions.append(Subscription(scope_key(child.id), child.display_name, here, origins))
                facts.given.add(SECTION)
            else:
                open_nodes.append((child.id, child.children or [], here, f"{children_at}/{number}/children"))


def _above(facts: Facts, group: str, body: Row, node: GroupNode, name: str | None) -> tuple[str, ...] | None:
    tenant = canonical(body).get("tenantId") or facts.tenant_id
    if isinstance(tenant, str) and (name or "").lower() == tenant.lower():
        return ()
    details, _ = convert(node.details or {}, GroupDetails)
    if details.management_group_ancestors_chain:
        return _chain(details.management_group_ancestors_chain)[0]
    parent, _ = convert(details.parent or {}, Named)
    if isinstance(tenant, str) and (parent.name or node.parent_name or "").lower() == tenant.lower():
        return (_group_key(tenant),)
    if details.path:
        names, whole = texts([item.get("name") if type(item) is dict else item for item in details.path])
        chain = [_group_key(text) for text in names if _group_key(text) != _group_key(group)]
        return tuple(reversed(chain)) if whole else None
    return None


SHAPES = (
    Shape(
        "subscriptions",
        SECTION,
        read_subscription,
        ("microsoft.resources/subscriptions", "/subscriptions"),
        (
            frozenset({"id", "tenantId", "isDefault"}),
            frozenset({"id", "managementGroupAncestors"}),
            frozenset({"subscriptionId", "displayName", "subscriptionPolicies"}),
            frozenset({"id", "subscriptionId", "homeTenantId"}),  # Get-AzSubscription
        ),
    ),
    Shape("management groups", "", read_group, ("microsoft.management/managementgroups",)),
    Shape("tenants", "", nothing, ("/tenants",), (frozenset({"tenantId", "defaultDomain"}),)),
)
