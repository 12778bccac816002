"""What a task asks a judge to decide, and the stored verdict of replies that need no judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from counsel_leaderboard.tasks.common.thinking import Reply, clean
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.prompts import PromptPart, Question, question

Doc = Mapping[str, Any]
Answers = Sequence[Mapping[str, Any] | None]
"""The fields of each call's verdict, None where the call gave none."""


@dataclass(frozen=True)
class JudgingPlan:
    """How one task judges a reply.

    `views` gives the parts shown to the judge, one tuple for each call (two if replies are compared in both orders); `fields`
    gives the JSON schemas of the verdict's fields. `read` finds the reply in a raw answer. `measured` gives what is known of a
    reply without a judge, for answers whose text `process_results` has to know; it goes into the stored verdict. `partial`: a
    verdict that lacks some fields after it was asked for twice is taken without these. `anchors`: text that the rubric ends
    with. `fields_of`: the fields of one document, where `fields` is all that any document asks for. `acts`: what was read of
    each act of a session, from the answers as well; it goes into the stored verdict (`registry.sessions.session_acts`).
    `answer_tokens`: what an answer may need where that is more than usual.
    """

    rubric_file: Path
    views: Callable[[Doc, str], Sequence[tuple[PromptPart, ...]]]
    fields: Mapping[str, Any]
    read: Callable[[str], Reply] = clean
    measured: Callable[[Doc, str], Mapping[str, Any]] | None = None
    partial: bool = False
    anchors: str = ""
    fields_of: Callable[[Doc], Mapping[str, Any]] | None = None
    acts: Callable[[Doc, str, Answers], Mapping[str, Any]] | None = None
    answer_tokens: int = 0

    @property
    def rubric(self) -> str:
        """The rubric's text."""
        return f"{self.rubric_file.read_text(encoding='utf-8').strip()}\n\n{self.anchors}".strip()

    def fields_for(self, doc: Doc) -> Mapping[str, Any]:
        """The fields that the judge is asked for about a document."""
        return self.fields if self.fields_of is None else self.fields_of(doc)

    def questions(self, doc: Doc, reply: Reply) -> list[Question]:
        """The calls for one reply; none if the reply is empty or missing."""
        if reply.state != "reply":
            return []
        asked = [question(self.rubric, view, self.fields_for(doc)) for view in self.views(doc, reply.text)]
        return [replace(call, partial=self.partial, tokens=self.answer_tokens) for call in asked]

    def verdict(self, doc: Doc, raw: str, outcomes: Sequence[CallOutcome] | None, error: str | None = None) -> str:
        """As the function `verdict`, of a raw answer, with what was measured of it."""
        judgement = stored(verdict(self.read(raw), outcomes, error))
        if self.measured is not None:
            judgement["measured"] = self.measured(doc, raw)
        if self.acts is not None:
            judgement["acts"] = self.acts(doc, raw, judgement["answers"])
        return json.dumps(judgement, ensure_ascii=False)


def verdict(reply: Reply, outcomes: Sequence[CallOutcome] | None, error: str | None = None) -> str:
    """The verdict stored with an answer, as JSON text, because lm-eval stores only text.

    `state`: judged, unjudged (no judge was asked), unread or unreached (in any of its calls), or the reply's own state if there
    is nothing to judge: empty, truncated, failed. `answers` has one entry for each call, null if the call gave none. The reply
    itself is left out: it is in `resps`, where it may have to be withheld.
    """
    calls = list(outcomes or [])
    return json.dumps(
        {
            "state": state_of(reply, outcomes),
            "words": len(reply.text.split()),
            "answers": [outcome.answer for outcome in calls],
            "errors": [error] if error else [outcome.error for outcome in calls if outcome.error],
            "tokens": [sum(outcome.prompt_tokens for outcome in calls), sum(outcome.completion_tokens for outcome in calls)],
        },
        ensure_ascii=False,
    )


def state_of(reply: Reply, outcomes: Sequence[CallOutcome] | None) -> str:
    """The worst state of the calls, see `verdict`."""
    if reply.state != "reply":
        return reply.state
    states = [outcome.state for outcome in outcomes or []]
    if not states:
        return "unjudged"
    return next((bad for bad in ("unreached", "unread") if bad in states), "judged")


def stored(text: str) -> dict[str, Any]:
    """The verdict in a text that `verdict` wrote."""
    return dict(json.loads(text))


def judged_rates(judgement: Mapping[str, Any]) -> dict[str, float]:
    """The rates that every judged task reports for a document, from its stored verdict; each is 0 or 1.

    `judged_rate` and `scored_rate` count an empty reply as judged, because the task's own rule scores it.
    """
    state = judgement["state"]
    decided = float(state in ("judged", "empty"))
    return {
        "judged_rate": decided,
        "scored_rate": decided,
        "failed_rate": float(state == "failed"),
        "truncated_rate": float(state == "truncated"),
        "unparsed_rate": float(state == "unread"),
        "answered_rate": float(state not in ("failed", "truncated", "empty")),
    }


def replies(responses: Sequence[Sequence[str]]) -> list[Reply]:
    """The cleaned first answer of each request."""
    return [clean(response[0]) for response in responses]
