"""Which subscriptions, management groups and vaults there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from kvaudit.errors import UsageError
from kvaudit.sources.live.azure import Rows, row_of, rows_of
from kvaudit.sources.live.desk import Desk, Source
from kvaudit.sources.live.ledger import TENANT, Entry, Status
from kvaudit.sources.live.met import subscription_of
from kvaudit.sources.live.refusals import BadAnswer

_VAULTS = "'microsoft.keyvault/vaults'"
_HSMS = "'microsoft.keyvault/managedhsms'"
_COLUMNS = "project id,name,type,location,resourceGroup,subscriptionId,tenantId,tags,sku,properties | order by id asc"
EVERY_VAULT = f"resources | where type in~ ({_VAULTS},{_HSMS}) | {_COLUMNS}"
_CHAINS = (
    "resourcecontainers | where type in~ ('microsoft.resources/subscriptions','microsoft.management/managementgroups') "
    "| project id,name,type,tenantId,properties | order by id asc"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]")
_ID = re.compile(
    r"/subscriptions/(?P<subscription>[0-9a-f-]{36})/resourceGroups/(?P<group>[\w.()-]+)"
    r"/providers/Microsoft\.KeyVault/vaults/(?P<name>[A-Za-z0-9-]+)",
    re.IGNORECASE,
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class _Subscription(msgspec.Struct):
    id: str
    subscription_id: str = msgspec.field(name="subscriptionId")
    display_name: str | None = msgspec.field(name="displayName", default=None)


class Estate:
    """The part of a tenant that was selected."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._azure = desk.azure
        self._selection = desk.wanted.selection
        self._visible: dict[str, bytes] = {}  # subscriptions, by id
        self._named: dict[str, list[str]] = {}  # their ids, by name
        self.names: dict[str, str] = {}  # the names of those that are visible
        self.placed: set[str] = set()  # subscriptions of which it was told what is above them
        self.subscriptions: list[str] = []  # ids of those that were selected; none: wherever a vault is found

    def find(self) -> None:
        """Read subscriptions, the groups above them, and the vaults. Raises UsageError for what cannot be selected."""
        if self._desk.read(Source("subscriptions", TENANT, _checked(self._list_subscriptions))) and not self._visible:
            words = "this identity sees no subscription, and so no vault"
            self._desk.ledger.add(Entry("vaults", TENANT, Status.DENIED, code="NoSubscriptions", reason=words))
            return
        self.subscriptions = [self._selected(word) for word in self._selection.subscriptions]
        self._find_vaults()
        self._find_chains()

    @property
    def visible(self) -> list[str]:
        """All subscriptions that can be seen, selected or not."""
        return sorted({*self._visible, *self.placed, *self._desk.met.subscriptions()})

    @property
    def searched(self) -> list[str]:
        """The subscriptions of which something is told by queries: their vaults, or with --fast their assignments."""
        chosen = self._selection
        if chosen.by_name:
            return sorted({*self.subscriptions, *self._desk.met.subscriptions()}) if self._desk.wanted.fast else []
        return sorted(self.placed) if chosen.groups else self.visible

    def _list_subscriptions(self) -> Iterator[list[bytes]]:
        for rows in self._azure.arm.listing("/subscriptions", api_version="2022-12-01"):
            for raw in rows:
                found = msgspec.json.decode(raw, type=_Subscription)
                identifier, name = found.subscription_id.lower(), found.display_name or ""
                self._visible[identifier], self.names[identifier] = bytes(raw), name
                self._named.setdefault(name.lower(), []).append(identifier)
        yield []

    def _selected(self, word: str) -> str:
        """The id of a subscription that is named by id or name."""
        identifier = subscription_of(word) or word.lower()
        if _GUID.fullmatch(identifier) and (identifier in self._visible or not self._visible):
            return identifier
        found = self._named.get(identifier, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"--subscription {word}: {len(found)} have this name", hint="Use one of: " + ", ".join(found)
            )
        known = ", ".join(sorted(name for name in self._named if name)[:10]) or "none"
        raise UsageError(
            f"--subscription {word}: no subscription of this name or id can be seen", hint=f"To be seen: {known}"
        )

    def _find_vaults(self) -> None:
        chosen = self._selection
        for word in chosen.vaults:
            self._find_vault(word)
        if chosen.vaults:
            return
        for subscription in self.subscriptions:
            self._list_vaults(subscription)
        if chosen.by_name:
            return
        whole = self._query_vaults(EVERY_VAULT, ",".join(chosen.groups) or TENANT, chosen.groups)
        if whole or chosen.groups or not self._visible:
            return
        answers = [self._list_vaults(subscription) for subscription in self._visible]  # Resource Manager knows them too
        if all(answers):
            self._desk.ledger.add(Entry("vaults", TENANT, Status.OK))

    def _find_vault(self, word: str) -> None:
        by_id = _ID.fullmatch(word.strip().rstrip("/"))
        if by_id:
            vaults = self._azure.vaults_of(by_id["subscription"].lower()).vaults
            self._desk.read(Source("vaults", word, lambda: [[row_of(vaults.get, by_id["group"], by_id["name"])]]))
            if self._desk.ledger.entries["vaults", word].status is Status.ABSENT:
                raise UsageError(
                    f"--vault {word}: there is no such vault",
                    hint="Or it was deleted: kvaudit reads those that are there.",
                )
        elif _NAME.fullmatch(word):
            if self._desk.ledger.has("vaults", word):
                return  # the collection that is gone on with has it
            known = len(self._desk.met.vaults)
            kql = f"resources | where type =~ {_VAULTS} and name =~ '{word}' | {_COLUMNS}"
            answered = self._query_vaults(kql, word, self._selection.groups)
            if answered and len(self._desk.met.vaults) == known:
                raise UsageError(f"--vault {word}: no vault of this name can be seen", hint="Name it by its id.")
        else:
            raise UsageError(f"--vault {word}: neither the name nor the id of a vault")

    def _query_vaults(self, kql: str, scope: str, groups: tuple[str, ...]) -> bool:
        """Vaults and HSMs by a query of Resource Graph; says whether it was answered."""

        def fetch() -> Iterator[list[msgspec.Raw]]:
            for rows in self._azure.query(kql, subscriptions=() if groups else self.subscriptions, groups=groups):
                vaults: list[msgspec.Raw] = []
                hsms: list[msgspec.Raw] = []
                for raw in rows:
                    (hsms if _is_hsm(raw) else vaults).append(raw)
                self._desk.keep("managedHsms", hsms)
                yield vaults

        return self._desk.read(Source("vaults", scope, fetch))

    def listings(self, subscription: str) -> Iterator[Source]:
        """The vaults and HSMs of a subscription, as Resource Manager lists them."""
        scope = f"/subscriptions/{subscription}"
        client = self._azure.vaults_of(subscription)
        yield Source("vaults", scope, lambda: rows_of(client.vaults.list_by_subscription))
        yield Source("managedHsms", scope, lambda: rows_of(client.managed_hsms.list_by_subscription))

    def _list_vaults(self, subscription: str) -> bool:
        """Vaults and HSMs of a subscription; says whether both lists were answered."""
        answers = [self._desk.read(source) for source in self.listings(subscription)]  # both are asked, whatever came
        return all(answers)

    def _find_chains(self) -> None:
        """The management groups above the subscriptions: of Resource Graph, else of the list of entities."""
        wanted = sorted({*self.subscriptions, *self._desk.met.subscriptions()})
        groups = () if self.subscriptions else self._selection.groups  # a query takes subscriptions or groups
        told = self.placed
        containers = 0

        def keep(rows: Rows) -> Iterator[list[bytes]]:
            nonlocal containers
            for found in rows:
                containers += len(found)
                kept = [bytes(raw) for raw in found if _is_subscription(raw, told)]
                yield kept

        def from_graph() -> Iterator[list[bytes]]:
            within = () if groups or self._selection.everything else wanted
            return keep(self._azure.query(_CHAINS, subscriptions=within, groups=groups))

        def from_entities() -> Iterator[list[bytes]]:
            path = "/providers/Microsoft.Management/getEntities"
            return keep(self._azure.arm.asking(path, {}, api_version="2020-05-01"))

        if not self._desk.read(Source("managementGroups", TENANT, _checked(from_graph))):
            self._desk.read(Source("managementGroups", TENANT, _checked(from_entities)))
        elif self._selection.groups and not (containers or wanted):
            words = ", ".join(self._selection.groups)
            raise UsageError(
                f"--management-group {words}: no management group of this name can be seen",
                hint="It is the name at the end of its id, not the one that is displayed.",
            )
        rest = [raw for identifier, raw in self._visible.items() if identifier not in told]
        if self._selection.everything or not wanted:
            self._desk.keep("subscriptions", rest)
        else:
            self._desk.keep(
                "subscriptions", [self._visible[each] for each in wanted if each in self._visible and each not in told]
            )


def _checked(fetch: Callable[[], Iterator[Any]]) -> Callable[[], Iterator[Any]]:
    """The same, where a row of no known shape is a bad answer."""

    def run() -> Iterator[Any]:
        try:
            yield from fetch()
        except msgspec.DecodeError as error:
            raise BadAnswer(f"a row has no known shape: {error}") from error

    return run


class _Typed(msgspec.Struct):
    id: str = ""
    type: str = ""


def _is_hsm(raw: msgspec.Raw) -> bool:
    try:
        return msgspec.json.decode(raw, type=_Typed).type.lower().endswith("/managedhsms")
    except msgspec.DecodeError:
        return False


def _is_subscription(raw: msgspec.Raw, told: set[str]) -> bool:
    """Whether a row is one of a subscription, which is then noted as told."""
    row = msgspec.json.decode(raw, type=_Typed)
    if not row.type.lower().endswith("/subscriptions"):
        return False
    told.add(row.id.rsplit("/", 1)[-1].lower())
    return True
