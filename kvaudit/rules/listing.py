"""Whether who is not in the input is nobody: a list of users says nothing of groups."""

from __future__ import annotations

from kvaudit.access.engine import Access
from kvaudit.model.directory import GROUP, SERVICE_PRINCIPAL, USER
from kvaudit.model.snapshot import TENANT

_EVERY_TYPE = (USER, GROUP, SERVICE_PRINCIPAL)


class Listing:
    """Which types of principal the input lists, and whether it says that these are all there are."""

    def __init__(self, access: Access) -> None:
        stated = [each for each in access.snapshot.coverage if each.fact == "principals"]
        self.given = "principals" in access.snapshot.given and all(each.complete for each in stated)
        self.whole = self.given and any(each.scope == TENANT for each in stated)
        rows = access.directory.principals() if self.given else ()
        self._types = frozenset(each.type for each in rows if each.listed)

    def tells_of(self, kind: str | None) -> bool:
        """Whether a principal of this type who is not listed does not exist; None stands for any type."""
        return self.whole or (kind in self._types if kind else self._types.issuperset(_EVERY_TYPE))
