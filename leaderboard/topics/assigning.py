"""Assigns groups to the remarks of stored runs, and computes what the Topics view shows of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats, Ints
from counsel_leaderboard.leaderboard.statistics.topic_profiles import (
    CaseRemarks,
    profile_distances,
    representation,
    responsiveness,
)
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics.result import (
    ClientFollowing,
    RunTopics,
    TopicComparison,
    TopicResult,
    TopicShare,
)
from counsel_leaderboard.leaderboard.topics.stored_replies import CounselorTurn, NoRepliesError, ReplyRun, reply_runs, turns
from counsel_leaderboard.registry.embeddings.minilm import Embeds
from counsel_leaderboard.registry.topics.groups import GROUPS, OTHER
from counsel_leaderboard.registry.topics.remarks import remarks_of
from counsel_leaderboard.registry.topics.stored_fit import StoredFit

FEWEST_REMARKS: Final = 50
"""Remarks that a run needs to be compared with others: at 50 two halves of one model are .2 apart."""
EXAMPLES: Final = 3
OVERLAP: Final = 0.5
"""Share of the cases of a comparison that a run needs to join it."""
NUMBERS: Final[Mapping[str, int]] = {name: number for number, name in enumerate(GROUPS)}


@dataclass(frozen=True)
class AssignedTurn:
    """A turn with the groups of its remarks, and those of the client's message before it, as numbers of GROUPS."""

    turn: CounselorTurn
    groups: tuple[int, ...]
    client: tuple[int, ...]


@dataclass(frozen=True)
class AssignedRun:
    """A run's task with its assigned turns."""

    run: ReplyRun
    turns: tuple[AssignedTurn, ...]

    @property
    def cases(self) -> set[str]:
        """The cases in which it made remarks."""
        return {turn.turn.case for turn in self.turns if turn.groups}

    @property
    def remarks(self) -> int:
        """How many remarks it made."""
        return sum(len(turn.groups) for turn in self.turns)


def assign(
    store: Store, fit: StoredFit, embed: Embeds, names: tuple[str, ...] = (), progress: Callable[[str], None] = print
) -> TopicResult:
    """Topics of the stored runs `names`, of all but controls without any. Raises NoRepliesError where none holds replies."""
    assigned = []
    for run in reply_runs(store, names):
        given = turns(store, run)
        if given:
            progress(f"{run.model}, {run.task}: {len(given)} turns")
            assigned.append(_assigned(run, given, fit, embed))
    assigned = [run for run in assigned if run.remarks]
    if not assigned:
        raise NoRepliesError(
            "no stored run has replies of a counselor, so there is nothing to assign. `counsel demo` and "
            "`counsel recorded add` store some."
        )
    described = {(run.run.run_id, run.run.task): _described(run) for run in assigned}
    comparisons = []
    for group in _comparable(assigned):
        compared = _compared(group)
        if compared is not None:
            comparisons.append(compared)
            for member, against in zip(group, _against_others(group), strict=True):
                key = (member.run.run_id, member.run.task)
                described[key] = described[key].model_copy(update={"against_others": against})
    return TopicResult(
        assigned_at=datetime.now(UTC).isoformat(timespec="seconds"), fit=fit.fit.id, embedding=embed.name,
        runs=tuple(described.values()), comparisons=tuple(comparisons),
    )  # fmt: skip


def _assigned(run: ReplyRun, given: Sequence[CounselorTurn], fit: StoredFit, embed: Embeds) -> AssignedRun:
    texts = [(remarks_of(turn.text), remarks_of(turn.client)) for turn in given]
    distinct = list(dict.fromkeys(text for own, client in texts for text in (*own, *client)))
    known = dict(zip(distinct, (NUMBERS[name] for name in fit.groups_of(distinct, embed).tolist()), strict=True))
    return AssignedRun(
        run,
        tuple(
            AssignedTurn(turn, tuple(known[text] for text in own), tuple(known[text] for text in client))
            for turn, (own, client) in zip(given, texts, strict=True)
        ),
    )


def _described(run: AssignedRun) -> RunTopics:
    return RunTopics(
        **{name: getattr(run.run, name) for name in ("run_id", "model", "role", "source", "task")},
        remarks=run.remarks, cases=len(run.cases), shares=_shares(run), by_third=_thirds(run), following=_following(run),
        examples=_examples(run),
    )  # fmt: skip


def _shares(run: AssignedRun) -> dict[str, TopicShare]:
    """Each group's share of the remarks, with the interval that every score of the board has."""
    numbered = [(turn.turn.case, group) for turn in run.turns for group in turn.groups]
    items = pl.DataFrame(
        {
            "run_id": "run",
            "task": "topics",
            "metric": [name for name in GROUPS for _ in numbered],
            "stratum": "all",
            "cluster": [case for _ in GROUPS for case, _ in numbered],
            "item": [str(number) for _ in GROUPS for number in range(len(numbered))],
            "value": [float(group == number) for number in range(len(GROUPS)) for _, group in numbered],
            "weight": 1.0,
        }
    )
    rule = {"task": "topics", "combine": "items", "higher_is_better": True, "lo": 0.0, "hi": 1.0}
    rows = intervals(items, pl.DataFrame([rule | {"metric": name} for name in GROUPS]))
    by_name = {row["metric"]: TopicShare(value=row["value"], low=row["low"], high=row["high"]) for row in rows.to_dicts()}
    return {name: by_name[name] for name in GROUPS}


