"""The lm-eval task of sessions that the session server plays."""

from __future__ import annotations

from lm_eval.api.instance import Instance

from counsel_leaderboard.tasks.common.judged import JudgedTask
from counsel_leaderboard.tasks.sessions.reading import transcript_of

SCRIPTED = "scripted wording"


class SessionTask(JudgedTask):
    """A `JudgedTask` whose answers are transcripts; it also records who worded the clients, since scores depend on it."""

    def apply_filters(self) -> list[Instance]:
        """As in JudgedTask."""
        read = [transcript_of(answer) for instance in self._instances for answer in instance.resps]
        models = sorted({transcript.client_model or SCRIPTED for transcript in read if transcript is not None})
        self.config.metadata["clients_worded_by"] = ", ".join(models) or None
        return super().apply_filters()
