"""Permissions as sets: a fixed catalogue, and a bitmask over it.

Names are `secrets/get` (type and access-policy word) for the data of a vault, and the Azure action without its
`Microsoft.` in lower case for everything else. Source: semantics 2.3 to 2.5; the data is generated.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable
from functools import lru_cache

from kvaudit.data.permissions import ROWS
from kvaudit.errors import QuestionError
from kvaudit.model.value import Value

TYPES = ("secrets", "keys", "certificates", "storage")

PermissionSet = int
"""A set of permissions, one bit for each entry of the catalogue; union is `|`, what is missing is `a & ~b`."""


class Permission(Value):
    """One entry of the catalogue."""

    index: int
    name: str
    kind: str  # secrets | keys | certificates | storage | management
    actions: tuple[str, ...]  # the Azure actions that grant it, any one of them
    data_action: bool  # looked for in dataActions instead of actions
    level: str  # vault | subscription | tenant: where it must be held


CATALOGUE = tuple(Permission(index, *row) for index, row in enumerate(ROWS))
BY_NAME = {permission.name: permission for permission in CATALOGUE}


def pack(names: Iterable[str]) -> PermissionSet:
    """The set of these names; a name outside the catalogue is a KeyError."""
    held = 0
    for name in names:
        held |= 1 << BY_NAME[name].index
    return held


@lru_cache(maxsize=65536)
def unpack(held: PermissionSet) -> tuple[str, ...]:
    """The names of a set, in the catalogue's order."""
    names = []
    while held:
        lowest = held & -held
        names.append(CATALOGUE[lowest.bit_length() - 1].name)
        held ^= lowest
    return tuple(names)


def _kind(kind: str) -> PermissionSet:
    return pack(permission.name for permission in CATALOGUE if permission.kind == kind)


KIND: dict[str, PermissionSet] = {kind: _kind(kind) for kind in (*TYPES, "management")}
MANAGEMENT = KIND["management"]
DATA = (1 << len(CATALOGUE)) - 1 & ~MANAGEMENT
WORDS = pack(permission.name for permission in CATALOGUE if permission.name.split("/")[0] in TYPES)
PURGE = pack(f"{kind}/purge" for kind in TYPES)
ABOVE_VAULT = pack(permission.name for permission in CATALOGUE if permission.level != "vault")
TENANT_LEVEL = pack(permission.name for permission in CATALOGUE if permission.level == "tenant")
OF_KEY_VAULT = DATA | pack(permission.name for permission in CATALOGUE if permission.name.startswith("keyvault/"))
OF_VAULTS = DATA | pack(
    permission.name
    for permission in CATALOGUE
    if permission.name.startswith(("keyvault/vaults/", "keyvault/locations/deletedvaults/", "authorization/"))
)
"""What concerns vaults and the rights over them; of what may be done to other resources it has nothing."""
ASSIGN_ROLES = pack(["authorization/roleassignments/write"])
READ_ONLY = pack(permission.name for permission in CATALOGUE if permission.name.endswith("/read"))

# On one object of a vault: what is a call on that object, not on the collection or on the vault.
_VAULT_CALLS = ("list", "managecontacts", "getissuers", "listissuers", "setissuers", "deleteissuers", "manageissuers")
ON_OBJECT: dict[str, PermissionSet] = {
    kind: KIND[kind] & ~pack(name for word in _VAULT_CALLS if (name := f"{kind}/{word}") in BY_NAME) for kind in TYPES
}

POLICY_WORDS: dict[tuple[str, str], PermissionSet] = {
    tuple(permission.name.split("/")): 1 << permission.index  # type: ignore[misc]
    for permission in CATALOGUE
    if (1 << permission.index) & WORDS
}
POLICY_WORDS["secrets", "set"] |= pack(["keyvault/vaults/secrets/update/action"])
for _type in TYPES:
    # `all` stands for every permission but purge (semantics 2.2), and gives no data action that has no policy word.
    POLICY_WORDS[_type, "all"] = KIND[_type] & ~PURGE & ~pack(["keyvault/vaults/certificates/release/action"])

_DATA_OPERATIONS: dict[str, PermissionSet] = {}
for _permission in CATALOGUE:
    if (1 << _permission.index) & DATA:
        for _action in _permission.actions:
            _name = _action.removeprefix("Microsoft.").lower()
            _DATA_OPERATIONS[_name] = _DATA_OPERATIONS.get(_name, 0) | 1 << _permission.index


class Question(Value):
    """What is asked for: a name as given, and the permissions any of which answers it."""

    text: str
    permissions: PermissionSet

    @property
    def is_single(self) -> bool:
        """Whether one permission is asked for, not any of several."""
        return self.permissions.bit_count() == 1


def parse_question(text: str) -> Question:
    """Read a permission name, a type alone (`secrets`), a glob (`secrets/*`) or an Azure action.

    Raises QuestionError with near names where nothing of the catalogue is meant.
    """
    name = text.strip().lower().removeprefix("microsoft.")
    if name in BY_NAME:
        return Question(name, 1 << BY_NAME[name].index)
    if name in TYPES:
        return Question(name, KIND[name])
    if name in _DATA_OPERATIONS:
        return Question(name, _DATA_OPERATIONS[name])
    if any(sign in name for sign in "*?["):
        meant = pack(permission.name for permission in CATALOGUE if fnmatch.fnmatchcase(permission.name, name))
        if meant:
            return Question(name, meant)
    near = difflib.get_close_matches(name, [*BY_NAME, *TYPES, *_DATA_OPERATIONS], n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else "For example secrets/get, keys/* or keyvault/vaults/write."
    raise QuestionError(f"there is no permission {text!r}", hint=hint)
