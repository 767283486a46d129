"""The script for offline collection, run for real against an az that answers from an estate, and what it leaves."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from kvaudit.sources.offline_script.script import script
from kvaudit.sources.offline_script.selection import Selection
from kvaudit.sources.offline_script.shells import SHELLS, bash_literal, pwsh_literal
from tests.cli import fabrikam
from tests.cli.conftest import clean_environment

FAKE_AZ = Path(__file__).with_name("fake_az.py")
BASH = shutil.which("bash")
CONFIG = fabrikam.SAMPLE.with_name("kvaudit.yaml")
NAMED = Selection(("Fabrikam Corp Shared",), ("mg-online",), ("kv-fab-web",))
ONLINE, CORP = (f"/subscriptions/{each}" for each in (fabrikam.ONLINE, fabrikam.CORP))
DENIED = ["Forbidden", "AuthorizationFailed", "The client 'x' has no authorization to perform action 'y'"]


class Export(NamedTuple):
    code: int
    said: str
    folder: Path | None  # None where there is none
    log: list[list[str]]  # every command of az

    @property
    def asked(self):
        """Every address that was asked for, by method."""
        rest = [dict(zip(line[1::2], line[2::2], strict=True)) for line in self.log if line[0] == "rest"]
        return [(options["--method"], options["--url"]) for options in rest]

    def read(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


class Place:
    """A folder with an az of its own in front of the PATH, and an estate behind it."""

    def __init__(self, folder, faults, estate=None):
        self.azure, self.home, programs = folder / "azure", folder / "home", folder / "bin"
        for each in (self.azure, self.home, programs):
            each.mkdir()
        (self.azure / "snapshot.json").write_text(json.dumps(estate or fabrikam.estate()), encoding="utf-8")
        (self.azure / "faults.json").write_text(json.dumps(faults), encoding="utf-8")
        az = programs / "az"
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_AZ}" "$@"\n', encoding="utf-8")
        az.chmod(0o755)
        self.environment = clean_environment(PATH=f"{programs}:{os.environ['PATH']}", FAKE_AZURE=str(self.azure))

    def start(self, *options):
        """The script as it is printed, started in the home folder."""
        command = [sys.executable, "-m", "kvaudit", "collect", "--offline-script", "bash", *options]
        made = subprocess.run(command, capture_output=True, env=clean_environment(), check=True)
        (self.home / "export.sh").write_bytes(made.stdout)
        return subprocess.Popen(
            [BASH, "export.sh"],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *options):
        process = self.start(*options)
        said = process.communicate(timeout=300)[1]
        return self.left(process.returncode, said)

    def left(self, code, said):
        folder = next((each for each in self.home.glob("kvaudit-export-*") if each.is_dir()), None)
        log = self.azure / "log.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return Export(code, said, folder, [json.loads(line) for line in lines])


def scan(source):
    """What a scan of the source says, as a report."""
    options = ["-f", "json", "--as-of", "2026-11-23", "--config", CONFIG]
    command = [sys.executable, "-m", "kvaudit", "scan", source, *options]
    result = subprocess.run(command, capture_output=True, env=clean_environment(), check=False)
    assert result.returncode in (0, 1, 3), result.stderr
    return json.loads(result.stdout)


def gaps(report):
    return {(each["need"], each["subject"].lower()) for each in report["gaps"]}


def reason(report, need, subject):
    return next(each["reason"] for each in report["gaps"] if (each["need"], each["subject"].lower()) == (need, subject))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An export without faults, in pages of three rows."""
    return Place(tmp_path_factory.mktemp("whole"), {"page": 3}).run()


CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


def bare(**sections):
    """Two vaults in two subscriptions, and nobody who holds anything: few requests tell it all."""
    told = fabrikam.estate()
    kept = {name: told[name] for name in ("schema", "tenantId", "cloud", "subscriptions")}
    vaults = [row for row in told["vaults"] if row["id"] in (fabrikam.WEB_VAULT, fabrikam.OLD_VAULT)]
    vaults[-1]["properties"]["accessPolicies"] = []
    return kept | {"vaults": vaults} | sections


