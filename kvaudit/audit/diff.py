"""The walk of a comparison: two looks at an estate, read and judged alike, and what is different between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from pathlib import Path
from typing import BinaryIO

import msgspec

from kvaudit.access.changes import changes
from kvaudit.access.engine import Access, resolve
from kvaudit.access.lookup import find_vaults
from kvaudit.access.settings import setting_changes
from kvaudit.access.side import lasting
from kvaudit.audit import selected
from kvaudit.audit.walk import Located, Progress, names_of, read, rewindable, types_of, united
from kvaudit.errors import InputError, QuestionError, UsageError
from kvaudit.gate.config import load_config
from kvaudit.gate.verdict import ComparisonOutcome, judge_changes
from kvaudit.model.change import Change, DiffReport, FindingChange, GapChange, Kind
from kvaudit.model.finding import Gap, Severity
from kvaudit.model.grant import DEPTH
from kvaudit.model.origin import Origin
from kvaudit.model.permission import OF_VAULTS, parse_question
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import TENANT, Coverage, Snapshot
from kvaudit.model.value import Value
from kvaudit.rules.base import Context
from kvaudit.rules.comparing import compare_findings
from kvaudit.rules.registry import held_up, load_rules, run_rules
from kvaudit.sources.facts import Side
from kvaudit.sources.files import STDIN
from kvaudit.sources.load import DAMAGED, load
from kvaudit.sources.terraform.document import PLAN


class DiffRequest(Value):
    """What a comparison is asked to do."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    as_of: dt.datetime
    of_plan: bool = False  # both are the same Terraform plan, before and after it is applied
    config: Path | None = None
    rule_dirs: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    vault: str | None = None
    permission: str | None = None  # None: all that concern vaults and the rights over them
    fail_on_gain: tuple[str, ...] = ()
    fail_on_new: Severity | None = None
    keep_going: bool = False
    depth: int = DEPTH
    allow_incomplete: bool = False


def diff(
    request: DiffRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None
) -> tuple[DiffReport, ComparisonOutcome]:
    """Read both sides, compare who holds what and what the rules find, judge what came.

    Raises KvauditError as scan and ask do.
    """
    gate = reduce(or_, (parse_question(text).permissions for text in request.fail_on_gain), 0)
    wanted = gate | (OF_VAULTS if request.permission is None else parse_question(request.permission).permissions)
    if STDIN in request.old and STDIN in request.new and not request.of_plan:
        raise UsageError("standard input cannot be both sides", hint="Save one of them to a file.")
    config = load_config(request.config)
    known = load_rules((*config.rules, *request.rule_dirs))
    config.check(known)
    rules = selected(known, config, request.select, request.ignore)
    stdin = rewindable(stdin, (*request.old, *request.new))
    old, new = _sides_of_plan(request, stdin, progress) if request.of_plan else _two(request, stdin, progress)
    keys = _keys(old, new, request.vault)
    before, after = (
        run_rules(rules, Context(access, config.profile, config.options, config.severities)) for access in (old, new)
    )
    access_changes = changes(old, new, wanted, keys)
    then, now = (
        united((*held_up(access.gaps, rules), *access.takeover_gaps, *results.gaps))
        for access, results in ((old, before), (new, after))
    )
    before, after = (msgspec.structs.replace(results, gaps=gaps) for results, gaps in ((before, then), (after, now)))
    same = lasting(old) | lasting(new)
    findings = tuple(each for each in compare_findings(before, after, same) if _concerns(each, keys))
    gaps = tuple(_gap_changes(then, now))
    outcome = judge_changes(
        access_changes,
        findings,
        seen=not (then or now),
        fail_on_gain=gate,
        fail_on_new=request.fail_on_new,
        allow_incomplete=request.allow_incomplete,
    )
    principals = _principals(access_changes, findings)
    report = DiffReport(
        changes=access_changes,
        settings=setting_changes(old, new, keys),
        findings=findings,
        gaps=gaps,
        locations=Located(lambda: _origins(access_changes, findings, gaps, old.snapshot, new.snapshot), stdin),
        names=names_of(old, principals) | names_of(new, principals),
        types=types_of(old, principals) | types_of(new, principals),
        old=old.snapshot,
        new=new.snapshot,
        passed=outcome.passed,
        complete=outcome.complete,
    )
    return report, outcome


