"""Markdown, read by a parser of others: nothing a name says becomes markup, and a page ends where it must."""

import re

import pytest
from markdown_it import MarkdownIt

from kvaudit.report.markdown import report_page
from tests.report.hostile import NAMES, hostile_report
from tests.report.made import GAPS, make_finding, make_report
from tests.report.writing import text

OURS = {"details", "summary", "b", "code", "h2", "h3", "p", "ol", "ul", "li", "strong", "em", "table", "thead", "tbody",
        "tr", "th", "td"}  # fmt: skip


def html(markdown):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


def test_it_says_both_verdicts_and_tells_clean_from_not_evaluated(report):
    shown = text("markdown", report)
    assert "**FAIL** · 2 findings (1 critical, 1 medium) · 4 vaults · **INCOMPLETE**" in shown
    rows = [line for line in shown.splitlines() if line.startswith("| kv-")]
    assert rows == [
        "| kv-app | 1 | 0 | 1 | 0 | 0 |",
        "| kv-pay | 1 | 0 | 0 | 0 | 0 |",
        "| kv-clean | 0 | 0 | 0 | 0 | 0 |",
        "| kv-old | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} | \N{EN DASH} |",
    ]
    assert html(shown).count("<tr>") == 5


def test_a_finding_is_a_block_with_its_path_and_fix(report):
    shown = html(text("markdown", report))
    assert shown.count("<details>") == shown.count("</details>") == 2
    assert "<li>is assigned Contributor at subscription sub-prod (exports/role-assignments.json:12)</li>" in shown
    assert "<li>fix: Take the role away.</li>" in shown
    assert "<code>az role assignment delete --ids /subscriptions/" in shown


def test_what_could_not_be_seen_comes_with_commands(report):
    shown = text("markdown", report)
    assert "groupMembers of group-0, group-1, group-2 and 3 more not seen: the members are not in the input" in shown
    assert "<code>az ad group member list -g 0</code>" in shown
    assert "and 3 more commands" in shown
    assert "- owners (KV207): <code>az ad app owner list --id &#60;application&#62;</code>" in shown


@pytest.mark.parametrize("longest", [65_000, 900_000])
def test_a_page_is_never_longer_than_it_may_be_and_says_what_it_leaves_out(longest):
    findings = [make_finding(subject=str(number), message="王" * 200) for number in range(3000)]
    page = report_page(make_report(findings, GAPS), longest)
    assert longest * 0.9 < len(page) <= longest
    assert re.search(rb"Left out, as there is no room for more: [\d,]+ findings\. `kvaudit", page)
    assert b"groupMembers of group-0" in page
    assert page.count(b"<details>") == page.count(b"</details>")


def test_no_room_at_all_is_said():
    assert b"Left out, as there is no room for more: 1 finding." in report_page(make_report([make_finding()]), 0)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_text(name):
    shown = text("markdown", hostile_report(NAMES[name]))
    rendered = html(shown)
    assert set(re.findall(r"</?([a-zA-Z][\w-]*)", rendered)) <= OURS
    assert rendered.count("<tr>") == 2
    written_out = re.sub(r"&#\d+;", "", shown.replace("`kvaudit scan -f json`", ""))
    assert not re.search(r"@|#1|://|www|\[|`|\x1b", written_out)
    assert len(shown) <= 65_000
