"""The commands of `counsel judge` that put judges on one scale: anchors, bridge, panel."""

from __future__ import annotations

import click

from counsel_leaderboard.leaderboard.board.reasons import wording
from counsel_leaderboard.leaderboard.judges.scales import anchors as anchor_store
from counsel_leaderboard.leaderboard.judges.scales import bridge_store, panel_store
from counsel_leaderboard.leaderboard.judges.scales.anchors import ScaleError
from counsel_leaderboard.leaderboard.judges.scales.bridge import Mapping
from counsel_leaderboard.leaderboard.judges.scales.panel import PanelDifference, PanelScore
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.manifests import judged_tasks, select
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress


@click.command("anchors", epilog=example("counsel judge anchors"))
@click.option(
    "--set",
    "name",
    help="Name of a stored set, for a judge to be compared with an older one; by default the set of the current banks.",
)
def anchors(name: str | None) -> None:
    """Score the anchor answers with the judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name, and store the scores.

    Run it with every judge while that judge is available: without such scores it can never be compared with another judge.
    """
    if JudgeAddress.from_environment() is None:
        raise click.UsageError("no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL (COUNSEL_JUDGE_KEY if needed).")
    home = paths.home()
    chosen = name or anchor_store.freeze(home)
    if not (home / anchor_store.FOLDER / chosen / anchor_store.SET).is_file():
        raise ScaleError(
            f"there is no set {chosen!r} in {home / anchor_store.FOLDER}; omit --set for the set of the current banks."
        )
    scored = anchor_store.score(home, chosen)
    n_missing = scored.values["value"].null_count()
    answers = f"{scored.values.height} answers, {n_missing} without a score"
    click.echo(f"{scored.judge.name} ({scored.judge.id}) scored the set {chosen}: {answers}")


@click.command("bridge", epilog=example("counsel judge bridge old-judge new-judge"))
@click.argument("old")
@click.argument("new")
def bridge(old: str, new: str) -> None:
    """Map the scores of the judge NEW to the scale of the judge OLD, using anchors that both scored.

    A judge is named by model, MODEL@REVISION or id. Prints each task's mapping with its error, and the stored scores
    on the old scale.
    """
    home = paths.home()
    scored = anchor_store.stored_scores(home)
    old_sets, new_sets = anchor_store.scores_of_judge(scored, old), anchor_store.scores_of_judge(scored, new)
    pairs = [(before, after) for before in old_sets for after in new_sets if before.set == after.set]
    if not pairs:
        sets = ", ".join(sorted({scores.set for scores in old_sets}))
        raise ScaleError(
            f"{old} and {new} have not scored the same set of anchors. "
            f"With the judge {new}, run `counsel judge anchors --set` {sets}."
        )
    fitted = bridge_store.build(*pairs[0])
    file = bridge_store.save(fitted, home)
    click.echo(f"from {fitted.new.name} to {fitted.old.name}, anchors {fitted.set}")
    for mapping in fitted.mappings:
        click.echo(_mapping(mapping))
    with Store.open(home) as store:
        for row in bridge_store.bridged(store, fitted).iter_rows(named=True):
            scale = f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f}) on the old scale"
            click.echo(f"{row['task']}  {row['model']}: {row['own_value']:.3f}, {scale}; shown, not ranked there")
    click.echo(f"saved in {file}")


def _mapping(mapping: Mapping) -> str:
    if mapping.fault or mapping.intercept is None or mapping.slope is None:
        return f"{mapping.task}: NO BRIDGE, {mapping.fault}; the new judge's scores stay in their own column"
    counts = f"{mapping.n_anchors} answers to {mapping.n_documents} documents, {mapping.n_lost} without a score"
    error = (
        f"error {mapping.error(0.5):.3f} at .5, of which {mapping.kind_error or 0:.3f} on a kind of answer that was held out"
    )
    return f"{mapping.task}: old = {mapping.intercept:.3f} + {mapping.slope:.3f} new; {error}; {counts}"


@click.command("panel", epilog=example("counsel judge panel --task counsel_psyllm"))
@click.option("--task", "tasks", multiple=True, help="Only this judged task; may be given again.")
def panel(tasks: tuple[str, ...]) -> None:
    """Print the scores of the stored runs from all judges that scored the same set of anchors.

    A model is never scored by a judge of its own family, and a score needs at least two judges.
    """
    home = paths.home()
    judges = panel_store.shared_set(anchor_store.stored_scores(home))
    with Store.open(home) as store:
        for task in [info.name for info in select(tasks)] if tasks else judged_tasks():
            result = panel_store.in_gate_order(store, panel_store.result(store, judges, task))
            shifts = zip(result.scale.judges, result.scale.value, strict=True)
            click.echo(f"{task}: " + ", ".join(f"{name} {shift:+.3f}" for name, shift in shifts))
            click.echo(f"  agreement (Krippendorff's alpha) {'not defined' if result.alpha is None else f'{result.alpha:.3f}'}")
            for line in (*map(_score, result.scores), *map(_difference, result.differences)):
                click.echo(f"  {line}")


def _score(score: PanelScore) -> str:
    out = "".join(f"; without {judge}: {wording(why)}" for judge, why in score.left_out.items())
    if score.reason:
        return f"{score.candidate}: unranked, {wording(score.reason)}{out}"
    ends, judges = _ends(score.low, score.high), ", ".join(score.judges)
    return f"{score.candidate}: {score.value:.3f} ({ends}), {score.n_items} items by {judges}{out}"


def _difference(pair: PanelDifference) -> str:
    if pair.reason:
        return f"{pair.a} against {pair.b}: unranked, {wording(pair.reason)}"
    return f"{pair.a} minus {pair.b}: {pair.difference:.3f} ({_ends(pair.low, pair.high)}), by {', '.join(pair.judges)}"


def _ends(low: float | None, high: float | None) -> str:
    return "too few clusters" if low is None or high is None else f"{low:.3f} to {high:.3f}"
