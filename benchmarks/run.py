"""Measure kvaudit against yardsticks of the same machine and minute, and write the table of docs/performance.md.

    python benchmarks/run.py [--vaults N] [--rounds N] [--work FOLDER] [--write FILE]

Each round runs every command once, yardsticks among them, so that a busy minute slows both sides of a ratio. A figure
is the median over the rounds; wall time includes the start of the process, and memory is its peak resident size.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import estate

ROOT = Path(__file__).resolve().parent.parent
KVAUDIT = str(Path(sys.executable).with_name("kvaudit"))
SAMPLE = str(ROOT / "sample-configs" / "contoso-drift")
AS_OF = ("--as-of", "2026-11-23")
ANSWERED = (0, 1, 3)  # the exit codes of a command that did its work
ESCALATIONS = "KV202,KV203,KV204,KV205,KV206,KV207,KV215"  # the rules about what can be obtained
CARRIERS = 2  # resources with an identity, for each vault
GROWTH = (0.01, 0.1, 1.0)  # of the number of vaults, each ten times the one before
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# What a program that works on the whole estate has to do at least: hold it.
LOADS = """
import json, pathlib, sys
held = [json.loads(file.read_bytes()) for file in pathlib.Path(sys.argv[1]).rglob("*.json")]
"""
# The parser's own work alone: each document is dropped before the next, so its memory is used again and again.
LOADS_DROPPED = """
import json, pathlib, sys
for file in pathlib.Path(sys.argv[1]).rglob("*.json"):
    json.loads(file.read_bytes())
