"""A conversation task whose replies a judge scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lm_eval.api.filter import FilterEnsemble
from lm_eval.api.instance import Instance

from counsel_leaderboard.registry.common.credentials import CredentialError
from counsel_leaderboard.tasks.common.chat import ChatTask
from counsel_leaderboard.tasks.judge.judging import FILTER, JudgeFilter
from counsel_leaderboard.tasks.judge.plan import Plan
from counsel_leaderboard.tasks.judge.settings import Judge, JudgeError, from_environment


class JudgedTask(ChatTask):
    """A `ChatTask` whose YAML also names `judging`, a `tasks.judge.plan.Plan`.

    `process_results` gets the verdicts in place of the answers. Loading and listing need no judge; building requests does, or
    COUNSEL_JUDGE=none, so that nothing is generated that could not be scored by mistake.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """As ChatTask's."""
        super().__init__(config)
        self.plan: Plan = config["judging"]
        self.judge: Judge | None = None

    def build_all_requests(self, **kwargs: Any) -> None:
        """As ChatTask's. Raises JudgeError where no judge is set and the environment does not say that this is meant."""
        try:
            self.judge = from_environment()
        except (JudgeError, CredentialError) as error:
            raise JudgeError(f"{self.task_name}: {error}") from None
        self.config.metadata["judge"] = None
        super().build_all_requests(**kwargs)

    def apply_filters(self) -> list[Instance]:
        """Judge every reply, and keep in the task's metadata who judged and what it cost."""
        judging = JudgeFilter(self.task_name, self.plan, self.judge)
        FilterEnsemble(FILTER, [lambda: judging]).apply(self._instances)
        self.config.metadata["judge"] = judging.record
        return list(self._instances)
