"""Public runs and samples: every sample passes through board.samples.public_sample."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from counsel_leaderboard.leaderboard.board.samples import public_sample
from counsel_leaderboard.leaderboard.board.trusted_verdicts import trusted_tasks
from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.common.errors import CounselError

Order = Literal["counting", "position", "best", "worst"]
MOST = 500

RUN = """
SELECT runs.*, retractions.reason AS retraction, retractions.retracted_at
FROM runs LEFT JOIN retractions USING (run_id) WHERE runs.run_id = $run_id
"""
HISTORY = """
SELECT runs.run_id, spec_id, model, revision, engine, source, judge, role, self_reported, started_at,
    retractions.reason AS retraction
FROM runs LEFT JOIN retractions USING (run_id)
WHERE ($model IS NULL OR model = $model) AND ($spec_id IS NULL OR spec_id = $spec_id) ORDER BY started_at DESC, run_id
"""
EXISTS = "SELECT 1 FROM runs WHERE run_id = ?"
TASKS = "SELECT * FROM tasks WHERE run_id = $run_id ORDER BY task"

# A NULL filter selects everything. The table holds no NaN, so comparisons need no special case.
MATCHING = """
FROM samples
    JOIN scores ON scores.run_id = $run_id AND scores.task = samples.task AND scores.headline
WHERE ($task IS NULL OR samples.task = $task)
    AND ($cluster IS NULL OR samples."cluster" = $cluster) AND ($stratum IS NULL OR samples.stratum = $stratum)
    AND ($item IS NULL OR samples.item_id = $item)
    AND ($low IS NULL OR samples.score >= $low) AND ($high IS NULL OR samples.score <= $high)
    AND ($scored IS NULL OR (samples.score IS NOT NULL) = $scored)
"""
COUNT = f"SELECT count(*) {MATCHING}"
GOODNESS = "CASE WHEN scores.higher_is_better THEN samples.score ELSE -samples.score END"
# Documents that the headline covers stand first, those with a value before those without.
COVERED = "(samples.task, samples.item_id) IN (SELECT task, item FROM headline_items WHERE run_id = $run_id)"
ORDERS: dict[Order, str] = {
    "counting": f'NOT ({COVERED}), samples.score IS NULL, samples.task, samples."position"',
    "position": 'samples.task, samples."position"',
    "best": f'{GOODNESS} DESC NULLS LAST, samples.task, samples."position"',
    "worst": f'{GOODNESS} ASC NULLS LAST, samples.task, samples."position"',
}
PAGE = """
SELECT samples.place, count(*) OVER () AS total {matching} ORDER BY {order} LIMIT $limit OFFSET $offset
"""
PAGES = {order: PAGE.format(order=by, matching=MATCHING) for order, by in ORDERS.items()}
# The columns that filters and orders use.
NARROW = ["task", "cluster", "stratum", "item_id", "position", "score"]
JSON_COLUMNS = ("doc", "prompt", "target", "answer", "verdict", "metrics")
KEYS = (
    *("run_id", "task", "item_id", "cluster", "stratum", "dataset", "content_note", "risk"),
    *("doc", "prompt", "target", "answer", "verdict", "metrics", "answer_hash"),
)


class UnknownRunError(CounselError):
    """No stored run has this id."""


@dataclass(frozen=True)
class SamplePage:
    """One page of the public samples that match, and how many match in total."""

    total: int
    samples: tuple[dict[str, Any], ...]


def run(store: Store, run_id: str) -> dict[str, Any]:
    """One stored run: its row of `runs`, its `tasks`, and `retraction`, the reason of its retraction or None.

    Raises UnknownRunError.
    """
    with store.reading() as cursor:
        rows = frame(cursor, RUN, {"run_id": run_id}).to_dicts()
        if not rows:
            raise _unknown(run_id)
        return {**rows[0], "tasks": frame(cursor, TASKS, {"run_id": run_id}).to_dicts()}


def require(store: Store, run_id: str) -> None:
    """Raise UnknownRunError where no run of that id is stored."""
    with store.reading() as cursor:
        if not cursor.execute(EXISTS, [run_id]).fetchall():
            raise _unknown(run_id)


def _unknown(run_id: str) -> UnknownRunError:
    return UnknownRunError(f"{run_id}: no stored run has this id. `counsel board --format json` lists the ids.")


def history(store: Store, model: str | None = None, spec_id: str | None = None) -> list[dict[str, Any]]:
    """All stored runs, those of a model by its name or of a spec by its id; newest first, retracted ones with their reason."""
    with store.reading() as cursor:
        return frame(cursor, HISTORY, {"model": model, "spec_id": spec_id}).to_dicts()


def samples(
    store: Store,
    run_id: str,
    *,
    task: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    item: str | None = None,
    low: float | None = None,
    high: float | None = None,
    scored: bool | None = None,
    order: Order = "position",
    offset: int = 0,
    limit: int = 50,
) -> SamplePage:
    """A page of one run's samples with the stored-sample keys, and `score`, each through board.samples.public_sample.

    low, high: the headline's value of the item lies in [low, high]. scored: only those with a value, or only those without.
    order: as asked (`position`), those first that count in the headline, or best or worst first by the headline's own
    direction, unscored last. At most 500 a page.
    Raises StorageError as `run_tables.rows`.
    """
    content = run_tables.read(store, "samples", run_id)
    if content is None:
        return SamplePage(total=0, samples=())
    filters: dict[str, Any] = {"run_id": run_id, "task": task, "cluster": cluster, "stratum": stratum}
    filters |= {"item": item, "low": low, "high": high, "scored": scored}
    bounds = {"limit": max(0, min(limit, MOST)), "offset": max(0, offset)}
    with store.reading() as cursor:
        cursor.register("samples", content.columns(NARROW).with_row_index("place").to_arrow())
        page = frame(cursor, PAGES[order], filters | bounds)
        # Where the page is empty, no row says how many match.
        total = int(page["total"][0] if page.height else frame(cursor, COUNT, filters).item())
    rows = content.rows(page["place"].to_list()).to_dicts()
    trusted = trusted_tasks(store, run_id)
    return SamplePage(total=total, samples=tuple(_shown(row, trusted) for row in rows))


def _shown(row: dict[str, Any], trusted: Collection[str]) -> dict[str, Any]:
    stored = {key: row[key] for key in KEYS}
    for key in JSON_COLUMNS:
        if stored[key] is not None:
            stored[key] = json.loads(stored[key])
    return {**public_sample(stored, trusted=row["task"] in trusted), "score": row["score"]}
