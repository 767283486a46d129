"""Templates in files of their own: read where another links to them by a path, and never from anywhere else."""

from __future__ import annotations

import json

import pytest

from kvaudit.access.engine import resolve
from kvaudit.audit import Located
from kvaudit.sources.load import load, load_counted
from tests.sources.made import read, write
from tests.sources.template.making import ALICE, AS_OF, BOB, assigned, can, template, vault

STRING = {"type": "string"}
NAMED = template(vault("[parameters('name')]"), parameters={"name": {**STRING, "defaultValue": "kv-by-default"}})


def link(relative, deployment="kv", properties=None, **parameters):
    """A deployment of the template at a path."""
    return {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": deployment,
        "properties": {
            "mode": "Incremental",
            "templateLink": {"relativePath": relative},
            "parameters": {key: {"value": value} for key, value in parameters.items()},
            **(properties or {}),
        },
    }


def names(snapshot):
    return sorted(each.name for each in snapshot.vaults)


def reasons(snapshot):
    return [gap.reason for gap in snapshot.gaps]


@pytest.mark.parametrize("path", ["", "/main.json"], ids=["folder", "file"])
def test_a_template_that_is_linked_to_is_read_with_the_parameters_it_is_given(tmp_path, path):
    main = template(
        link("nested/kv.json", name="one", name_="x"), parameters={"env": {**STRING, "defaultValue": "dev"}}
    )
    main["resources"][0]["properties"]["parameters"] = {"name": {"value": "[format('kv-{0}', parameters('env'))]"}}
    folder = write(tmp_path, {"main.json": main, "nested/kv.json": NAMED})
    snapshot = load([folder + path])
    assert names(snapshot) == ["kv-dev"]
    assert snapshot.gaps == ()
    (origin,) = snapshot.vaults[0].origins
    assert (origin.document.name, origin.pointer) == (f"{folder}/nested/kv.json", "/resources/0")
    assert origin.document.declares
    place = Located(lambda: [origin], None)[origin]
    line = (tmp_path / "nested/kv.json").read_text(encoding="utf-8").split("\n")[place.line - 1]
    assert line.strip() == "{"


def test_one_template_may_be_deployed_twice(tmp_path):
    main = template(*(link("kv.json", each, name=each) for each in ("kv-a", "kv-b")))
    loaded = load_counted([write(tmp_path, {"a.json": NAMED, "main.json": main, "kv.json": NAMED})])
    assert names(loaded.snapshot) == ["kv-a", "kv-b", "kv-by-default"]
    assert loaded.rows[str(tmp_path / "kv.json")] == {"ARM templates that another links to": 1}
    assert loaded.rows[str(tmp_path / "a.json")]["ARM templates"] == 1


def test_a_linked_template_links_from_where_it_is(tmp_path):
    files = {
        "main.json": template(link("parts/all.json")),
        "parts/all.json": template(link("kv.json", name="kv-deep")),
        "parts/kv.json": NAMED,
        "kv.json": template(vault("kv-other")),
    }
    assert names(load([write(tmp_path, files)])) == ["kv-deep", "kv-other"]


def test_outputs_and_roles_of_linked_templates_meet(tmp_path):
    kv = template(vault("kv-app"), outputs={"name": {**STRING, "value": "kv-app"}})
    scope = "[resourceId('Microsoft.KeyVault/vaults', reference('kv').outputs.name.value)]"
    main = template(link("kv.json"), assigned(scope=scope), link("roles.json", "roles", who=BOB))
    roles = template(assigned("[parameters('who')]"), parameters={"who": STRING})
    found = resolve(load([write(tmp_path, {"main.json": main, "kv.json": kv, "roles.json": roles})]), AS_OF)
    assert [*can(found, ALICE), *can(found, BOB)] == ["direct", "direct"]


def test_a_linked_template_does_not_see_the_names_around_it(tmp_path):
    kv = template(vault("[parameters('name')]"), parameters={"name": STRING})
    main = template(link("kv.json"), parameters={"name": {**STRING, "defaultValue": "kv-of-main"}})
    (one,) = load([write(tmp_path, {"main.json": main, "kv.json": kv})]).vaults
    assert one.name == "{parameters('name')}"