REFUSALS = [
    ({"url": f"{CORP}/providers/Microsoft.Authorization/denyAssignments", "refused": DENIED}, "denyAssignments", CORP),
    ({"url": f"{ONLINE}/providers/Microsoft.Authorization/locks", "body": "<html>proxy</html>"}, "locks", ONLINE),
    ({"url": f"{ONLINE}/providers/Microsoft.KeyVault/vaults?", "refused": DENIED}, "vaults", ONLINE),
    ({"url": f"{CORP}/providers/Microsoft.Authorization/roleAssignments", "body": {}}, "roleAssignments", CORP),
    ({"url": f"{CORP}/resources", "body": {"value": None}}, "resources", CORP),
    ({"url": "kv-fab-old/providers/Microsoft.Insights", "refused": DENIED}, "diagnosticSettings", fabrikam.OLD_VAULT),
    (
        {
            "url": f"{CORP}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
            "body": {"value": [], "nextLink": "https://management.azure.com.evil.example/subscriptions"},
        },
        "roleEligibilities",
        CORP,
    ),
    (
        {
            "url": f"{CORP}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
            "body": {
                "value": [],
                "nextLink": f"https://management.azure.com{CORP}/providers/Microsoft.Authorization/"
                "roleAssignmentScheduleInstances?api-version=2020-10-01",
            },
        },
        "roleActivations",
        CORP,
    ),
    ({"url": f"groups/{fabrikam.WEB_TEAM}/members", "refused": DENIED}, "groupMembers", fabrikam.WEB_TEAM),
    ({"url": f"servicePrincipals/{fabrikam.PIPELINE}/owners", "refused": DENIED}, "owners", fabrikam.PIPELINE),
    ({"url": "applications(appId=", "refused": DENIED}, "applications", "tenant"),
    ({"url": "/directoryRoles", "refused": DENIED}, "directoryRoles", "tenant"),
    ({"url": "appRoleAssignedTo", "refused": DENIED}, "appRoleAssignments", "tenant"),
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """An export in which one source of each kind fails, each in a way of its own."""
    return Place(tmp_path_factory.mktemp("refused"), {"faults": [fault for fault, _, _ in REFUSALS]}).run()


@pytest.fixture(scope="module")
def found_of_refused(refused):
    return scan(refused.folder)


def test_what_is_exported_is_judged_like_the_estate_itself(whole, tmp_path):
    source = tmp_path / "snapshot.json"
    source.write_text(json.dumps(fabrikam.estate()), encoding="utf-8")
    expected, found = scan(source), scan(whole.folder)
    told = [{each["fingerprint"]: each["message"] for each in report["findings"]} for report in (expected, found)]
    assert told[0] == told[1] != {}
    assert (found["complete"], found["gaps"]) == (expected["complete"], expected["gaps"]) == (True, [])
    assert found["notEvaluated"] == expected["notEvaluated"]


def test_an_export_without_faults_says_so(whole):
    assert (whole.code, "Everything was read." in whole.said) == (0, True)
    assert not list(whole.folder.glob("*not-read*"))
    assert whole.folder.with_suffix(".tar.gz").exists() or shutil.which("tar") is None


def test_nothing_but_reads_is_sent(whole, refused):
    for export in (whole, refused):
        commands = {
            " ".join(line[: next(at for at, each in enumerate(line) if each[:2] == "--")]) for line in export.log
        }
        assert commands == {"account show", "cloud show", "rest"}
        posts = {url.split("?")[0] for method, url in export.asked if method == "post"}
        assert {method for method, _ in export.asked} == {"get", "post"}
        assert posts == {
            "https://management.azure.com/providers/Microsoft.Management/getEntities",
            "https://graph.microsoft.com/v1.0/directoryObjects/getByIds",
        }


def test_no_secret_is_asked_for(whole):
    assert not [url for _, url in whole.asked if re.search(r"/(secrets|keys|certificates)\b|vault\.azure\.net", url)]


def test_pages_are_followed_to_the_last(whole):
    assert len(list(whole.folder.glob("role-assignments-*.json"))) > len({fabrikam.ONLINE, fabrikam.CORP})


def test_of_a_person_only_what_matters_is_exported(whole):
    assert not [file for file in whole.folder.iterdir() if b"mobilePhone" in file.read_bytes()]


@pytest.mark.parametrize(("need", "subject"), [case[1:] for case in REFUSALS], ids=[case[1] for case in REFUSALS])
def test_what_failed_is_a_gap(found_of_refused, need, subject):
    assert not found_of_refused["complete"]
    assert (need, subject.lower()) in gaps(found_of_refused)


def test_nothing_else_is_a_gap(found_of_refused):
    told = {need for need, _ in gaps(found_of_refused)}
    assert told == {need for _, need, _ in REFUSALS}


def test_a_gap_says_what_az_said(found_of_refused):
    said = reason(found_of_refused, "denyAssignments", CORP)
    assert "AuthorizationFailed" in said
    assert "has no authorization to perform action 'y'" in said


def test_what_was_not_read_stands_in_a_file_with_its_command(refused):
    text = (refused.folder / "not-read.txt").read_text(encoding="utf-8")
    told = [block for block in re.split(r"\n(?! )", text) if "denyAssignments" in block]
    assert len(told) == 1
    assert told[0].startswith(
        f"the deny assignments of subscription {fabrikam.CORP}\n  az rest failed: ERROR: Forbidden"
    )
    assert re.search(r'\n  az rest --method get --url "https://management.*/denyAssignments\?.*"$', told[0])


def test_no_other_host_is_asked(refused):
    hosts = {url.split("/")[2] for _, url in refused.asked}
    assert hosts == {"management.azure.com", "graph.microsoft.com"}


def test_a_tenant_without_pim_has_no_gap(tmp_path):
    unlicensed = {"url": "ScheduleInstances", "refused": ["Bad Request", "AadPremiumLicenseRequired"]}
    export = Place(tmp_path, {"faults": [unlicensed]}, bare()).run("--subscription", fabrikam.CORP)
    assert export.read(f"eligible-roles-{fabrikam.CORP}-none.json")["roleEligibilities"] == []
    assert scan(export.folder)["complete"]


def test_what_lighthouse_gives_away_is_judged(tmp_path):
    given = [{"principalId": "87e37e4b-1eb6-43f4-9003-98849ca3e6fb", "roleDefinitionId": CONTRIBUTOR}]
    delegation = {
        "id": f"{CORP}/providers/Microsoft.ManagedServices/registrationAssignments/x",
        "properties": {"registrationDefinition": {"properties": {"authorizations": given}}},
    }
    export = Place(tmp_path, {}, bare(delegations=[delegation])).run("--vault", "KV-FAB-OLD")
    report = scan(export.folder)
    assert any("of another tenant" in each["message"] for each in report["findings"])


def test_delegations_that_cannot_be_read_leave_role_assignments_open(tmp_path):
    fault = {"url": f"{CORP}/providers/Microsoft.ManagedServices", "refused": DENIED}
    export = Place(tmp_path, {"faults": [fault]}, bare()).run("--vault", "KV-FAB-OLD")
    assert reason(scan(export.folder), "roleAssignments", CORP)


def test_vaults_that_are_named_are_all_that_is_exported(tmp_path):
    export = Place(tmp_path, {}, bare()).run("--vault", fabrikam.WEB_VAULT, "--vault", "KV-fab-old")
    vaults = [
        row["name"] for file in export.folder.glob("vault*.json") for row in json.loads(file.read_text())["vaults"]
    ]
    assert sorted(vaults) == ["kv-fab-old", "kv-fab-web"]
    report = scan(export.folder)
    assert report["complete"]
    assert report["findings"]


def test_a_vault_by_its_id_needs_no_look_at_other_subscriptions(tmp_path):
    export = Place(tmp_path, {}, bare()).run("--vault", fabrikam.WEB_VAULT)
    assert not [url for _, url in export.asked if fabrikam.CORP in url]


@pytest.mark.parametrize(
    "option", [("--subscription", "fabrikam corp shared"), ("--management-group", "mg-corp")], ids=["name", "group"]
)
def test_subscriptions_are_chosen_by_name_and_by_management_group(tmp_path, option):
    export = Place(tmp_path, {}, bare()).run(*option)
    assert export.code == 0
    assert {url.split("/")[4] for _, url in export.asked if "com/subscriptions/" in url} == {fabrikam.CORP}
    assert [row["id"] for row in export.read("management-groups-1.json")["subscriptions"]] == [CORP]


HOSTILE = """$(touch pwned)`touch pwned`'; touch pwned; '"; touch pwned; "\\"""


def test_a_name_of_any_signs_is_a_name_and_one_that_is_not_there_is_a_gap(tmp_path):
    export = Place(tmp_path, {}, bare()).run("--subscription", HOSTILE, "--subscription", fabrikam.CORP)
    assert sorted(each.name for each in (tmp_path / "home").iterdir() if each.name == "pwned") == []
    report = scan(export.folder)
    assert "was asked for" in reason(report, "vaults", "tenant")


def test_without_a_login_nothing_is_made(tmp_path):
    export = Place(tmp_path, {"logged out": True}).run()
    assert (export.code, export.folder) == (1, None)
    assert "run az login" in export.said


def test_what_was_being_read_when_it_was_stopped_is_a_gap(tmp_path):
    place = Place(
        tmp_path, {"faults": [{"url": f"{CORP}/providers/Microsoft.Authorization/roleA", "hang": 300}]}, bare()
    )
    process = place.start("--subscription", fabrikam.CORP)
    while not (place.azure / "hanging").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    report = scan(place.left(0, "").folder)
    assert "stopped" in reason(report, "roleAssignments", CORP)


@pytest.mark.parametrize("chosen", [Selection(), NAMED], ids=["all", "named"])
def test_shellcheck_has_nothing_to_say(tmp_path, chosen):
    file = tmp_path / "export.sh"
    file.write_text(script("bash", chosen), encoding="utf-8")
    program = Path(sys.executable).with_name("shellcheck")
    result = subprocess.run([program, "--shell=bash", file], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
    assert subprocess.run([BASH, "-n", file], check=False).returncode == 0


def test_the_bash_script_holds_nothing_that_bash_3_lacks():
    text = script("bash", NAMED)
    assert not re.search(r"mapfile|readarray|declare -[Ag]|&>>|\|&|\$\{\w+[,^]|local -n|\beval\b", text)


_CALL = re.compile(r"^ *(?:read_all|read_pair|Read-All|Read-Pair) (.*(?:(?<= [\\`])\n.*)*)$", re.MULTILINE)
_TEXT = re.compile(r'"((?:[^"\\`]|[\\`].)*)"', re.DOTALL)


def calls(shell, chosen):
    """What each call of the script reads, without the shell's own escapes."""
    escape = {"bash": r"\\(.)", "pwsh": r"`(.)"}[shell]
    found = _CALL.findall(script(shell, chosen).partition("\n# Where to look\n")[2])
    return [[re.sub(escape, r"\1", text) for text in _TEXT.findall(call)] for call in found]


@pytest.mark.parametrize("chosen", [Selection(), NAMED], ids=["all", "named"])
def test_both_shells_read_the_same(chosen):
    bash, pwsh = (calls(shell, chosen) for shell in ("bash", "pwsh"))
    assert bash == pwsh
    assert len(bash) > 20


@pytest.mark.parametrize("chosen", [Selection(), NAMED], ids=["all", "named"])
def test_powershell_can_be_parsed(chosen):
    """By a grammar of others; there is no PowerShell here."""
    tree = Parser(Language(tree_sitter_powershell.language())).parse(script("pwsh", chosen).encode())
    assert not tree.root_node.has_error


def test_powershell_starts_az_in_one_place_and_to_say_where_it_is_logged_in():
    assert re.findall(r"& (az .*?)(?: -| 2>|$)", script("pwsh", NAMED), re.MULTILINE) == [
        "az $arguments",
        "az account show",
        *["az cloud show"] * 3,
    ]


def test_powershell_hands_az_no_argument_that_cmd_would_act_on():
    [line] = [line for line in script("pwsh", NAMED).splitlines() if "$arguments = @(" in line]
    assert re.findall(r"'(--\w+)', (\S+?)[,)]", line) == [
        ("--method", "$Method"),
        ("--url", '"@$work/url"'),
        ("--query", '"@$work/query"'),
        ("--output", "'tsv'"),
    ]


TYPOGRAPHIC = "".join(map(chr, range(0x2018, 0x2020)))  # quotes
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=20, deadline=None)
@given(st.lists(values | st.text("'\"\\$`!; \n" + TYPOGRAPHIC, min_size=1), min_size=20, max_size=40))
def test_bash_takes_a_value_for_what_it_is(given_values):
    text = "".join(f"printf '%s\\0' {bash_literal(value)}\n" for value in given_values)
    result = subprocess.run([BASH], input=text.encode(), capture_output=True, check=True)
    assert result.stdout.decode().split("\0")[:-1] == given_values


@given(values | st.text("'\"`$()@" + TYPOGRAPHIC, min_size=1))
def test_powershell_takes_a_value_for_what_it_is_by_its_rules(value):
    word = pwsh_literal(value)
    if quoted := re.fullmatch(r"'((?:[\x20-\x26\x28-\x7e]|'')*)'", word):
        assert quoted[1].replace("''", "'") == value
    else:
        numbers = re.fullmatch(r"\(-join \[char\[\]\]\((\d+(?:, \d+)*)\)\)", word)[1]
        units = b"".join(int(number).to_bytes(2) for number in numbers.split(", "))
        assert units.decode("utf-16-be") == value


@pytest.mark.parametrize("shell", SHELLS)
def test_every_value_stands_in_its_quotes(shell):
    quoted = SHELLS[shell].literal(HOSTILE)
    text = script(shell, Selection((HOSTILE,), (HOSTILE,)))
    assert text.count(quoted) == text.count("touch pwned") // HOSTILE.count("touch pwned") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--subscription", "a\nb"), "control characters"),
        (("--management-group", " "), "control characters"),
        (("--vault", "/subscriptions/x/kv"), "is no id of a vault"),
    ],
)
def test_what_can_be_no_name_is_refused(run, arguments, words):
    result = run("collect", "--offline-script", "bash", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_collect_says_what_it_can_do(run):
    result = run("collect")
    assert result.code == 2
    assert "--offline-script prints a script" in result.err