"""


@dataclass
class Measure:
    """A command, and what it took in each round."""

    name: str
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Run once; exits when the command did not do its work."""
        started = time.perf_counter()
        quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0o600) for number in (1, 2)]
        child = os.posix_spawn(self.command[0], self.command, os.environ, file_actions=quiet)
        _, status, used = os.wait4(child, 0)
        if os.waitstatus_to_exitcode(status) not in ANSWERED:
            sys.exit(f"{' '.join(self.command)} ended with {os.waitstatus_to_exitcode(status)}")
        self.seconds.append(time.perf_counter() - started)
        self.megabytes.append(used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024))

    @property
    def wall(self) -> float:
        """Median wall time in seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """Median peak of memory in MiB."""
        return statistics.median(self.megabytes)


def measure(measures: Sequence[Measure], rounds: int) -> None:
    """One round to warm up, then the rounds that count, in turns."""
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for each in measures:
            each.run()
    for each in measures:
        del each.seconds[0], each.megabytes[0]


def exponent(small: float, medium: float, large: float) -> float:
    """The k of a cost of start + c * size^k, from three sizes of which each is ten times the one before."""
    return math.log10((large - medium) / (medium - small))


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, default=estate.FULL_VAULTS, help="size of the estate")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "out", help="where estates are made")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this file")
    options = parser.parse_args()

    report = "\n".join(run(options.work, options.vaults, options.rounds))
    print(report)
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        options.write.write_text(f"{before}{BEGIN}\n{report}\n{END}{after}", encoding="utf-8")


def make(folder: Path, vaults: int, carriers: int = 0) -> int:
    """Make an estate; the bytes written. In a process of its own: a child's peak counts its parent's size as well."""
    script = str(Path(estate.__file__))
    subprocess.run(
        [sys.executable, script, str(folder), "--vaults", str(vaults), "--carriers", str(carriers)],
        check=True,
        stdout=sys.stderr,
    )
    return sum(file.stat().st_size for file in folder.rglob("*.json"))


def run(work: Path, vaults: int, rounds: int) -> list[str]:
    """Make the estates, measure, and say it in Markdown."""
    sizes = [max(1, round(vaults * share)) for share in GROWTH]
    made = {size: make(work / str(size), size) for size in sizes}
    folder = str(work / str(vaults))
    carrying = str(work / f"{vaults}-carriers")
    make(Path(carrying), vaults, CARRIERS * vaults)

    loads = Measure("`json.loads` of the same bytes", [sys.executable, "-c", LOADS, folder])
    dropped = Measure("the same, each document dropped at once", [sys.executable, "-c", LOADS_DROPPED, folder])
    click = Measure('`python -c "import click"`', [sys.executable, "-c", "import click"])
    version = Measure("`kvaudit --version`", [KVAUDIT, "--version"])
    config = ("--config", f"{SAMPLE}/kvaudit.yaml")
    sample = Measure("`kvaudit scan sample-configs/contoso-drift`", [KVAUDIT, "scan", SAMPLE, *config, *AS_OF])
    who = Measure("`kvaudit who secrets/get`", [KVAUDIT, "who", "secrets/get", folder, *AS_OF])
    told = Measure("the same with `-f json`", [KVAUDIT, "who", "secrets/get", folder, "-f", "json", *AS_OF])
    scans = [
        Measure(
            f"`kvaudit scan -f json`, {size:,} vaults", [KVAUDIT, "scan", str(work / str(size)), "-f", "json", *AS_OF]
        )
        for size in sizes
    ]
    climbing, plain_scan = (
        Measure(name, [KVAUDIT, "scan", carrying, "-f", "json", *AS_OF, *options])
        for name, options in (
            (f"`kvaudit scan -f json`, with {CARRIERS * vaults:,} resources that carry identities", ()),
            ("the same without the rules about what can be obtained", ("--ignore", ESCALATIONS)),
        )
    )
    measure([loads, dropped, *scans, who, told, plain_scan, climbing, click, version, sample], rounds)

    scan, size = scans[-1], made[vaults] / 2**20
    growth = exponent(*(each.wall for each in scans))
    return [
        machine(),
        "",
        f"Estate: {estate.Size.of(vaults)}, {size:.0f} MiB. Medians of {rounds} rounds, in turns.",
        "",
        "| command | wall time | peak memory | against | ratio | wanted |",
        "|---|---:|---:|---|---:|---|",
        plain(loads),
        plain(dropped),
        row(scan, loads.name, scan.wall / loads.wall, "≤ 3"),
        row(scan, dropped.name, scan.wall / dropped.wall, ""),
        row(scan, "size of the input", scan.peak / size, "memory ≤ 4"),
        row(who, "the scan", who.wall / scan.wall, "≤ 1"),
        row(told, "the scan", told.wall / scan.wall, ""),
        plain(plain_scan),
        row(climbing, plain_scan.name, climbing.wall / plain_scan.wall, "≤ 1.5"),
        plain(click),
        row(version, click.name, version.wall / click.wall, "≤ 2"),
        row(sample, "0.5 s", sample.wall / 0.5, "< 1"),
        "",
        f"Growth of a scan from {sizes[0]:,} to {sizes[-1]:,} vaults: exponent {growth:.2f}, the start left out.",
        "",
        "| vaults | input | wall time | peak memory |",
        "|---:|---:|---:|---:|",
        *(
            f"| {count:,} | {made[count] / 2**20:.1f} MiB | {each.wall:.2f} s | {each.peak:.0f} MiB |"
            for count, each in zip(sizes, scans, strict=True)
        ),
    ]


def plain(measured: Measure) -> str:
    """The line of a yardstick."""
    return f"| {measured.name} | {measured.wall:.3g} s | {measured.peak:.0f} MiB | | | |"


def row(measured: Measure, against: str, ratio: float, wanted: str) -> str:
    """A line of the table."""
    return f"| {measured.name} | {measured.wall:.3g} s | {measured.peak:.0f} MiB | {against} | {ratio:.2f} | {wanted} |"


def machine() -> str:
    """The machine in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB memory, {platform.system()}, "
        f"Python {platform.python_version()}."
    )


if __name__ == "__main__":
    main()
