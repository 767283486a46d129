"""`kvaudit schema`: the JSON Schemas of what kvaudit reads and writes."""

from __future__ import annotations

import importlib.resources
import json
from typing import Any

import click

from kvaudit.cli.output import standard_output


@click.group(short_help="Print a JSON Schema.")
def schema() -> None:
    """Print the JSON Schema of an input or output."""


@schema.command()
def snapshot() -> None:
    """The snapshot: all facts of one look at Azure, as input."""
    _print("kvaudit.sources", "snapshot.schema.json")


@schema.command()
def report() -> None:
    """What `kvaudit scan -f json` writes."""
    _print("kvaudit.report", "schemas/report-v1.json")


@schema.command()
def access() -> None:
    """What `kvaudit who` and `kvaudit can` write with -f json."""
    _print("kvaudit.report", "schemas/access-v1.json")


@schema.command()
def diff() -> None:
    """What `kvaudit diff -f json` writes."""
    _print("kvaudit.report", "schemas/diff-v1.json")


@schema.command()
def matrix() -> None:
    """What `kvaudit access -f json` writes."""
    _print("kvaudit.report", "schemas/matrix-v1.json")


@schema.command()
def doctor() -> None:
    """What `kvaudit doctor -f json` writes."""
    _print("kvaudit.report", "schemas/doctor-v1.json")


@schema.command()
def rule() -> None:
    """A declarative rule (rule.yaml)."""
    from kvaudit.rules.rule_shape import rule_schema  # noqa: PLC0415 - the others print a file

    _print_made(rule_schema())


@schema.command()
def config() -> None:
    """The configuration: kvaudit.yaml, or [tool.kvaudit] of pyproject.toml."""
    from kvaudit.gate.config import config_schema  # noqa: PLC0415 - as above

    _print_made(config_schema())


@schema.command()
def waivers() -> None:
    """A file of waivers."""
    from kvaudit.gate.config import waivers_schema  # noqa: PLC0415 - as above

    _print_made(waivers_schema())


@schema.command()
def baseline() -> None:
    """A baseline, as `kvaudit baseline` writes it."""
    from kvaudit.gate.baseline import baseline_schema  # noqa: PLC0415 - as above

    _print_made(baseline_schema())


def _print_made(made: dict[str, Any]) -> None:
    with standard_output() as stream:
        stream.write(json.dumps(made, indent=2, ensure_ascii=False).encode() + b"\n")


def _print(package: str, name: str) -> None:
    with standard_output() as stream:
        stream.write(importlib.resources.files(package).joinpath(name).read_bytes())
