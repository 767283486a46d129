"""What action.yml runs: kvaudit in an environment of its own, with the inputs of the action as arguments.

Inputs are environment variables. Ends with the exit code of `kvaudit scan`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path


def arguments(inputs: Mapping[str, str], sarif: str) -> list[str]:
    """The arguments of kvaudit for these inputs."""
    given = ["scan", *_lines(inputs["ARGUMENTS"])]
    if inputs["CONFIG"]:
        given += ["--config", inputs["CONFIG"]]
    if inputs["FAIL_ON"]:
        given += ["--fail-on", inputs["FAIL_ON"]]
    if inputs["ALLOW_INCOMPLETE"] == "true":
        given.append("--allow-incomplete")
    if sarif:
        given += ["-f", "auto", "-f", f"sarif:{sarif}"]
    return [*given, "--", *_lines(inputs["SOURCES"])]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def main(inputs: Mapping[str, str]) -> int:
    """Install, scan, and tell the steps that follow how it went."""
    folder = Path(tempfile.mkdtemp(dir=inputs.get("RUNNER_TEMP")))
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, inputs["ACTION"]], check=True)
    sarif = inputs["SARIF"] or (str(folder / "kvaudit.sarif") if inputs["UPLOAD"] == "true" else "")
    done = subprocess.run([programs / "kvaudit", *arguments(inputs, sarif)], check=False)
    with Path(inputs["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"exit-code={done.returncode}\n")
        if sarif and Path(sarif).is_file():
            outputs.write(f"sarif={sarif}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(os.environ))
