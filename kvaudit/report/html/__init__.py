"""HTML: a scan as one file that opens without a network, for people to look through and hand on.

The file says the essentials by itself; its script shows all of it, from data that lies in the file as JSON.
"""

from __future__ import annotations

from typing import BinaryIO

from kvaudit.model.report import Report
from kvaudit.report.formats import Look
from kvaudit.report.html.data import left_out, page_data
from kvaudit.report.html.page import render
from kvaudit.report.html.summary import summary


def write_report(report: Report, stream: BinaryIO, _look: Look) -> str | None:
    """Write a scan as a page. What there is no room for is said on the page, and returned."""
    data = page_data(report)
    stream.write(render(summary(report), data).encode())
    return left_out(data)
