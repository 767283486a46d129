"""Whether Resource Graph shows all there is: what may not be read it leaves out without a word.

So each subscription is asked what this identity may do there. Where reading vaults is not granted for all of it, the
vaults that were found may not be all of them; the same for resources that carry identities, and for places of logs.
A subscription that does not say what may be read there leaves as much in doubt as one that says it may not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from kvaudit.sources.live import rights
from kvaudit.sources.live.crew import Batch
from kvaudit.sources.live.desk import Desk, Source
from kvaudit.sources.live.ledger import Entry, Status
from kvaudit.sources.live.needs import CARRIERS, NEEDS, RIGHTS, STORES, reads

PHASE = "rights"
NEEDED = {
    "vaults": (NEEDS["vaults"].action,),
    "managedHsms": (NEEDS["managedHsms"].action,),
    "roleDefinitions": (NEEDS["roleDefinitions"].action,),
    "resources": reads(CARRIERS),
    "logStores": reads(STORES),
}
"""What is asked of Resource Graph, and the actions without which it shows less than there is."""

_FAST = {"roleAssignments": (NEEDS["roleAssignments"].action,)}
"""What is asked of it as well where that was wanted; else Resource Manager says itself that it is denied."""

BY_QUERY = frozenset(NEEDED | _FAST)
"""All that may be asked of it."""

_NAMED = 3  # actions that are told by name

_ANYWHERE = {what: NEEDED[what] for what in ("resources", "logStores")}
"""What is looked for in every subscription, whichever vaults were selected: an identity may be used from anywhere."""


def check(desk: Desk, visible: Iterable[str], searched: Collection[str]) -> Batch:
    """Note in the ledger for each visible subscription what Resource Graph may have left out.

    In those that were `searched` vaults and roles were looked for by queries too.
    """
    told = NEEDED | (_FAST if desk.wanted.fast else {})
    return desk.do(
        PHASE, [_task(desk, f"/subscriptions/{each}", told if each in searched else _ANYWHERE) for each in visible]
    )


def granted(desk: Desk, scope: str) -> Iterator[list[msgspec.Raw]]:
    """What this identity may do in a subscription."""
    path = f"{scope}/providers/Microsoft.Authorization/permissions"
    return desk.azure.arm.listing(path, api_version="2022-04-01")


def _task(desk: Desk, scope: str, told: Mapping[str, tuple[str, ...]]) -> Callable[[], None]:
    def run() -> None:
        blocks: list[msgspec.Raw] = []

        def fetch() -> Iterator[tuple[()]]:
            for rows in granted(desk, scope):
                blocks.extend(rows)
            yield ()

        known = desk.read(Source(RIGHTS, scope, fetch))
        for what, actions in told.items():
            if not known:
                words = f"what Resource Graph may show there is not known: {desk.ledger.entries[RIGHTS, scope].words}"
                desk.ledger.add(Entry(what, scope, Status.FAILED, reason=words))
            elif missing := rights.missing(actions, blocks):
                more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
                words = f"Resource Graph shows what may be read, which is not {', '.join(missing[:_NAMED])}{more}"
                desk.ledger.add(Entry(what, scope, Status.DENIED, reason=words))

    return run
