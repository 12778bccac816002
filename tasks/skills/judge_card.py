"""The exam of a judge that codes: how far it agrees with the open bank, kept in the home, and printed before it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from pydantic import ValidationError

from counsel_leaderboard.registry.common import atomic, paths
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.tasks.judge.client import Client
from counsel_leaderboard.tasks.judge.prompts import PROMPT_VERSION, rubric_hash
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from counsel_leaderboard.tasks.skills.agreement import LabelFigures, figures
from counsel_leaderboard.tasks.skills.exam import GROUPS, code_lines
from counsel_leaderboard.tasks.skills.judge_coder import JudgeCoder, coding_rubric
from counsel_leaderboard.tasks.skills.labelled_rows import BANK, bank_sha256, rows

SEED: Final = 20261
FOLDER: Final = Path("skills") / "judges"


class JudgeCoderCard(Closed):
    """A judge's figures by code against the first reading of the bank: `rows` were asked, `unread` of the answers unreadable.

    kappa: the mean over the codes that the rows have.
    """

    schema_version: Literal[1] = 1
    model: str
    revision: str | None
    rubric: str
    prompt_version: str
    bank_sha256: str
    rows: int
    unread: int
    kappa: float
    figures: dict[str, dict[str, float]]

    def lines(self) -> list[str]:
        """The card as Markdown: the kappa first, then the same table as the coder's own card."""
        return [
            f"{self.model} codes in the coder's place: mean kappa {self.kappa:.2f} by code against the open bank's "
            f"first reading, {self.rows} rows, {self.unread} answers unread.",
            "",
            *code_lines({name: LabelFigures(**each) for name, each in self.figures.items()}),
        ]


def bank_rows(count: int | None = None) -> list[dict[str, Any]]:
    """The rows of the bank that an exam asks of: all, or `count` drawn with a fixed seed, in the order of the bank."""
    every = rows(BANK)
    if count is None or count >= len(every):
        return every
    return [every[number] for number in sorted(np.random.default_rng(SEED).permutation(len(every))[:count].tolist())]


def pairs(asked: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Each row as (text, client's turn before)."""
    return [(row["text"], row["previous"]) for row in asked]


def examine(client: Client, asked: Sequence[Mapping[str, Any]]) -> JudgeCoderCard:
    """The judge codes the rows one by one, without their codes. Raises JudgeError if a call did not reach it."""
    coded = JudgeCoder(client).code_all(pairs(asked))
    right = np.array([[code in row["codes"] for code in CODES] for row in asked], dtype=bool)
    guess = np.array([[code in text.codes for code in CODES] for text in coded], dtype=bool)
    by_code = {code: figures(right[:, number], guess[:, number]) for number, code in enumerate(CODES)}
    present = [by_code[code].kappa for number, code in enumerate(CODES) if right[:, number].any()]
    for name, codes in GROUPS.items():
        chosen = [CODES.index(code) for code in codes]
        first, second = (np.asarray(marks[:, chosen].any(axis=1), dtype=bool) for marks in (right, guess))
        by_code[f"group:{name}"] = figures(first, second)
    return JudgeCoderCard(
        **_identity(client.judge),
        rows=len(asked),
        unread=sum(text.reason == "unread" for text in coded),
        kappa=round(float(np.mean(present)), 3),
        figures={
            name: {key: round(value, 3) for key, value in asdict(each).items() if value is not None}
            for name, each in by_code.items()
        },
    )


def save(card: JudgeCoderCard) -> Path:
    """Keep the card in the home. The file."""
    file = _file(card.model_dump(include=set(_KEYS)))
    atomic.write(file, card.model_dump_json(indent=1) + "\n")
    return file


def card_of(judge: JudgeEndpoint) -> JudgeCoderCard | None:
    """The card of this judge with this manual and bank; None where it took no exam in it."""
    try:
        return JudgeCoderCard.model_validate_json(_file(_identity(judge)).read_bytes())
    except (OSError, ValidationError):
        return None


_KEYS: Final = ("model", "revision", "rubric", "prompt_version", "bank_sha256")


def _identity(judge: JudgeEndpoint) -> dict[str, Any]:
    values = (judge.model, judge.revision, rubric_hash(coding_rubric()), PROMPT_VERSION, bank_sha256())
    return dict(zip(_KEYS, values, strict=True))


def _file(identity: Mapping[str, Any]) -> Path:
    return paths.home() / FOLDER / f"{short_hash([identity[key] for key in _KEYS])}.json"
