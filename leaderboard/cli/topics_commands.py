"""The verbs of `counsel topics`: what counselors talk about."""

from __future__ import annotations

from collections.abc import Iterable

import click

from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics import assigning, result
from counsel_leaderboard.leaderboard.topics.stored_replies import reply_runs, turns
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.embeddings.minilm import minilm
from counsel_leaderboard.registry.topics import clustering, stored_fit
from counsel_leaderboard.registry.topics.corpora import CORPORA
from counsel_leaderboard.registry.topics.fitting import fit_topics
from counsel_leaderboard.registry.topics.groups import GROUPS, group_map
from counsel_leaderboard.registry.topics.record import FitParameters, InstrumentChecks, TopicFit
from counsel_leaderboard.registry.topics.remarks import Remark, remarks_of

BOARD = "board"
SHOWN_TOPICS = 30


@click.group(cls=VerbGroup, epilog=example("counsel topics show"))
def topics() -> None:
    """What counselors talk about: topics of remarks, fitted with BERTopic and assigned to stored replies."""


@topics.command(epilog=example("counsel topics fit banks --seeds 2"))
@click.argument("corpora", metavar="CORPUS...", nargs=-1, required=True, type=click.Choice([*CORPORA, BOARD]))
@click.option("--seed", default=0, show_default=True, help="Of the fit that is stored.")
@click.option(
    "--seeds", default=10, show_default=True, type=click.IntRange(1, 100), help="Fits by which stability is measured."
)
@click.option(
    "--min-cluster-size", default=40, show_default=True, type=click.IntRange(2), help="Remarks that a clustered topic needs."
)
def fit(corpora: tuple[str, ...], seed: int, seeds: int, min_cluster_size: int) -> None:
    """Fit topics to the counselors' remarks of CORPUS..., check the instrument, and store both.

    `banks`: reference replies of our open banks. `annomi`: the therapists of AnnoMI, from a mirror. `board`: the stored replies
    and recorded sessions of this home.
    """
    clustering.require()
    embed, mapped = minilm(), group_map()
    remarks = [remark for corpus in dict.fromkeys(corpora) for remark in remarks_of_corpus(corpus)]
    chosen = FitParameters(seed=seed, min_cluster_size=min_cluster_size, curated_similarity=mapped.curated)
    fitted = fit_topics(remarks, mapped, embed, chosen, seeds, _progress)
    folder = stored_fit.save(fitted, paths.home())
    _echo(_lines(fitted.fit))
    click.echo(f"stored in {folder}; the pages are {', '.join(f'{name}.html' for name in clustering.PAGES)}")


def remarks_of_corpus(corpus: str) -> Iterable[Remark]:
    """The counselors' remarks of one corpus. Raises DataError where it is not here."""
    if corpus != BOARD:
        return CORPORA[corpus]()
    with Store.open(paths.home()) as store:
        return [
            Remark(text, f"board {run.task}", turn.case)
            for run in reply_runs(store)
            for turn in turns(store, run)
            for text in remarks_of(turn.text)
        ]


@topics.command(epilog=example("counsel topics assign"))
@click.argument("runs", metavar="[RUN]...", nargs=-1)
def assign(runs: tuple[str, ...]) -> None:
    """Assign groups of topics to the counselors' remarks in the stored RUNS, in all but controls without any, for the board."""
    fitted = stored_fit.read(paths.home())
    if not fitted.fit.checks.passes:
        click.echo(
            f"The instrument is not good enough, so the board will not show this: {fitted.fit.checks.faults[0]}.", err=True
        )
    with Store.open(paths.home()) as store:
        assigned = assigning.assign(store, fitted, minilm(), runs, _progress)
        gate = order.by_run(store)
    for run in sorted(assigned.runs, key=lambda run: gate(run.run_id)):
        most = sorted(GROUPS, key=lambda name: -run.shares[name].value)[:3]
        shares = ", ".join(f"{name} {run.shares[name].value:.0%}" for name in most)
        click.echo(
            f"{run.run_id} {run.model}, {run.task}: {counted(run.remarks, 'remark')} in {counted(run.cases, 'case')}; {shares}"
        )
    click.echo(f"stored in {result.save(assigned, paths.home())}")


@topics.command(epilog=example("counsel topics show"))
def show() -> None:
    """Print the stored fit: its parameters, how good it is as an instrument, and its topics with their groups."""
    home = paths.home()
    fitted = stored_fit.read(home).fit
    _echo(_lines(fitted))
    for topic in sorted(fitted.topics, key=lambda topic: -topic.remarks)[:SHOWN_TOPICS]:
        click.echo(f"{topic.remarks:6}  {topic.group:13}  {topic.name}: {', '.join(topic.words[:5])}")
    pages = [page for name in clustering.PAGES if (page := stored_fit.page(home, name))]
    click.echo("\n".join(f"BERTopic's {page.stem}: {page}" for page in pages))


def _lines(fitted: TopicFit) -> Iterable[str]:
    parameters = ", ".join(f"{name} {value}" for name, value in fitted.parameters.model_dump().items())
    yield f"fit {fitted.id} of {fitted.fitted_at}, {fitted.seconds:.0f} s; embedding {fitted.embedding}"
    yield f"parameters: {parameters}"
    yield f"corpora: {', '.join(f'{name} {count}' for name, count in fitted.corpora.items())}"
    yield f"topics: {len(fitted.topics)}, of which {sum(topic.curated for topic in fitted.topics)} curated"
    yield from _check_lines(fitted.checks)


def _check_lines(checks: InstrumentChecks) -> Iterable[str]:
    yield (
        f"groups on labelled remarks: macro-F1 {checks.macro_f1:.2f}, kappa {checks.kappa:.2f} (lower limit "
        f"{checks.kappa_low:.2f}); the labels' two readings by a language model: kappa {checks.labels_kappa:.2f}"
    )
    yield (
        f"largest group: {checks.largest_group}, {checks.largest_share:.0%} of the remarks; near no topic: "
        f"{checks.abstained:.0%}; left out by clustering: {checks.clustering_outliers:.0%}"
    )
    yield f"c_v {checks.coherence:.2f}, topic diversity {checks.diversity:.2f}"
    if checks.stability is not None and checks.same_group is not None:
        matching = "" if checks.matching is None else f", matched topics' cosine {checks.matching:.2f}"
        yield (
            f"over {checks.seeds} seeds: adjusted Rand {checks.stability:.2f} (lowest {checks.stability_lowest:.2f}), "
            f"same group {checks.same_group:.0%}{matching}"
        )
    if checks.subjects is not None:
        verb = "separate" if checks.subjects.is_separated else "do not separate"
        yield (
            f"topics {verb} the {checks.subjects.subjects} subjects of {checks.subjects.corpus}: adjusted mutual information "
            f"{checks.subjects.information:.3f}, at most {checks.subjects.shuffled:.3f} in {checks.subjects.shuffles} shuffles"
        )
    yield "the instrument is good enough" if checks.passes else f"NOT good enough: {'; '.join(checks.faults)}"


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _progress(line: str) -> None:
    click.echo(line, err=True)
