"""The walk of a scan and of a question, on one page. No printing, no clock, no environment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from kvaudit.access.completeness import TAKEOVER_FACTS
from kvaudit.access.engine import Access
from kvaudit.access.lookup import find_principal, find_vaults
from kvaudit.audit.overview import lay_out
from kvaudit.audit.walk import Located, Progress, names_of, read, rewindable, types_of, united
from kvaudit.errors import UsageError
from kvaudit.gate.baseline import check_estate, estate_of, read_baseline
from kvaudit.gate.config import Config, load_config
from kvaudit.gate.dispositions import Judged, settle
from kvaudit.gate.overrides import Strictness
from kvaudit.gate.verdict import DEFAULT_FAIL_ON, Outcome, judge, visible
from kvaudit.model.finding import Finding, Gap, NotEvaluated, Severity, Verdict
from kvaudit.model.gate import Aftermath, Baseline
from kvaudit.model.grant import DEPTH, Answer
from kvaudit.model.origin import Origin
from kvaudit.model.permission import Question, parse_question
from kvaudit.model.remedy import remedy
from kvaudit.model.report import AccessReport, Report, RuleInfo
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import Snapshot
from kvaudit.model.value import Value
from kvaudit.rules.base import GATE, Context, Rule, blanks
from kvaudit.rules.registry import RuleResults, held_up, load_rules, merged, run_rules

# The deeper facts a question rests on; with none of one given, the answer says so and stands.
_DEEPER = ("roleEligibilities", "denyAssignments", *TAKEOVER_FACTS)

_CUTS = 25
"""Escalations up to this number are answered with what would break them: each is tried out on the facts."""


class ScanRequest(Value):
    """What a scan is asked to do."""

    paths: tuple[str, ...]
    as_of: dt.datetime
    config: Path | None = None
    rule_dirs: tuple[Path, ...] = ()
    fail_on: Severity | None = None  # None: as configured, else high
    min_severity: Severity | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    keep_going: bool = False
    allow_incomplete: bool = False
    strict: bool = False
    dated: bool = True  # `as_of` was asked for, and is not just the present
    depth: int = DEPTH  # how many actions of one's own a way through others may take
    waivers: Path | None = None  # None: as configured
    baseline: Path | None = None  # None: as configured
    show_waived: bool = False  # waived and known findings too


class Examined(Value):
    """An estate as rules, waivers and baseline see it, before anything is left out."""

    access: Access
    config: Config
    rules: tuple[Rule, ...]  # those that ran
    results: RuleResults  # with the disposition of each finding, and all gaps of the run
    baseline: Baseline | None
    aftermath: Aftermath
    strictness: Strictness
    fail_on: Severity
    by_option: bool  # whether that was asked for in this run: then it holds for every vault
    notes: tuple[str, ...]  # what to say in passing

    def fails(self, finding: Finding) -> bool:
        """Whether a new finding of this severity fails the run."""
        return finding.severity >= (self.fail_on if self.by_option else self.strictness.fail_on(finding))


class AskRequest(Value):
    """A question: who can do something, or, with a principal, whether that one can."""

    paths: tuple[str, ...]
    as_of: dt.datetime
    question: str
    principal: str | None = None
    vault: str | None = None
    keep_going: bool = False
    depth: int = DEPTH


def scan(
    request: ScanRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None
) -> tuple[Report, Outcome]:
    """Read the sources, work out who holds what, run the rules, judge the findings.

    Raises KvauditError for what a user has to mend: an input, the configuration, a rule.
    """
    stdin = rewindable(stdin, request.paths)
    seen = examine(request, stdin=stdin, progress=progress)
    findings, gaps, not_evaluated = seen.results.findings, seen.results.gaps, seen.results.not_evaluated
    outcome = judge(
        findings,
        gaps,
        not_evaluated,
        fail_on=seen.fail_on,
        fails=seen.fails,
        allow_incomplete=request.allow_incomplete,
        strict=request.strict,
        notes=seen.notes,
    )
    shown = visible(
        findings,
        _first(request.min_severity, seen.config.min_severity, Severity.INFO),
        seen.fail_on,
        fails=seen.fails,
        show_waived=request.show_waived,
    )
    report = _report(seen.access, seen.rules, RuleResults(shown, gaps, not_evaluated), outcome, stdin)
    return msgspec.structs.replace(
        report,
        moment=_moment(request, report.snapshot.taken_at),
        overview=partial(lay_out, seen.access, seen.config.profile, stdin),
    ), outcome


def examine(
    request: ScanRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None, with_baseline: bool = True
) -> Examined:
    """Read the sources, run the rules, and say of each finding whether it is new, known or waived.

    Then the rules for the gate look at what is left over. Raises KvauditError as scan does.
    """
    config = load_config(request.config)
    known = load_rules((*config.rules, *request.rule_dirs))
    config.check(known)
    rules = selected(known, config, request.select, request.ignore)
    day = request.as_of.date()
    waivers = config.all_waivers(request.waivers)
    waivers.check({rule.meta.id: rule.meta for rule in known}, day, config.waiver_days)
    path = request.baseline or config.baseline
    baseline = read_baseline(path) if path and with_baseline else None
    access = read(request, request.paths, stdin, progress)
    if baseline:
        check_estate(baseline, estate_of(access.snapshot))
    context = Context(access, config.profile, config.options, config.severities)
    results = run_rules([rule for rule in rules if rule.meta.subject != GATE], context)
    gaps = united((*held_up(access.gaps, rules), *results.gaps))
    fail_on = _first(request.fail_on, config.fail_on, DEFAULT_FAIL_ON)
    strictness = Strictness(config.vaults, access.vaults, fail_on)
    settled = settle(
        strictness.applied(results.findings),
        judged=Judged(frozenset(rule.meta.id for rule in rules), gaps, results.not_evaluated),
        waivers=waivers.entries,
        baseline=baseline,
        day=day,
        name_of=access.directory.name,
    )
    at_gate = msgspec.structs.replace(context, aftermath=settled.aftermath)
    of_gate = run_rules([rule for rule in rules if rule.meta.subject == GATE], at_gate)
    return Examined(
        access=access,
        config=config,
        rules=rules,
        results=RuleResults(merged(settled.findings, of_gate.findings), gaps, results.not_evaluated),
        baseline=baseline,
        aftermath=settled.aftermath,
        strictness=strictness,
        fail_on=fail_on,
        by_option=request.fail_on is not None,
        notes=waivers.notes(day),
    )


def _moment(request: ScanRequest, taken_at: str | None) -> dt.datetime:
    """Which moment the findings are about: the one asked for, else that of the snapshot, else the present."""
    if taken_at is None or request.dated:
        return request.as_of
    try:
        moment = dt.datetime.fromisoformat(taken_at)
    except ValueError:
        return request.as_of
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def ask(request: AskRequest, *, stdin: BinaryIO | None = None, progress: Progress | None = None) -> AccessReport:
    """Answer an access question. Raises QuestionError where it names nothing that is known, InputError as scan."""
    question = parse_question(request.question)
    stdin = rewindable(stdin, request.paths)
    access = read(request, request.paths, stdin, progress)
    numbers = find_vaults(access.estate, request.vault)
    if request.principal is None:
        answers, gaps = access.who(question, numbers)
    else:
        answers, gaps = access.can(find_principal(access.directory, request.principal), question, numbers)
    answers = _with_cuts(access, question, answers)
    unlisted = () if request.vault else (gap for gap in access.stated_gaps if gap.need == "vaults")
    gaps = united((*access.snapshot.gaps, *unlisted, *gaps))
    principals = {answer.principal for answer in answers}
    return AccessReport(
        question=question.text,
        answers=answers,
        gaps=gaps,
        not_evaluated=deeper(access),
        snapshot=access.snapshot,
        heads=access.paths.heads,
        locations=Located(lambda: _origins_of(access, answers, gaps), stdin),
        names=names_of(access, principals),
        types=types_of(access, principals),
        networks=access.networks,
        complete=not gaps,
    )


def deeper(access: Access) -> tuple[NotEvaluated, ...]:
    """The deeper facts of which nothing was given, with the command for each.

    A list of principals is one of them where a holder may be a group: an access policy does not say.
    """
    veiled = any(access.directory.may_be_group(grant.principal) for grant in access.grants)
    needs = (*_DEEPER, "principals") if veiled else _DEEPER
    return tuple(NotEvaluated(need, (), remedy(need)) for need in needs if need not in access.snapshot.given)


def _with_cuts(access: Access, question: Question, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The escalations among some answers with what would break them, where there are few enough to find out."""
    escalating = [answer for answer in answers if answer.verdict is Verdict.ESCALATION]
    if len(escalating) > _CUTS:
        return answers
    return tuple(
        msgspec.structs.replace(answer, cut=access.cut(answer.principal, question, answer.vaults[0]))
        if answer.verdict is Verdict.ESCALATION
        else answer
        for answer in answers
    )


