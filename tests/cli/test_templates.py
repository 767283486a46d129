"""Templates through the real commands: answers with places, what is open, and how it ends."""

from __future__ import annotations

import json

from tests.sources.template.making import ALICE, assigned, template, vault


def put(folder, document):
    file = folder / "main.json"
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return str(file)


def test_a_question_is_answered_with_file_and_line(run, tmp_path):
    perhaps = assigned(condition="[parameters('on')]")
    path = put(tmp_path, template(vault(), perhaps, parameters={"on": {"type": "bool"}}))
    done = run("can", ALICE, "secrets/get", path, "-v")
    assert done.code == 0
    assert "conditional" in done.out
    assert "main.json:" in done.out
    assert "declared only if [parameters('on')], which is not known before deployment" in " ".join(done.out.split())
    assert "Not known before deployment" in done.out


def test_what_is_wrong_is_shown_where_it_is_and_the_rest_is_judged(run, tmp_path):
    path = put(tmp_path, template(vault(), vault("[variables('a')]"), variables={"a": "[variables('a')]"}))
    done = run("scan", path, "--select", "KV507")
    assert done.code == 3
    assert "main.json:5:8" in done.out.replace("\n", "")
    assert "circular variables: a -> a" in done.out
    assert "kv-app" in done.out
