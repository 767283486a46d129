"""`kvaudit schema` prints sound JSON Schemas, for people without the source at hand."""

import json

import jsonschema
import pytest


@pytest.mark.parametrize(
    "name", ["snapshot", "report", "access", "diff", "matrix", "doctor", "rule", "config", "waivers", "baseline"]
)
def test_each_schema_is_printed(run, name):
    result = run("schema", name)
    assert (result.code, result.err) == (0, "")
    jsonschema.Draft202012Validator.check_schema(json.loads(result.out))


def test_the_published_versions_are_named(run):
    for name in ("report", "access", "diff", "matrix", "doctor"):
        schema = json.loads(run("schema", name).out)
        assert schema["properties"]["schema"] == {"const": f"kvaudit/{name}/v1"}
