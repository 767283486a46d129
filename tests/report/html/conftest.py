"""Reports in a real browser. Whatever a test does there, the console stays silent and no network is asked."""

import io
import json
import shutil
import tempfile

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from kvaudit.report.formats import Look
from kvaudit.report.html import write_report
from tests.report.html.page import Page

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium; `make browser` installs it."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # its processes end a moment after it
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        yield driver
        driver.quit()


@pytest.fixture
def browser(chromium):
    """The browser as new; afterwards, what went on in it is looked at."""
    chromium.get("about:blank")
    for log in ("browser", "performance"):
        chromium.get_log(log)
    yield chromium
    assert chromium.get_log("browser") == []
    messages = (json.loads(entry["message"])["message"] for entry in chromium.get_log("performance"))
    asked = {each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"}
    assert {url.partition(":")[0] for url in asked} <= {"file", "about"}
    assert len({url.partition("#")[0] for url in asked if url.startswith("file")}) <= 1
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_script("try { localStorage.clear() } catch {}")


@pytest.fixture
def show(browser, tmp_path):
    """Write a report, open it, and give the page in the browser."""

    def show(report, route=""):
        stream = io.BytesIO()
        write_report(report, stream, Look())
        file = tmp_path / "report.html"
        file.write_bytes(stream.getvalue())
        return Page(browser, file).open(route)

    return show
