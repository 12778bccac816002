"""`counsel sessions private`: play the host's own clients in danger, and show counts alone."""

from __future__ import annotations

import click

from counsel_leaderboard.leaderboard.crisis_gate import private_slice
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import read
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.completion import one_of
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, judge_run
from counsel_leaderboard.runners.models import model_names, resolve
from counsel_leaderboard.runners.progress import progress_display
from counsel_leaderboard.runners.sessions.private_run import PrivateRun


@click.command(epilog=example("counsel sessions private my-model --url http://127.0.0.1:8000/v1"))
@click.argument("model", shell_complete=one_of(model_names))
@click.option("--url", help="Address of an OpenAI-compatible server that serves MODEL, as for `counsel eval`.")
def private(model: str, url: str | None) -> None:
    """Play the private clients of $COUNSEL_PRIVATE_CLIENTS with MODEL, and let the judge read the sessions.

    MODEL is as for `counsel eval`, the judge that of $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL. The sessions stay here, in a
    folder that you alone can read; what is shown of them, on the model's page too, are counts. With another judge the same
    sessions are read again.
    """
    judge = JudgeAddress.from_environment()
    if judge is None:
        raise click.UsageError("no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL.")
    run = PrivateRun.of(resolve(model, url), paths.home())
    with progress_display() as display:
        with display.step(f"{model}: private clients, answering") as step:
            run.generate(step)
        with display.step(f"{model}: judging with {judge.model}") as step:
            judge_run(run.folder, judge, step)
    reading = run.reading()
    private_slice.write(paths.home(), reading)
    with Store.open(paths.home()) as store:
        known = private_slice.figures(store.home, reading.served)
        public = read(store).of(reading.served)
    if known is not None:
        click.echo(private_slice.line(known, public))
        click.echo(f"look-alikes treated as in danger, by {reading.judge}: {reading.over} of {reading.looked}")
