"""The page as its readers use it: parts, filters, search, links to findings, keys, themes, paper, widths."""

import base64
from itertools import pairwise

import pytest

from kvaudit.model.finding import Verdict
from kvaudit.model.permission import KIND
from tests.report.html.made import many, sample, with_access
from tests.report.html.page import Keys
from tests.report.made import a_report, make_report

ROUTES = ("", "#findings", "#vaults", "#vault-0", "#principals", "#principal-0", "#matrix")
DASH = "\N{EN DASH}"
WIDTHS = (360, 800, 1600)

CONTRASTS = """
const channel = (value) => value / 255 <= .03928 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const parts = (color) => color.match(/[\\d.]+/g).map(Number);
const behind = (node) => {
  if (node.closest("svg") && node.parentNode.querySelector(".box")) {
    return parts(getComputedStyle(node.parentNode.querySelector(".box")).fill);
  }
  for (; node; node = node.parentElement) {
    const color = parts(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] === 1) return color;
  }
};
const poor = [];
let seen = 0;
for (const node of document.querySelectorAll("body *")) {
  const words = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  if (!words || !node.checkVisibility() || node.disabled || ["SCRIPT", "STYLE"].includes(node.tagName)) continue;
  seen += 1;
  const style = getComputedStyle(node);
  const [one, two] = [light(parts(node.closest("svg") ? style.fill : style.color)), light(behind(node))];
  const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
  if (ratio < 4.5) poor.push(`${node.tagName}.${node.getAttribute("class")} ${node.textContent.slice(0, 30)} ${ratio}`);
}
return [seen, poor];
"""


def listed(page):
    return page.one("#findings-view .listhead p").text


def fingerprint(report, place):
    return report.findings[place].fingerprint


def test_the_overview_says_how_it_stands_and_what_was_not_seen(show):
    report = sample()
    page = show(report)
    text = " ".join(page.one("main").text.split())
    assert "Fail Incomplete 68 findings on 3 vaults" in text
    assert "What could not be seen 2 facts" in text
    assert {each.text for each in page.all("#not-seen code")} == {gap.remedy for gap in report.gaps}
    row = next(each.text for each in page.all("#overview tbody tr") if each.text.startswith("kv-contoso-orders"))
    assert row.split() == ["kv-contoso-orders", "1", "8", "8", "6", "1"]


def test_a_vault_that_was_not_evaluated_has_dashes_and_a_clean_one_zeros(show):
    page = show(a_report())
    rows = {row.text.split()[0]: row.text.split()[1:] for row in page.all("#overview tbody tr") if "kv-" in row.text}
    assert rows["kv-old"] == [DASH] * 5
    assert rows["kv-clean"] == ["0"] * 5
    page.open("#vaults")
    rows = {row.text.split()[0]: row.text.split()[1:6] for row in page.all("#vaults-view tbody tr")}
    assert rows["kv-old"] == [DASH] * 5
    assert rows["kv-clean"] == ["0"] * 5


def test_filters_filter_and_say_how_many_are_left(show):
    report = sample()
    page = show(report, "#findings")
    assert listed(page).startswith("68 findings")
    page.field("high").click()
    high = sum(finding.severity.label == "high" for finding in report.findings)
    page.eventually(lambda: listed(page) == f"{high} findings")
    assert page.text("#said") == f"{high} findings"
    assert {each.text for each in page.all("#findings .badge")} == {"high"}
    page.choose("Rule", "KV102")
    page.eventually(lambda: listed(page) == "3 findings")
    page.choose("Confidence", "medium")
    page.eventually(lambda: listed(page) == "1 finding")
    page.button("Clear filters").click()
    page.eventually(lambda: listed(page).startswith("68 findings"))


@pytest.mark.parametrize(
    ("label", "typed", "fits"),
    [
        ("Vault", "kv-contoso-hr", lambda finding: any(each.endswith("kv-contoso-hr") for each in finding.vaults)),
        ("Principal", "Carol", lambda finding: finding.principal == "251d875c-df38-44bf-a160-c7819c202ee9"),
        ("Search", "year FIREWALL", lambda _finding: False),
        ("Search", "FIREWALL every", lambda finding: finding.rule == "KV301"),
    ],
)
def test_a_field_finds_what_it_names(show, label, typed, fits):
    report = sample()
    page = show(report, "#findings")
    page.field(label).send_keys(typed)
    number = sum(map(fits, report.findings))
    page.eventually(lambda: listed(page) == (f"{number} finding" if number == 1 else f"{number} findings"))


