"""Some vaults judged more or less strictly than the rest, by name or tag: production unlike test.

A finding is judged by the strictest vault that it touches. Where a vault's tags were not given, each entry that may be
about it counts as a possibility, and again the strictest decides.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from kvaudit.model.finding import Finding, Severity
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.model.vault import Vault


class Override(Value):
    """What holds for the vaults of a name, of some tags, or of both."""

    name: str | None = None  # glob on the vault's name or id, in any case
    tags: dict[str, str] = {}  # tag and glob on its value, in any case
    severities: dict[str, Severity] = {}
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None

    def ignores(self, rule: str) -> bool:
        """Whether a rule is left out, by its id or the beginning of it."""
        return any(rule.upper().startswith(word.upper()) for word in self.ignore)

    def fits(self, vault: Vault) -> bool | None:
        """Whether it is about a vault; None where the vault's tags would tell and were not given."""
        if self.name is not None and not (_like(vault.name, self.name) or _like(scope_key(vault.id), self.name)):
            return False
        if not self.tags:
            return True
        if vault.tags is None:
            return None
        tags = {name.casefold(): value for name, value in vault.tags.items()}
        return all(_like(tags.get(name.casefold()), glob) for name, glob in self.tags.items())


def _like(text: str | None, glob: str) -> bool:
    return text is not None and re.match(fnmatch.translate(glob.casefold()), text.casefold()) is not None


_NONE = Override()


class Strictness:
    """How findings are judged, by the vaults they touch."""

    def __init__(self, overrides: Sequence[Override], vaults: Iterable[Vault], fail_on: Severity) -> None:
        self._fail_on = fail_on
        self._overrides = (*overrides, _NONE)
        self._of = {scope_key(vault.id): self._possible(vault) for vault in vaults} if overrides else {}
        self._rest = frozenset((len(overrides),))
        self._known: dict[int, tuple[tuple[str, ...], frozenset[int]]] = {}  # by identity: most lists are shared

    def _possible(self, vault: Vault) -> frozenset[int]:
        """The entries that may be about a vault: the first that is for sure, and those before it that may be."""
        possible = []
        for number, override in enumerate(self._overrides):
            fits = override.fits(vault)
            if fits is not False:
                possible.append(number)
            if fits:
                break
        return frozenset(possible)

    def _about(self, finding: Finding) -> Iterator[Override]:
        vaults = finding.vaults
        known = self._known.get(id(vaults))
        if known is None:
            numbers = self._rest if not vaults else frozenset[int]()
            numbers = numbers.union(*(self._of.get(scope_key(vault), self._rest) for vault in vaults))
            known = self._known[id(vaults)] = vaults, numbers
        return (self._overrides[number] for number in known[1])

    def applied(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings with the severities of their vaults, without those that every vault they touch ignores."""
        return tuple(self._changed(findings)) if self._of else findings

    def _changed(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            severities = [
                override.severities.get(finding.rule, finding.severity)
                for override in self._about(finding)
                if not override.ignores(finding.rule)
            ]
            if severities:
                worst = max(severities)
                changed = worst is not finding.severity
                yield msgspec.structs.replace(finding, severity=worst) if changed else finding

    def fail_on(self, finding: Finding) -> Severity:
        """The severity from which this finding fails the run."""
        if not self._of:
            return self._fail_on
        gates = (override.fail_on for override in self._about(finding) if not override.ignores(finding.rule))
        return min(self._fail_on if gate is None else gate for gate in gates)
