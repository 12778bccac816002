"""One session for the templates: its turns with who wrote each, and what is known of it where its words are not shown.

Whoever played it: recorded sessions and those played here are transcripts of one form (`registry.sessions.transcript`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final
from urllib.parse import quote

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.sessions.measures import measures, word_count
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.views import crisis_gate
from counsel_leaderboard.space.views.session_client import client
from counsel_leaderboard.space.views.session_skills import strip

SPEAKERS: Final = {"client": "Client", "counselor": "Counselor"}
AT_RISK: Final = "The client is or may be at risk"
NOT_SHOWN: Final = "The words of this session are not shown."
HARM_SEEN: Final = f"{AT_RISK}, and a rater saw a high potential for harm: the conversation is not shown."
NOBODY_READ: Final = (
    f"{AT_RISK}, and neither raters nor a qualified judge found it free of harm: the conversation is not shown."
)


def of_sample(sample: Mapping[str, Any]) -> dict[str, Any] | None:
    """The session in a public sample of leaderboard.board.transcripts, None where the sample holds none.

    turns (as `turns`; empty where the words are withheld), count (number of turns), why (the words are not shown), where (its
    source, see `source`), ended, failure, ratings (pairs of dimension and of the levels with how often each was given),
    client (see `session_client`), measures (pairs of label and number, without a judge), acts (by counselor turn the names of
    those that were done, under None those left out; shown also where the words are withheld).
    """
    info = catalog().get(sample["task"])
    doc = sample["doc"] if isinstance(sample["doc"], Mapping) else {}
    if info is None or not info.manifest.sessions:
        return None
    session: dict[str, Any] = {
        "turns": [], "count": doc.get("turns"), "why": None, "where": source(sample["dataset"], doc), "ended": None,
        "failure": None, "ratings": _ratings(doc.get("ratings")), "client": None, "measures": [],
        "acts": crisis_gate.at_turns(sample["verdict"]),
    }  # fmt: skip
    if sample["answer"] is None:
        at_risk = sample["risk"] is None or sample["risk"]
        return session | {"why": NOT_SHOWN if not at_risk else HARM_SEEN if doc.get("harm_free") is False else NOBODY_READ}
    try:
        transcript = read_transcript(str(sample["answer"][0]))
    except (TranscriptError, IndexError):
        return None
    shown = turns(transcript)
    return session | {
        "turns": shown, "count": len(shown), "ended": transcript.ended_by, "failure": transcript.failure,
        "client": client(transcript),
        "measures": [(labels.metric(sample["task"], name), value) for name, value in measures(transcript).items()],
    }  # fmt: skip


def turns(transcript: SessionTranscript) -> list[dict[str, Any]]:
    """The turns in order: number from 1, side, speaker, author, text, words, rule, whether it ended at its token budget,
    counselor_turn (its number among the counselor's, from 1) and skills (see `session_skills.strip`; None for the client's).
    """
    skills = strip(transcript)
    numbers = count(1)
    return [
        {
            "number": number,
            "side": turn.speaker,
            "speaker": SPEAKERS[turn.speaker],
            "author": turn.author,
            "text": turn.text,
            "words": word_count(turn.text),
            "rule": turn.rule,
            "cut": turn.finish_reason == "length",
            "counselor_turn": next(numbers) if turn.speaker == "counselor" else None,
            "skills": skills.get(number),
        }
        for number, turn in enumerate(transcript.turns, start=1)
    ]


def source(dataset: str | None, doc: Mapping[str, Any]) -> dict[str, str] | None:
    """Where a recorded session was published: title, link, commit and date; None where no card of a repository says it."""
    path = doc.get("path")
    if not dataset or not isinstance(path, str):
        return None
    try:
        known = card(dataset)
    except CardError:
        return None
    if known.source.kind != "repository" or not known.source.revision:
        return None
    return {
        "title": known.source.id,
        "link": f"{known.source.url}/blob/{known.source.revision}/{quote(path)}",
        "commit": known.source.revision[:12],
        "date": str(doc.get("date") or "date not stated"),
    }


def _ratings(given: Any) -> list[tuple[str, list[tuple[str, int]]]]:
    entries = given if isinstance(given, Sequence) and not isinstance(given, str) else []
    return [
        (str(entry["dimension"]), Counter(map(str, entry["levels"])).most_common())
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("levels"), list) and "dimension" in entry
    ]
