"""The table of hostile names through every format: what must not get through, said for each."""

import io
import json
import re

import pytest

from kvaudit.report import json_report, terminal
from kvaudit.report.formats import Look
from tests.report.hostile import NAMES, hostile_report

CI_COMMAND = re.compile(rb"##\w*\[|^\s*::[a-z]|::[a-z]+::", re.MULTILINE)


def written(write, name):
    stream = io.BytesIO()
    write(hostile_report(NAMES[name]), stream, Look())
    return stream.getvalue()


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_terminal(name):
    data = written(terminal.write_report, name)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", data.decode())
    assert not CI_COMMAND.search(data)


def test_json(name):
    data = written(json_report.write_report, name)
    document = json.loads(data)
    assert document["findings"][1]["message"] == NAMES[name]
    assert b"##" not in data
    assert data.count(b"\n{") == 4  # a finding, a gap takes one line, and begins none of its own
