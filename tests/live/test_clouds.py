"""Which cloud is looked at: never another than the one that was named, wherever that was."""

import re

import pytest
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints

from kvaudit.errors import ConfigError, UsageError
from kvaudit.sources.live.clouds import KNOWN, choose

ARM, AUTHORITY, GRAPH = "https://arm.example", "https://login.example", "https://graph.example"


@pytest.fixture
def az(tmp_path):
    """Write az's files, in the home folder unless told otherwise."""

    def write(config="", clouds="", folder=tmp_path / ".azure"):
        folder.mkdir(exist_ok=True)
        for name, text in (("config", config), ("clouds.config", clouds)):
            if text:
                (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write


@pytest.fixture
def chosen(tmp_path):
    def chosen(name=None, *, arm=None, authority=None, graph=None, **environ):
        return choose(name, arm=arm, authority=authority, graph=graph, environ=environ, home=tmp_path)

    return chosen


def test_without_a_name_it_is_the_public_cloud(chosen):
    assert chosen() == KNOWN["AzureCloud"]


def test_the_endpoints_are_those_of_the_sdk():
    for name, sdk in (
        ("AzureCloud", AzureClouds.AZURE_PUBLIC_CLOUD),
        ("AzureChinaCloud", AzureClouds.AZURE_CHINA_CLOUD),
        ("AzureUSGovernment", AzureClouds.AZURE_US_GOVERNMENT),
    ):
        there = get_arm_endpoints(sdk)
        assert KNOWN[name].arm == there["resource_manager"].rstrip("/")
        assert [KNOWN[name].arm_scope] == there["credential_scopes"]
    hosts = (
        AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
        AzureAuthorityHosts.AZURE_CHINA,
        AzureAuthorityHosts.AZURE_GOVERNMENT,
    )
    assert [cloud.authority for cloud in KNOWN.values()][:3] == [f"https://{host}" for host in hosts]


@pytest.mark.parametrize("name", [*KNOWN, "azurechinacloud"])
def test_a_cloud_by_its_name(chosen, name):
    assert chosen(name).name.lower() == name.lower()


def test_the_order_of_what_names_a_cloud(chosen, az):
    az(config="[cloud]\nname = AzureBleuCloud\n")
    surroundings = {
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/",
        "AZURE_SDK_CLOUD_CONF": "AZURE_US_GOVERNMENT",
        "AZURE_CLOUD_NAME": "AzureChinaCloud",
    }
    assert chosen("AzureCloud", **surroundings).name == "AzureCloud"
    assert chosen(arm=ARM, authority=AUTHORITY, graph=GRAPH, **surroundings).arm == ARM
    assert chosen(**surroundings).name == "AzureChinaCloud"
    del surroundings["AZURE_CLOUD_NAME"]
    assert chosen(**surroundings).name == "AzureUSGovernment"
    del surroundings["AZURE_SDK_CLOUD_CONF"]
    assert chosen(**surroundings).name == "AzureBleuCloud"


def test_az_keeps_its_files_where_its_variable_says(chosen, az, tmp_path):
    az(config="[cloud]\nname = AzureChinaCloud\n")
    elsewhere = az(config="[cloud]\nname = AzureUSGovernment\n", folder=tmp_path / "elsewhere")
    assert chosen(AZURE_CONFIG_DIR=str(elsewhere)).name == "AzureUSGovernment"


def test_the_authority_of_a_workload_tells_its_cloud(chosen):
    assert chosen(AZURE_AUTHORITY_HOST="login.microsoftonline.us").name == "AzureUSGovernment"
    with pytest.raises(UsageError, match=r"AZURE_AUTHORITY_HOST: https://login\.example is not the login"):
        chosen(AZURE_AUTHORITY_HOST=AUTHORITY)
    assert chosen("AzureCloud", AZURE_AUTHORITY_HOST=AUTHORITY).name == "AzureCloud"


def test_all_endpoints_of_ones_own(chosen):
    cloud = chosen(arm=f"{ARM}/", authority="login.example", graph=GRAPH)
    assert (cloud.name, cloud.arm, cloud.authority, cloud.graph) == ("custom", ARM, AUTHORITY, GRAPH)
    assert (cloud.arm_scope, cloud.graph_scope) == (f"{ARM}/.default", f"{GRAPH}/.default")


def test_some_endpoints_in_place_of_those_of_a_cloud_that_is_named(chosen):
    cloud = chosen("AzureUSGovernment", graph="https://dod-graph.microsoft.us")
    government = KNOWN["AzureUSGovernment"]
    assert (cloud.name, cloud.arm_scope, cloud.authority) == ("custom", government.arm_scope, government.authority)
    assert cloud.graph_scope == "https://dod-graph.microsoft.us/.default"
    assert chosen(arm=ARM, AZURE_CLOUD_NAME="AzureChinaCloud").authority == KNOWN["AzureChinaCloud"].authority


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"arm": ARM}, "--authority, --graph-endpoint"),
        ({"arm": ARM, "authority": AUTHORITY}, "--graph-endpoint"),
        ({"graph": GRAPH}, "--arm-endpoint, --authority"),
    ],
)
def test_a_cloud_apart_is_not_filled_up_with_the_public_one(chosen, given, missing):
    with pytest.raises(UsageError, match=f"but not {missing}, and no cloud is named"):
        chosen(**given)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://arm.example", "must be https"),
        ("ftp://arm.example", "must be https"),
        ("http://localhost.example", "must be https"),
        ("http://127.0.0.1@arm.example", "more than scheme, host and path"),
        ("https://arm.example?x=1", "more than scheme, host and path"),
        ("https://", "names no host"),
        ("https://[::1", "Invalid IPv6"),
        ("https://arm.example:99999", "[Pp]ort"),
        ("https://arm.example\\@evil.example", "signs that no URL has"),
        ("https://arm.exa\x1b[2Jmple", "signs that no URL has"),
    ],
)
def test_what_cannot_be_an_endpoint(chosen, text, why):
    with pytest.raises(UsageError, match=f"^--arm-endpoint: .*{why}"):
        chosen("AzureCloud", arm=text)


