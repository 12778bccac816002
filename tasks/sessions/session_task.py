"""The lm-eval task of sessions that the session server plays."""

from __future__ import annotations

import json
from typing import Any

from lm_eval.api.instance import Instance

from counsel_leaderboard.registry.manifests import FIXED_SIDES, SCRIPTED_WORDING
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from counsel_leaderboard.tasks.common.chat import Message, Render
from counsel_leaderboard.tasks.common.judged import JudgedTask
from counsel_leaderboard.tasks.sessions.reading import transcript_of

WORDED = "hybrid"
"""The split whose clients a model may word."""


class SessionTask(JudgedTask):
    """A `JudgedTask` whose answers are transcripts; it also records who worded the clients, since scores depend on it."""

    def _render(self, turns: list[Message], render: Render | None) -> Any:
        """The request as the session server reads it; that server gives the candidate the form which its template takes."""
        order, merges = json.loads(turns[-1]["content"]), self._form == "chat:merged"
        content = json.dumps({**order, "merge_system": True} if merges else order)
        messages = [*turns[:-1], {"role": "user", "content": content}]
        return super()._render(messages, render) if render is None else render(messages, add_generation_prompt=True)

    def apply_filters(self) -> list[Instance]:
        """As in JudgedTask."""
        read = [transcript_of(answer) for instance in self._instances for answer in instance.resps]
        words = sorted({self._words(transcript) for transcript in read if transcript is not None})
        self.config.metadata["clients_worded_by"] = ", ".join(words) or None
        return super().apply_filters()

    def _words(self, transcript: SessionTranscript) -> str:
        if self.config.metadata["dataset"]["split"] != WORDED:
            return FIXED_SIDES
        return transcript.client_model or SCRIPTED_WORDING
