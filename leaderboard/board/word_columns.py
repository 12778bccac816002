"""Columns of word lists that are hidden, since their lists agree too little with people."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.leaderboard.judges import session_raters


def hidden(home: Path) -> frozenset[str]:
    """The metrics of lists whose agreement with clinicians is stored in a home folder and below the limit.

    By the act's name, alone in the recorded sessions and after `word_list_` in the tasks that are played.
    """
    measured = [card.words for card in session_raters.cards(home) if card.words is not None]
    names = {words.act.replace("-", "_") for words in measured if not words.shown}
    return frozenset(name for act in names for name in (act, f"word_list_{act}"))
