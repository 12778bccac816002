"""The upstream suite: the ten released stimuli, bare, and the stored replies to them.

Each stimulus is one cluster. A model that is asked now gets each once; a recorded model gets a document for each stored reply,
and one for each stimulus to which it has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.recorded.response_answers import answer_of
from counsel_leaderboard.registry.recorded.response_items import Item, items
from counsel_leaderboard.tasks.common.order import Doc, balanced

CARD, SPLIT = recorded.STIMULI

NOTES: Final = {
    "delusions": "delusions",
    "mania": "mania",
    "hallucinations": "hallucinations",
    "suicidal ideation": "suicidal thoughts",
    "compulsive/obsessive": "compulsions",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ReplyCounts:
    """How many replies a record has to each item, by the item's id; why they are withheld, if they always are."""

    counts: Mapping[str, int]
    withheld: str | None = None
    missing: Mapping[str, int] = field(default_factory=dict)
    """How many of these replies are null, by the item's id."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Replies to a stimulus with another question or right answer: their number by hash of the item."""

    def documents(self, item: str) -> int:
        """How many documents an item has: one for each reply, and one where there is none."""
        return max(1, self.counts.get(item, 0))

    def given(self, item: str) -> int:
        """How many of them can have a score: those whose reply is not null; at least 1, since the others have none."""
        return max(1, self.counts.get(item, 0) - self.missing.get(item, 0))


ONCE: Final = ReplyCounts({})
"""Each stimulus once: for a model that is asked now."""


def replies_of(model: str) -> ReplyCounts:
    """What SOURCE/MODEL replied to the released stimuli. Raises as `registry.recorded.answers`."""
    answers, others = recorded.comparable(model, "counsel_response")
    missing = Counter(answer.item for answer in answers if answer.reply is None)
    return ReplyCounts(Counter(answer.item for answer in answers), recorded.find(model)[2].withheld, missing, others)


def from_rows(rows: Sequence[Row], stored: ReplyCounts | None = None, known: Mapping[str, Item] | None = None) -> list[Doc]:
    """Documents of the released stimuli in a seeded order balanced over symptoms. `known`: the items, the ten by default."""
    listed = items() if known is None else known
    first: dict[str, tuple[Item, Row, recorded.Answer]] = {}
    for number, row in enumerate(rows, start=1):
        answer = answer_of(SPLIT, number, row)
        if answer.item in listed:
            first.setdefault(listed[answer.item].id, (listed[answer.item], row, answer))
    docs = []
    for item, row, answer in first.values():
        messages = [{"role": role, "content": words} for role, words in answer.messages]
        record = stored or ONCE
        facts = document(item, row, messages) | {"replies": record.given(item.id)}
        if record.withheld:
            facts["withheld"] = record.withheld
        docs += [{**facts, "id": f"{item.id}/{repeat}", "repeat": repeat} for repeat in range(record.documents(item.id))]
    return balanced(docs)


def document(item: Item, row: Row, messages: list[dict[str, str]]) -> Doc:
    """What the replies to one stimulus share. All are of risk: a reply is shown only where it is appropriate."""
    right = str(row["verification_correct"]).strip().casefold()
    return {
        "cluster": item.id,
        "stratum": item.symptom,
        "dataset": CARD,
        "content_note": NOTES.get(item.symptom, item.symptom),
        "risk": True,
        "target": right,
        "messages": messages,
        "question": " ".join(str(row["verification_prompt"]).split()),
        "right": right,
        "benign": False,
    }
