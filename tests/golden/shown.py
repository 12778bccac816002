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
    found: Shown = {}
    runs: dict[str, None] = {}
    for source in SOURCES:
        rows = api("/leaderboard", source=source)
        found[f"board {source}"] = keyed(rows, ("run_id", "task", "metric"))
        found[f"overall {source}"] = overall(store, source)
        for row in rows:
            for run in api("/runs", model=row["model"]) if row["run_id"] not in runs else ():
                runs[run["run_id"]] = None
    found["runs"] = {run: flat(api(f"/runs/{run}")) for run in sorted(runs)}
    for run in sorted(runs):
        samples = api(f"/runs/{run}/samples", limit=500)["samples"]
        found[f"samples {run}"] = keyed(map(digested, samples), ("task", "item_id"))
    found["requests"] = keyed(api("/queue")["requests"], ("id",))
    return found


def overall(store: Store, source: Any) -> dict[str, Row]:
    """The overall order, a row a run, as if every judge had passed: these runs' judges sat no exam."""
    found = board.read(store, source, judges=lambda judging: None).ranks.overall
    return {} if found is None else keyed(found.order.to_dicts(), ("run_id",))


def keyed(rows: Iterable[Mapping[str, Any]], keys: tuple[str, ...]) -> dict[str, Row]:
    """The rows by what identifies them."""
    return {" ".join(str(row[key]) for key in keys): flat(row) for row in rows}


def flat(row: Mapping[str, Any], before: str = "") -> Row:
    """Nested objects as dotted columns; nulls left out, since a column of none says the same."""
    found: Row = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            for place, each in enumerate(value):
                found |= flat(each, f"{before}{name}.{each.get('task', place)}.")
        elif value is not None and value != []:
            found[f"{before}{name}"] = value
    return found


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
        for row, one, other in _both(before.get(document, {}), after.get(document, {}))
        for column, old, new in _both(one or {}, other or {})
        if not same(old, new)
    ]


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(key, one.get(key), other.get(key)) for key in sorted(one.keys() | other.keys())]


def same(one: Any, other: Any) -> bool:
    """Equality, of numbers but for rounding."""
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
