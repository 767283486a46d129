"""The fake Azure in a process of its own, for benchmarks: prints one line of JSON, and ends with its standard input.

    python -m tests.live.azure --estate large --vaults 5000 --latency 0.1 --limits --quota

The line has the endpoints, the certificates to trust, the environment that a client needs, and the address to steer
it by (see control.py). Bodies of a large estate are made when they are asked for; Resource Graph keeps the pages that
it made, packed.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.live.azure.large import large
from tests.live.azure.server import Azure
from tests.live.azure.settings import Settings
from tests.live.azure.small import small


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.live.azure")
    parser.add_argument("--estate", choices=("small", "large"), default="small")
    parser.add_argument("--subscriptions", type=int, default=25)
    parser.add_argument("--vaults", type=int, default=5_000)
    parser.add_argument("--assignments", type=int, default=50_000)
    parser.add_argument("--principals", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--page-size", type=int, help="of the lists of Resource Manager")
    parser.add_argument("--limits", action="store_true", help="enforce the limits of Resource Manager")
    parser.add_argument("--quota", action="store_true", help="enforce the quota of Resource Graph")
    parser.add_argument("--keep", action="store_true", help="make answers of Resource Manager once")
    given = parser.parse_args()
    sizes = (given.subscriptions, given.vaults, given.assignments, given.principals)
    estate = small() if given.estate == "small" else large(*sizes, seed=given.seed)
    settings = Settings(latency=given.latency, page_size=given.page_size, limits=given.limits, quota=given.quota,
                        keep=given.keep)  # fmt: skip
    with Azure(estate, settings) as azure:
        told = {"endpoints": azure.urls, "ca": str(azure.ca), "environment": azure.environment}
        sys.stdout.write(json.dumps({**told, "control": azure.urls["other"]}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
