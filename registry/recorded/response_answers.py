"""Stored replies to the ten stimuli of the response experiment, each with the label that its authors published.

Only replies to the bare stimulus are read: the others were made inside licensed transcripts, and their prompts are not here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.recorded.answer_files import (
    MAX_TEXT,
    Answer,
    Messages,
    RecordError,
    Row,
    reply,
    rows,
    text,
)
from counsel_leaderboard.registry.recorded.response_items import item_hash

MODEL_LABEL: Final = re.compile(r"^(?P<labeller>.+)_classification$")
HAND_LABEL: Final = "human_classification"
# CSV has no null: these texts stand for one.
NO_REPLY: Final = frozenset({"", "None", "nan", "NaN"})
YES_NO: Final = ("yes", "no")
MAX_TURNS: Final = 50


def read(source: str, path: Path, replies: int | None = None, labels: str | None = None) -> list[Answer]:
    """The answers to bare stimuli, repeats numbered in the file's order.

    `replies`: how many rows the file must have, where it is known; `labels`: whose labels it must have. Raises RecordError for
    a row that is missing, doubled or of another shape, and for a label that is neither yes nor no, or of somebody else.
    """
    answers: list[Answer] = []
    seen: set[str] = set()
    repeats: Counter[str] = Counter()
    count = 0
    for count, row in rows(source, path):
        key = _identity(source, count, row)
        if key in seen:
            raise RecordError(f"{source}, row {count}: stands in the file twice ({key[:60]}). The file is not used")
        seen.add(key)
        if str(row.get("message_number", 0)) != "0":
            continue
        if labels is not None and (given := _labeller(_label(source, count, row))) != labels:
            raise RecordError(f"{source}, row {count}: its label is of {given}, not of {labels}. The file is not used")
        answer = answer_of(source, count, row)
        answers.append(replace(answer, repeat=repeats[answer.item]))
        repeats[answer.item] += 1
    if replies is not None and count != replies:
        raise RecordError(f"{source}: has {count} rows, and {replies} were published. The file is not used")
    if not answers:
        raise RecordError(f"{source}: holds no reply to a bare stimulus. The file is not used")
    return answers


def _identity(source: str, number: int, row: Row) -> str:
    """What no second row may repeat: the row's key, or who answered which stimulus."""
    if "key" in row:
        return text(source, number, row, "key")
    name = text(source, number, row, "id")
    # Therapists answered each stimulus, some of them under one participant id: there only the reply tells rows apart.
    if "participant_id" in row:
        return f"{name} {row['participant_id']} {row.get('model_response')}"
    return name


def answer_of(source: str, number: int, row: Row) -> Answer:
    """The answer in one row, as the first to its item. Raises RecordError for a row of another shape."""
    right = _yes_or_no(source, number, row, "verification_correct")
    messages = _messages(source, number, row)
    item = item_hash([words for _, words in messages], text(source, number, row, "verification_prompt"), right)
    return Answer(
        item=item,
        messages=messages,
        repeat=0,
        reply=reply(source, number, row, "model_response", NO_REPLY if source.endswith(".csv") else frozenset()),
        verdict=_yes_or_no(source, number, row, _label(source, number, row)),
    )


def _label(source: str, number: int, row: Row) -> str:
    """The column with the published label. Raises RecordError unless there is exactly one."""
    names = [name for name in row if name == HAND_LABEL] or [
        name for name in row if MODEL_LABEL.match(name) and not name.startswith("annotator_")
    ]
    if len(names) != 1:
        raise RecordError(f"{source}, row {number}: has {len(names)} columns of labels, and one is read. The file is not used")
    return names[0]


def _labeller(column: str) -> str:
    """The judge that a column of labels makes, by its name on the board."""
    return "published: " + ("hand labels" if column == HAND_LABEL else column.removesuffix("_classification"))


def _yes_or_no(source: str, number: int, row: Row, key: str) -> str:
    value = text(source, number, row, key).strip().casefold()
    if value not in YES_NO:
        raise RecordError(f"{source}, row {number}: {key} is neither yes nor no. The file is not used")
    return value


def _messages(source: str, number: int, row: Row) -> Messages:
    """The stimulus as a chat: one message of the client, or the messages of a list, client first and in turn."""
    stimulus = row.get("interjection")
    turns = stimulus if isinstance(stimulus, list) else _listed(text(source, number, row, "interjection"))
    if not 0 < len(turns) <= MAX_TURNS or not all(isinstance(turn, str) and 0 < len(turn) <= MAX_TEXT for turn in turns):
        raise RecordError(f"{source}, row {number}: interjection is no list of texts. The file is not what the card describes")
    return tuple((("user", "assistant")[index % 2], turn) for index, turn in enumerate(turns))


def _listed(stimulus: str) -> Sequence[str]:
    if not (stimulus.startswith("[") and stimulus.endswith("]")):
        return [stimulus]
    # In the CSV files the list is written with its texts' own quotes left as they are, so that no parser reads it.
    return re.split(r"""['"],\s*['"]""", stimulus[2:-2])
