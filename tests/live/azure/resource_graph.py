"""Resource Graph: rows of every subscription at once, in pages.

Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data, and
guidance-for-throttled-requests beside it. Rows of made estates stand in their own order; all others are put in order
by id.
"""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tests.live.azure.connection import WORTH_COMPRESSING, Request, Response, answer
from tests.live.azure.estate import GROUPS, Estate, Listed, Made, Row, Rows
from tests.live.azure.kql import Query, UnknownQueryError, parsed
from tests.live.azure.settings import Settings
from tests.live.azure.tables import TABLES, Shown, Tables

MOST = 1000
VERSIONS = frozenset({"2021-03-01", "2022-10-01", "2024-04-01"})
FILTERS = {"AtScopeAndBelow", "AtScopeAndAbove", "AtScopeExact", "AtScopeAboveAndBelow"}


class ResourceGraph:
    """Answers queries. Pages of made rows are kept, packed: some 80 MB for a million."""

    def __init__(self, estate: Estate, settings: Settings) -> None:
        self._estate = estate
        self._settings = settings
        self._pages: dict[tuple[Any, ...], Response] = {}

    def answer(self, request: Request) -> Response:
        body = request.json()
        if request.parameters.get("api-version", "") not in VERSIONS:
            return _refused("InvalidApiVersionParameter", "The api-version is missing or not known.")
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return _refused("InvalidQuery", "The query is missing.")
        options = body.get("options") or {}
        if options.get("authorizationScopeFilter", "AtScopeAndBelow") not in FILTERS:
            return _refused("InvalidRequest", "authorizationScopeFilter is not known.")
        if not 1 <= options.get("$top", MOST) <= MOST:
            return _refused("InvalidRequest", f"$top must be between 1 and {MOST}.")
        if body.get("subscriptions") and body.get("managementGroups"):
            return _refused("InvalidRequest", "subscriptions and managementGroups exclude each other.")
        try:
            query = parsed(body["query"])
            tables = TABLES[query.table]
        except (UnknownQueryError, KeyError) as error:
            return _refused("InvalidQuery", f"Query is invalid. {error}")
        return self._page(query, body, options, tables)

    def warm(self, body: dict[str, Any]) -> int:
        """Make every page of a query beforehand; how many there are."""
        options: dict[str, Any] = {"resultFormat": "objectArray", "$top": MOST, **(body.get("options") or {})}
        pages = 0
        token: str | None = None
        while token or not pages:
            asked = {**body, "options": {**options, **({"$skipToken": token} if token else {})}}
            request = Request("POST", "", "api-version=2022-10-01", {}, msgspec.json.encode(asked))
            response = self.answer(request)
            token = msgspec.json.decode(response.whole).get("$skipToken")
            pages += 1
        return pages

    def _page(self, query: Query, body: dict[str, Any], options: dict[str, Any], tables: Tables) -> Response:
        top = min(options.get("$top", MOST), self._settings.query_page)
        start = _start(options.get("$skipToken"), body["query"])
        if start is None:
            return _refused("InvalidRequest", "The $skipToken is not of this query.")
        asked = msgspec.json.encode([body["query"], body.get("subscriptions"), body.get("managementGroups")])
        key = (start, top, asked, options.get("authorizationScopeFilter"), self._settings.query_bytes)
        if key in self._pages:
            return self._pages[key]
        authorization = query.table == "authorizationresources"
        chosen = [
            self._chosen(query, part, shown)
            for rows, shown in tables(self._estate)
            for part in self._in_scope(rows, body, options, authorization=authorization)
        ]
        made = any(rows.made for rows in chosen)
        total, data = _sliced(chosen, query, start, top, made=made)
        pages = (query.columns is None or any(name == "id" for name, _ in query.columns)) and query.limit is None
        content: Row = {
            "totalRecords": total,
            "count": len(data),
            "resultTruncated": "true" if not pages and query.limit is None and total > len(data) else "false",
            "facets": [],
            "data": data,
        }
        if pages and start + top < total:
            content["$skipToken"] = skip_token(start + top, body["query"])
        response = answer(content)
        if len(response.body) > self._settings.query_bytes:
            return _too_large(len(response.body), self._settings.query_bytes)
        if made and len(response.body) > WORTH_COMPRESSING:
            packed = gzip.compress(response.body, 1, mtime=0)
            response = self._pages[key] = Response(200, b"", response.headers, packed=packed)
        return response

    def _in_scope(
        self, rows: Rows, body: dict[str, Any], options: dict[str, Any], *, authorization: bool
    ) -> Iterator[Sequence[Row]]:
        estate = self._estate
        scopes = [f"/subscriptions/{each.lower()}" for each in body.get("subscriptions") or ()]
        names = {each.lower() for each in body.get("managementGroups") or ()}
        if not scopes and not names:
            yield from rows.parts()
            return
        groups = [
            each for each in estate.management_groups if names & {up.name.lower() for up in estate.chain(each.name)}
        ]
        inside = {each.name for each in groups}
        scopes += [each.scope for each in estate.subscriptions if each.parent in inside]
        reach = options.get("authorizationScopeFilter", "AtScopeAndBelow") if authorization else "AtScopeAndBelow"
        roots = scopes[: len(body.get("subscriptions") or ())] + [GROUPS + name for name in names]
        if "Above" in reach:
            above = dict.fromkeys(up.lower() for scope in roots for up in estate.above(scope))
            yield Listed(row for scope in above for row in rows.exactly(scope))
        if "Below" in reach:
            yield Listed(row for group in groups for row in rows.exactly(GROUPS + group.name))
            yield from (rows.below(scope) for scope in scopes)
        else:
            yield Listed(row for scope in roots for row in rows.exactly(scope))

    def _chosen(self, query: Query, rows: Sequence[Row], shown: Shown) -> Chosen:
        if isinstance(rows, Made):
            first = [query.row(shown(row), query.general) is not None for row in rows[: rows.period]]
            if not any(first):
                return Chosen([], None, made=False)
            if all(first) and query.general == len(query.steps):
                return Chosen(rows, shown, made=True)
            if query.ids is not None:
                rows = [row for each in query.ids if (row := rows.find(each))]
        found = [full for row in rows if (full := query.row(shown(row))) is not None]
        return Chosen(found, None, made=False)