@pytest.mark.parametrize("host", ["127.0.0.1:8443", "localhost", "[::1]:1"])
def test_plain_http_is_for_this_machine(chosen, host):
    assert chosen("AzureCloud", arm=f"http://{host}/").arm == f"http://{host}"
    with pytest.raises(UsageError, match=r"^--authority: .*must be https"):
        chosen("AzureCloud", authority=f"http://{host}")


def test_a_tenant_is_no_part_of_an_authority(chosen):
    with pytest.raises(UsageError, match="the host alone is wanted"):
        chosen("AzureCloud", authority="https://login.microsoftonline.com/contoso.com")
    with pytest.raises(UsageError, match=r"/v1\.0 is too much"):
        chosen("AzureCloud", graph="https://graph.microsoft.us/v1.0")


def test_a_name_that_is_no_clouds(chosen, az, tmp_path):
    with pytest.raises(UsageError, match=r"--cloud: there is no cloud 'AzureGovernment'; did you mean AzureUSGov"):
        chosen("AzureGovernment")
    with pytest.raises(UsageError, match="AZURE_CLOUD_NAME: there is no cloud 'x'") as raised:
        chosen(AZURE_CLOUD_NAME="x")
    assert "AzureBleuCloud" in raised.value.hint
    with pytest.raises(UsageError, match=r"AZURE_SDK_CLOUD_CONF: .*'AZURE_GOV'; did you mean AZURE_US_GOVERNMENT"):
        chosen(AZURE_SDK_CLOUD_CONF="AZURE_GOV")
    az(config="[core]\noutput = json\n\n[cloud]\nname = AzureGermanCloud\n")
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path}/.azure/config:5: there is no cloud")):
        chosen()


REGISTERED = """[AzureCloud]
subscription = 00000000-0000-0000-0000-000000000001

[Stack]
profile = 2020-09-01-hybrid
endpoint_resource_manager = https://management.stack.example/
endpoint_active_directory = https://login.stack.example
endpoint_active_directory_resource_id = https://management.stack.example/0b1d/
endpoint_microsoft_graph_resource_id = https://graph.stack.example/
suffix_mhsm_dns = .managedhsm.stack.example
"""


@pytest.mark.parametrize("name", ["Stack", "stack"])
def test_a_cloud_that_was_registered_with_az(chosen, az, name):
    az(config=f"[cloud]\nname = {name}\n", clouds=REGISTERED)
    cloud = chosen()
    assert cloud == chosen(name) == chosen(AZURE_CLOUD_NAME=name)
    assert (cloud.name, cloud.arm, cloud.graph) == (
        "Stack",
        "https://management.stack.example",
        "https://graph.stack.example",
    )
    assert cloud.arm_scope == "https://management.stack.example/0b1d//.default"
    assert cloud.hsm_scope == "https://managedhsm.stack.example/.default"


def test_what_az_only_remembers_of_a_known_cloud_changes_nothing(chosen, az):
    az(config="[cloud]\nname = AzureCloud\n", clouds=REGISTERED)
    assert chosen() == KNOWN["AzureCloud"]


def test_what_az_was_told_of_a_known_cloud_counts_unless_it_is_named_here(chosen, az):
    az(config="[cloud]\nname = AzureCloud\n", clouds="[AzureCloud]\nendpoint_resource_manager = https://arm.example\n")
    assert (chosen().arm, chosen().authority) == (ARM, KNOWN["AzureCloud"].authority)
    assert chosen("AzureCloud") == KNOWN["AzureCloud"]


def test_a_registered_cloud_without_an_endpoint(chosen, az, tmp_path):
    lines = [line for line in REGISTERED.splitlines() if "microsoft_graph" not in line]
    az(clouds="\n".join(lines))
    with pytest.raises(UsageError, match="the cloud 'Stack' has no endpoint_microsoft_graph_resource_id") as raised:
        chosen("Stack")
    assert raised.value.where == str(tmp_path / ".azure/clouds.config")
    assert "--graph-endpoint" in raised.value.hint
    assert chosen("Stack", graph=GRAPH).graph == GRAPH


def test_an_endpoint_in_azs_file_that_is_none_is_told_with_its_line(chosen, az, tmp_path):
    az(clouds=REGISTERED.replace("https://login", "http://login"))
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path}/.azure/clouds.config:7: ")):
        chosen("Stack")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = AzureChinaCloud\n", 1),
        ("[cloud]\nname = AzureChinaCloud\n<<<<<<< HEAD\n", 3),
        ("[cloud]\nname = AzureChinaCloud\nname = AzureCloud\n", 3),
        ("[cloud]\nname = a\n[core]\n[cloud]\n", 4),
        (b"[cloud]\n# \xe9\nname = AzureChinaCloud\n", 2),
        ("[cloud\nname = AzureChinaCloud\n", 1),
    ],
)
def test_a_damaged_file_is_not_the_public_cloud(chosen, az, tmp_path, text, line):
    az(config=text)
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}/.azure/config:{line}: ")):
        chosen()
    assert chosen("AzureUSGovernment").name == "AzureUSGovernment"


def test_a_file_that_cannot_be_opened(chosen, tmp_path):
    (tmp_path / ".azure" / "config").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        chosen()


def test_a_file_as_windows_editors_leave_it(chosen, az):
    az(config="\ufeff[cloud]\r\nname = AzureChinaCloud\r\n")
    assert chosen().name == "AzureChinaCloud"