def test_what_is_filtered_stands_in_the_address(show):
    page = show(sample(), "#findings?severity=high&rule=KV103")
    assert listed(page) == "4 findings"
    assert page.field("high").is_selected()
    page.field("Search").send_keys("Tom")
    page.eventually(lambda: "text=Tom" in page.browser.current_url)
    page.open("#" + page.browser.current_url.partition("#")[2])
    assert listed(page) == "2 findings"


def test_a_link_opens_its_finding_on_whatever_page_it_is(show):
    report = sample()
    page = show(report, f"#finding-{fingerprint(report, 60)}")
    opener = page.focused()
    assert opener.get_attribute("aria-expanded") == "true"
    assert page.all(".opener[aria-expanded=true]") == [opener]
    assert report.findings[60].message in page.text(f"#detail-{fingerprint(report, 60)}")
    assert listed(page).endswith("shown 51 to 68")


def test_a_link_to_a_finding_that_is_gone_says_so(show):
    assert "not in this report" in listed(show(sample(), "#finding-0123456789abcdef0123456789abcdef"))


def test_a_finding_shows_its_path_its_places_and_its_remedy(show):
    report = sample()
    page = show(report, f"#finding-{fingerprint(report, 0)}")
    detail = f"#detail-{fingerprint(report, 0)}"
    page.eventually(lambda: page.count(f"{detail} svg"))
    kinds = [each.get_attribute("textContent") for each in page.all(f"{detail} svg .kind")]
    assert kinds == ["Principal", "Role assignment", "Scope", "Condition", "Action", "Key vault"]
    assert page.count(f"{detail} svg .arrow") == len(kinds) - 1
    label = page.one(f"{detail} svg").get_attribute("aria-label")
    assert "then is assigned Key Vault Data Access Administrator, then resource group rg-orders" in label
    text = page.text(detail)
    assert "role-assignments.json:209" in text
    assert "az role assignment delete --ids" in text
    assert "T1098.003" in text
    links = [each.get_attribute("href") for each in page.all(f"{detail} a[rel]")]
    assert links == list(report.rules["KV203"].references)


