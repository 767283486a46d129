"""Run the scenarios through their own runner, less those that are not expected to pass yet.

    python scripts/run_scenarios.py FOLDER --kvaudit COMMAND [-j N] [--not-yet FILE]

FOLDER holds the scenarios and their runner, `run.py`. The file of those not yet passing has one id a line, the reason
behind a `#`. Exit code 1 when a scenario fails that is not listed, or when a listed one passes: the list may only
shrink by hand and never hides more than it says.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NOT_YET = Path(__file__).resolve().parent.parent / "tests" / "scenarios_not_yet.txt"
_LINE = re.compile(r"(?P<id>\S+)\s+#\s*(?P<reason>\S.*)")


class Scenarios:
    """The scenario files of a folder, and how to run some of them."""

    def __init__(self, folder: Path, kvaudit: str, jobs: int) -> None:
        self._runner = folder / "run.py"
        self._command = ["--kvaudit", kvaudit, "-j", str(jobs)]
        self.files = sorted(folder.glob("*.yaml"))

    def run(self, files: Sequence[Path]) -> tuple[int, str]:
        """The runner's exit code and all it said."""
        line = [sys.executable, str(self._runner), *self._command, *map(str, files)]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout


def read_not_yet(text: str) -> dict[str, str]:
    """Scenario ids and reasons; a line without a reason is a ValueError."""
    listed = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        if not (match := _LINE.fullmatch(line)):
            message = f"{line!r} is no scenario id with a reason behind a #"
            raise ValueError(message)
        listed[match["id"]] = match["reason"]
    return listed


def scenario_id(file: Path) -> str:
    """The id a scenario's file name begins with."""
    return file.stem.split("-", 1)[0]


def check(scenarios: Scenarios, not_yet: dict[str, str]) -> list[str]:
    """Run all scenarios; what is wrong, a line each."""
    complaints = [f"{each} is listed, but there is no such scenario" for each in unknown(scenarios, not_yet)]
    expected = [file for file in scenarios.files if scenario_id(file) not in not_yet]
    if expected:
        code, said = scenarios.run(expected)
        print(said, end="")
        if code:
            complaints.append("scenarios failed that are expected to pass")
    listed = [file for file in scenarios.files if file not in expected]
    passing = [file for file in listed if scenarios.run([file])[0] == 0]
    return complaints + [f"{scenario_id(file)} passes now: take it off the list" for file in passing]


def unknown(scenarios: Scenarios, not_yet: dict[str, str]) -> list[str]:
    """Listed ids of which there is no scenario."""
    return sorted(set(not_yet) - set(map(scenario_id, scenarios.files)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the scenarios and their run.py are")
    parser.add_argument("--kvaudit", default="kvaudit", metavar="COMMAND", help="the command to ask")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="scenarios at a time")
    parser.add_argument("--not-yet", type=Path, default=NOT_YET, metavar="FILE", help="ids not expected to pass")
    options = parser.parse_args(arguments)

    scenarios = Scenarios(options.folder, options.kvaudit, options.jobs)
    if not scenarios.files:
        parser.error(f"no scenarios in {options.folder}")
    not_yet = read_not_yet(options.not_yet.read_text(encoding="utf-8"))
    complaints = check(scenarios, not_yet)
    for complaint in complaints:
        print(complaint)
    for each, reason in not_yet.items():
        print(f"not yet: {each}, {reason}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
