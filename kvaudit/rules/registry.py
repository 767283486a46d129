"""Where rules come from, and running them.

Every rule comes in a pack: a folder of rule folders, with functions for those in Python. The rules that ship, plug-ins
(entry points of the group `kvaudit.rules`) and `--rules DIR` all come through the same door; from DIR no Python is run.
A rule that is broken, or comes twice, stops the run.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kvaudit.errors import RuleError
from kvaudit.model.finding import Finding, Gap, NotEvaluated, Remediation, Severity
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.rules import builtin
from kvaudit.rules.base import Context, Judge, Rule
from kvaudit.rules.declarative import RULE_FILE, read_rule

GROUP = "kvaudit.rules"
_PACKAGED = Path(__file__).parent / "packs"  # in a wheel; in the repository the folder is at the top
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "rules"


class Pack(Value):
    """A folder of rules, and the functions of those that say `python: true`, by id."""

    folder: Path
    judges: Mapping[str, Judge] = {}


def load_rules(extra_dirs: Sequence[Path] = ()) -> tuple[Rule, ...]:
    """All rules by id: those that ship, those of plug-ins, and those of further folders.

    Raises RuleError for a folder without rules, a broken rule or plug-in, and an id that comes twice.
    """
    packs = [shipped(), *_plugged_in(), *map(Pack, extra_dirs)]
    rules: dict[str, Rule] = {}
    for pack in packs:
        for rule in read_pack(pack):
            known = rules.setdefault(rule.meta.id, rule)
            if known is not rule:
                raise RuleError(f"rule {rule.meta.id} exists already: {known.meta.source}", where=rule.meta.source)
    return tuple(rules[each] for each in sorted(rules))


def read_pack(pack: Pack) -> Iterator[Rule]:
    """The rules of a pack, by id. Raises RuleError as load_rules."""
    if not pack.folder.is_dir():
        raise RuleError("there is no such folder of rules", where=str(pack.folder))
    folders = sorted(each for each in pack.folder.iterdir() if (each / RULE_FILE).is_file())
    if not folders:
        hint = f"A rule is a folder named as its id, with {RULE_FILE} and fixtures."
        raise RuleError("no rules in this folder", where=str(pack.folder), hint=hint)
    without = sorted(pack.judges.keys() - {folder.name for folder in folders})
    if without:
        raise RuleError(f"no {RULE_FILE} for {', '.join(without)}", where=str(pack.folder))
    for folder in folders:
        yield read_rule(folder, pack.judges)


def shipped() -> Pack:
    """The pack that ships: its functions are what the modules of `kvaudit.rules.builtin` have as RULES."""
    judges: dict[str, Judge] = {}
    for module in pkgutil.iter_modules(builtin.__path__):
        judges.update(getattr(importlib.import_module(f"{builtin.__name__}.{module.name}"), "RULES", {}))
    return Pack(SHIPPED, judges)


def pack_at(folder: Path) -> Pack:
    """The pack of a folder: with its functions where it ships or belongs to a plug-in, else without any."""
    at = folder.resolve()
    return next((pack for pack in (shipped(), *_plugged_in()) if pack.folder.resolve() == at), Pack(folder))


def _plugged_in() -> Iterator[Pack]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        yield _pack_of(point)


def _pack_of(point: EntryPoint) -> Pack:
    """What a plug-in gives: a Pack, or a function that makes one."""
    where = f"plug-in {point.name} = {point.value}"
    try:  # a plug-in's own code may raise anything; whose fault it is must be said
        given: Any = point.load()
        pack = given() if callable(given) else given
    except Exception as error:
        raise RuleError(f"cannot be loaded: {type(error).__name__}: {error}", where=where) from error
    if not isinstance(pack, Pack):
        raise RuleError(f"gives {type(pack).__name__}, not a kvaudit.rules.registry.Pack", where=where)
    return pack


class RuleResults(Value):
    """What the rules said of an access."""

    findings: tuple[Finding, ...]  # from the worst; then by rule, subject, principal
    gaps: tuple[Gap, ...]  # one for each need and subject
    not_evaluated: tuple[NotEvaluated, ...]  # one for each need


def run_rules(rules: Iterable[Rule], context: Context) -> RuleResults:
    """Ask every rule; what several say of the same thing is said once."""
    findings: dict[str, dict[_Identity, Finding]] = {}
    gaps: dict[tuple[str, str], tuple[Gap, set[str]]] = {}
    unjudged: dict[str, tuple[NotEvaluated, set[str]]] = {}
    for rule in rules:
        severity = context.severities.get(rule.meta.id)
        for result in rule.judge(context):
            if isinstance(result, Finding):
                found = mended_in_source(result)
                if severity is not None:
                    found = msgspec.structs.replace(found, severity=severity)
                of_rule = findings.setdefault(found.rule, {})
                key = (found.subject, found.principal or "", found.permission_class)
                known = of_rule.setdefault(key, found)
                if known is not found:
                    of_rule[key] = fold(known, found)
            elif isinstance(result, Gap):
                gaps.setdefault((result.need, scope_key(result.subject)), (result, set()))[1].update(result.rules)
            else:
                unjudged.setdefault(result.need, (result, set()))[1].update(result.rules)
    return RuleResults(
        _sorted(findings),
        tuple(_with_rules(*gaps[key]) for key in sorted(gaps)),
        tuple(_with_rules(*unjudged[key]) for key in sorted(unjudged)),
    )


def held_up(gaps: Iterable[Gap], rules: Iterable[Rule]) -> Iterator[Gap]:
    """Gaps of the estate with the rules that look at what is missing, so that their silence is no pass."""
    looking: dict[str, set[str]] = {}
    for rule in rules:
        for need in rule.meta.needs:
            for section in (need, *_ASSIGNED) if need == _ASSIGNMENTS else (need,):
                looking.setdefault(section, set()).add(rule.meta.id)
    for gap in gaps:
        found = looking.get(gap.need, set())
        yield _with_rules(gap, found.union(gap.rules)) if found else gap


_ASSIGNMENTS = "roleAssignments"
_ASSIGNED = ("roleDefinitions", "subscriptions", "roleEligibilities", "roleActivations")
"""What decides beside the assignments which roles are held, and over what."""

_Identity = tuple[str, str, str]
"""What tells the findings of a rule apart, and what the fingerprint is made of beside the rule."""


def _sorted(findings: Mapping[str, Mapping[_Identity, Finding]]) -> tuple[Finding, ...]:
    """From the worst; then by rule and identity. Few are compared, and none by its severity or rule."""
    by_severity: list[list[Finding]] = [[] for _ in Severity]
    for rule in sorted(findings):
        of_rule = findings[rule]
        for identity in sorted(of_rule):
            found = of_rule[identity]
            by_severity[found.severity].append(found)
    return tuple(chain.from_iterable(reversed(by_severity)))


Unknown = TypeVar("Unknown", Gap, NotEvaluated)


def _with_rules(result: Unknown, rules: Iterable[str]) -> Unknown:
    return msgspec.structs.replace(result, rules=tuple(sorted(rules)))


def merged(*parts: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of several runs in the order of one."""
    findings: dict[str, dict[_Identity, Finding]] = {}
    for found in chain.from_iterable(parts):
        findings.setdefault(found.rule, {})[found.subject, found.principal or "", found.permission_class] = found
    return _sorted(findings)


def mended_in_source(finding: Finding) -> Finding:
    """A finding without its commands, where its cause is declared: it may not be there yet, and would come back."""
    if not finding.origins or not all(origin.document.declares for origin in finding.origins):
        return finding
    return msgspec.structs.replace(finding, remediation=Remediation(finding.remediation.summary))


def fold(first: Finding, second: Finding) -> Finding:
    """Two findings about the same thing as one: all vaults, the worst severity, the best confidence, the first path."""
    vaults = {scope_key(vault): vault for vault in (*second.vaults, *first.vaults)}
    worst = max(first, second, key=lambda each: (each.severity, each is first))
    return msgspec.structs.replace(
        worst,
        confidence=max(first.confidence, second.confidence),
        vaults=tuple(vaults[key] for key in sorted(vaults)),
        path=first.path,
        origins=tuple(dict.fromkeys((*first.origins, *second.origins))),
    )
