"""Stored answers to the 1,008 stigma prompts: one row a prompt, in the order of the prompts, `output` as the model gave it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counsel_leaderboard.registry.recorded.answer_files import Answer, RecordError, Row, reply, rows, text


def read(source: str, path: Path, prompts: Sequence[str]) -> list[Answer]:
    """The answers in the order of `prompts`.

    Raises RecordError where a row is missing, doubled, out of order or of another prompt.
    """
    answers = [_answer(source, number, row) for number, row in rows(source, path)]
    asked = [answer.messages[-1][1] for answer in answers]
    if len(set(asked)) != len(asked):
        twice = next(number for number, prompt in enumerate(asked, start=1) if prompt in asked[: number - 1])
        raise RecordError(f"{source}, row {twice}: its prompt was answered in an earlier row. The file is not used")
    if len(asked) != len(prompts):
        raise RecordError(f"{source}: has {len(asked)} rows, and {len(prompts)} prompts were published. The file is not used")
    for number, (given, expected) in enumerate(zip(asked, prompts, strict=True), start=1):
        if given != expected:
            where = "is out of order" if given in prompts else "is none of the published prompts"
            raise RecordError(f"{source}, row {number}: its prompt {where}. The file is not used")
    return answers


def _answer(source: str, number: int, row: Row) -> Answer:
    prompt = text(source, number, row, "prompt")
    return Answer(item=prompt, messages=(("user", prompt),), repeat=0, reply=reply(source, number, row, "output"))
