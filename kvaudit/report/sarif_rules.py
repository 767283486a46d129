"""The rules of a SARIF run, and the taxonomies of the controls that they name."""

from __future__ import annotations

from typing import Any

from kvaudit import __version__
from kvaudit.model.finding import Severity
from kvaudit.model.report import Report, RuleInfo
from kvaudit.report.escape import escape
from kvaudit.report.markdown_writing import safe
from kvaudit.report.words import FRAMEWORKS

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}

# GitHub's bands: critical is above 9.0, high from 7.0, medium from 4.0, low above 0. Info has none.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_TAGS = 10
_TEXT = 1024  # characters of a description
_NAME = 255
_RELEVANT = ["relevant"]


class RuleTable:
    """The rules of one report by their index in the file, in the order of their ids."""

    def __init__(self, report: Report) -> None:
        found = {finding.rule: finding for finding in reversed(report.findings)}  # the worst of each comes first
        self._worst = {rule: finding.severity for rule, finding in found.items()}
        unknown = {rule: RuleInfo(rule, finding.title) for rule, finding in found.items()}
        infos = unknown | report.rules
        self._infos = [infos[rule] for rule in sorted(infos)]
        self.index = {info.id: number for number, info in enumerate(self._infos)}
        controls: dict[str, set[str]] = {}
        for info in self._infos:
            for framework, ids in info.controls.items():
                controls.setdefault(framework, set()).update(ids)
        self._controls = {framework: sorted(ids) for framework, ids in sorted(controls.items())}

    def driver(self) -> dict[str, Any]:
        """The tool, with its rules."""
        supported = [{"name": _framework(each), "index": index} for index, each in enumerate(self._controls)]
        return {
            "name": "kvaudit",
            "semanticVersion": __version__,
            "version": __version__,
            "supportedTaxonomies": supported,
            "rules": [self._rule(info) for info in self._infos],
        }

    def taxonomies(self) -> list[dict[str, Any]]:
        """The controls that rules name, by framework."""
        return [
            {"name": _framework(each), "shortDescription": {"text": _framework(each)}, "taxa": [{"id": i} for i in ids]}
            for each, ids in self._controls.items()
        ]

    def _rule(self, info: RuleInfo) -> dict[str, Any]:
        severity = max(info.severity, self._worst.get(info.id, Severity.INFO))
        title = _text(info.title or info.id)
        properties: dict[str, Any] = {"tags": self._tags(info), "precision": info.confidence.label}
        if severity in _SCORES:
            properties["security-severity"] = _SCORES[severity]
        return {
            "id": info.id,
            "name": title[:_NAME],
            "shortDescription": {"text": title},
            "fullDescription": {"text": _text(info.why) or title},
            "help": {"text": _help(info), "markdown": _markdown(info)},
            "defaultConfiguration": {"level": LEVELS[info.severity]},
            "relationships": self._relationships(info),
            "properties": properties,
        }

    def _tags(self, info: RuleInfo) -> list[str]:
        controls = [f"{framework}/{each}" for framework, ids in sorted(info.controls.items()) for each in ids]
        return ["security", "azure", "key-vault", *dict.fromkeys(controls)][:_TAGS]

    def _relationships(self, info: RuleInfo) -> list[dict[str, Any]]:
        order = list(self._controls)
        return [
            {
                "target": {
                    "id": each,
                    "toolComponent": {"name": _framework(framework), "index": order.index(framework)},
                },
                "kinds": _RELEVANT,
            }
            for framework, ids in sorted(info.controls.items())
            for each in dict.fromkeys(ids)
        ]


def _framework(key: str) -> str:
    return FRAMEWORKS.get(key, key)


def _text(words: str) -> str:
    shown = escape(" ".join(words.split()))
    return shown if len(shown) <= _TEXT else f"{shown[: _TEXT - 2]} …"


def _help(info: RuleInfo) -> str:
    parts = [info.title, " ".join(info.why.split())]
    parts += [f"What to do: {info.remedy}"] if info.remedy else []
    parts += ["\n".join(("Read more:", *info.references))] if info.references else []
    return "\n\n".join(escape_lines(part) for part in parts if part) or info.id


def _markdown(info: RuleInfo) -> str:
    parts = [f"# {safe(info.title or info.id)}", safe(" ".join(info.why.split()))]
    parts += [f"## What to do\n\n{safe(info.remedy)}"] if info.remedy else []
    if info.references:
        links = "\n".join(f"- <{each}>" if _is_link(each) else f"- {safe(each)}" for each in info.references)
        parts.append(f"## Read more\n\n{links}")
    return "\n\n".join(part for part in parts if part)


def escape_lines(text: str) -> str:
    """A text of several lines, each made safe."""
    return "\n".join(map(escape, text.split("\n")))


def _is_link(reference: str) -> bool:
    return reference.startswith("https://") and escape(reference) == reference and not set(reference) & set("<> \"'`")
