"""The table of hostile names through every format: what must get through none of them.

What else may not get through one of them is said in that format's own tests.
"""

import json
import re

import pytest

from kvaudit.report.formats import SCAN
from tests.report.hostile import NAMES, hostile_report
from tests.report.writing import written

AGENTS = {"github": b"::", "azure": b"##vso["}  # what these two say to the agent of a CI, and nobody else may
COMMAND = re.compile(rb"##\w*\[|^\s*::[a-z]|::[a-z]+::", re.MULTILINE)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture(params=NAMES)
def name(request):
    return NAMES[request.param]


@pytest.mark.parametrize("format_name", SCAN.modules)
def test_no_name_reaches_a_terminal_or_the_agent_of_a_ci(format_name, name):
    data = written(format_name, hostile_report(name))
    shown = data.decode("utf-8")
    if format_name not in {"json", "ocsf"}:  # these say names as they are, as data
        assert not UNSEEN.search(shown.replace("\r\n", "\n"))
    assert "\x1b" not in shown
    for line in data.splitlines():
        if format_name in AGENTS and line.startswith(AGENTS[format_name]):
            continue
        if format_name in {"json", "ocsf"}:
            assert not re.search(rb"##|^\s*::", line)
        else:
            assert not COMMAND.search(line), line


def test_json_says_names_as_they_are(name):
    document = json.loads(written("json", hostile_report(name)))
    assert document["findings"][1]["message"] == name


def test_every_format_ends_a_line(name):
    for format_name in SCAN.modules:
        assert written(format_name, hostile_report(name)).endswith(b"\n")