class Chosen(msgspec.Struct):
    """Rows that a filter left; those of a made estate are still to be made, and then to be shown."""

    rows: Sequence[Row]
    shown: Shown | None
    made: bool


def _sliced(chosen: list[Chosen], query: Query, start: int, top: int, *, made: bool) -> tuple[int, list[Row]]:
    total = sum(len(each.rows) for each in chosen)
    if query.limit is not None:
        total = min(total, query.limit)
    if not made:
        ordered = sorted((row for each in chosen for row in each.rows), key=lambda row: str(row.get("id")))
        return total, [query.projected(row) for row in ordered[start : min(start + top, total)]]
    data: list[Row] = []
    skip, wanted = start, min(top, total - start)
    for each in chosen:
        part = each.rows[skip : skip + wanted - len(data)] if len(data) < wanted else []
        full = part if each.shown is None else [query.row(each.shown(row)) for row in part]
        data += [query.projected(row) for row in full if row is not None]
        skip = max(0, skip - len(each.rows))
    return total, data


def skip_token(start: int, query: str) -> str:
    """Where a page begins, and of which query."""
    return base64.b64encode(f"{start} {zlib.crc32(query.encode())}".encode()).decode()


def _start(token: str | None, query: str) -> int | None:
    if not token:
        return 0
    try:
        start, of = base64.b64decode(token).decode().split()
        return int(start) if int(of) == zlib.crc32(query.encode()) else None
    except ValueError:
        return None


def _refused(code: str, message: str) -> Response:
    error = {"code": "BadRequest", "message": "Please provide below info when asking for support.",
             "details": [{"code": code, "message": message}]}  # fmt: skip
    return answer({"error": error}, 400)


def _too_large(size: int, limit: int) -> Response:
    words = (
        f"Response payload size is {size}, and has exceeded the limit of {limit}. "
        "Please consider querying less data at a time and make paginated call if needed."
    )
    return _refused("ResponsePayloadTooLarge", words)
