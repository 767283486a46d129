"""`kvaudit waivers`, and a scan with waivers."""

import json

import pytest

from tests.cli.estate import READERS, put

WAIVER = """\
# Ours
waivers:
  # the firewall
  - rule: KV301
    subject: kv-app
    reason: closed in spring
    owner: Ada
    expires: 2026-11-23
  - rule: KV501
    subject: kv-none
    reason: nothing here
    owner: Bob
    expires: 2026-12-31
"""
ADD = ("waivers", "add", "--rule", "kv302", "--subject", "kv-*", "--reason", 'a "b": #c', "--owner", "Eve")
ON_DAY = ("--as-of", "2026-11-23")


@pytest.fixture
def files(tmp_path, environment):
    """A folder to work in, with the exports in a folder of their own, and waivers."""
    (tmp_path / "exports").mkdir()
    put(tmp_path / "exports", default_action="Allow")
    (tmp_path / "w.yaml").write_text(WAIVER)
    environment.chdir(tmp_path)
    return tmp_path


def scan(run, *options):
    result = run("scan", "exports", "--waivers", "w.yaml", "--ignore", "KV105,KV112", "-f", "json", *options)
    return result, json.loads(result.out) if result.out else None


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ("2026-11-22", 0),
        ("2026-11-23", 0),
        ("2026-11-23T23:59:59Z", 0),
        ("2026-11-24", 1),
        ("2026-11-24T00:00:00Z", 1),
        ("2026-11-23T23:59:59-08:00", 0),
        ("2026-11-24T00:30:00+02:00", 1),
    ],
)
@pytest.mark.parametrize("output", ["terminal", "json"])
@pytest.mark.usefixtures("files")
def test_a_waiver_holds_through_its_last_day_where_the_question_is_put(run, as_of, code, output):
    result = run("scan", "exports", "--waivers", "w.yaml", "--ignore", "KV105,KV112", "-f", output, "--as-of", as_of)
    assert result.code == code


@pytest.mark.usefixtures("files")
def test_waived_findings_are_counted_and_shown_on_demand(run):
    result, document = scan(run, *ON_DAY)
    assert document["summary"]["waived"] == 1
    assert "KV301" not in {each["rule"] for each in document["findings"]}
    assert "· 1 waived ·" in result.last
    document = scan(run, *ON_DAY, "--show-waived")[1]
    (waived,) = [each for each in document["findings"] if each["disposition"] == "waived"]
    assert (waived["rule"], waived["note"]) == ("KV301", "waived by Ada until 2026-11-23: closed in spring")


@pytest.mark.usefixtures("files")
def test_an_expired_one_brings_its_finding_back_and_says_so(run):
    result, document = scan(run, "--as-of", "2026-11-24")
    by_rule = {each["rule"]: each for each in document["findings"]}
    assert result.code == 1
    assert by_rule["KV301"]["disposition"] == "new"
    assert by_rule["KV301"]["note"] == "waived by Ada until 2026-11-23: closed in spring (expired)"
    assert "by Ada held until 2026-11-23; 1 finding counts again" in by_rule["KV901"]["message"]
    place = by_rule["KV901"]["locations"][0]
    assert (place["file"], place["line"], place["column"]) == ("w.yaml", 4, 5)


@pytest.mark.usefixtures("files")
def test_one_that_matches_nothing_is_reported_where_its_rule_was_judged(run):
    (unused,) = [each for each in scan(run, *ON_DAY)[1]["findings"] if each["rule"] == "KV902"]
    assert "KV501 on kv-none by Bob matches no finding" in unused["message"]
    assert unused["locations"][0]["line"] == 9
    assert not [each for each in scan(run, *ON_DAY, "--ignore", "KV501")[1]["findings"] if each["rule"] == "KV902"]


def test_the_rules_for_the_gate_are_configured_as_others(files, run):
    (files / "kvaudit.yaml").write_text("severities: {KV902: critical}\nignore: [KV904]\n")
    result, document = scan(run, *ON_DAY)
    assert result.code == 1
    assert [each["severity"] for each in document["findings"] if each["rule"] == "KV902"] == ["critical"]
    assert "KV904" not in {each["rule"] for each in document["findings"]}


@pytest.mark.usefixtures("files")
def test_one_that_is_about_to_expire_is_noted_unless_quiet(run):
    assert "w.yaml:4:5: the waiver of KV301 on kv-app by Ada expires on 2026-11-23, today" in scan(run, *ON_DAY)[0].err
    assert "expires on" not in scan(run, *ON_DAY, "-q")[0].err
    assert "expires on" not in scan(run, "--as-of", "2026-11-01")[0].err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    owner: Ada\n", "", "w.yaml:4:5: 'owner' is missing"),
        ("KV301", "KV3O1", "w.yaml:4:11: unknown rule 'KV3O1'; did you mean 'KV301'?"),
        ("2026-11-23", "soon", "w.yaml:8:14: expected a day"),
        ("waivers:", "waivers: [", "broken YAML"),
    ],
)
@pytest.mark.parametrize("command", [("scan", "exports"), ("waivers", "check"), ("waivers", "prune"),
                                     ("baseline", "write", "exports", "--baseline", "b.json")])  # fmt: skip
def test_a_broken_file_is_exit_2_everywhere(files, run, old, new, words, command):
    (files / "w.yaml").write_text(WAIVER.replace(old, new))
    result = run(*command, "--waivers", "w.yaml", *ON_DAY)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


