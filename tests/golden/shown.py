"""What a home shows, as flat rows that can be compared: document -> row -> column -> value.

Read through the HTTP API, as a stranger reads it, and the overall order beside it. Texts of samples stand for their digests.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.store.database import Store

Row = dict[str, Any]
Shown = dict[str, dict[str, Row]]
LONG = 80
SOURCES = ("open", "upstream")


class Api:
    """Reads from the API of a store, in this process."""

    def __init__(self, store: Store) -> None:
        self.app = FastAPI()
        self.app.include_router(routes(store, ServerSettings()))

    def __call__(self, path: str, **query: Any) -> Any:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as client:
                return await client.get(f"/api/v1{path}", params=query)

        answer = asyncio.run(go())
        answer.raise_for_status()
        return answer.json()


def shown(store: Store) -> Shown:
    """Boards and overall orders of both suites, every run with its tasks and samples, every request."""
    api = Api(store)
    documents: Shown = {}
    runs: dict[str, None] = {}
    for source in SOURCES:
        rows = api("/leaderboard", source=source)
        documents[f"board {source}"] = keyed(rows, ("run_id", "task", "metric"))
        documents[f"overall {source}"] = overall(store, source)
        for row in rows:
            for run in api("/runs", model=row["model"]) if row["run_id"] not in runs else ():
                runs[run["run_id"]] = None
    documents["runs"] = {run: flat(api(f"/runs/{run}")) for run in sorted(runs)}
    for run in sorted(runs):
        samples = api(f"/runs/{run}/samples", limit=500)["samples"]
        documents[f"samples {run}"] = keyed(map(digested, samples), ("task", "item_id"))
    documents["requests"] = keyed(api("/queue")["requests"], ("id",))
    return documents


def overall(store: Store, source: Any) -> dict[str, Row]:
    """The overall order, a row a run, as if every judge had passed: these runs' judges sat no exam."""
    ranking = board.read(store, source, judges=lambda judging: None).ranks.overall
    return {} if ranking is None else keyed(ranking.order.to_dicts(), ("run_id",))


def keyed(rows: Iterable[Mapping[str, Any]], keys: tuple[str, ...]) -> dict[str, Row]:
    """The rows by what identifies them."""
    return {" ".join(str(row[key]) for key in keys): flat(row) for row in rows}


def flat(row: Mapping[str, Any], before: str = "") -> Row:
    """Nested objects as dotted columns; nulls left out, since a column of none says the same."""
    columns: Row = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            columns |= flat(value, f"{before}{name}.")
        elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            for index, each in enumerate(value):
                columns |= flat(each, f"{before}{name}.{each.get('task', index)}.")
        elif value is not None and value != []:
            columns[f"{before}{name}"] = value
    return columns


def digested(sample: Mapping[str, Any]) -> Row:
    """A sample with long or nested values as the first hex digits of their SHA-256."""
    return {
        key: digest(value) if isinstance(value, dict | list) or len(str(value)) > LONG else value
        for key, value in sample.items()
    }


def digest(value: Any) -> str:
    """Of the canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def differences(before: Shown, after: Shown) -> list[str]:
    """Each value that differs as `document / row / column: before -> after`; numbers may differ by a part in 10^9."""
    return [
        f"{document} / {row} / {column}: {old!r} -> {new!r}"
        for document in sorted(before.keys() | after.keys())
        for row, before_row, after_row in _both(before.get(document, {}), after.get(document, {}))
        for column, old, new in _both(before_row or {}, after_row or {})
        if not same(old, new)
    ]


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())]


def same(first: Any, second: Any) -> bool:
    """Equality, of numbers but for rounding."""
    if isinstance(first, float) and isinstance(second, float | int):
        return abs(first - second) <= 1e-9 * max(1.0, abs(first), abs(second))
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
