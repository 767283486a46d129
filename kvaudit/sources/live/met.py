"""What the rows that came name, which decides what is asked next: vaults, principals, roles, scopes, places of logs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable
from typing import Any

import msgspec

from kvaudit.model.scope import scope_key
from kvaudit.sources.live.spool import Placed

_DEFINITIONS = "roleDefinitions"
_INHERITED = frozenset({"roleAssignments", "denyAssignments", "roleEligibilities", "roleActivations"})
"""Sections whose rows from above a subscription come again with every subscription."""


class _Row(msgspec.Struct, gc=False):
    id: Any = None
    type: Any = None
    properties: Any = None
    identity: Any = None


_row = msgspec.json.Decoder(_Row)


class Met:
    """Everything met so far, from any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.vaults: dict[str, str] = {}  # key: the id as Azure writes it
        self.hsms: dict[str, str] = {}  # id: address of its data plane
        self.principals: dict[str, str | None] = {}  # id: type, where a row tells
        self.roles: dict[str, str] = {}  # the last part of a role's id: the whole, as it was first met
        self.defined: set[str] = set()  # roles whose definition came
        self.eligible: set[str] = set()  # scopes at which somebody may activate a role
        self.stores: dict[str, str] = {}  # places that logs are sent to
        self.carriers: set[str] = set()  # subscriptions of resources that carry identities
        self._came: set[tuple[str, str]] = set()  # rows that may come again, by section and id
        self._looks: dict[str, Callable[[_Row, dict[str, Any]], None]] = {
            "vaults": self._vault,
            "managedHsms": self._hsm,
            "roleAssignments": self._assignment,
            "roleEligibilities": self._eligibility,
            "roleActivations": self._assignment,
            _DEFINITIONS: self._definition,
            "denyAssignments": self._deny,
            "diagnosticSettings": self._diagnostic,
            "resources": self._carrier,
        }

    def notice(
        self, section: str, rows: Iterable[msgspec.Raw | bytes], place: str = "", *, again: bool = False
    ) -> list[Placed]:
        """Take from the rows of a section what they name, and give back those that had not come before.

        Each with its place in the snapshot: that of all of them, or its own id where others may bring it as well.

        A row that cannot be read names nothing here, and is kept: its damage is the reader's to tell. `again` says
        that these rows may come once more, since they are those of an earlier run.
        """
        look = self._looks.get(section)
        fresh = []
        with self._lock:
            for raw in rows:
                try:
                    row = _row.decode(raw)
                except msgspec.DecodeError:
                    fresh.append((place, bytes(raw)))
                    continue
                if self._is_fresh(section, row.id, again=again):
                    fresh.append((row.id.lower() if _is_inherited(section, row.id) else place, bytes(raw)))
                if look is not None:
                    look(row, row.properties if isinstance(row.properties, dict) else {})
        return fresh

    def _is_fresh(self, section: str, identifier: object, *, again: bool) -> bool:
        if not isinstance(identifier, str):
            return True
        key = section, last_part(identifier) if section == _DEFINITIONS else identifier.lower()
        known = key in self._came
        if again or section == _DEFINITIONS or _is_inherited(section, identifier):
            self._came.add(key)
        return not known

    def note_principals(self, found: Iterable[tuple[str, str | None]]) -> None:
        """Principals by id, with their type where it is known."""
        with self._lock:
            for principal, kind in found:
                self._meet(principal, kind)

    def subscriptions(self) -> list[str]:
        """The subscriptions that vaults lie in."""
        return sorted({subscription_of(vault) for vault in self.vaults} - {""})

    def undefined(self, known: Container[str]) -> list[str]:
        """The ids of roles that are assigned, and neither known by their name nor defined by a row."""
        return sorted(whole for name, whole in self.roles.items() if name not in self.defined and name not in known)

    def _meet(self, principal: object, kind: object = None) -> None:
        if isinstance(principal, str) and principal:
            key = principal.lower()
            told = kind if isinstance(kind, str) and kind else None
            self.principals[key] = told or self.principals.get(key)

    def _vault(self, row: _Row, body: dict[str, Any]) -> None:
        if not isinstance(row.id, str):
            return
        self.vaults.setdefault(scope_key(row.id), row.id)
        for entry in body.get("accessPolicies") or ():
            if isinstance(entry, dict):
                self._meet(entry.get("objectId"))

    def _hsm(self, row: _Row, body: dict[str, Any]) -> None:
        address = body.get("hsmUri")
        if isinstance(row.id, str) and isinstance(address, str):
            self.hsms[row.id] = address

    def _assignment(self, _: _Row, body: dict[str, Any]) -> None:
        self._meet(body.get("principalId"), body.get("principalType"))
        role = body.get("roleDefinitionId")
        if isinstance(role, str) and role:
            self.roles.setdefault(last_part(role), role)

    def _eligibility(self, row: _Row, body: dict[str, Any]) -> None:
        self._assignment(row, body)
        scope = body.get("scope")
        if isinstance(scope, str):
            self.eligible.add(scope)

    def _definition(self, row: _Row, _: dict[str, Any]) -> None:
        if isinstance(row.id, str):
            self.defined.add(last_part(row.id))

    def _deny(self, _: _Row, body: dict[str, Any]) -> None:
        for principal in body.get("principals") or ():
            if isinstance(principal, dict) and principal.get("type") != "SystemDefined":
                self._meet(principal.get("id"), principal.get("type"))

    def _diagnostic(self, _: _Row, body: dict[str, Any]) -> None:
        rule = body.get("eventHubAuthorizationRuleId")
        spaces = rule.lower().split("/authorizationrules/")[0] if isinstance(rule, str) else None
        for store in (body.get("workspaceId"), body.get("storageAccountId"), spaces):
            if isinstance(store, str) and store:
                self.stores.setdefault(scope_key(store), store)

    def _carrier(self, row: _Row, _: dict[str, Any]) -> None:
        if isinstance(row.id, str) and row.identity is not None:
            self.carriers.add(subscription_of(row.id))


def _is_inherited(section: str, identifier: object) -> bool:
    """Whether a row comes with every subscription below its scope."""
    return (
        section in _INHERITED and isinstance(identifier, str) and not identifier.lower().startswith("/subscriptions/")
    )


def subscription_of(scope: str) -> str:
    """The id of the subscription that a scope lies in, in lower case; "" for one above them."""
    parts = scope.split("/", 3)
    return parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""


def last_part(identifier: str) -> str:
    """The name at the end of an id, in lower case."""
    return identifier.rstrip("/").rsplit("/", 1)[-1].lower()