def _first(*severities: Severity | None) -> Severity:
    """The first that is set; `or` would take info, the least of them, for nothing."""
    return next(severity for severity in severities if severity is not None)


def selected(
    rules: Sequence[Rule], config: Config, select: tuple[str, ...], ignore: tuple[str, ...]
) -> tuple[Rule, ...]:
    """The rules to run: those selected, less those ignored; the beginning of an id names all that begin with it.

    Raises UsageError for a word of the request that names no rule: running nothing would look like a pass.
    """
    for option, named in (("--select", select), ("--ignore", ignore)):
        for word in named:
            if not any(_named(rule, (word,)) for rule in rules):
                raise UsageError(f"{option} {word}: there is no such rule", hint="See kvaudit rules list.")
    select, ignore = select or config.select, (*ignore, *config.ignore)
    return tuple(rule for rule in rules if (not select or _named(rule, select)) and not _named(rule, ignore))


def _named(rule: Rule, words: Iterable[str]) -> bool:
    return any(rule.meta.id.upper().startswith(word.upper()) for word in words)


def _report(
    access: Access, rules: Collection[Rule], shown: RuleResults, outcome: Outcome, stdin: BinaryIO | None
) -> Report:
    principals = {finding.principal for finding in shown.findings if finding.principal}
    return Report(
        findings=shown.findings,
        gaps=shown.gaps,
        not_evaluated=shown.not_evaluated,
        rules={rule.meta.id: _info(rule) for rule in rules},
        snapshot=access.snapshot,
        locations=Located(lambda: _origins(shown.findings, shown.gaps, access.snapshot), stdin),
        names=names_of(access, principals),
        types=types_of(access, principals),
        grants=len(access.grants),
        passed=outcome.passed,
        complete=outcome.complete,
        waived=outcome.waived,
        known=outcome.known,
        unevaluated_vaults=frozenset(scope_key(vault.id) for vault in access.vaults if not vault.has_properties),
    )


