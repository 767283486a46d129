"""Measure the HTML report of an estate in Debian's Chromium, and write the table of docs/html-report.md.

    python benchmarks/page.py [--vaults N] [--rounds N] [--work FOLDER] [--write FILE]

A thousand made-up vaults have about ten thousand findings. The time is the page's own: from the beginning of its
navigation until the list of findings is there. Needs chromium and chromedriver (`make browser`) and selenium.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import AS_OF, BEGIN, END, KVAUDIT, ROOT, machine, make
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
READY = "return performance.getEntriesByName('kvaudit-ready')[0].startTime / 1000"
LISTED = "return document.querySelector('#findings-view .listhead p').textContent"


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vaults", type=int, default=1000, help="size of the estate")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "out", help="where the estate is made")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between the marks of this file")
    options = parser.parse_args()

    folder, page = options.work / str(options.vaults), options.work / "report.html"
    make(folder, options.vaults)
    started = time.perf_counter()
    command = [KVAUDIT, "scan", str(folder), "-f", "html", "-o", str(page), "-q", *AS_OF]
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    wrote = time.perf_counter() - started
    opened, listed = measure(page, options.rounds)

    report = "\n".join(
        [
            machine(),
            "",
            f"| an estate of {options.vaults:,} vaults, {listed.partition(', shown')[0]} | | wanted |",
            "|---|---:|---|",
            f"| `kvaudit scan -f html` | {wrote:.1f} s | |",
            f"| the file | {page.stat().st_size / 2**20:.1f} MiB | |",
            f"| the list of findings is there, median of {options.rounds} | {statistics.median(opened):.2f} s | < 3 |",
            f"| the slowest of them | {max(opened):.2f} s | < 3 |",
        ]
    )
    print(report)
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        options.write.write_text(f"{before}{BEGIN}\n{report}\n{END}{after}", encoding="utf-8")


def measure(page: Path, rounds: int) -> tuple[list[float], str]:
    """Seconds until the list was there in each round, and what the page says above the list."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or sys.exit("there is no chromium; make browser installs it")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        try:
            opened = []
            for _ in range(rounds):
                browser.get("about:blank")
                browser.get(f"{page.resolve().as_uri()}#findings")
                opened.append(float(browser.execute_script(READY)))
            return opened, str(browser.execute_script(LISTED))
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
