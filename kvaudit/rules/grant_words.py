"""How a grant is put in a sentence, and how sure a finding about it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from kvaudit.access.paths import scope_label
from kvaudit.access.roles import Roles
from kvaudit.model.finding import Confidence, Verdict
from kvaudit.model.grant import Grant
from kvaudit.model.permission import DATA, KIND, TYPES, WORDS, PermissionSet, unpack

_MANY = 6  # permissions or principals in a sentence
_POWERS = {
    "ownership": "its ownership of {what}",
    "directoryRole": "the directory role {role}",
    "groupEligibility": "its eligibility for {role} of {what}",
    "appRole": "the application permission {role} of {what}",
}
_LONG = 120  # characters of a reason


def sureness(grant: Grant) -> Confidence:
    """High for what is held outright; less for what must be activated or hangs on an undecided condition."""
    return Confidence.MEDIUM if grant.verdict in (Verdict.CONDITIONAL, Verdict.ELIGIBLE) else Confidence.HIGH


def hedge(grant: Grant) -> str:
    """What a sentence must add where the access is not held outright: "" or words in brackets, with a blank before.

    A long condition is not repeated here: it stands in the path.
    """
    if grant.verdict is Verdict.ELIGIBLE:
        return " (once it activates the role)"
    if grant.verdict is Verdict.CONDITIONAL:
        short = 0 < len(grant.reason) <= _LONG
        return f" ({grant.reason})" if short else " (under a condition that the input does not decide)"
    return ""


def through(roles: Roles, grant: Grant) -> str:
    """By what it is given: "the role Key Vault Reader at resource group rg-app"."""
    if grant.cause.kind in _POWERS:
        return _POWERS[grant.cause.kind].format(role=grant.role, what=grant.scope.name)
    if grant.role is None:
        return "an access policy"
    role = roles.get(grant.role)
    return f"the role {role.name if role else grant.role} at {scope_label(grant.scope)}"


@cache
def permission_words(held: PermissionSet) -> str:
    """A set in a sentence: "secrets/get, keys/sign and 4 more".

    Data actions that access policies have no word for come with one that has, and are left out beside it.
    """
    return few(unpack(held & ~(DATA & ~WORDS) if held & WORDS else held))


@cache
def kinds_of(held: PermissionSet) -> str:
    """The permission class of a finding: "keys,secrets", "management"."""
    return ",".join(kind for kind in (*TYPES, "management") if held & KIND[kind])


def few(items: Sequence[str], say: Callable[[str], str] = str) -> str:
    """The first of some items in a sentence, each as it is said, and how many more there are."""
    if len(items) <= _MANY:
        return ", ".join(map(say, items))
    return f"{', '.join(map(say, items[: _MANY - 1]))} and {len(items) - _MANY + 1:,} more"
