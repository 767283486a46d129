"""A pack checked against its own fixtures: `hit.yaml` must hit, `clear.yaml` stay silent, `unknown.yaml` say so.

A fixture is a snapshot. Where that is not enough it holds the snapshot under `snapshot`, and beside it:

    as-of: 2026-01-01                  # the time it is judged at
    teams: {…}                         # as in kvaudit.yaml
    options: {days: 7}                 # options of the rule
    expect: {severity: high, vaults: 2, principal: <object id>}   # of hit.yaml: what one of the findings says
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kvaudit.access.engine import Access, resolve
from kvaudit.errors import InputError, RuleError
from kvaudit.model.finding import Confidence, Finding, Severity
from kvaudit.model.value import Value
from kvaudit.rules.base import GATE, Context, Meta, Rule
from kvaudit.rules.document import YamlFile, open_yaml
from kvaudit.rules.registry import RuleResults, pack_at, read_pack, run_rules
from kvaudit.rules.rule_shape import CONFIDENCES, OPTION_VALUE, SEVERITIES
from kvaudit.rules.shape import Entry, Record, Table, Text, Whole, kind_of
from kvaudit.rules.teams import TeamsShape, default_profile
from kvaudit.sources.load import load

FIXTURES = ("hit", "clear", "unknown")
_AS_OF = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Problem(Value):
    """What is wrong with a rule, and where: "file:line:column", or the file."""

    where: str
    message: str


class _Anything(Value):
    """A mapping that somebody else reads."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> dict[str, Any]:
        """The mapping as it is."""
        if not isinstance(value, dict):
            raise file.wrong(pointer, f"expected a snapshot, not {kind_of(value)}")
        return value

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""
        return {"type": "object"}


class _Time(Value):
    """A day or a time; without a time zone it is UTC."""

    def read(self, file: YamlFile, pointer: str, value: Any) -> dt.datetime:
        """The time."""
        text = Text(what="a date").read(file, pointer, value)
        try:
            time = dt.datetime.fromisoformat(text)
        except ValueError as error:
            raise file.wrong(pointer, f"expected a date such as 2026-01-01, not {text!r}") from error
        return time if time.tzinfo else time.replace(tzinfo=dt.UTC)

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""
        return {"type": "string"}


_EXPECT = Record(
    {
        "severity": Entry(SEVERITIES, "The severity of the finding."),
        "confidence": Entry(CONFIDENCES, "Its confidence."),
        "vaults": Entry(Whole(), "How many vaults it names."),
        "principal": Entry(Text(), "The object id it names."),
        "class": Entry(Text(), "Its permission class."),
        "message": Entry(Text(), "Words in its message."),
        "findings": Entry(Whole(), "How many findings there are."),
    }
)
_FIXTURE = Record(
    {
        "snapshot": Entry(_Anything(), "The snapshot.", required=True),
        "as-of": Entry(_Time(), "The time it is judged at.", default=_AS_OF),
        "teams": Entry(TeamsShape(), "The teams, as in kvaudit.yaml."),
        "options": Entry(Table(OPTION_VALUE), "Options of the rule.", default={}),
        "expect": Entry(_EXPECT, "What one of the findings of hit.yaml says.", default={}),
    },
    "key of a fixture",
)


def check_pack(folder: Path) -> tuple[int, tuple[Problem, ...]]:
    """How many rules a folder has, and what is wrong with what they say of their fixtures.

    Raises RuleError for a rule or fixture that cannot be read at all.
    """
    rules = tuple(read_pack(pack_at(folder)))
    return len(rules), tuple(problem for rule in rules for problem in check_rule(rule))


def check_rule(rule: Rule) -> Iterator[Problem]:
    """What is wrong with what a rule says of its fixtures; one for the gate has none, a snapshot tells it nothing."""
    if rule.meta.subject == GATE:
        return
    folder = Path(rule.meta.source).parent
    for name in FIXTURES:
        path = folder / f"{name}.yaml"
        if not path.is_file():
            yield Problem(str(path), f"rule {rule.meta.id} has no fixture {path.name}")
            continue
        try:
            yield from _check_fixture(rule, name, path)
        except InputError as error:
            yield Problem(error.where or str(path), error.message)


def _check_fixture(rule: Rule, name: str, path: Path) -> Iterator[Problem]:
    file = open_yaml(path, RuleError)
    wrapped = isinstance(file.value, dict) and "snapshot" in file.value
    read = _FIXTURE.read(file, "", file.value if wrapped else {"snapshot": file.value})
    if wrapped:
        snapshot = load(["-"], stdin=io.BytesIO(json.dumps(read["snapshot"]).encode()))
    else:
        snapshot = load([str(path)], stdin=None)
    access = resolve(snapshot, read["as-of"])
    results = run_rules((rule,), Context(access, read["teams"] or default_profile(), {rule.meta.id: read["options"]}))
    if name == "hit":
        yield from _check_hit(file, results.findings, read["expect"])
    elif results.findings:
        yield Problem(file.line("/snapshot"), f"{name}.yaml gives a finding: {results.findings[0].message}")
    elif name == "clear" and (results.gaps or results.not_evaluated):
        need = ", ".join([gap.need for gap in results.gaps] + [each.need for each in results.not_evaluated])
        yield Problem(file.line("/snapshot"), f"clear.yaml is not clear: it leaves {need} unknown")
    elif name == "unknown" and not _is_unknown(rule.meta, access, results):
        yield Problem(file.line("/snapshot"), "unknown.yaml leaves nothing unknown")


def _is_unknown(meta: Meta, access: Access, results: RuleResults) -> bool:
    """Whether the rule says that it cannot tell, or a required fact is missing that it says it needs."""
    missing = {gap.need for gap in access.gaps}
    return bool(results.gaps or results.not_evaluated or missing.intersection(meta.needs))


def _check_hit(file: YamlFile, findings: tuple[Finding, ...], expect: dict[str, Any]) -> Iterator[Problem]:
    if not findings:
        yield Problem(file.line("/snapshot"), "hit.yaml gives no finding")
        return
    number = expect.get("findings")
    if number is not None and number != len(findings):
        yield Problem(file.line("/expect/findings"), f"hit.yaml gives {len(findings)} findings, not {number}")
    wanted = {key: value for key, value in expect.items() if value is not None and key != "findings"}
    best = min((_unmet(finding, wanted) for finding in findings), key=len)
    for key in best:
        said = wanted[key].label if isinstance(wanted[key], (Severity, Confidence)) else wanted[key]
        yield Problem(file.line(f"/expect/{key}"), f"no finding of hit.yaml has the {key} {said}")


def _unmet(finding: Finding, wanted: dict[str, Any]) -> list[str]:
    """The expectations that a finding does not meet."""
    says = {
        "severity": finding.severity,
        "confidence": finding.confidence,
        "vaults": len(finding.vaults),
        "principal": finding.principal,
        "class": finding.permission_class,
    }
    unmet = [key for key in says if key in wanted and says[key] != wanted[key]]
    if "message" in wanted and wanted["message"] not in finding.message:
        unmet.append("message")
    return unmet
