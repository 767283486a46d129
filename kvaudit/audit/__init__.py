"""The walk of a scan and of a question, on one page. No printing, no clock, no environment."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from kvaudit.access.engine import Access, resolve
from kvaudit.access.lookup import find_principal, find_vaults
from kvaudit.audit.overview import lay_out
from kvaudit.audit.told import Located, names_of, types_of
from kvaudit.errors import UsageError
from kvaudit.gate.config import Config, load_config
from kvaudit.gate.verdict import DEFAULT_FAIL_ON, Outcome, judge, visible
from kvaudit.model.finding import Finding, Gap, NotEvaluated, Severity, Verdict
from kvaudit.model.grant import DEPTH, Answer
from kvaudit.model.origin import Origin
from kvaudit.model.permission import Question, parse_question
from kvaudit.model.remedy import remedy
from kvaudit.model.report import AccessReport, Report, RuleInfo
from kvaudit.model.scope import scope_key
from kvaudit.model.snapshot import REQUIRED
from kvaudit.model.value import Value
from kvaudit.rules.base import Context, Rule
from kvaudit.rules.registry import RuleResults, load_rules, run_rules
from kvaudit.sources.files import MAX_BYTES, STDIN
from kvaudit.sources.load import load

Progress = Callable[[str, int, int], None]

# The deeper facts a question rests on; with none of one given, the answer says so and stands.
_DEEPER = ("roleEligibilities", "denyAssignments", "resources", "owners", "directoryRoles", "appRoleAssignments")

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
    depth: int = DEPTH  # how many actions of one's own a way through others may take


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
    config = load_config(request.config)
    known = load_rules((*config.rules, *request.rule_dirs))
    config.check(known)
    rules = selected(known, config, request.select, request.ignore)
    stdin = rewindable(stdin, request.paths)
    access = read(request, request.paths, stdin, progress)
    context = Context(access, config.profile, config.options, config.severities)
    results = run_rules(rules, context)
    gaps = united((*access.gaps, *results.gaps))
    fail_on = _first(request.fail_on, config.fail_on, DEFAULT_FAIL_ON)
    outcome = judge(
        results.findings,
        gaps,
        results.not_evaluated,
        fail_on=fail_on,
        allow_incomplete=request.allow_incomplete,
        strict=request.strict,
    )
    shown = visible(results.findings, _first(request.min_severity, config.min_severity, Severity.INFO), fail_on)
    report = _report(access, rules, RuleResults(shown, gaps, results.not_evaluated), outcome, stdin)
    return msgspec.structs.replace(report, overview=partial(lay_out, access, config.profile, stdin)), outcome


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
    gaps = united((*access.snapshot.gaps, *gaps))
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
    """The deeper facts of which nothing was given, with the command for each."""
    return tuple(NotEvaluated(need, (), remedy(need)) for need in _DEEPER if need not in access.snapshot.given)


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


def rewindable(stdin: BinaryIO | None, paths: tuple[str, ...]) -> BinaryIO | None:
    """Standard input in a form that can be read again, for the lines of what is reported."""
    if stdin is None or STDIN not in paths or stdin.seekable():
        return stdin
    return io.BytesIO(stdin.read(MAX_BYTES + 1))


class Reading(Protocol):
    """What every request says of how sources are read."""

    @property
    def as_of(self) -> dt.datetime:
        """The moment asked about."""
        ...

    @property
    def keep_going(self) -> bool:
        """Whether a file that cannot be read is a gap."""
        ...

    @property
    def depth(self) -> int:
        """How many actions a way through others may take."""
        ...


def read(request: Reading, paths: tuple[str, ...], stdin: BinaryIO | None, progress: Progress | None) -> Access:
    """Read sources, and work out who holds what."""
    snapshot = load(paths, stdin=stdin, keep_going=request.keep_going, progress=progress)
    return resolve(snapshot, request.as_of, request.depth)


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
        locations=Located(lambda: _origins(shown.findings, shown.gaps), stdin),
        names=names_of(access, principals),
        types=types_of(access, principals),
        grants=len(access.grants),
        passed=outcome.passed,
        complete=outcome.complete,
        unevaluated_vaults=frozenset(scope_key(vault.id) for vault in access.vaults if not vault.has_properties),
    )


def _info(rule: Rule) -> RuleInfo:
    meta = rule.meta
    return RuleInfo(meta.id, meta.title, meta.why, meta.references, meta.controls)


def united(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Gaps about the same need of the same subject as one, with all rules it holds up; required needs first."""
    found: dict[tuple[str, str, str], Gap] = {}
    for gap in gaps:
        key = (gap.need, scope_key(gap.subject), gap.reason if gap.need == "files" or gap.origins else "")
        known = found.get(key)
        if known is None:
            found[key] = gap
        elif gap.rules:
            rules = tuple(sorted({*known.rules, *gap.rules}))
            found[key] = Gap(known.need, known.subject, known.reason, known.remedy, rules, known.origins)
    order = {need: place for place, need in enumerate(("files", *REQUIRED))}
    return tuple(
        sorted(found.values(), key=lambda gap: (order.get(gap.need, len(order)), gap.need, gap.subject, gap.reason))
    )


def _origins(findings: Iterable[Finding], gaps: Iterable[Gap]) -> Iterator[Origin]:
    for finding in findings:
        yield from finding.origins
        for step in finding.path:
            if step.origin:
                yield step.origin
    for gap in gaps:
        yield from gap.origins


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
    for gap in gaps:
        yield from gap.origins
