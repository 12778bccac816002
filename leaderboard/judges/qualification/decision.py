"""Whether a judged score may be ranked, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges import published
from counsel_leaderboard.leaderboard.judges.card import FILE_NAME, JudgeCard, cards, folder
from counsel_leaderboard.leaderboard.judges.qualification import thresholds as limits
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import QUALIFYING
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds


class Judging(NamedTuple):
    """Who judged a task's replies and how; comparable scores share it.

    `rubric` is the hash of its system text and rubric, `prompt_version` the version of the judge's prompt around them, None
    where a run does not say it.
    """

    task: str
    judge: str
    revision: str | None
    rubric: str | None
    prompt_version: str | None


JudgeRule = Callable[[Judging], Reason | None]
"""Takes a judging; returns None where its scores may be ranked, else the reason."""


def of_home(home: Path) -> JudgeRule:
    """The rule from the cards and thresholds in a home folder, as they are now. Raises ThresholdsError, ExamError."""
    files = [*sorted(folder(home).glob(f"[!.]*/{FILE_NAME}")), folder(home) / limits.FILE_NAME, *published.files(home)]
    return _rule(home, tuple((file, file.stat().st_mtime_ns) for file in files if file.is_file()))


@lru_cache(maxsize=8)
def _rule(home: Path, _state: tuple[tuple[Path, int], ...]) -> JudgeRule:
    """The rule, built once for each state of the files."""
    return of_cards(cards(home), limits.of_home(home), published.cards(home))


def of_cards(
    judge_cards: Sequence[JudgeCard], thresholds: Thresholds, labels: Sequence[published.PublishedCard] = ()
) -> JudgeRule:
    """The rule of these cards: a score counts where its judge, with the same prompt, meets the thresholds of its task.

    Published labels take no exam: theirs are the cards of `labels`.
    """

    @cache  # evaluated for every score whenever the board is read
    def rule(judging: Judging) -> Reason | None:
        if judging.judge.startswith(published.PREFIX):
            return published.reason(labels, judging.task, judging.judge, judging.rubric)
        own = [card for card in judge_cards if (card.exam.model, card.exam.revision) == (judging.judge, judging.revision)]
        if not own:
            return Reason(Code.JUDGE_WITHOUT_CARD, {"judge": judging.judge, "revision": judging.revision})
        examined = [card for card in own if card.exam.rubrics.get(judging.task) == judging.rubric]
        if not examined:
            return Reason(Code.JUDGE_OTHER_RUBRIC, {"judge": judging.judge, "revision": judging.revision})
        alike = [card for card in examined if card.exam.prompt_version == judging.prompt_version]
        if not alike:
            return Reason(
                Code.JUDGE_OTHER_PROMPT,
                {"judge": judging.judge, "revision": judging.revision, "examined": examined[0].exam.prompt_version},
            )
        current = [card for card in alike if not card.older]
        if not current:
            versions = {"examined": alike[0].exam.exam_version, "needed": QUALIFYING}
            return Reason(Code.JUDGE_OLDER_EXAM, {"judge": judging.judge, "revision": judging.revision, **versions})
        return failed(current[0], judging.task, thresholds)

    return rule


def failed(card: JudgeCard, task: str, thresholds: Thresholds) -> Reason | None:
    """Why the judge does not qualify for a task, the first fault in full; None where it does."""
    faults = [fault for fault in card.faults(thresholds) if fault.task == task]
    if not faults and card.whole(task):
        return None
    judge = {"judge": card.exam.model, "revision": card.exam.revision}
    if not faults:
        counts = {"asked": card.exam.asked[task], "whole": card.exam.whole[task]}
        return Reason(Code.JUDGE_EXAM_INCOMPLETE, {**judge, **counts})
    return Reason(Code.JUDGE_FAILED_EXAM, {**judge, "fault": faults[0].text(), "more": len(faults) - 1})
