"""The people who rated whole sessions, for the page of judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.judges import clinician_agreement, session_raters, word_agreement
from counsel_leaderboard.leaderboard.judges.clinician_agreement import ClinicianAgreement
from counsel_leaderboard.space.html import render


def html(home: Path) -> str:
    """A table for each group of raters of each source in the home folder, and for each judge beside them; "" without either."""
    cards, judges = session_raters.cards(home), clinician_agreement.cards(home)
    if not cards and not judges:
        return ""
    return render(
        "session_raters.html",
        cards=cards,
        no_pool=session_raters.NO_POOL,
        beside=[_beside(card) for card in judges],
        least=word_agreement.LEAST,
    )


def _beside(card: ClinicianAgreement) -> dict[str, Any]:
    """The card, and a row for each model with what judge and clinicians saw in each dimension that may be shown."""
    names = sorted({each.counselor for row in card.columns() for each in row.models})
    of = {(row.dimension, each.counselor): each for row in card.columns() for each in row.models}
    rows = [(name, [of.get((row.dimension, name)) for row in card.columns()]) for name in names]
    return {"card": card, "columns": [row.dimension for row in card.columns()], "rows": rows}
