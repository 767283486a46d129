"""Who is from elsewhere: guests, and groups of another tenant. Source: semantics 1.5 and 1.8."""

from __future__ import annotations

from kvaudit.access.membership import Directory
from kvaudit.model.directory import USER
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
        self._domestic = frozenset(
            each.id for each in directory.principals() if is_foreign(directory, each.id) is False
        )

    def behind(self, principal: str) -> Foreigners:
        """The foreigners behind a principal."""
        found = self._found.get(principal)
        if found is None:
            found = self._found[principal] = self._find(principal)
        return found

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
    """Whether a principal is a guest or a foreign group; None where the directory does not say.

    A user who was invited keeps `#EXT#` in the user principal name, even one since made a member.
    """
    kind = directory.type_of(principal)
    if kind == "ForeignGroup":
        return True
    if kind not in (USER, None):
        return False
    found = directory.principal(principal)
    if found is None or (found.user_type is None and found.upn is None):
        return None
    return (found.user_type or "").lower() == "guest" or "#ext#" in (found.upn or "").lower()
