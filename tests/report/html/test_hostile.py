"""Names of strangers are shown on the page and never read by it, wherever they stand."""

import html
import re

import pytest

from kvaudit.report.escape import escape
from tests.report.hostile import NAMES, hostile_report
from tests.report.html.made import with_access, written

ROUTES = ("", "#findings", "#vaults", "#vault-0", "#principals", "#principal-0", "#matrix")

INSPECTION = """
const all = [...document.querySelectorAll("*")];
const linked = [...document.querySelectorAll("[href], [src]")];
return {
  scripts: [...document.scripts].map((each) => each.id || "program"),
  foreign: [...new Set([...document.querySelectorAll("body *")].map((each) => each.localName))],
  handlers: all.flatMap((each) => each.getAttributeNames()).filter((name) => name.startsWith("on")),
  links: linked.map((each) => each.getAttribute("href") ?? each.getAttribute("src")),
  comments: document.createTreeWalker(document, NodeFilter.SHOW_COMMENT).nextNode() === null,
};
"""
FOREIGN = {"img", "iframe", "object", "embed", "link", "base", "style", "form-x", "video", "audio", "template", "math"}


@pytest.fixture(params=NAMES, ids=str)
def name(request):
    return NAMES[request.param]


def report_of(name):
    return with_access(hostile_report(name), name, name)


def test_a_name_is_text_wherever_it_stands(show, name):
    report = report_of(name)
    page = show(report)
    seen = escape(name)[:250]
    for route in (*ROUTES, f"#finding-{report.findings[0].fingerprint}"):
        page.go(route)
        page.run("document.querySelectorAll('.opener, .row-opener').forEach((each) => each.click())")
        found = page.run(INSPECTION)
        assert found["scripts"] == ["data", "program"]
        assert FOREIGN.isdisjoint(found["foreign"])
        assert found["handlers"] == []
        assert found["comments"]
        assert all(re.match(r"#|https://example\.org/kv202$", link) for link in found["links"]), found["links"]
        assert seen in page.text("body")
    page.go("#findings?text=KV202")
    page.one(".opener").click()
    assert escape(f"{name} can grant itself {name}") in page.text(".detail")
    assert escape(f"az role assignment delete --ids {name}") in page.text(".detail pre")


def test_a_long_name_makes_no_page_wider(show):
    page = show(report_of(NAMES["long"]))
    page.width(360)
    for route in ROUTES:
        page.go(route)
        page.run("document.querySelectorAll('.opener, .row-opener').forEach((each) => each.click())")
        assert page.run("return document.documentElement.scrollWidth <= innerWidth"), route
        assert page.run("return document.documentElement.scrollHeight") < 12_000, route


def test_nothing_ends_the_data_or_a_tag_before_its_time(name):
    text = written(report_of(name))
    assert text.count("<script") == text.count("</script") == 2
    assert text.count("<!--") == 0
    body = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert not re.search(r"[<>&]", body)
    assert all(line == escape(line) for line in text.splitlines() if "::" not in line)  # for these see test_hostile
    if name and len(name) < 300:
        assert html.escape(escape(name)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
