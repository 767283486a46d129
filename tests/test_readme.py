"""Every `kvaudit` command that a page shows does what the page says, and every link between pages leads somewhere."""

from __future__ import annotations

import re

import pytest

from scripts.page_commands import PAGES, ROOT, Shown, blocks, renew, run

BLOCKS = [
    pytest.param(commands, id=f"{page.relative_to(ROOT).as_posix()}:{line}")
    for page in PAGES
    for line, commands in blocks(page.read_text(encoding="utf-8"))
    if any(shown.is_run for shown in commands)
]


@pytest.mark.parametrize("commands", BLOCKS)
def test_commands_give_what_the_page_shows(commands):
    last = 0
    for shown in filter(lambda each: each.is_run, commands):
        last, came = run(shown.command, last)
        assert shown.fits(came), "\n".join([shown.command, "came:", *came, "(make docs shows it)"])


def test_the_readme_shows_commands():
    assert any(param.id.startswith("README.md") for param in BLOCKS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("output", "fits"),
    [
        (["one", "two", "three"], True),
        (["one", "…"], True),
        (["one", "…", "three"], True),
        (["…", "two", "…"], True),
        (["one", "two"], False),
        (["one", "…", "two"], False),
        (["o.e", "…"], False),
    ],
)
def test_left_out_lines_stand_for_any(output, fits):
    assert Shown("kvaudit", output).fits(["one", "two", "three"]) is fits


def test_changed_output_is_shown_anew_between_the_same_bounds():
    page = "before\n```console\n$ kvaudit --version\nkvaudit 0.0.0\n$ make test\n…\n```\nafter\n"
    version = run("kvaudit --version", 0)[1][0]
    assert renew(page) == page.replace("kvaudit 0.0.0", version)
    assert Shown("kvaudit", ["old", "…", "old"]).renewed(["one", "two", "three"]) == ["one", "…", "three"]
