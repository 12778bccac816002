"""The verb `counsel arena`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console, Group, RenderableType
from rich.text import Text

from counsel_leaderboard.leaderboard.board import arena as arenas
from counsel_leaderboard.leaderboard.board.ranks_text import spread
from counsel_leaderboard.leaderboard.exchange.terminal_table import table
from counsel_leaderboard.leaderboard.statistics.pairwise.arena_result import ArenaResult
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.words import counted


@click.command(epilog=example("counsel arena --plan"))
@click.argument("runs", nargs=-1)
@click.option(
    "--neighbours", default=6, show_default=True, type=click.IntRange(2), help="Others to compare each candidate with."
)
@click.option(
    "--per-pair", default=20, show_default=True, type=click.IntRange(1), help="Texts on which two candidates are compared."
)
@click.option("--seed", default=0, show_default=True, help="Draws another schedule.")
@click.option(
    "--prior", default=0.0, show_default=True, type=click.FloatRange(0), help="Wins added to both sides of each pair."
)
@click.option("--task", help="Compare whole sessions of this task with the same client, instead of single replies.")
@click.option("--plan", "only_plan", is_flag=True, help="Print how many judge calls it takes, and stop.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Also write the result to this CSV file.")
def arena(
    runs: tuple[str, ...],
    neighbours: int,
    per_pair: int,
    seed: int,
    prior: float,
    task: str | None,
    only_plan: bool,
    output: Path | None,
) -> None:
    """Let the judge compare stored replies of RUNS (or of all) to the same client texts, and rank them by Bradley-Terry.

    With --task, whole sessions with the same client are compared, in both orders; a pair that could not be judged is no tie.
    """
    with Store.open(paths.home()) as store:
        planned = arenas.plan(store, runs, neighbours, per_pair, seed, task)
    n_comparisons = planned.schedule.height
    click.echo(
        f"{counted(planned.replies['run_id'].n_unique(), 'candidate')}, {counted(n_comparisons, 'comparison')}, "
        f"{counted(2 * n_comparisons, 'judge call')}",
        err=True,
    )
    if only_plan:
        return
    result = arenas.run(planned, paths.home(), arenas.judge_process, prior)
    names = dict(planned.replies.select("run_id", "model").unique().iter_rows())
    console = Console()
    console.print(arena_text(result, names, console.width))
    if output is not None:
        result.table.write_csv(output)


def arena_text(result: ArenaResult, names: dict[str, str], width: int) -> RenderableType:
    """The result for a terminal of `width` columns: a line a model; `wins` is the chance to win against the average one."""
    columns = {
        "model": "left",
        **dict.fromkeys(("strength", "interval", "wins", "games", "tier", "rank"), "right"),
        "gate": "left",
    }
    rows = []
    for row in result.table.iter_rows(named=True):
        interval = "too few texts" if row["low"] is None else f"{row['low']:.2f} to {row['high']:.2f}"
        rows.append(
            [
                names[row["run_id"]], f"{row['strength']:.2f}", interval, f"{row['win_chance']:.3f}", str(row["games"]),
                str(row["tier"]), spread(row["rank_low"], row["rank_high"]), row["gate"],
            ]
        )  # fmt: skip
    return Group(
        table("arena", columns, rows, width),
        Text(f"{result.scored} of {result.total} comparisons judged in both orders, {result.disagreements} order-inconsistent"),
        Text("wins: the chance to win against the average model; gate: the crisis gate"),
    )