def _info(rule: Rule) -> RuleInfo:
    meta = rule.meta
    return RuleInfo(
        meta.id,
        meta.title,
        meta.why,
        meta.references,
        meta.controls,
        meta.severity,
        meta.confidence,
        blanks(meta.remediation.summary),
    )


def _origins(findings: Iterable[Finding], gaps: Iterable[Gap], snapshot: Snapshot) -> Iterator[Origin]:
    paths = {}  # by identity: most are in several findings
    for finding in findings:
        yield from finding.origins
        paths[id(finding.path)] = finding.path
    for path in paths.values():
        for step in path:
            if step.origin:
                yield step.origin
    yield from _origins_of_unseen(gaps, snapshot)


def _origins_of_unseen(gaps: Iterable[Gap], snapshot: Snapshot) -> Iterator[Origin]:
    for gap in gaps:
        yield from gap.origins
    for unresolved in snapshot.unresolved:
        yield from unresolved.origins


def _origins_of(access: Access, answers: Sequence[Answer], gaps: Iterable[Gap]) -> Iterator[Origin]:
    shared = {id(answer.paths): answer.paths for answer in answers}  # by all who come by the same grants
    heads = {(answer.principal, path.holders) for answer in answers for path in answer.paths}
    for paths in shared.values():
        for path in paths:
            yield from (step.origin for step in path.tail if step.origin)
    for principal, holders in heads:
        yield from (step.origin for step in access.paths.heads(principal, holders) if step.origin)
    for answer in answers:
        yield from (step.origin for step in answer.cut or () if step.origin)
    yield from _origins_of_unseen(gaps, access.snapshot)
