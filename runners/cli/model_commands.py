"""The commands of `counsel` that run models: eval, controls, demo, tasks."""

from __future__ import annotations

from pathlib import Path

import click

from counsel_leaderboard.leaderboard.board.board import opening_suite
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.completion import one_of, several_of
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import catalog, include_path
from counsel_leaderboard.runners.controls import plan, stored
from counsel_leaderboard.runners.demo import DEMO_LIMIT, Demo
from counsel_leaderboard.runners.doctor.advice import advise
from counsel_leaderboard.runners.engines import CONTROLS
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.harness import task_folders
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.runners.judging.judge_server import chosen as chosen_judge
from counsel_leaderboard.runners.models import START_SECONDS, model_names, resolve
from counsel_leaderboard.runners.progress import progress_display
from counsel_leaderboard.runners.run_and_store import choose_tasks, run_and_store

TASKS = click.option(
    "--tasks", "names", shell_complete=several_of(catalog),
    help="Comma-separated task names; without it, every task that can be scored.",
)  # fmt: skip
LIMIT = click.option(
    "--limit", type=click.IntRange(min=1), help="Items per task: a seeded, balanced sample; the run is marked as one."
)
JUDGE_MODEL = click.option(
    "--judge-model",
    help="Serve this judge here once the answers are generated: smollm2-135m, a GGUF file, or OWNER/NAME of the Hub on vLLM.",
)
JUDGE_REVISION = click.option("--judge-revision", help="Branch, tag or commit of a judge from the Hub.")


@click.group(cls=VerbGroup, invoke_without_command=True, epilog=example("counsel tasks --config"))
@click.option("--config", is_flag=True, help="Write a file for `lm_eval run --config` and print its path instead.")
@click.pass_context
def tasks(context: click.Context, config: bool) -> None:
    """Print the folder for lm_eval's --include_path, and nothing else; or create and check task folders.

    For lm_eval: lm_eval run --config "$(counsel tasks --config)" --tasks 'counsel_*' --output_path out --model ...
    """
    if context.invoked_subcommand is None:
        click.echo(task_folders.lm_eval_config() if config else include_path())


@tasks.command("new", epilog=example("counsel tasks new keeps_the_decision --into my-tasks"))
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder in which to create it; by default the current one.",
)
def new_task(name: str, into: Path) -> None:
    """Create a folder with a task NAME that runs without changes."""
    click.echo(task_folders.next_steps(task_folders.create(name, into.resolve())))


@tasks.command("check", epilog=example("counsel tasks check counsel_stigma"))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=one_of(catalog))
def check_tasks(names: tuple[str, ...]) -> None:
    """Check the task folders of NAME, or all installed ones, as lm_eval will load them."""
    click.get_current_context().exit(task_folders.check(names))


@click.command("eval", epilog=example("counsel eval my-model --url http://127.0.0.1:8000/v1 --tasks counsel_stigma --limit 4"))
@click.argument("model", shell_complete=one_of(model_names))
@click.option(
    "--url", help="Address of an OpenAI-compatible server that serves MODEL; its key comes from $COUNSEL_ENDPOINT_KEY."
)
@TASKS
@click.option("--source", type=click.Choice(["open", "upstream"]), default="open", show_default=True, help="The items to use.")
@LIMIT
@JUDGE_MODEL
@JUDGE_REVISION
@click.option(
    "--start-timeout", type=click.FloatRange(min=0, min_open=True), default=START_SECONDS, show_default=True,
    help="Seconds that the engine may take to start.",
)  # fmt: skip
def eval_(
    model: str, url: str | None, names: str | None, source: str, limit: int | None, start_timeout: float,
    judge_model: str | None, judge_revision: str | None,
) -> None:  # fmt: skip
    """Evaluate MODEL and store the run.

    MODEL is the path of a GGUF file, smollm2-135m, control/NAME, or, with --url, the name under which a server serves it.
    Judged tasks need $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL, or --judge-model; without a judge, only judge-free
    tasks run.
    """
    judge = chosen_judge(judge_model, judge_revision, start_timeout)
    chosen, notice = choose_tasks(names, judge)
    if notice:
        click.echo(notice, err=True)
    engine = resolve(model, url, start_timeout)
    evaluation = Evaluation.of(engine, chosen, paths.home(), source, limit, judge)  # type: ignore[arg-type]
    try:
        with progress_display() as display:
            report = run_and_store(evaluation, display)
    except RunError as error:
        advise(error, url, model)
        raise
    click.echo(
        f"run {report.run_id} of {report.model} is stored: {counted(report.n_samples, 'sample')}. See it with `counsel board`."
    )


@click.command(epilog=example("counsel controls letter-a --tasks counsel_stigma --limit 4"))
@click.argument("controls_", metavar="[CONTROL]...", nargs=-1, shell_complete=one_of(lambda: CONTROLS))
@TASKS
@click.option("--source", type=click.Choice(["open", "upstream"]), default="open", show_default=True, help="The items to use.")
@LIMIT
@click.option("--again", is_flag=True, help="Also run those whose run of the same tasks, versions and judge is stored.")
def controls(controls_: tuple[str, ...], names: str | None, source: str, limit: int | None, again: bool) -> None:
    """Evaluate the scripted controls, each on the tasks that it fits, and store the runs.

    Runs all controls, or the named ones. Run it after every release of a task: a model is ranked only if it beats the best
    control.
    """
    judge = JudgeAddress.from_environment()
    chosen, notice = choose_tasks(names, judge)
    if notice:
        click.echo(notice, err=True)
    planned = plan(chosen, paths.home(), source, limit, judge, controls_)  # type: ignore[arg-type]
    if planned.left_out:
        click.echo(f"These controls fit none of the tasks: {', '.join(planned.left_out)}.", err=True)
    for evaluation in planned.evaluations:
        name = evaluation.engine.model.name
        if not again and stored(evaluation):
            click.echo(f"{name}: already stored; use --again to run it again")
            continue
        with progress_display() as display:
            report = run_and_store(evaluation, display)
        click.echo(f"{name}: run {report.run_id} is stored, {counted(report.n_samples, 'sample')} of {', '.join(report.tasks)}")


@click.command(epilog=example("counsel demo --once --limit 2"))
@click.option("--once", is_flag=True, help="Print the board and exit instead of serving it.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=DEMO_LIMIT, show_default=True, help="Items per task, a seeded sample."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="Port of the server that shows the board."
)
def demo(once: bool, limit: int, port: int) -> None:
    """Add recorded runs of named models, evaluate SmolLM2-135M-Instruct and controls on a sample, print the board, serve it.

    The board is that of the suite in which models are ranked. What cannot be reached is named in one line.
    """
    with progress_display() as display:
        Demo(paths.home(), limit).run(display)
    context = click.get_current_context()
    verbs = context.parent.command if context.parent else None
    if not isinstance(verbs, click.Group):
        raise click.ClickException(
            "`demo` uses other commands of `counsel` to print and serve the board; run it as `counsel demo`."
        )
    with Store.open(paths.home()) as store:
        source = opening_suite(store)
    for name, arguments in (("board", {"source": source}), ("serve", {"port": port})):
        command = verbs.get_command(context, name)
        if command is not None and not (once and name == "serve"):
            context.invoke(command, **arguments)
