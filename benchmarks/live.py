"""Measure a collection against the loopback Azure of the tests, which runs in a process of its own.

    python benchmarks/live.py [--vaults 5000] [--subscriptions 25] [--latency 0.1]
    python benchmarks/live.py --fast --vaults 100000 --subscriptions 500 --assignments 1000000 --latency 0 --no-limits

The ideal is what the same requests take when 32 are always on their way and none waits for another. What the server
answers is made beforehand, in a collection that does not count, so that making it does not stand in the way; then the
limits have time to refill. Linux: time and memory are of the child.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from kvaudit.sources.live.estate import EVERY_VAULT
from kvaudit.sources.live.resource_manager import ASSIGNMENTS

ROOT = Path(__file__).resolve().parent.parent
KVAUDIT = str(Path(sys.executable).with_name("kvaudit"))
IN_FLIGHT = 32
REFILL = 11  # seconds in which 250 reads come back at 25 a second


class Server:
    """The loopback Azure."""

    def __init__(self, options: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.azure", "--estate", "large", *options],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told = json.loads(self._process.stdout.readline())
        self._context = ssl.create_default_context(cafile=self.told["ca"])

    def steer(self, path: str, body: Any = None) -> Any:
        """Ask the server itself: for faults, for its log."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.told['control']}{path}", data)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, context=self._context) as answer:  # noqa: S310
            return json.load(answer)

    def stop(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Measure once, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, default=5_000)
    parser.add_argument("--subscriptions", type=int, default=25)
    parser.add_argument("--assignments", type=int, default=50_000)
    parser.add_argument("--principals", type=int, default=2_000)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--no-limits", action="store_true", help="the published limits are not enforced")
    parser.add_argument("--fast", action="store_true", help="role assignments through Resource Graph")
    parser.add_argument("--no-diagnostics", action="store_true", help="leave out what is asked of each vault")
    given = parser.parse_args()
    sizes = ("vaults", "subscriptions", "assignments", "principals", "latency")
    options = [word for name in sizes for word in (f"--{name}", str(getattr(given, name)))]
    server = Server([*options, "--keep", *([] if given.no_limits else ["--limits", "--quota"])])
    try:
        server.steer("/_warm", {"query": EVERY_VAULT})
        if given.fast:
            server.steer(
                "/_warm", {"query": ASSIGNMENTS, "options": {"authorizationScopeFilter": "AtScopeAboveAndBelow"}}
            )
        if not given.fast:
            _collect(server, given, "warm.json")
            time.sleep(REFILL)
        server.steer("/_reset", {})
        _measure(server, given)
    finally:
        server.stop()


def _collect(server: Server, given: argparse.Namespace, name: str) -> tuple[int, float, Any, int]:
    """Exit code, seconds, use of resources, and size of the snapshot."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / name
        words = [KVAUDIT, "collect", "-q", "-o", str(target), *_options(given)]
        environment = dict(os.environ) | server.told["environment"] | {"HOME": folder}
        started = time.perf_counter()
        process = subprocess.Popen(words, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        return os.waitstatus_to_exitcode(status), seconds, usage, target.stat().st_size


def _measure(server: Server, given: argparse.Namespace) -> None:
    code, seconds, usage, size = _collect(server, given, "snapshot.json")
    stats = server.steer("/_stats")
    requests = stats["requests"]
    least = _least(given)
    arm = requests["arm"]
    ideal = math.ceil(arm / IN_FLIGHT) * given.latency
    print(f"exit code            {code}")
    print(f"wall                 {seconds:.1f} s")
    if ideal:
        print(f"ideal                {ideal:.1f} s for {arm:,} requests, {IN_FLIGHT} at once: {seconds / ideal:.2f}")
    print(f"processor            {usage.ru_utime + usage.ru_stime:.1f} s")
    print(f"peak memory          {usage.ru_maxrss / 1024:.0f} MB; snapshot {size / 1e6:.0f} MB")
    print(f"requests             {sum(requests.values()):,} ({requests}); at least {least:,} of Resource Manager")
    print(f"at once, at most     {stats['peak']}; connections {stats['connections']}")
    print(f"statuses             {stats['statuses']}; writes {stats['writes']}")


def _options(given: argparse.Namespace) -> list[str]:
    return [
        *(["--fast"] if given.fast else []),
        *(["--without", "diagnosticSettings,logStores"] if given.no_diagnostics else []),
    ]


def _least(given: argparse.Namespace) -> int:
    """The fewest requests to Resource Manager: one a list, one for each thousand rows, one a vault."""
    once = 1 + 1 + 1 + 1 + 1  # subscriptions, their groups, custom roles, carriers, places of logs
    lists = 5 if given.fast else 6  # denies, eligible, active, delegations, locks; assignments
    pages = math.ceil(given.assignments / 1000) if given.fast else 0
    return (
        once
        + math.ceil(given.vaults / 1000)
        + pages
        + given.subscriptions * (lists + 1)
        + (0 if given.no_diagnostics else given.vaults)
    )


if __name__ == "__main__":
    main()
