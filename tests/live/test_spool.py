"""Rows on disk, put together as one snapshot."""

from __future__ import annotations

import io
import json
import threading
import tracemalloc

import pytest

from kvaudit.sources.live.spool import Spool


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path)
    yield spool
    spool.close()


def put_together(spool, head=None, tail=None):
    stream = io.BytesIO()
    spool.copy_to(stream, head or {"schema": "s"}, tail or {"ledger": []})
    return stream.getvalue()


def test_sections_come_together_as_json(spool):
    spool.add("vaults", [("b", b'{"n": 2}'), ("b", b'{"n": 3}')])
    spool.give("locks")
    spool.add("vaults", [("a", b'{"n": 1}')])
    spool.add("vaults", [])
    content = json.loads(put_together(spool, {"schema": "s", "x": None}, {"ledger": [{"a": 1}, {"a": 2}]}))
    assert content == {
        "schema": "s",
        "x": None,
        "locks": [],
        "vaults": [{"n": 1}, {"n": 2}, {"n": 3}],
        "ledger": [{"a": 1}, {"a": 2}],
    }


def test_nothing_at_all_is_json_too(spool):
    assert json.loads(put_together(spool)) == {"schema": "s", "ledger": []}


def test_rows_of_a_place_keep_their_order_and_places_have_one(tmp_path):
    texts = []
    for order in ("abc", "cab"):
        spool = Spool(tmp_path)
        for place in order:
            spool.add("locks", [(place, f'"{place}1"'.encode()), (place, f'"{place}2"'.encode())])
        texts.append(put_together(spool))
        spool.close()
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["locks"] == ["a1", "a2", "b1", "b2", "c1", "c2"]


def test_more_may_come_after_it_was_written(spool):
    spool.add("locks", [("a", b"1")])
    put_together(spool)
    spool.add("locks", [("a", b"2")])
    assert json.loads(put_together(spool))["locks"] == [1, 2]


def test_rows_lie_on_disk_and_not_in_memory(spool, tmp_path):
    row = b'"' + b"x" * 1_000_000 + b'"'
    tracemalloc.start()
    try:
        for number in range(20):
            spool.add("rows", [(str(number), row)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(path.stat().st_size for path in tmp_path.rglob("rows")) > 19 * len(row)
    assert peak < 5 * len(row)


def test_threads_do_not_write_into_each_other(spool):
    def work(name):
        for number in range(200):
            spool.add("rows", [(name, json.dumps({"name": name, "number": number}).encode())])

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = json.loads(put_together(spool))["rows"]
    assert [(row["name"], row["number"]) for row in rows] == [
        (f"t{n}", number) for n in range(8) for number in range(200)
    ]


def test_a_snapshot_is_written_whole_or_not_at_all(spool, tmp_path):
    target = tmp_path / "snapshot.json"
    target.write_text("before")
    spool.add("locks", [("a", b"1")])
    with pytest.raises(TypeError):
        spool.write(target, {"schema": object()}, {})
    assert target.read_text() == "before"
    spool.write(target, {"schema": "s"}, {"ledger": []})
    assert json.loads(target.read_bytes())["locks"] == [1]


def test_nothing_is_left_behind(tmp_path):
    spool = Spool(tmp_path)
    spool.add("locks", [("a", b"1")])
    assert list(tmp_path.iterdir()) != []
    spool.close()
    assert list(tmp_path.iterdir()) == []
