"""The tenant, its management groups and subscriptions, of which AzureHound gives each with its parent."""

from __future__ import annotations

from kvaudit.model.scope import scope_key
from kvaudit.sources.facts import Facts
from kvaudit.sources.registry import SECTIONS
from kvaudit.sources.rows import canonical, convert
from kvaudit.sources.wire import HoundRow, Named, Row

_SUBSCRIPTION = "/subscriptions/"
_DEEPEST = 20  # Azure allows six levels below the root


class Tree:
    """Who is below whom, put together when all rows were seen: they come in any order, and more than once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parents: dict[str, str] = {}
        self._subscriptions: dict[str, tuple[str | None, str]] = {}  # key → name and pointer
        self._tenants: dict[str, bool] = {}  # ids, and whether the collection is of this one

    def tenant(self, data: Row, at: str) -> None:
        """A tenant: the one that was looked at, or another that something in it refers to."""
        body, damage = convert(data, HoundRow)
        self._facts.damaged("files", self._facts.document.name, at, damage)
        if body.tenant_id:
            self._tenants[body.tenant_id.lower()] = bool(body.collected)

    def subscription(self, data: Row, at: str) -> None:
        """A subscription."""
        body, damage = convert(data, HoundRow)
        self._facts.damaged("subscriptions", self._facts.document.name, at, damage)
        if body.id:
            self._note(body.id, body.display_name, at)
        elif not damage:
            self._facts.gap("subscriptions", self._facts.document.name, "a subscription without an id", at)

    def group(self, data: Row, at: str) -> None:
        """A management group; its tenant's root has the name of the tenant."""
        body, damage = convert(data, HoundRow)
        self._facts.damaged("subscriptions", self._facts.document.name, at, damage)
        if body.tenant_id:
            self._tenants.setdefault(body.tenant_id.lower(), False)

    def descendant(self, data: Row, at: str) -> None:
        """A management group or subscription, with the group right above it."""
        body, damage = convert(data, HoundRow)
        self._facts.damaged("subscriptions", self._facts.document.name, at, damage)
        inner = canonical(body.properties or {})
        parent, wrong = convert(inner.get("parent") or {}, Named)
        self._facts.damaged("subscriptions", self._facts.document.name, f"{at}/properties/parent", wrong)
        if not body.id:
            return
        key = scope_key(body.id)
        if parent.id:
            self._parents[key] = scope_key(parent.id)
        if key.startswith(_SUBSCRIPTION):
            name = inner.get("displayName") or inner.get("display_name")
            self._note(body.id, name if type(name) is str else None, at)

    def _note(self, identifier: str, name: str | None, at: str) -> None:
        key = scope_key(identifier)
        known = self._subscriptions.get(key)
        self._subscriptions[key] = (known[0] or name, known[1]) if known else (name, at)

    def finish(self) -> None:
        """Put the tenant and the subscriptions, with the groups above them, into the facts."""
        collected = [tenant for tenant, here in self._tenants.items() if here] or list(self._tenants)
        if len(collected) == 1:
            self._facts.tenant_id = collected[0]
        if self._subscriptions:
            self._facts.given.add("subscriptions")
        for key, (name, at) in self._subscriptions.items():
            row = {"id": key, "displayName": name, "managementGroupAncestors": self._above(key)}
            SECTIONS["subscriptions"](self._facts, row, at)

    def _above(self, key: str) -> list[str] | None:
        """The groups above, the nearest first; None where the way does not end at the root of the tenant."""
        chain: list[str] = []
        above = self._parents.get(key)
        while above and len(chain) < _DEEPEST:
            chain.append(above)
            above = self._parents.get(above)
        is_whole = bool(chain) and above is None and chain[-1].rpartition("/")[2] in self._tenants
        return chain if is_whole else None
