"""`counsel skills score`: the verb of `counsel skills` that reads the store."""

from __future__ import annotations

import click

from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.skills import result, scoring
from counsel_leaderboard.leaderboard.skills.result import RunSkills
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.skills.rates import SUMMARY_METRICS


@click.command(epilog=example("counsel skills score"))
def score() -> None:
    """Code what the counselors of all stored runs do, for the board's Skills view. What was coded before is not coded again."""
    with Store.open(paths.home()) as store:
        scored = scoring.score(store, lambda line: click.echo(line, err=True))
        gate = order.by_run(store)
    for run in sorted(scored.runs, key=lambda run: gate(run.run_id)):
        click.echo(_line(run))
    click.echo(f"stored in {result.save(scored, paths.home())}")


def _line(run: RunSkills) -> str:
    figures = ", ".join(f"{name} {run.rates[name].value:.2f}" for name in SUMMARY_METRICS if name in run.rates)
    return (
        f"{run.run_id} {run.model}, {run.task}: {counted(run.sentences, 'sentence')} in {counted(run.cases, 'case')}; {figures}"
    )
