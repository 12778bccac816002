"""Codes the counselors' turns of stored runs, and computes what the Skills view shows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.skills.coded_replies import ReplyCoder
from counsel_leaderboard.leaderboard.skills.result import CodedReplies, RunSkills, SkillResult
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics.stored_replies import NoRepliesError, ReplyRun, reply_runs, turns
from counsel_leaderboard.registry.skills.rates import Counts, most, paired_difference, rates
from counsel_leaderboard.registry.skills.references import StoredRate
from counsel_leaderboard.registry.skills.weights import version

CaseCounts = Mapping[str, Mapping[str, Sequence[Counts]]]


def score(store: Store, progress: Callable[[str], None] = print) -> SkillResult:
    """Techniques of all stored runs, controls among them. Replies coded before are not coded again.

    Raises NoRepliesError where none holds replies of a counselor, StorageError.
    """
    coder = ReplyCoder(store.home)
    coded: list[tuple[ReplyRun, tuple[str, ...], CodedReplies]] = []
    for run in reply_runs(store, with_controls=True):
        given = turns(store, run)
        if given:
            progress(f"{run.model}, {run.task}: {len(given)} turns")
            samples = public_samples(store, run)
            shown = {item for item, _, is_shown in samples if is_shown}
            datasets = tuple(sorted({dataset for _, dataset, _ in samples if dataset}))
            coded.append((run, datasets, coder.code(given, shown)))
    coder.forget_others()
    if not any(replies.sentences for _, _, replies in coded):
        raise NoRepliesError(
            "no stored run has replies of a counselor, so there is nothing to code. `counsel demo` and `counsel recorded add` "
            "store some."
        )
    counted = [(run, datasets, replies, _counts(replies)) for run, datasets, replies in coded if replies.sentences]
    people = [(run, counts) for run, _, _, counts in counted if run.role == "people"]
    return SkillResult(
        scored_at=datetime.now(UTC).isoformat(timespec="seconds"),
        coder=version(),
        runs=tuple(_described(*each, people) for each in counted),
    )


def public_samples(store: Store, run: ReplyRun) -> list[tuple[str, str | None, bool]]:
    """Item, data set, and whether anyone may read the reply, of each sample of a run's task."""
    samples: list[tuple[str, str | None, bool]] = []
    offset, total = 0, 1
    while offset < total:
        page = transcripts.samples(store, run.run_id, task=run.task, offset=offset, limit=transcripts.MOST)
        samples += [(sample["item_id"], sample["dataset"], sample["answer"] is not None) for sample in page.samples]
        offset, total = offset + transcripts.MOST, page.total
    return samples


def _counts(replies: CodedReplies) -> CaseCounts:
    return {
        name: {case: (Counts(part, whole),) for case, (part, whole) in cases.items()} for name, cases in replies.sums.items()
    }


def _described(
    run: ReplyRun,
    datasets: tuple[str, ...],
    replies: CodedReplies,
    counts: CaseCounts,
    people: Sequence[tuple[ReplyRun, CaseCounts]],
) -> RunSkills:
    return RunSkills(
        **{name: getattr(run, name) for name in ("run_id", "model", "role", "source", "task")},
        datasets=datasets,
        turns=replies.turns,
        sentences=replies.sentences,
        foreign=replies.foreign,
        cases=len({case for cases in counts.values() for case in cases}),
        rates={name: StoredRate.of(rate) for name, rate in rates(counts).items()},
        examples=replies.examples,
        against_people={
            other.model: _differences(counts, theirs)
            for other, theirs in people
            if (other.source, other.task) == (run.source, run.task) and other.run_id != run.run_id
        },
    )


def _differences(own: CaseCounts, theirs: CaseCounts) -> dict[str, StoredRate]:
    compared = {name: paired_difference(own[name], theirs[name], most(name)) for name in own if name in theirs}
    return {name: StoredRate.of(difference) for name, difference in compared.items() if difference is not None}
