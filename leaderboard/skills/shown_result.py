"""Which of the stored rates anyone may see: those of the shipped coder, where it agrees with people, of runs that stand."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.skills import result as results
from counsel_leaderboard.leaderboard.skills.result import SkillResult
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.skills.references import people_references
from counsel_leaderboard.registry.skills.weights import version


def shown(store: Store) -> SkillResult | str:
    """The stored result without retracted runs, or the sentence on why nothing may be shown."""
    try:
        result = results.read(store.home)
    except CounselError as error:
        return f"Techniques cannot be shown: {error}"
    if result is None:
        return "No techniques are stored here. The host runs counsel skills score."
    if result.coder != version():
        return "The techniques were coded with other weights than these. The host runs counsel skills score again."
    if people_references().coder != version():
        return "The figures of people were read with other weights than these. See tasks/skills/README.md, Card."
    if not people_references().agreement.is_good_enough:
        return "The instrument is not good enough, so no techniques are shown."
    stored = {row["run_id"] for row in transcripts.history(store) if row["retraction"] is None}
    return result.model_copy(update={"runs": tuple(run for run in result.runs if run.run_id in stored)})
