"""`kvaudit config show`: each value of the configuration, with where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from kvaudit.cli import options
from kvaudit.cli.rules import print_lines
from kvaudit.gate.config import CONFIG, Config, find_config, load_config
from kvaudit.gate.verdict import DEFAULT_FAIL_ON
from kvaudit.model.finding import Severity
from kvaudit.report.escape import escape
from kvaudit.rules.document import YamlFile, below
from kvaudit.rules.registry import load_rules

_DEFAULTS = {
    "teams": "auditors, security, developers, applications (guessed by name and type)",
    "fail-on": DEFAULT_FAIL_ON.label,
    "min-severity": Severity.INFO.label,
}
_OPTIONS = {"fail-on": "fail_on", "min-severity": "min_severity", "select": "select", "ignore": "ignore",
            "rules": "rule_dirs", "waivers": "waivers", "baseline": "baseline"}  # fmt: skip
_ADDING = ("ignore", "rules")  # what an option says comes on top of what the file says


@click.group(short_help="Show the configuration.")
def config() -> None:
    """Show the configuration."""


@config.command()
@options.judging
@options.forgiving
@options.debugging
@click.pass_context
def show(context: click.Context, /, **given: Any) -> None:
    """Each value that a scan with these options would have, and where it comes from.

    An option or its environment variable wins over the file, the file over the default; what --ignore and --rules name
    comes on top of the file.
    """
    path: Path | None = given["config"] or find_config(Path.cwd())
    found = load_config(path)
    rules = load_rules((*found.rules, *given["rule_dirs"]))
    found.check(rules)
    print_lines(_lines(context, found, path, given))


def _lines(context: click.Context, found: Config, path: Path | None, given: dict[str, Any]) -> Iterator[str]:
    yield _line("config", "none" if path is None else str(path), _origin(context, "config", "looked for from here up"))
    file = found.file
    value = file.value if file and isinstance(file.value, dict) else {}
    for key in CONFIG.entries:
        parameter = _OPTIONS.get(key, "")
        said = given.get(parameter)
        if said is not None and said != ():
            yield _line(key, _words(said), _origin(context, parameter, ""))
            if key not in _ADDING:
                continue
        if file is not None and key in value:
            yield from _from_file(file, key, value[key])
        elif said is None or said == ():
            yield _line(key, _DEFAULTS.get(key, "none"), "default")
    for key in ("allow_incomplete", "strict"):
        yield _line(key.replace("_", "-"), _words(given[key]), _origin(context, key, "default"))


def _from_file(file: YamlFile, key: str, value: Any) -> Iterator[str]:
    """A value of the file; of what has parts, each in a line."""
    if isinstance(value, dict):
        parts = [(name, each, below(f"/{key}", name)) for name, each in value.items()]
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        parts = [(str(number + 1), each, f"/{key}/{number}") for number, each in enumerate(value)]
    else:
        yield _line(key, _words(value), file.line(f"/{key}"))
        return
    for name, each, pointer in parts:
        yield _line(f"{key}.{name}", _words(each), file.line(pointer))


def _origin(context: click.Context, parameter: str, otherwise: str) -> str:
    """Where an option was given: on the command line, or by an environment variable, which is named."""
    source = context.get_parameter_source(parameter)
    by_name = {each.name: each for each in context.command.params}
    option = by_name[parameter]
    if source is ParameterSource.COMMANDLINE:
        return f"option {max(option.opts, key=len)}"
    if source is ParameterSource.ENVIRONMENT:
        return f"environment variable {option.envvar}"
    return otherwise


def _words(value: Any) -> str:
    """A value as one writes it in YAML, on one line."""
    if isinstance(value, Severity):
        return value.label
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_words(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_words, value)) + "]"
    return str(value)


def _line(key: str, value: str, origin: str) -> str:
    return f"{escape(key)} = {escape(value)}  ({escape(origin)})"
