"""Whatever stands in a template: an answer or a gap, never a crash."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.template.making import SAMPLES, access, holders, sample

DOCUMENTS = [sample(file.name) for file in sorted(SAMPLES.iterdir())]
WRONG = [
    None, True, -1, 1.5, 10**30, "", "x", "[", "[x]", "[[", "/", "a/b/c", [], {}, [None], {"a": 1}, {"copy": [{}]},
    {"copy": [{"name": "z", "count": 2, "input": "[copyIndex('z')]"}]}, "[parameters('nope')]", "[variables('v')]",
    "[copyIndex()]", "[reference('x').y]", "[resourceInfo('vault').id]", "[createObject()]", "[null()]", "[guid()]",
    "[resourceId()]", "[if(parameters('q'), 1, 2)]", "[format('{0}')]", "[concat(createArray(1), 'a')]", "[union(1, 2)]",
    "[split('a', '')]", "[json('[1')]", "[tryGet(null(), 'a')]", "[map(1, 2)]", "[lambda('x')]",
    "[toObject(createArray(1), lambda('x', createArray()))]", "[reference(resourceId('a/b', 'c'), 'x', 'full')]",
]  # fmt: skip


def places(value, way=()):
    if way:
        yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*way, key))


@st.composite
def broken(draw):
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([way for way in places(document) if len(way) > 1] or [("contentVersion",)]))
        inside = document
        for step in way:
            inside = inside[step]
        inside[last] = copy.deepcopy(draw(st.sampled_from(WRONG)))
    return document


@settings(deadline=None, max_examples=150)
@given(broken())
def test_a_broken_template_is_answered(document):
    found = access(document)
    holders(found)
    assert all(gap.reason for gap in found.gaps)