def _thirds(run: AssignedRun) -> tuple[dict[str, float], ...]:
    by_third = [Counter[int](), Counter[int](), Counter[int]()]
    for turn in run.turns:
        if turn.turn.third is not None:
            by_third[turn.turn.third].update(turn.groups)
    if not all(by_third):
        return ()
    return tuple({name: counts[number] / counts.total() for number, name in enumerate(GROUPS)} for counts in by_third)


def _following(run: AssignedRun) -> ClientFollowing | None:
    """Turns whose client message has a group; `other` follows nothing and is left out of the client's shares."""
    usable = [turn for turn in run.turns if turn.groups and any(group != NUMBERS[OTHER] for group in turn.client)]
    if not usable:
        return None
    client = _profiles([[group for group in turn.client if group != NUMBERS[OTHER]] for turn in usable])
    reply = _profiles([turn.groups for turn in usable])
    cases = np.unique([turn.turn.case for turn in usable], return_inverse=True)[1]
    try:
        value = responsiveness(client, reply, cases)
    except RankingError:
        return None
    return ClientFollowing(
        value=value.value, low=_or_none(value.low), high=_or_none(value.high), ceiling=value.ceiling, replies=value.n,
        cases=value.cases,
    )  # fmt: skip


def _profiles(groups: Sequence[Sequence[int]]) -> Floats:
    counts = np.stack([np.bincount(row, minlength=len(GROUPS)) for row in groups]).astype(np.float64)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True), dtype=np.float64)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _examples(run: AssignedRun) -> dict[str, tuple[str, ...]]:
    by_group: dict[int, Counter[str]] = defaultdict(Counter)
    for turn in run.turns:
        for group in turn.groups:
            by_group[group][turn.turn.item] += 1
    return {name: tuple(item for item, _ in by_group[number].most_common(EXAMPLES)) for number, name in enumerate(GROUPS)}


def _comparable(assigned: Sequence[AssignedRun]) -> list[list[AssignedRun]]:
    """Runs of one suite and task that share their cases, in groups of two or more, each cut to the cases common to it."""
    groups: list[list[AssignedRun]] = []
    for run in sorted(assigned, key=lambda run: -len(run.cases)):
        if run.run.role == "control" or run.remarks < FEWEST_REMARKS:
            continue
        home = next((group for group in groups if _fits(run, group)), None)
        if home is None:
            groups.append([run])
        else:
            home.append(run)
    return [_cut(group) for group in groups if len(group) > 1]


def _fits(run: AssignedRun, group: Sequence[AssignedRun]) -> bool:
    first = group[0].run
    if (first.source, first.task) != (run.run.source, run.run.task):
        return False
    common = set.intersection(*(other.cases for other in group))
    return len(common & run.cases) >= OVERLAP * len(common | run.cases)


def _cut(group: Sequence[AssignedRun]) -> list[AssignedRun]:
    common = set.intersection(*(run.cases for run in group))
    return [replace(run, turns=tuple(turn for turn in run.turns if turn.turn.case in common)) for run in group]


def _cases(group: Sequence[AssignedRun]) -> dict[str, int]:
    return {case: number for number, case in enumerate(sorted(group[0].cases))}


def _compared(group: Sequence[AssignedRun]) -> TopicComparison | None:
    cases = _cases(group)
    try:
        distances = profile_distances([_coded(run, cases) for run in group], len(GROUPS))
    except RankingError:
        return None
    return TopicComparison(
        source=group[0].run.source, task=group[0].run.task, runs=tuple(run.run.run_id for run in group), cases=len(cases),
        n=distances.n, between=tuple(map(tuple, distances.between.tolist())), same=tuple(distances.same.tolist()),
        same_high=tuple(distances.same_high.tolist()),
    )  # fmt: skip


def _coded(run: AssignedRun, cases: Mapping[str, int]) -> CaseRemarks:
    pairs = [(group, cases[turn.turn.case]) for turn in run.turns for group in turn.groups]
    coded: Ints = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return CaseRemarks(coded[:, 0], coded[:, 1])


def _against_others(group: Sequence[AssignedRun]) -> list[dict[str, TopicShare]]:
    cases = _cases(group)
    counts = np.zeros((len(group), len(cases), len(GROUPS)))
    for number, run in enumerate(group):
        coded = _coded(run, cases)
        np.add.at(counts[number], (coded.cases, coded.groups), 1)
    limits = representation(counts)
    return [
        {
            name: TopicShare(
                value=float(limits.value[model, number]), low=_or_none(limits.low[model, number]),
                high=_or_none(limits.high[model, number]),
            )
            for number, name in enumerate(GROUPS)
        }
        for model in range(len(group))
    ]  # fmt: skip