def _two(request: DiffRequest, stdin: BinaryIO | None, progress: Progress | None) -> tuple[Access, Access]:
    """Two looks at an estate."""
    return read(request, request.old, stdin, progress), read(request, request.new, stdin, progress)


def _sides_of_plan(request: DiffRequest, stdin: BinaryIO | None, progress: Progress | None) -> tuple[Access, Access]:
    """What is there before a plan is applied, and what will be. Raises InputError for what is no plan.

    A vault that one side does not list is not there on that side: the plan makes it, or takes it away.
    """
    found = []
    for paths, side in ((request.old, Side.PRIOR), (request.new, Side.PLANNED)):
        snapshot = load(paths, stdin=stdin, keep_going=request.keep_going, progress=progress, side=side)
        _check_is_plan(snapshot)
        coverage = (*snapshot.coverage, Coverage("vaults", TENANT, complete=True))
        snapshot = msgspec.structs.replace(snapshot, coverage=coverage)
        found.append(resolve(snapshot, request.as_of, request.depth))
    old, new = found
    return old, new


def _check_is_plan(snapshot: Snapshot) -> None:
    """Raise InputError for a document that was read and is no plan."""
    for document in snapshot.documents:
        shape, *_ = document.shape.split(", ")
        if shape not in {PLAN, DAMAGED}:
            reason = f"expected a Terraform plan, found {shape or 'nothing that is known'}"
            hint = "terraform show -json writes one; kvaudit diff OLD NEW compares any two exports."
            raise InputError(reason, where=document.name, hint=hint)


def _keys(old: Access, new: Access, vault: str | None) -> frozenset[str] | None:
    """The keys of the vaults meant, which one side need not list; None for all. Raises QuestionError for no vault."""
    if vault is None:
        return None
    found: set[str] = set()
    missed = []
    for access in (old, new):
        try:
            found.update(access.estate.scopes[number].key for number in find_vaults(access.estate, vault))
        except QuestionError as error:
            missed.append(error)
    if not found:
        raise missed[-1]
    return frozenset(found)


def _concerns(change: FindingChange, keys: frozenset[str] | None) -> bool:
    return keys is None or any(scope_key(vault) in keys for vault in change.finding.vaults)


def _gap_changes(before: Iterable[Gap], after: Iterable[Gap]) -> Iterator[GapChange]:
    """What cannot be seen any more, then what can be seen now."""
    then, now = ({(gap.need, scope_key(gap.subject)): gap for gap in gaps} for gaps in (before, after))
    yield from (GapChange(Kind.VANISHED, now[key]) for key in now if key not in then)
    yield from (GapChange(Kind.APPEARED, then[key]) for key in then if key not in now)


def _principals(access_changes: Iterable[Change], findings: Iterable[FindingChange]) -> set[str]:
    found = {each.finding.principal for each in findings if each.finding.principal}
    return found.union(*(effect.principals for change in access_changes for effect in change.effects))


def _origins(
    access_changes: Iterable[Change],
    findings: Iterable[FindingChange],
    gaps: Iterable[GapChange],
    *snapshots: Snapshot,
) -> Iterator[Origin]:
    for change in access_changes:
        yield from change.origins
        for effect in change.effects:
            yield from (step.origin for step in effect.path if step.origin)
    for each in findings:
        yield from each.finding.origins
    for gap in gaps:
        yield from gap.gap.origins
    for snapshot in snapshots:
        for unresolved in snapshot.unresolved:
            yield from unresolved.origins