@pytest.mark.usefixtures("files")
def test_a_missing_file_is_exit_2(run):
    assert run("scan", "exports", "--waivers", "none.yaml").code == 2
    assert run("waivers", "check").code == 2


def test_the_longest_time_is_judged_at_the_scan(files, run):
    (files / "kvaudit.yaml").write_text("waivers: w.yaml\nwaiver-days: 37\n")
    result = run("scan", "exports", *ON_DAY)
    assert (result.code, "more than 37 days ahead" in result.err) == (2, True)
    assert run("scan", "exports", "--as-of", "2026-11-24").code == 1


@pytest.mark.usefixtures("files")
def test_check_says_how_each_stands(run):
    result = run("waivers", "check", "--waivers", "w.yaml", *ON_DAY)
    assert (result.code, result.out.splitlines()) == (
        0,
        [
            "w.yaml:4:5: KV301 on kv-app by Ada until 2026-11-23, about to expire: 0 days left",
            "w.yaml:9:5: KV501 on kv-none by Bob until 2026-12-31",
        ],
    )
    result = run("waivers", "check", "exports", "--waivers", "w.yaml", "--as-of", "2026-11-24")
    assert result.code == 1
    assert "EXPIRED, fits 1 finding" in result.out
    assert "matches NOTHING" in result.out


def test_prune_takes_out_what_has_expired_or_fits_nothing_and_keeps_comments(files, run):
    assert run("waivers", "prune", "--waivers", "w.yaml", *ON_DAY).code == 0
    assert (files / "w.yaml").read_text() == WAIVER
    assert run("waivers", "prune", "exports", "--waivers", "w.yaml", *ON_DAY).code == 0
    assert (files / "w.yaml").read_text() == WAIVER[: WAIVER.index("  - rule: KV501")]
    assert run("waivers", "prune", "--waivers", "w.yaml", "--as-of", "2026-11-24").code == 0
    assert (files / "w.yaml").read_text() == "# Ours\nwaivers: []\n"


def test_add_appends_and_what_it_wrote_holds(files, run):
    result = run(*ADD, "--expires", "2026-12-01", "--principal", READERS, "--waivers", "w.yaml", *ON_DAY)
    assert result.code == 0
    text = (files / "w.yaml").read_text()
    assert text.startswith(WAIVER)
    assert 'reason: "a \\"b\\": #c"' in text
    assert run("waivers", "check", "--waivers", "w.yaml", *ON_DAY).out.count("\n") == 3


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--expires", "2026-11-22"), "--expires 2026-11-22 is over already"),
        (("--expires", "2027-11-22"), "more than 90 days ahead"),
        (("--expires", "tomorrow"), "expected a day such as 2026-12-31"),
        (("--expires", "2026-12-01", "--rule", "KV3O2"), "unknown rule 'KV3O2'; did you mean 'KV302'?"),
        (("--expires", "2026-12-01", "--reason", " "), "expected text"),
    ],
)
def test_add_refuses_what_a_scan_would(files, run, more, words):
    (files / "kvaudit.yaml").write_text("waiver-days: 90\n")
    result = run(*ADD, *more, "--waivers", "w.yaml", *ON_DAY)
    assert (result.code, (files / "w.yaml").read_text()) == (2, WAIVER)
    assert words in result.err


def test_add_makes_the_file_that_the_configuration_names(files, run):
    (files / "kvaudit.yaml").write_text("waivers: new.yaml\n")
    assert run(*ADD, "--expires", "2026-12-01", *ON_DAY).code == 0
    assert (files / "new.yaml").read_text().startswith("waivers:\n  - rule: KV302\n")


def test_waivers_in_the_configuration_itself_are_edited_there(files, run):
    (files / "kvaudit.yaml").write_text(f"fail-on: high\n{WAIVER}")
    assert run("scan", "exports", "--ignore", "KV105,KV112", *ON_DAY).code == 0
    assert run(*ADD, "--expires", "2026-12-01", *ON_DAY).code == 0
    assert run("waivers", "prune", "--as-of", "2026-11-24").code == 0
    text = (files / "kvaudit.yaml").read_text()
    assert text.startswith("fail-on: high\n# Ours\nwaivers:\n  - rule: KV501\n")
    assert "KV302" in text


def test_waivers_in_pyproject_hold_and_are_not_edited(files, run):
    fields = 'rule = "KV301"\nsubject = "kv-app"\nreason = "r"\nowner = "o"\nexpires = 2026-11-23\n'
    (files / "pyproject.toml").write_text(f"[[tool.kvaudit.waivers]]\n{fields}")
    assert run("scan", "exports", "--ignore", "KV105,KV112", *ON_DAY).code == 0
    result = run("waivers", "prune", "--as-of", "2026-11-24")
    assert (result.code, "are not edited by kvaudit" in result.err) == (2, True)


def test_a_list_that_was_pruned_empty_is_still_one(files, run):
    (files / "kvaudit.yaml").write_text(WAIVER[: WAIVER.index("  - rule: KV501")])
    assert run("waivers", "prune", "--as-of", "2026-11-24").code == 0
    assert (files / "kvaudit.yaml").read_text() == "# Ours\nwaivers: []\n"
    assert run("waivers", "check", *ON_DAY).last == "0 waivers · 0 to look at"
    assert run(*ADD, "--expires", "2026-12-01", *ON_DAY).code == 0
    assert run("waivers", "check", *ON_DAY).out.count("KV302") == 1
