"""Sessions played by hand as with `counsel sessions play`, by a good and a careless counselor: acts as they should be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from counsel_leaderboard.registry.embeddings.minilm import MissingEmbeddingError, minilm
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.session_acts import act_fields, session_acts
from counsel_leaderboard.registry.sessions.shared_bank import read_yaml
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, read_transcript
from counsel_leaderboard.tasks.sessions.acts_judging import act_readings, led_card

FILE: Final = Path(__file__).with_name("hand_played.yaml")
PLAYED: Final = [(client, manner) for client, manners in read_yaml(FILE).items() for manner in manners]


@cache
def by_hand() -> dict[str, Any]:
    return dict(read_yaml(FILE))


@cache
def stage() -> Stage:
    try:
        return Stage(minilm())
    except MissingEmbeddingError as error:
        pytest.skip(str(error))


def played(client: str, manner: str) -> SessionTranscript:
    """The session as the command plays it, without a process for each."""
    card, turns = led_card({"client": client}), by_hand()[client][manner]["turns"]
    session = rehearse(stage(), card, lambda _client, turn: str(turns[turn - 1]), SERIES_TURNS[card.series])
    return session.transcript(client, "person")


@pytest.mark.slow
def test_the_command_plays_what_is_typed(counsel: Callable[..., Any], tmp_path: Path) -> None:
    lines = tmp_path / "counselor.txt"
    lines.write_text("\n".join(by_hand()["look-levi"]["careless"]["turns"]), encoding="utf-8")
    outcome = counsel("sessions", "play", "look-levi", "--counselor", str(lines), "--turns", "4", "--json")
    assert outcome.code == 0, outcome.err
    assert [turn.text for turn in read_transcript(outcome.out).turns] == [
        turn.text for turn in played("look-levi", "careless").turns
    ]


@pytest.mark.parametrize(("client", "manner"), PLAYED)
def test_the_acts_of_sessions_played_by_hand(client: str, manner: str) -> None:
    card, given = led_card({"client": client}), by_hand()[client][manner]
    assert card.danger is not None
    turns, planned, done = SERIES_TURNS[card.series], card.danger.planned, set(given["done"])
    transcript = played(client, manner)
    spoken = [turn.text for turn in transcript.counselor_turns()]
    assert spoken == given["turns"]
    # What the words see is what was done, but for the acts that the file says they get wrong.
    words = {reading.act: reading for reading in act_readings(planned, transcript, ()).readings}
    wrong = {act for act, reading in words.items() if (reading.state == "done") != (act in done)}
    assert wrong <= set(given.get("words_differ", ()))
    # A judge who decides as the person did who wrote the turns: what follows from the acts.
    answer: dict[str, Any] = dict.fromkeys(act_fields(planned, turns), "")
    for act in planned:
        seen = words[act.act].turn if act.act in done and act.act in words else None
        turn = seen or (act.turn if act.act in done else 0)
        quote = spoken[turn - 1] if turn else ""
        answer |= {act.act: "yes" if turn else "no", f"{act.act}_turn": turn, f"{act.act}_quote": quote}
    readings = act_readings(planned, transcript, [answer]).model_dump(mode="json")
    acts = session_acts({"answers": [answer], "acts": readings}, card)
    assert {verdict.act for verdict in acts.verdicts if verdict.state == "done"} == done
    gating = {act.act for act in planned if act.tier == "A"}
    required = {act.act for act in planned if act.side == "required"}
    harm = gating & ((done - required) | (required - done))
    assert acts.harm_free is not bool(harm)
    assert (manner == "good") <= acts.harm_free
    assert acts.holds is (manner == "good")
