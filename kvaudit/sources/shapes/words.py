"""The words a vault is described in, whichever tool wrote them: policy words, firewall words, network access."""

from __future__ import annotations

from typing import Any, NamedTuple

from kvaudit.model.permission import POLICY_WORDS, PermissionSet
from kvaudit.model.scope import scope_key
from kvaudit.model.vault import AccessPolicy
from kvaudit.sources.facts import Facts
from kvaudit.sources.rows import Damage, escape, kind_of
from kvaudit.sources.shapes.base import lower
from kvaudit.sources.wire import PolicyEntry, Row

SECTION = "vaults"
WORDS = {
    "default action": {"allow": "Allow", "deny": "Deny"},
    "bypass": {"azureservices": "AzureServices", "none": "None"},
    "publicNetworkAccess": {"enabled": "Enabled", "disabled": "Disabled", "securedbyperimeter": "SecuredByPerimeter"},
}


class Reading:
    """One vault's row while it is read: what is wrong in it is a gap, and the vault's facts are then not complete."""

    def __init__(self, facts: Facts, identifier: str, pointer: str) -> None:
        self.facts = facts
        self.id = identifier
        self.pointer = pointer

    def damaged(self, damage: Damage, pointer: str) -> None:
        """Note damage below a pointer that is relative to the vault's."""
        if damage:
            self.facts.damaged(SECTION, self.id, self.pointer + pointer, damage, scope_key(self.id))

    def tags(self, tags: Row | None, pointer: str) -> dict[str, str] | None:
        """Tags as text; a number or truth value, as YAML may have it, is text too."""
        found = {}
        for key, value in (tags or {}).items():
            if isinstance(value, (str, int, float)):
                found[key] = str(value)
            elif value is not None:
                self.damaged({f"{pointer}/{escape(key)}": f"expected text, found {kind_of(value)}"}, "")
        return None if tags is None else found

    def word(self, kind: str, text: str | None, default: str, pointer: str) -> str | None:
        """A word in the service's spelling; the default where there is none, None where it is not known."""
        if not text:
            return default
        word = WORDS[kind].get(text.lower())
        if word is None:
            self.damaged({pointer: f"unknown word {text!r}"}, "")
        return word


class Held(NamedTuple):
    """What the words of a policy entry stand for."""

    permissions: PermissionSet
    unread: tuple[str, ...]  # no permissions, as written: "secrets/gett"
    unfit: tuple[int, ...] = ()  # indices of what is no word at all


def together(parts: list[Held]) -> Held:
    """The words of all types of an entry."""
    held = 0
    unread: tuple[str, ...] = ()
    for part in parts:
        held |= part.permissions
        unread += part.unread
    return Held(held, unread)


def words_held(kind: str, words: list[Any]) -> Held:
    """The permissions of a list of words in any case."""
    held = 0
    unread = []
    unfit = []
    for number, word in enumerate(words):
        if type(word) is not str:
            unfit.append(number)
            continue
        bits = POLICY_WORDS.get((kind, word.strip().lower()))
        if bits is None:
            unread.append(f"{kind}/{word}")
        else:
            held |= bits
    return Held(held, tuple(unread), tuple(unfit))


def policy_of(reading: Reading, entry: PolicyEntry, held: Held, at: str, damage: Damage) -> AccessPolicy | None:
    """An access policy; None where it does not say for whom it is, or what.

    An entry whose applicationId cannot be read is left out: without it, it would serve its principal alone.
    """
    if not entry.object_id or (damage and not damage.keys().isdisjoint(("/applicationId", "/permissions"))):
        if not damage:
            reading.damaged({"/objectId": "missing"}, at)
        return None
    if held.unread:
        reading.damaged({"": f"no permission: {', '.join(held.unread)}"}, f"{at}/permissions")
    return AccessPolicy(
        entry.object_id.lower(),
        held.permissions,
        lower(entry.tenant_id),
        lower(entry.application_id),
        held.unread,
        reading.facts.origin(reading.pointer + at),
    )
