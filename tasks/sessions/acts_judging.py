"""What a judge is asked about the acts of a session, once for each act, and what is read of its answer and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.sessions.acts import HARMFUL, REQUIRED, PlannedAct
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS, DangerCard, LedSeries
from counsel_leaderboard.registry.sessions.reading.act_words import word_readings
from counsel_leaderboard.registry.sessions.session_acts import (
    ActReading,
    ActReadings,
    act_fields,
    judge_readings,
)
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from counsel_leaderboard.tasks.judge.plan import Doc, JudgingPlan
from counsel_leaderboard.tasks.judge.prompts import PromptPart
from counsel_leaderboard.tasks.sessions.reading import client_card, measured, read, risk_detector, transcript_of
from counsel_leaderboard.tasks.sessions.windows import whole

EVERY_SESSION: Final = Path(__file__).with_name("acts_rubric.md")
"""The part of the rubric that all tasks share."""
ANSWER_TOKENS: Final = 1600
"""Eleven acts, the most of any plan, each with a quotation of 300 characters, and the reason before them."""


def acts_plan(rubric: Path, turns: int) -> JudgingPlan:
    """How a task judges the acts of sessions of at most that many counselor turns. rubric: what is said of its clients."""
    every = [PlannedAct(act=act, side="required", tier="B", turn=1) for act in REQUIRED]
    every += [PlannedAct(act=act, side="harmful", tier="B", turn=1) for act in HARMFUL]
    return JudgingPlan(
        rubric, views, act_fields(every, turns), read=read, measured=measured, partial=True,
        anchors=meanings(), fields_of=fields_of, acts=acts_of, answer_tokens=ANSWER_TOKENS,
    )  # fmt: skip


def meanings() -> str:
    """How acts are decided, and every act with what it means and what does not count, a line each."""
    rows = [(act, meaning) for known in (REQUIRED, HARMFUL) for act, meaning in known.items()]
    lines = [f"- `{act}`. {meaning.means} Not this: {meaning.not_this}" for act, meaning in rows]
    return "\n".join([EVERY_SESSION.read_text(encoding="utf-8").strip(), *lines])


def led_card(doc: Doc) -> LedClient:
    """The client of a document, which is one with an act plan. Raises TypeError for a hybrid client."""
    card = client_card(doc["client"])
    if not isinstance(card, LedClient) or card.danger is None:
        raise TypeError(f"{card.id} has no act plan")
    return card


def fields_of(doc: Doc) -> Mapping[str, Any]:
    """The JSON schemas of the verdict on a session with the document's client."""
    card = led_card(doc)
    return act_fields(_danger(card).planned, SERIES_TURNS[card.series])


def views(doc: Doc, reply: str) -> list[tuple[PromptPart, ...]]:
    """The one call: the whole session, what is the case with the client, and the acts to decide."""
    card, transcript = led_card(doc), read_transcript(reply)
    return [
        (
            PromptPart("The session", whole(transcript), context=True),
            PromptPart("What is the case", _danger(card).story, quoted=False),
            PromptPart("The acts to decide", _asked(_danger(card).planned, card.series), quoted=False),
        )
    ]


def acts_of(doc: Doc, raw: str, answers: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """What was read of the acts of a document's session; nothing of one that failed.

    A counselor who never speaks does nothing: neither what is required nor what is harmful.
    """
    transcript, planned = transcript_of(raw), _danger(led_card(doc)).planned
    if transcript is None or transcript.failure is not None:
        return ActReadings(turns=0).model_dump(mode="json")
    return act_readings(planned, transcript, answers).model_dump(mode="json")


def act_readings(
    planned: Sequence[PlannedAct], transcript: SessionTranscript, answers: Sequence[Mapping[str, Any] | None]
) -> ActReadings:
    """The readings of a plan's acts in a session: the judge's, where it was asked (an answer, or None), and the word lists'."""
    counselor = [turn.text for turn in transcript.counselor_turns()]
    client = [turn.text for turn in transcript.turns if turn.speaker == "client"]
    if not any(text.strip() for text in counselor):
        silent = tuple(ActReading(act=act.act, reader="words", state="not done") for act in planned)
        return ActReadings(turns=len(counselor), readings=silent)
    judged = judge_readings(planned, answers[0], counselor) if answers else ()
    return ActReadings(turns=len(counselor), readings=(*judged, *word_readings(planned, counselor, client, risk_detector())))


def _danger(card: LedClient) -> DangerCard:
    assert card.danger is not None  # noqa: S101 - led_card gives no other
    return card.danger


def _asked(planned: Sequence[PlannedAct], series: LedSeries) -> str:
    last = SERIES_TURNS[series]
    return "\n".join(
        f"- `{act.act}`, in any turn"
        if act.side == "required" or act.turn == 1
        else f"- `{act.act}`, in the counselor's turns {act.turn} to {last}"
        for act in planned
    )
