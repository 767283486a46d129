"""The command against the fake Azure: in this process, with the SDK as it is, or in one of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

NOBODY = "9b4f1c52-1111-4222-8333-444455556666"
"""Holds nothing anywhere."""


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The closing line on standard error."""
        return self.err.splitlines()[-1]

    @property
    def report(self) -> Any:
        return json.loads(self.out)


def child(environment: dict[str, str], *arguments: object) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "kvaudit", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finished(process: subprocess.Popen[bytes], seconds: float = 60) -> Result:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Result(process.returncode, out.decode(), err.decode())


def rows_of(file: Path) -> dict[str, list[str]]:
    """The rows of each section of a snapshot, in an order that does not depend on who answered first."""
    content = json.loads(re.sub(rb"(127\.0\.0\.1):\d+", rb"\1", file.read_bytes()))
    told = {"coverage", "ledger"}
    return {
        name: sorted(json.dumps(row, sort_keys=True) for row in rows)
        for name, rows in content.items()
        if isinstance(rows, list) and name not in told
    }


_KEYS = ("id", "group", "object", "role")


def ids_of(file: Path) -> dict[str, list[str]]:
    """The ids of the rows of each section; users may be told of twice, and count once."""
    found = {}
    for name, rows in rows_of(file).items():
        bodies = map(json.loads, rows)
        ids = [next(body[key] for key in _KEYS if key in body) for body in bodies]
        found[name] = sorted(set(ids) if name == "principals" else ids)
    return found


def ledger_of(file: Path) -> dict[tuple[str, str], str]:
    """How each source answered, by what and scope."""
    rows = json.loads(file.read_bytes())["ledger"]
    return {(row["what"], scope): row["status"] for row in rows for scope in row["scopes"]}


def essence(report: Any, *, words: bool = True) -> dict[str, Any]:
    """What a scan says, without where in which file it stands.

    Words may be left out where two collections differ in what came beside a fact, as the rule of a dynamic group.
    """
    return {
        "complete": report["complete"],
        "verdict": report["verdict"],
        "summary": report["summary"],
        "notEvaluated": report["notEvaluated"],
        "collectedAs": report["collectedAs"],
        "gaps": gaps_of(report),
        "findings": sorted(
            (
                each["fingerprint"],
                each["rule"],
                each["severity"],
                each["confidence"],
                each["vaults"],
                *((each["message"], [step["text"] for step in each["path"]]) if words else ()),
            )
            for each in report["findings"]
        ),
    }


def gaps_of(report: Any) -> list[tuple[str, str, str]]:
    """Need, subject and reason of each gap."""
    return sorted((gap["need"], gap["subject"], gap["reason"]) for gap in report["gaps"])