@pytest.mark.parametrize(
    ("relative", "why"),
    [
        ("../outside.json", "lies outside of the folder that is looked at"),
        ("nested/../../outside.json", "lies outside of the folder that is looked at"),
        ("missing.json", "is not there"),
        ("nested", "is not there"),
        ("link.json", "lies behind a symbolic link"),
        ("linked/outside.json", "lies behind a symbolic link"),
        ("kv.parameters.json", "is no template"),
        ("https://contoso.example/kv.json", "is not fetched"),
        ("a" * 5000 + ".json", "cannot be read"),
        ("kv\0.json", "is not fetched"),
        ("[parameters('path')]", "is not fetched"),
        ("", "is not fetched"),
        (7, "is not fetched"),
    ],
)
def test_what_is_not_followed_is_a_gap(tmp_path, relative, why):
    write(tmp_path, {"outside.json": template(vault("kv-outside"))})
    (tmp_path / "in/nested").mkdir(parents=True)
    (tmp_path / "in/link.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "in/linked").symlink_to(tmp_path)
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    files = {"main.json": template(link(relative), vault(), parameters={"path": STRING}),
             "kv.parameters.json": {"$schema": schema, "contentVersion": "1.0.0.0", "parameters": {}}}  # fmt: skip
    write(tmp_path / "in", files)
    snapshot = load([str(tmp_path / "in/main.json")])
    assert names(snapshot) == ["kv-app"]
    assert [why in reason for reason in reasons(snapshot) if "links to the template" in reason] == [True]


def test_paths_from_where_one_stands_are_no_way_out(tmp_path, monkeypatch):
    write(tmp_path, {"outside.json": NAMED, "in/kv.json": NAMED})
    write(tmp_path, {"in/main.json": template(link("../outside.json"), link("kv.json", "other", name="kv-in"))})
    monkeypatch.chdir(tmp_path / "in")
    for path in ("main.json", "."):
        snapshot = load([path])
        assert names(snapshot) == ["kv-in"]
        assert ["outside of the folder" in reason for reason in reasons(snapshot)] == [True]
        assert [each.name for each in {origin.document for each in snapshot.vaults for origin in each.origins}] in (
            ["kv.json"],
            ["./kv.json"],
        )


def test_an_absolute_path_is_not_followed(tmp_path):
    write(tmp_path, {"main.json": template(link(str(tmp_path / "kv.json"))), "kv.json": NAMED})
    assert names(load([str(tmp_path / "main.json")])) == []


def test_a_template_from_standard_input_has_no_files_beside_it():
    (gap,) = read(template(link("kv.json"), vault())).gaps
    assert "kv.json, which is not fetched" in gap.reason


def test_templates_that_link_to_each_other_come_to_an_end(tmp_path):
    files = {f"{one}.json": template(link(f"{other}.json"), vault(f"kv-{one}")) for one, other in ("ab", "ba")}
    snapshot = load([write(tmp_path, files)])
    assert set(names(snapshot)) == {"kv-a", "kv-b"}
    assert any("nested more than" in reason for reason in reasons(snapshot))


def test_an_export_is_not_read_because_a_template_links_to_it(tmp_path):
    export = [
        {"id": "/subscriptions/x/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-export", "properties": {}}
    ]
    write(tmp_path, {"main.json": template(link("export.json"), vault()), "export.json": export})
    snapshot = load([str(tmp_path / "main.json")])
    assert names(snapshot) == ["kv-app"]
    assert ["is no template" in reason for reason in reasons(snapshot)] == [True]


def test_a_template_whose_deployment_is_left_out_is_judged_by_itself(tmp_path):
    main = template({**link("kv.json", name="kv-not"), "condition": False}, vault())
    assert names(load([write(tmp_path, {"main.json": main, "kv.json": NAMED})])) == ["kv-app", "kv-by-default"]


def test_parameters_that_are_linked_to_are_a_gap(tmp_path):
    main = template(link("kv.json", properties={"parametersLink": {"uri": "https://contoso.example/p.json"}}))
    snapshot = load([write(tmp_path, {"main.json": main, "kv.json": NAMED})])
    assert reasons(snapshot) == ["the parameters of the deployment kv are linked to, and not read"]
    assert names(snapshot) == ["{parameters('name')}"]


def test_what_is_wrong_in_a_linked_template_is_said_where_it_is(tmp_path):
    broken = template(vault("[concat('kv'"))
    snapshot = load([write(tmp_path, {"main.json": template(link("kv.json")), "kv.json": json.dumps(broken)})])
    (origin,) = {origin for gap in snapshot.gaps for origin in gap.origins if "not closed" in gap.reason}
    assert (origin.document.name, origin.pointer) == (str(tmp_path / "kv.json"), "/resources/0/name")
