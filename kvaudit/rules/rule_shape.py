"""What `rule.yaml` may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kvaudit.model.finding import Confidence, Severity
from kvaudit.rules.base import GATE, SUBJECTS
from kvaudit.rules.fields import Kind
from kvaudit.rules.kinds import KINDS
from kvaudit.rules.matcher import MatchShape
from kvaudit.rules.shape import Either, Entry, Flag, Listing, Record, Schema, Table, Text, Whole, Word

RULE_ID = r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*[0-9]"
SEVERITIES = Word({severity.label: severity for severity in reversed(Severity)}, "severity")
CONFIDENCES = Word({confidence.label: confidence for confidence in reversed(Confidence)}, "confidence")
_TEXTS = Listing(Text())
_SECTIONS = (
    "vaults",
    "roleAssignments",
    "roleDefinitions",
    "denyAssignments",
    "roleEligibilities",
    "roleActivations",
    "rolePolicies",
    "groupEligibilities",
    "diagnosticSettings",
    "locks",
    "subscriptions",
    "resources",
    "principals",
    "groupMembers",
    "owners",
    "applications",
    "directoryRoles",
    "appRoleAssignments",
    "vaultObjects",
    "tenantId",
)

OPTION_VALUE = Either(
    (
        (lambda value: isinstance(value, bool), Flag()),
        (lambda value: isinstance(value, int), Whole()),
        (lambda value: isinstance(value, str), Text()),
        (lambda value: isinstance(value, list), _TEXTS),
    ),
    "true or false, a number, text or a list of texts",
)
OPTIONS = Table(
    Record(
        {
            "default": Entry(OPTION_VALUE, "What it is when nobody sets it; its type is the option's.", required=True),
            "help": Entry(Text(), "What it means.", required=True),
        }
    ),
    pattern=r"[a-z][a-z-]*",
    what="name of an option: small letters and hyphens",
)
_REMEDIATION = Record(
    {
        "summary": Entry(Text(), "What to do, in a sentence.", required=True),
        "commands": Entry(_TEXTS, "Commands that do it; names in braces are filled in, quoted.", default=()),
    }
)
_CONTROLS = Record(
    {
        "cis": Entry(_TEXTS, "Recommendations of the CIS Azure Foundations benchmark.", default=()),
        "mcsb": Entry(_TEXTS, "Controls of the Microsoft cloud security benchmark.", default=()),
        "azurePolicy": Entry(_TEXTS, "Definition ids of Azure Policy.", default=()),
        "attack": Entry(_TEXTS, "Techniques of MITRE ATT&CK.", default=()),
    },
    "set of controls",
)


def rule_shape(kind: Kind, options: Mapping[str, Any]) -> Record:
    """The shape of a rule that looks at a kind of subject and has these options."""
    match = MatchShape(kind, options)
    case = Record(
        {
            "severity": Entry(SEVERITIES, "The severity of findings that match.", required=True),
            "match": Entry(match, "When that is.", required=True),
        }
    )
    return Record(
        {
            "id": Entry(Text(RULE_ID, "an id such as ACME001"), "The id; never reused.", required=True),
            "title": Entry(Text(), "What is wrong, in a few words.", required=True),
            "severity": Entry(SEVERITIES, "How bad it is.", required=True),
            "severity-when": Entry(Listing(case), "Other severities; the first that matches counts.", default=()),
            "confidence": Entry(CONFIDENCES, "How sure a finding is.", default=Confidence.HIGH),
            "for": Entry(Word({name: name for name in SUBJECTS}, "subject"), "What it looks at.", required=True),
            "needs": Entry(
                Listing(Word({name: name for name in _SECTIONS}, "section of the snapshot")),
                "Sections it cannot decide without; those of the fields in `match` need not be named.",
                default=(),
            ),
            "match": Entry(match, "What a finding is: all of these hold."),
            "python": Entry(Flag(), "Judged by a Python function instead of a match.", default=False),
            "message": Entry(Text(), "One sentence about a finding; names of fields in braces.", required=True),
            "why": Entry(Text(), "What the risk is.", required=True),
            "remediation": Entry(_REMEDIATION, "What to do about it.", required=True),
            "references": Entry(Listing(Text(r"https://\S+", "a link")), "Pages to read.", default=()),
            "controls": Entry(
                _CONTROLS, "What it checks of known benchmarks.", default=dict.fromkeys(_CONTROLS.entries, ())
            ),
            "options": Entry(OPTIONS, "What the configuration can set.", default={}),
            "since": Entry(
                Text(r"\d+\.\d+", "a version such as 0.1, in quotes"), "The version it came with.", default=""
            ),
        }
    )


def rule_schema() -> Schema:
    """JSON Schema (draft 2020-12) of `rule.yaml`, with the fields of every kind of subject."""
    shapes = {name: rule_shape(kind, {}) for name, kind in KINDS.items()}
    schema = next(iter(shapes.values())).schema()
    choices = []
    for name, shape in shapes.items():
        own = shape.schema()["properties"]
        own["match"] = {"$ref": f"#/$defs/{name}"}
        own["severity-when"]["items"]["properties"]["match"] = {"$ref": f"#/$defs/{name}"}
        when = {"properties": {"for": {"const": name}}, "required": ["for"]}
        choices.append({"if": when, "then": {"properties": {key: own[key] for key in ("match", "severity-when")}}})
    of_gate = {"properties": {"for": {"const": GATE}}, "required": ["for"]}
    choices.append({"if": of_gate, "then": {"properties": {"match": False, "python": {"const": True}}}})
    schema["properties"]["match"] = {"description": shapes["vault"].entries["match"].help}
    schema["properties"]["severity-when"] = {"description": shapes["vault"].entries["severity-when"].help}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule of kvaudit",
        **schema,
        "anyOf": [
            {"required": ["match"], "properties": {"python": {"const": False}}},
            {"required": ["python"], "properties": {"python": {"const": True}, "match": False}},
        ],
        "allOf": choices,
        "$defs": {name: MatchShape(kind).schema() for name, kind in KINDS.items()},
    }