def test_a_command_can_be_copied(show):
    report = sample()
    page = show(report, f"#finding-{fingerprint(report, 0)}")
    page.protocol("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    page.one(".detail .copy").click()
    page.eventually(lambda: page.one(".detail .copy").text == "Copied")
    assert page.text("#said") == "Command copied"
    script = "navigator.clipboard.readText().then(arguments[0])"
    assert page.browser.execute_async_script(script) == report.findings[0].remediation.commands[0]


def test_a_vault_tells_who_can_do_what_by_which_path(show):
    page = show(sample(), "#vaults")
    next(each for each in page.all("#vaults-view tbody a") if each.text == "kv-contoso-payroll").click()
    row = page.eventually(
        lambda: next((each for each in page.all("#vaults-view tbody tr") if each.text.startswith("Bob Lind")), None)
    )
    assert "team auditors" in row.text
    assert "direct" in row.text
    assert "secrets: get, list" in row.text
    page.run("arguments[0].querySelector('button').click()", row)
    page.eventually(lambda: page.count("#vaults-view svg"))
    kinds = [each.get_attribute("textContent") for each in page.all("#vaults-view svg .kind")]
    assert kinds[:4] == ["Principal", "Group", "Access policy", "Key vault"]


def test_a_principal_tells_what_it_reaches(show):
    page = show(sample(), "#principals")
    page.field("Search principals").send_keys("Tom Okafor")
    page.eventually(lambda: page.count("#principals-view tbody tr") == 1)
    page.one("#principals-view tbody a").click()
    page.eventually(lambda: page.one("#principals h3").text == "Tom Okafor")
    assert {each.text for each in page.all("#principals-view tbody th a")} == {
        "kv-contoso-hr",
        "kv-contoso-orders",
        "kv-contoso-payroll",
    }
    page.eventually(lambda: page.count("#principals-view svg") >= 3)


def test_a_group_names_those_who_have_access_through_it(show):
    page = show(sample(), "#findings?text=Contoso+Auditors")
    page.one(".opener").click()
    next(each for each in page.all(".detail dd a") if each.text == "Contoso Auditors").click()
    text = page.eventually(lambda: page.one("#principals-view").text)
    assert "2 principals with access through it" in text
    assert "Bob Lind" in text


def test_the_matrix_says_unknown_where_a_group_may_hide_somebody(show):
    page = show(sample(), "#matrix")
    heads = [each.text for each in page.all(".grid thead th")]
    rows = {row.text.splitlines()[0]: row for row in page.all(".grid tbody tr")}
    cells = [each.text for each in rows["Bob Lind"].find_elements("tag name", "td")]
    assert dict(zip(heads, cells, strict=True)) == {
        "kv-contoso-hr": "unknown",
        "kv-contoso-orders": "unknown",
        "kv-contoso-payroll": "direct",
    }


def test_arrow_keys_move_in_the_matrix(show):
    page = show(sample(), "#matrix")
    first = page.one(".grid a.cell")
    page.run("arguments[0].focus()", first)
    page.press(Keys.ARROW_RIGHT)
    across = page.focused()
    assert across.get_attribute("class").startswith("cell")
    assert across != first
    page.press(Keys.ARROW_LEFT)
    assert page.focused() == first
    page.press(Keys.ARROW_DOWN)
    assert page.focused() not in (first, across)


def test_one_kind_of_permission_can_be_looked_at(show):
    page = show(sample("northwind-escalation"), "#matrix")
    assert page.count(".grid a.cell.escalation, .grid a.cell.direct")
    page.choose("Permissions", "3")  # storage
    assert page.count(".grid a.cell.direct") == 0


def test_what_is_left_out_is_never_told_as_nothing(show):
    report = with_access(a_report(), "p-1", "Ann", left_out=7, unseen=KIND["keys"], laid_out=(0, 1))
    page = show(report, "#vault-0")
    text = page.one("#vaults-view").text
    assert "7 more principals" in text
    assert "Anybody may hold more on this vault (keys)" in text
    assert "It is not said here that nobody has access" in page.open("#vault-3").one("#vaults-view").text
    text = page.open("#matrix").one("#matrix-view").text
    assert "2 vaults with the worst findings are laid out, of 4" in text
    assert "7 more principals" in text
    cells = [each.text for each in page.open("#vaults").all("#vaults-view tbody td:last-child")]
    assert sorted(cells) == ["8, perhaps more", "8, perhaps more", "not laid out here", "not laid out here"]


def test_access_that_was_not_worked_out_is_not_told_as_none(show):
    for route in ("#vault-0", "#principals", "#matrix"):
        assert "was not worked out" in show(a_report(), route).one("main").text


def test_every_verdict_has_its_word(show):
    for verdict in (Verdict.CONDITIONAL, Verdict.ELIGIBLE, Verdict.ESCALATION, Verdict.LATENT, Verdict.UNKNOWN):
        page = show(with_access(a_report(), "p-1", "Ann", verdict=verdict), "#matrix")
        word = "can obtain" if verdict is Verdict.ESCALATION else verdict.value
        assert page.one(".grid a.cell").text == word


def test_the_keyboard_leads_everywhere(show):
    page = show(sample())
    page.one("body").send_keys(Keys.TAB)
    assert page.focused().text == "Skip to the report"
    page.press(Keys.ENTER)
    assert page.focused() == page.one("main")
    page.open("#findings")
    page.run("document.querySelector('.skip').focus()")
    page.press(Keys.ENTER)
    assert page.focused() == page.one("main")
    assert page.one("#findings").is_displayed()
    page.run("document.querySelector('.opener').focus()")
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER)
    assert page.focused() == page.all(".opener")[1]
    assert page.focused().get_attribute("aria-expanded") == "true"
    assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press(Keys.END)
    assert page.focused() == page.all(".opener")[-1]
    page.press(Keys.HOME)
    assert page.focused() == page.all(".opener")[0]


def test_pages_can_be_turned(show):
    page = show(sample(), "#findings")
    page.button("Next").click()
    assert listed(page) == "68 findings, shown 51 to 68"
    assert page.text("#said") == listed(page)
    assert not page.button("Next").is_enabled()
    page.button("Previous").click()
    assert listed(page) == "68 findings, shown 1 to 50"


