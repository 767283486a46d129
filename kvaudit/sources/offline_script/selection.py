"""What the script is to look at: everything that can be seen, or what is named."""

from __future__ import annotations

import re
import unicodedata

from kvaudit.errors import UsageError
from kvaudit.model.value import Value

_GROUP = r"/subscriptions/([^/]+)/resourceGroups/[^/]+"
_ID = re.compile(_GROUP + r"/providers/Microsoft\.KeyVault/vaults/[^/]+", re.IGNORECASE)
_NO_TEXT = ("Cc", "Cs")  # control characters, and halves of characters
_PREFIX = "/subscriptions/"


class Selection(Value):
    """Names and ids as they were given; where all are empty, everything that can be seen."""

    subscriptions: tuple[str, ...] = ()  # names or ids
    management_groups: tuple[str, ...] = ()  # names
    vaults: tuple[str, ...] = ()  # names or ids of Resource Manager


def selection(subscriptions: tuple[str, ...], management_groups: tuple[str, ...], vaults: tuple[str, ...]) -> Selection:
    """Check what was given. Vaults that are all named by their ids say in which subscriptions to look.

    Raises UsageError for what can be no name of Azure.
    """
    for option, values in (
        ("--subscription", subscriptions),
        ("--management-group", management_groups),
        ("--vault", vaults),
    ):
        for value in values:
            _check(option, value)
    asked = tuple(each.removeprefix(_PREFIX) for each in subscriptions)
    ids = [match[1] for each in vaults if (match := _ID.fullmatch(each))]
    if vaults and len(ids) == len(vaults) and not (asked or management_groups):
        asked = tuple(dict.fromkeys(ids))
    return Selection(asked, management_groups, vaults)


def _check(option: str, value: str) -> None:
    if not value.strip() or any(unicodedata.category(sign) in _NO_TEXT for sign in value):
        raise UsageError(f"{option} {value!r}: a name is neither empty nor has it control characters")
    if option == "--vault" and "/" in value and not _ID.fullmatch(value):
        raise UsageError(
            f"{option} {value!r} is no id of a vault",
            hint="Give its name, or /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/NAME.",
        )
