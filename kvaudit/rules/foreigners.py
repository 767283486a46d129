"""Who is from elsewhere: guests, and groups of another tenant. Source: semantics 1.5 and 1.8."""

from __future__ import annotations

from kvaudit.access.membership import Directory
from kvaudit.model.directory import GROUP, USER, Principal
from kvaudit.model.value import Value


class Foreigners(Value):
    """The foreigners behind a principal, itself or members of it, and those of whom it is not known."""

    sure: tuple[str, ...]
    unknown: tuple[str, ...]


_NONE = Foreigners((), ())


class ForeignerIndex:
    """Looks behind each principal once."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._found: dict[str, Foreigners] = {}
        types = {each.id: each.type or directory.type_of(each.id) for each in directory.principals()}
        self._domestic = frozenset(
            [each.id for each in directory.principals() if _is_foreign(types[each.id], each) is False]
        )
        self._settled = frozenset([each for each in self._domestic if types[each] != GROUP])

    def behind(self, principal: str) -> Foreigners:
        """The foreigners behind a principal."""
        found = self._found.get(principal)
        if found is None:
            found = self._found[principal] = self._find(principal)
        return found

    def behind_any(self, principals: frozenset[str]) -> dict[str, Foreigners]:
        """The foreigners behind each of these principals behind whom there may be some."""
        return {each: self.behind(each) for each in principals - self._settled}

    def _find(self, principal: str) -> Foreigners:
        directory = self._directory
        members = directory.members_of(principal).ids if directory.is_group(principal) else frozenset[str]()
        others = (members | {principal}) - self._domestic
        if not others:
            return _NONE
        answers = {each: is_foreign(directory, each) for each in sorted(others)}
        return Foreigners(
            tuple(each for each, answer in answers.items() if answer),
            tuple(each for each, answer in answers.items() if answer is None),
        )


def is_foreign(directory: Directory, principal: str) -> bool | None:
    """Whether a principal is a guest or a foreign group; None where the directory does not say."""
    return _is_foreign(directory.type_of(principal), directory.principal(principal))


def _is_foreign(kind: str | None, found: Principal | None) -> bool | None:
    """A user who was invited keeps `#EXT#` in the user principal name, even one since made a member."""
    if kind == "ForeignGroup":
        return True
    if kind not in (USER, None):
        return False
    if found is None or (found.user_type is None and found.upn is None):
        return None
    return (found.user_type or "").lower() == "guest" or "#ext#" in (found.upn or "").lower()