@pytest.mark.parametrize("route", ROUTES)
def test_the_page_is_built_for_those_who_listen(show, route):
    page = show(sample(), route)
    page.run("document.querySelectorAll('.opener, .row-opener').forEach((each, at) => at < 3 && each.click())")
    levels = [int(each.tag_name[1]) for each in page.all("h1, h2, h3, h4") if each.is_displayed()]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert page.count("header") == page.count("main") == page.count("footer") == 1
    assert page.count("nav:not([aria-label])") == 0
    assert page.count("table") == page.count("table > caption")
    assert page.count("table th:not([scope])") == 0
    unnamed = "return [...document.querySelectorAll('input, select')].filter((each) => !each.labels.length).length"
    assert page.run(unnamed) == 0
    assert page.count("svg:not([aria-label]):not([aria-hidden])") == 0
    assert page.run("return new Set([...document.querySelectorAll('[id]')].map((each) => each.id)).size") == page.count(
        "[id]"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("route", ROUTES)
def test_all_text_stands_out_from_what_is_behind_it(show, route, scheme):
    page = show(sample())
    page.prefers(scheme)
    page.open(route)
    page.run("document.querySelectorAll('.opener, .row-opener').forEach((each, at) => at < 3 && each.click())")
    seen, poor = page.run(CONTRASTS)
    assert seen > 20
    assert poor == []


def test_light_and_dark_follow_the_system_until_one_is_chosen(show):
    page = show(sample())
    shade = "return getComputedStyle(document.body).backgroundColor"
    page.prefers("light")
    light = page.run(shade)
    page.prefers("dark")
    dark = page.run(shade)
    assert light != dark
    page.choose("Theme", "light")
    assert page.run(shade) == light
    assert page.open("#findings").run(shade) == light
    page.choose("Theme", "dark")
    page.prefers("light")
    assert page.run(shade) == dark


@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_makes_the_page_scroll_sideways(show, width):
    report = sample()
    page = show(report)
    page.width(width)
    for route in (*ROUTES, f"#finding-{fingerprint(report, 0)}"):
        page.open(route)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth"), route
    page.eventually(lambda: page.count(".detail svg"))
    picture = page.one(".detail .picture svg")
    assert picture.size["width"] <= width
    drawn_for = page.run("return arguments[0].viewBox.baseVal.width", picture)
    assert picture.size["width"] / drawn_for > 0.97  # so that its letters are as large as those around it


def test_a_picture_is_drawn_anew_for_another_width(show):
    report = sample()
    page = show(report, f"#finding-{fingerprint(report, 0)}")
    page.width(1600)
    boxes = "[...document.querySelectorAll('.detail svg .box')]"
    rows = f"return new Set({boxes}.map((each) => each.getAttribute('y'))).size"
    page.eventually(lambda: page.run(rows) == 1)
    page.width(360)
    page.eventually(lambda: page.run(rows) == 6)


def test_on_paper_every_part_is_there_and_nothing_to_click(show):
    page = show(sample(), "#findings")
    page.choose("Theme", "dark")
    page.run("dispatchEvent(new Event('beforeprint'))")
    page.protocol("Emulation.setEmulatedMedia", media="print")
    for part in ("overview", "findings", "vaults", "principals", "matrix"):
        assert page.one(f"#{part}").is_displayed()
        assert len(page.one(f"#{part}").text) > 100
    for gone in (".top nav", ".filters", ".pager", ".theme", ".copy"):
        assert not any(each.is_displayed() for each in page.all(gone)), gone
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = base64.b64decode(page.protocol("Page.printToPDF")["data"])
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 3 or printed.count(b"/Type /Page") > 3


def test_without_script_the_essentials_are_there(show):
    page = show(sample())
    page.protocol("Emulation.setScriptExecutionDisabled", value=True)
    page.open()
    text = " ".join(page.one("body").text.split())
    assert "Fail Incomplete 68 findings on 3 vaults" in text
    assert len(page.all("article.finding")) == 68
    assert "is assigned Key Vault Data Access Administrator at resource group rg-orders" in text
    assert "az ad group member list --group" in text
    assert "Without JavaScript" in text
    assert not any(each.is_displayed() for each in page.all(".scripted, #vaults, #matrix"))


def test_an_empty_report_says_so(show):
    page = show(make_report(passed=True))
    assert "Pass Complete 0 findings" in " ".join(page.one("main").text.split())
    assert listed(page.open("#findings")) == "0 findings"


def test_ten_thousand_findings_open_and_are_searched(show):
    page = show(many(), "#findings")
    assert listed(page) == "10,000 findings, shown 1 to 50"
    assert page.count("article.finding") == 50
    ready = page.run("return performance.getEntriesByName('kvaudit-ready')[0].startTime")
    assert ready < 10_000  # far above what docs/performance.md measures; a busy machine is no failure
    page.field("Search").send_keys("person 9876")
    page.eventually(lambda: listed(page) == "1 finding")
    last = many().findings[-1]
    page.open(f"#findings?text={last.fingerprint}")
    assert listed(page) == "1 finding"
    page.open(f"#finding-{last.fingerprint}")
    assert listed(page).endswith("shown 9,951 to 10,000")
    assert last.message in page.text(f"#detail-{last.fingerprint}")
