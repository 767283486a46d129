"""Pages are taken for what they are, or for nothing."""

from __future__ import annotations

import pytest

from kvaudit.sources.live import pages
from kvaudit.sources.live.refusals import BadAnswer


def rows(page):
    return [bytes(row) for row in page.rows]


def test_rows_stay_the_bytes_that_came():
    page = pages.page(b'{"value": [ {"a": 1.0, "b": "\\u00e4"} , {} ], "nextLink": "https://x/2", "more": [1]}')
    assert (rows(page), page.next) == ([b'{"a": 1.0, "b": "\\u00e4"}', b"{}"], "https://x/2")
    assert [bytes(row) for row in page.taken()] == [b'{"a": 1.0, "b": "\\u00e4"}', b"{}"]
    assert page.rows == []


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (b'{"value": []}', None),
        (b'{"value": [], "nextLink": null}', None),
        (b'{"value": [], "nextLink": ""}', None),
        (b'{"value": [], "@odata.nextLink": "https://g/2"}', "https://g/2"),
    ],
)
def test_an_empty_list_is_one_where_it_says_so(body, link):
    assert (rows(pages.page(body)), pages.page(body).next) == ([], link)


DAMAGED = [b"", b"{}", b"[]", b"null", b'"text"', b"<html>", b"\xff\xfe", b"{" * 100_000, b'{"value": [', b"12"]


@pytest.mark.parametrize("read", [pages.page, pages.table, pages.batch, pages.single])
@pytest.mark.parametrize("body", DAMAGED, ids=range(len(DAMAGED)))
def test_what_is_no_page_is_a_bad_answer(read, body):
    with pytest.raises(BadAnswer, match="expected"):
        read(body)


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (pages.page, b'{"value": null}'),
        (pages.page, b'{"value": {}}'),
        (pages.page, b'{"value": [], "nextLink": 7}'),
        (pages.page, b'{"value": [1]}'),
        (pages.page, b'{"value": [{}, null]}'),
        (pages.page, b'{"value": [ ["x"] ]}'),
        (pages.table, b'{"data": [], "count": 1}'),
        (pages.table, b'{"data": [{}], "count": 0}'),
        (pages.table, b'{"data": [{}]}'),
        (pages.table, b'{"data": ["x"], "count": 1}'),
        (pages.table, b'{"data": null, "count": 0}'),
        (pages.table, b'{"data": [{}], "count": 1, "resultTruncated": "true"}'),
        (pages.batch, b'{"responses": null}'),
        (pages.single, b'{"name": "x"}'),
        (pages.single, b'{"id": null}'),
        (pages.single, b'{"value": []}'),
    ],
)
def test_what_is_nearly_a_page_is_a_bad_answer_too(read, body):
    with pytest.raises(BadAnswer):
        read(body)


def test_a_page_of_resource_graph_may_be_cut_off_where_it_says_how_to_go_on():
    page = pages.table(b'{"data": [{"id": "x"}], "count": 1, "resultTruncated": "true", "$skipToken": "t"}')
    assert (rows(page), page.next) == ([b'{"id": "x"}'], "t")
    assert pages.table(b'{"data": [], "count": 0, "resultTruncated": "false"}').next is None
