"""JUnit XML: a suite for each vault, a case for each rule, for every CI that shows test results.

A finding is a failure of its rule on each of its vaults. A rule that could not be judged there, for a fact that was not
seen or not given, is skipped with the reason, never passed; so is one whose findings there are all waived or known,
where those are shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape as markup
from xml.sax.saxutils import quoteattr

from kvaudit.model.finding import Finding
from kvaudit.model.report import Report
from kvaudit.model.scope import scope_key
from kvaudit.model.value import Value
from kvaudit.report.escape import escape
from kvaudit.report.formats import Look
from kvaudit.report.places import Places
from kvaudit.report.words import NOT_GIVEN, disposition_words, some, unseen, vault_name

_NO_VAULT = "(no vault)"
_SEEN = "(what could be seen)"
_NO_PROPERTIES = "the vault was listed without its properties"
_VAULTS_NAMED = 5

Failures = Mapping[str, Sequence[Finding]]
"""Findings by the name of their case."""


class _Suite(Value):
    name: str
    cases: Sequence[str]
    failures: Failures = {}
    skipped: Mapping[str, str] = {}  # reasons by the name of the case; a failure goes before

    @property
    def counts(self) -> tuple[int, int, int]:
        """Cases, failures, skipped."""
        return len(self.cases), len(self.failures), len(self.skipped.keys() - self.failures.keys())


def write_report(report: Report, stream: BinaryIO, _look: Look) -> None:
    """Write a scan; memory is for the numbers, and the text is made a case at a time."""
    suites = list(_suites(report))
    totals = [sum(numbers) for numbers in zip((0, 0, 0), *(suite.counts for suite in suites), strict=True)]
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f'<testsuites name="kvaudit" {_counted(*totals)}>\n'.encode())
    writer = _Cases(report)
    for suite in suites:
        lines = [f"<testsuite name={_attribute(suite.name)} {_counted(*suite.counts)}>"]
        lines += writer.cases(suite)
        stream.write("\n".join((*lines, "</testsuite>\n")).encode())
    stream.write(b"</testsuites>\n")


def _suites(report: Report) -> Iterator[_Suite]:
    """What was not seen where that is something, findings about no vault, then the vaults in the report's order."""
    if missing := unseen(report):
        yield _Suite(_SEEN, [each.need for each in missing], {}, {each.need: each.words for each in missing})
    names = {each: f"{each} {info.title}" for each, info in sorted(report.rules.items())}
    by_vault: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in report.new:
        for vault_id in finding.vaults or (_NO_VAULT,):
            by_vault[scope_key(vault_id)][names.setdefault(finding.rule, finding.rule)].append(finding)
    everywhere, at = _reasons(report, names)
    if failures := by_vault.get(scope_key(_NO_VAULT)):
        yield _Suite(_NO_VAULT, sorted(failures), failures)
    for vault in report.snapshot.vaults:
        key = scope_key(vault.id)
        skipped = everywhere | at[key] if key in at else everywhere
        if key in report.unevaluated_vaults:
            skipped = dict.fromkeys(names.values(), _NO_PROPERTIES) | skipped
        yield _Suite(vault.name, list(names.values()), by_vault.get(key, {}), skipped)


def _reasons(report: Report, names: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Why rules were not judged: everywhere, and at single vaults. What is no vault's alone concerns all of them."""
    vaults = {scope_key(vault.id) for vault in report.snapshot.vaults}
    everywhere: dict[str, str] = {}
    at: dict[str, dict[str, str]] = defaultdict(dict)
    for missing in report.not_evaluated:
        for rule in missing.rules:
            everywhere.setdefault(names.get(rule, rule), f"{missing.need}: {NOT_GIVEN}")
    for gap in report.gaps:
        key = scope_key(gap.subject)
        reasons = at[key] if key in vaults else everywhere
        for rule in gap.rules:
            reasons.setdefault(names.get(rule, rule), f"{gap.need} of {gap.subject}: {gap.reason}")
    for finding in report.findings:
        if words := disposition_words(finding):
            for vault in finding.vaults:
                at[scope_key(vault)].setdefault(names.get(finding.rule, finding.rule), words)
    known = set(names.values())
    return {name: words for name, words in everywhere.items() if name in known}, dict(at)


class _Cases:
    """Writes the cases of one report; a finding is told in full at its first vault."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._places = Places(report)
        self._told: dict[int, str] = {}  # the suite that tells a finding, by the finding's identity

    def cases(self, suite: _Suite) -> Iterator[str]:
        classname = _attribute(suite.name)
        for name in suite.cases:
            head = f'<testcase classname={classname} name={_attribute(name)} time="0"'
            if findings := suite.failures.get(name):
                yield f"{head}>{''.join(self._failure(finding, suite) for finding in findings)}</testcase>"
            elif name in suite.skipped:
                yield f"{head}><skipped message={_attribute(suite.skipped[name])}/></testcase>"
            else:
                yield f"{head}/>"

    def _failure(self, finding: Finding, suite: _Suite) -> str:
        teller = self._told.setdefault(id(finding), suite.name)
        body = "\n".join(self._told_in_full(finding)) if teller is suite.name else f"See {escape(teller)}."
        head = f"message={_attribute(finding.message)} type={_attribute(finding.severity.label)}"
        return f"<failure {head}>{markup(body)}</failure>"

    def _told_in_full(self, finding: Finding) -> Iterator[str]:
        place = self._places.of(finding)
        yield f"{escape(place.name)}:{place.line}:{place.column}"
        for step in finding.path:
            yield f"  -> {escape(step.text)}"
        if finding.vaults:
            yield f"vaults: {escape(some(list(map(vault_name, finding.vaults)), _VAULTS_NAMED))}"
        if finding.remediation.summary:
            yield f"fix: {escape(finding.remediation.summary)}"
        for command in finding.remediation.commands:
            yield f"  {escape(command)}"
        yield f"fingerprint: {finding.fingerprint}"


def _counted(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'


def _attribute(text: str) -> str:
    return quoteattr(escape(text))
