"""A report that is open in a browser, as somebody who looks at it would speak of it."""

import time

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

__all__ = ["Keys", "Page"]


class Page:
    def __init__(self, browser, file):
        self.browser = browser
        self.url = file.as_uri()

    def open(self, route=""):
        self.browser.get("about:blank")
        self.browser.get(self.url + route)
        return self

    def go(self, route):
        """Follow a link within the page."""
        self.run("location.hash = arguments[0] || '#overview'", route)
        self.run("dispatchEvent(new Event('hashchange'))")
        return self

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def protocol(self, command, **parameters):
        return self.browser.execute_cdp_cmd(command, parameters)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def field(self, label):
        """The field of this label that can be seen."""
        path = f"//label[starts-with(normalize-space(), '{label}')]/*[self::input or self::select]"
        return next(each for each in self.browser.find_elements(By.XPATH, path) if each.is_displayed())

    def choose(self, label, value):
        Select(self.field(label)).select_by_value(value)

    def button(self, words):
        path = f"//button[normalize-space()='{words}']"
        return next(each for each in self.browser.find_elements(By.XPATH, path) if each.is_displayed())

    def press(self, *keys):
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def text(self, selector="main"):
        """What can be read, and what is hidden as well."""
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def focused(self):
        return self.browser.switch_to.active_element

    def eventually(self, true, seconds=10):
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not (found := true()) and time.monotonic() < end:
            time.sleep(0.02)
        assert found
        return found

    def width(self, pixels):
        size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.protocol("Emulation.setDeviceMetricsOverride", **size)

    def prefers(self, scheme):
        self.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
