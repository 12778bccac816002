"""`counsel arena`: stored replies to the same speeches, or sessions with the same clients, compared by a judge in
a process of its own.

The files of one arena are in `<home>/arena/<id>/`: schedule.jsonl (which runs are compared on which speech), pairs.jsonl (the
judge's input), verdicts.jsonl (its output) and result.csv. Verdicts are paid for once: running the same arena again only fits
the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import polars as pl

from counsel_leaderboard.leaderboard.board.board import MODELS
from counsel_leaderboard.leaderboard.crisis_gate import model_gates, words
from counsel_leaderboard.leaderboard.crisis_gate.gate import Gate
from counsel_leaderboard.leaderboard.judges import judge_process as process
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.pairwise import verdicts as judged
from counsel_leaderboard.leaderboard.statistics.pairwise.arena_result import ArenaResult, result
from counsel_leaderboard.leaderboard.statistics.pairwise.schedule import schedule
from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.manifests import catalog

# Replies that were never generated cannot be compared.
REPLIES = """
SELECT run_id, runs.model, samples.item_id AS speech_id,
    coalesce(samples.doc ->> '$.speech', samples.doc ->> '$.client') AS speech,
    samples.answer ->> '$[0]' AS reply
FROM samples JOIN runs USING (run_id)
WHERE reply IS NOT NULL AND reply <> $sentinel AND speech IS NOT NULL
ORDER BY ALL
"""

RUNS = "SELECT * FROM runs WHERE list_contains($runs, run_id)"

Judge = Callable[[Path, Path], None]


@dataclass(frozen=True)
class ArenaPlan:
    """What an arena would compare: replies (run_id, model, speech_id, speech, reply) and the schedule of run and speech ids."""

    id: str
    replies: pl.DataFrame
    schedule: pl.DataFrame
    sessions: bool = False
    """Whether the replies are transcripts of whole sessions; their `speech` names the client."""
    gates: Mapping[str, Gate] = field(default_factory=dict)
    """The crisis gate of each run's model, which comes before every strength."""


def compared_task() -> str:
    """The task whose judge compares two replies. Raises RankingError where none is installed."""
    for name, info in catalog().items():
        if info.manifest.pairwise:
            return name
    raise RankingError("no installed task compares two replies (`pairwise` in its manifest), so there is nothing to compare.")


def plan(
    store: Store, runs: Sequence[str] = (), neighbours: int = 6, per_pair: int = 20, seed: int = 0, task: str | None = None
) -> ArenaPlan:
    """The comparisons of the stored replies of `runs`, or of all on the board.

    task: one of whole sessions, which are then compared client by client; None for the task whose judge compares two replies.
    Raises RankingError for a task that is neither, for a run without replies, and where candidates cannot be connected.
    """
    sessions = task is not None and task != compared_task()
    task = _session_task(task) if task is not None and sessions else compared_task()
    with store.reading() as cursor:
        chosen = list(runs) or frame(cursor, MODELS, {"source": "open"})["run_id"].to_list()
    replies = _replies(store, task, chosen)
    unknown = sorted(set(runs) - set(replies["run_id"]))
    if unknown:
        raise RankingError(f"{', '.join(unknown)}: no replies of {task} are stored. `counsel board --format json` lists runs.")
    drawn = schedule(replies.select("run_id", speech="speech_id"), neighbours, per_pair, seed)
    # The same ids on another task are another arena.
    named = [task, *drawn["id"].to_list()] if sessions else drawn["id"].to_list()
    return ArenaPlan(short_hash(named), replies, drawn, sessions, _gates(store, chosen))


def _gates(store: Store, runs: Sequence[str]) -> dict[str, Gate]:
    known = model_gates.read(store)
    with store.reading() as cursor:
        rows = frame(cursor, RUNS, {"runs": list(runs)}).select("run_id", *model_gates.SERVED).rows()
    return {run_id: known.of(served) for run_id, *served in rows}


def _session_task(name: str) -> str:
    known = [task for task, info in catalog().items() if info.manifest.sessions]
    if name not in known:
        other = ", ".join([compared_task(), *known])
        raise RankingError(f"{name}: the arena compares replies or whole sessions with the same client. Choose: {other}.")
    return name


def _replies(store: Store, task: str, runs: Sequence[str]) -> pl.DataFrame:
    samples = run_tables.rows(store, "samples", runs, ["run_id", "item_id", "doc", "answer"], task)
    with store.reading() as cursor:
        cursor.register("samples", samples.to_arrow())
        return frame(cursor, REPLIES, {"sentinel": NOT_GENERATED})


def run(planned: ArenaPlan, home: Path, judge: Judge, prior: float = 0.0) -> ArenaResult:
    """Let the judge compare where no verdicts are stored yet, then fit; the arena's folder keeps every step.

    The result's table has a further column `gate`, the crisis gate in words, and is ordered by the gate first.
    """
    folder = home / "arena" / planned.id
    folder.mkdir(parents=True, exist_ok=True)
    planned.schedule.write_ndjson(folder / "schedule.jsonl")
    verdicts_file = folder / "verdicts.jsonl"
    if not verdicts_file.exists():
        _write_pairs(planned, folder / "pairs.jsonl")
        partial = folder / "verdicts.part"
        judge(folder / "pairs.jsonl", partial)
        partial.replace(verdicts_file)
    with verdicts_file.open(encoding="utf-8") as lines:
        scored = judged.score(planned.schedule, judged.read_verdicts(lines))
    arena_result = result(scored, prior, {run_id: gate.order for run_id, gate in planned.gates.items()})
    gate_lines = [words.line(planned.gates[run_id]) for run_id in arena_result.table["run_id"]]
    gated = replace(arena_result, table=arena_result.table.with_columns(gate=pl.Series(gate_lines, dtype=pl.String)))
    gated.table.write_csv(folder / "result.csv")
    return gated


def judge_process(pairs: Path, verdicts: Path) -> None:
    """The real judge, in a child process: `python -m counsel_leaderboard.tasks.judge arena PAIRS`, its output into `verdicts`.

    Raises RankingError when it fails.
    """
    try:
        process.run(["arena", str(pairs)], out=verdicts, shown=True)
    except process.JudgeProcessError as error:
        raise RankingError(f"{error}; its message is above. Then try again.") from error


def _write_pairs(planned: ArenaPlan, file: Path) -> None:
    kind: Literal["reply", "session"] = "session" if planned.sessions else "reply"
    texts = {(run, speech): (text, reply) for run, _, speech, text, reply in planned.replies.iter_rows()}
    with file.open("w", encoding="utf-8") as out:
        for name, speech, a, b in planned.schedule.iter_rows():
            text, first = texts[a, speech]
            pair = judged.ReplyPair(id=name, speech=text, a=first, b=texts[b, speech][1], kind=kind)
            out.write(pair.model_dump_json() + "\n")
