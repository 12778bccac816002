"""The verbs of `counsel judge` that put judges on one scale: anchors, bridge, panel."""

from __future__ import annotations

import click

from counsel_leaderboard.leaderboard.board.reasons import wording
from counsel_leaderboard.leaderboard.judges.scales import anchors as kept_anchors
from counsel_leaderboard.leaderboard.judges.scales import bridge_store, panel_store
from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorsError
from counsel_leaderboard.leaderboard.judges.scales.bridge import Mapping
from counsel_leaderboard.leaderboard.judges.scales.panel import PanelDifference, PanelScore
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.manifests import judged_tasks, select
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress


@click.command("anchors")
@click.option("--set", "name", help="A set that is kept, for a judge that has to be joined to an older one; else today's.")
def anchors(name: str | None) -> None:
    """Let the judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name score the anchor answers, and keep the scores.

    Do it with every judge while it can be had: a judge without scores of its own can never be joined to another.
    """
    if JudgeAddress.from_environment() is None:
        raise click.UsageError("no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL (COUNSEL_JUDGE_KEY if needed).")
    home = paths.home()
    chosen = name or kept_anchors.freeze(home)
    if not (home / kept_anchors.FOLDER / chosen / kept_anchors.SET).is_file():
        raise AnchorsError(f"there is no set {chosen!r} in {home / kept_anchors.FOLDER}; leave --set out for today's.")
    found = kept_anchors.score(home, chosen)
    lost = found.values["value"].null_count()
    click.echo(
        f"{found.judge.name} ({found.judge.id}) scored the set {chosen}: {found.values.height} answers, {lost} without one"
    )


@click.command("bridge")
@click.argument("old")
@click.argument("new")
def bridge(old: str, new: str) -> None:
    """Map the scores of the judge NEW to the scale of the judge OLD, by anchors that both scored.

    A judge is named by model, MODEL@REVISION or id. Prints each task's map with its error, and stored scores on the old scale.
    """
    home = paths.home()
    kept = kept_anchors.kept(home)
    pairs = [(one, two) for one in kept_anchors.named(kept, old) for two in kept_anchors.named(kept, new) if one.set == two.set]
    if not pairs:
        sets = ", ".join(sorted({one.set for one in kept_anchors.named(kept, old)}))
        raise AnchorsError(f"{old} and {new} share no set of anchors. With {new}, run `counsel judge anchors --set` {sets}.")
    made = bridge_store.build(*pairs[0])
    file = bridge_store.save(made, home)
    click.echo(f"from {made.new.name} to {made.old.name}, anchors {made.set}")
    for one in made.mappings:
        click.echo(_mapping(one))
    with Store.open(home) as store:
        for row in bridge_store.bridged(store, made).iter_rows(named=True):
            scale = f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f}) on the old scale"
            click.echo(f"{row['task']}  {row['model']}: {row['own_value']:.3f}, {scale}; shown, not ranked there")
    click.echo(f"kept in {file}")


def _mapping(one: Mapping) -> str:
    if one.fault or one.intercept is None or one.slope is None:
        return f"{one.task}: NO BRIDGE, {one.fault}; the new judge has a column of its own"
    counts = f"{one.n_anchors} answers to {one.n_documents} documents, {one.n_lost} lost"
    error = f"error {one.error(0.5):.3f} at .5, of which {one.kind_error or 0:.3f} on a kind left out"
    return f"{one.task}: old = {one.intercept:.3f} + {one.slope:.3f} new; {error}; {counts}"


@click.command("panel")
@click.option("--task", "tasks", multiple=True, help="Only this judged task; may be given again.")
def panel(tasks: tuple[str, ...]) -> None:
    """Print what all judges that scored one set of anchors say together of the stored runs.

    No judge of a model's own family counts for it, and fewer than two judges say nothing.
    """
    home = paths.home()
    judges = panel_store.one_set(kept_anchors.kept(home))
    with Store.open(home) as store:
        for task in [info.name for info in select(tasks)] if tasks else judged_tasks():
            found = panel_store.result(store, judges, task)
            shifts = zip(found.scale.judges, found.scale.value, strict=True)
            click.echo(f"{task}: " + ", ".join(f"{name} {shift:+.3f}" for name, shift in shifts))
            click.echo(f"  agreement (Krippendorff's alpha) {'not defined' if found.alpha is None else f'{found.alpha:.3f}'}")
            for line in (*map(_score, found.scores), *map(_difference, found.differences)):
                click.echo(f"  {line}")


def _score(one: PanelScore) -> str:
    out = "".join(f"; without {judge}: {wording(why)}" for judge, why in one.left_out.items())
    if one.reason:
        return f"{one.candidate}: unranked, {wording(one.reason)}{out}"
    return f"{one.candidate}: {one.value:.3f} ({_ends(one.low, one.high)}), {one.n_items} items by {', '.join(one.judges)}{out}"


def _difference(one: PanelDifference) -> str:
    if one.reason:
        return f"{one.a} against {one.b}: unranked, {wording(one.reason)}"
    return f"{one.a} less {one.b}: {one.difference:.3f} ({_ends(one.low, one.high)}), by {', '.join(one.judges)}"


def _ends(low: float | None, high: float | None) -> str:
    return "too few clusters" if low is None or high is None else f"{low:.3f} to {high:.3f}"
