"""Reports to write."""

import pytest

from tests.report.made import a_report, an_access_report


@pytest.fixture
def report():
    return a_report()


@pytest.fixture
def access_report():
    return an_access_report()
